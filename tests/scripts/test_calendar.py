"""``calendar``: the load to come, as a table, a picture, and lines of JSON."""

import json
from datetime import datetime
from io import BytesIO
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from pyramid_scheduler.instants import micros
from pyramid_scheduler.rules.outlook import Load
from pyramid_scheduler.scripts import heatmap
from pyramid_scheduler.scripts.heatmap import FAINT, SHADES, Hour
from tests.scripts.scene import NOON, UTC


def tidy():
    return "tidied"


@pytest.fixture
def stampede(outside):
    """Three schedules that fall together at 13:30, and one that does not."""
    task = outside.task(tidy)
    for name in ("a", "b", "c"):
        outside.schedule(task, name, at="2030-01-31T13:30:00")
    outside.schedule(task, "alone", at="2030-02-01T09:00:00")
    return outside


def test_the_table_has_a_row_for_each_day_and_names_what_falls_together(stampede):
    answer = stampede.ask("calendar", "app.ini", "--days", "2")

    assert answer.code == 0
    assert answer.lines[0].split()[:4] == ["day", "(UTC)", "00", "01"]
    today, tomorrow = answer.lines[2].split(), answer.lines[3].split()
    assert today[:2] == ["Thu", "2030-01-31"]
    assert today[2 + 13] == "3"
    assert tomorrow[2 + 9] == "1"
    assert sum(map(int, today[2:] + tomorrow[2:])) == 4
    assert answer.lines[-1].split() == ["Thu", "2030-01-31", "13:30", "3", "a,", "b,", "c"]


def test_it_speaks_the_zone_asked_for(stampede):
    answer = stampede.ask("calendar", "app.ini", "--timezone", "Asia/Seoul", "--days", "1")

    assert "day (Asia/Seoul)" in answer.lines[0]
    assert answer.lines[2].split()[2 + 22] == "3"


def test_json_has_a_line_for_each_hour_and_each_minute_shared(stampede):
    answer = stampede.ask("calendar", "app.ini", "--json", "--days", "1")

    lines = [json.loads(line) for line in answer.lines]
    assert len(lines) == 25
    assert lines[13] == {"day": "2030-01-31", "hour": 13, "total": 3, "fullest": 3}
    shared = {"minute": "2030-01-31T13:30:00.000000+00:00", "fires": 3}
    assert lines[24] == {**shared, "schedules": ["a", "b", "c"]}


def test_the_pictures_are_written(stampede, tmp_path):
    png, svg = tmp_path / "load.png", tmp_path / "load.svg"

    answer = stampede.ask("calendar", "app.ini", "--png", str(png), "--svg", str(svg))

    assert answer.code == 0
    assert f"written: {png}" in answer.err
    colours = Image.open(png).convert("RGB").getcolors(1_000_000)
    assert bytes.fromhex(SHADES[-1][1:]) in {bytes(colour) for _, colour in colours}
    texts = [text.text for text in ElementTree.parse(svg).iter() if text.tag.endswith("text")]
    assert "Thu 2030-01-31" in texts
    assert texts.count("3") == 1


def test_a_file_that_cannot_be_written_is_said_in_one_line(stampede, tmp_path):
    answer = stampede.ask("calendar", "app.ini", "--svg", str(tmp_path / "no" / "load.svg"))

    assert answer.code == 2
    assert "cannot be written: No such file or directory" in answer.err


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--days", "0", "not a whole number from 1 to 31"),
        ("--days", "9" * 400, "not a whole number"),
        ("--timezone", "Mars/Olympus", "Mars/Olympus"),
    ],
)
def test_what_cannot_be_meant_is_refused(outside, option, value, says, capsys):
    with pytest.raises(SystemExit, match="2"):
        outside.ask("calendar", "app.ini", option, value)

    assert says in capsys.readouterr().err


def test_what_no_engine_has_recorded_is_taken_as_declared(outside):
    outside.schedule(outside.task(tidy), interval=60)

    answer = outside.ask("calendar", "app.ini", "--days", "1")

    assert "1" in answer.lines[2].split()[2:]


def test_a_schedule_without_number_is_said(outside):
    outside.schedule(outside.task(tidy), interval=0.5)

    answer = outside.ask("calendar", "app.ini", "--days", "1")

    assert "tidy fires too often to be counted" in answer.err


def test_the_hour_that_a_clock_leaves_out_has_no_cell_and_the_one_repeated_has_both():
    berlin = heatmap_of("2030-03-31T00:00+01:00", hours=23)
    assert berlin == {hour: Hour(60, 1) for hour in range(24) if hour != 2}
    berlin = heatmap_of("2030-10-27T00:00+02:00", hours=25)
    assert berlin == {hour: Hour(120 if hour == 2 else 60, 1) for hour in range(24)}


def heatmap_of(start: str, hours: int) -> dict[int, Hour]:
    ones = [1] * hours * 60
    load = Load(micros(datetime.fromisoformat(start)), ones, ones, [])
    (day,) = heatmap.days(load, ZoneInfo("Europe/Berlin")).values()
    return day


def test_the_fuller_the_darker():
    levels = [heatmap.shade(count, 100) for count in (0, 1, 50, 100)]
    assert levels == [-1, 0, 2, 5]
    assert [heatmap.shade(count, 1) for count in (0, 1)] == [-1, 3]


def test_an_empty_week_is_drawn_faint():
    load = Load(NOON, [0] * 60, [0] * 60, [])
    picture = heatmap.draw(heatmap.days(load, UTC), "nothing")
    assert FAINT in heatmap.svg(picture).decode()
    assert Image.open(BytesIO(heatmap.png(picture))).size == (picture.width, picture.height)
