"""The trigger as a value, and what it may be asked."""

import copy
import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import micros
from pyramid_scheduler.triggers import CronTrigger, dump_trigger, load_trigger
from pyramid_scheduler.triggers.kinds import is_registered
from tests.triggers.cron.scene import at, chain

WEEKDAYS = CronTrigger("0 9 * * 1-5", timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("trigger", "written"),
    [
        (WEEKDAYS, "CronTrigger('0 9 * * 1-5', timezone='Europe/Berlin')"),
        (CronTrigger("@daily"), "CronTrigger('@daily')"),
        (
            CronTrigger("H * * * *", name="a", dst_gap="skip", dst_overlap="both"),
            "CronTrigger('H * * * *', name='a', dst_gap='skip', dst_overlap='both')",
        ),
    ],
)
def test_it_is_shown_as_it_can_be_written(trigger: CronTrigger, written: str) -> None:
    assert repr(trigger) == written
    assert eval(written) == trigger


def test_equal_ones_compare_equal_however_the_zone_was_given() -> None:
    for zone in (ZoneInfo("Europe/Berlin"), ZoneInfo.no_cache("Europe/Berlin")):
        same = CronTrigger("0 9 * * 1-5", timezone=zone)
        assert same == WEEKDAYS
        assert hash(same) == hash(WEEKDAYS)
    assert copy.deepcopy(WEEKDAYS) == WEEKDAYS


@pytest.mark.parametrize(
    "other",
    [
        CronTrigger("0 9 * * 1-5"),
        CronTrigger("0 10 * * 1-5", timezone="Europe/Berlin"),
        CronTrigger("0 9 * * 1-5", timezone="Europe/Berlin", dst_gap="skip"),
        CronTrigger("0 9 * * 1-5", timezone="Europe/Berlin", dst_overlap="both"),
        CronTrigger("0 9 * * 1-5", timezone="Europe/Berlin", name="a"),
    ],
)
def test_one_that_differs_in_anything_is_another(other: CronTrigger) -> None:
    assert other != WEEKDAYS


def test_having_been_asked_changes_nothing() -> None:
    asked = CronTrigger("0 9 * * 1-5", timezone="Europe/Berlin")
    before = (repr(asked), hash(asked), asked.as_json())
    asked.next(at("2030-01-01"))
    asked.previous(at("2060-01-01"))
    assert (repr(asked), hash(asked), asked.as_json()) == before


@pytest.mark.parametrize(
    "trigger",
    [
        WEEKDAYS,
        CronTrigger("H H(1-4) * * *"),
        CronTrigger("H H(1-4) * * *", name="report", dst_gap="skip", dst_overlap="second"),
        CronTrigger("0 0 0 L 2 ? 2030-2040", timezone="Asia/Seoul"),
    ],
)
def test_it_comes_back_from_json_as_it_was(trigger: CronTrigger) -> None:
    assert is_registered(trigger)
    written = json.loads(json.dumps(dump_trigger(trigger)))
    assert load_trigger(written) == trigger
    assert set(written) == {"kind", "expression", "timezone", "name", "dst_gap", "dst_overlap"}


def test_next_is_strictly_later_and_previous_strictly_earlier() -> None:
    fire = at("2030-01-01T09:00+01:00")
    microsecond = timedelta(microseconds=1)
    assert WEEKDAYS.next(fire - microsecond) == fire
    assert WEEKDAYS.next(fire) == fire + timedelta(days=1)
    assert WEEKDAYS.previous(fire + microsecond) == fire
    assert WEEKDAYS.previous(fire) == fire - timedelta(days=1)


def test_an_answer_shows_local_time_with_a_fixed_offset() -> None:
    fire = WEEKDAYS.next(at("2030-06-01"))
    assert fire is not None
    assert str(fire) == "2030-06-03 09:00:00+02:00"
    assert type(fire.tzinfo) is timezone


def test_it_may_be_asked_in_any_zone() -> None:
    start = at("2030-01-01")
    for zone in (ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin"), timezone(-timedelta(hours=7))):
        assert WEEKDAYS.next(start.astimezone(zone)) == WEEKDAYS.next(start)
        assert WEEKDAYS.previous(start.astimezone(zone)) == WEEKDAYS.previous(start)


def test_a_naive_datetime_is_read_in_its_zone() -> None:
    nine = datetime(2030, 1, 1, 9)  # noqa: DTZ001
    assert WEEKDAYS.matches(nine)
    assert WEEKDAYS.next(nine) == at("2030-01-02T09:00+01:00")
    assert WEEKDAYS.previous(nine) == at("2029-12-31T09:00+01:00")
    assert WEEKDAYS.between(nine, nine + timedelta(days=1)) == [at("2030-01-02T09:00+01:00")]


@pytest.mark.parametrize(
    "asked", [None, 5, 1.5, "soon", date(2030, 1, 1), time(9), [], timedelta(1)]
)
@pytest.mark.parametrize("question", ["next", "previous", "matches"])
def test_what_is_no_datetime_is_refused(asked: Any, question: str) -> None:
    with pytest.raises(InvalidValue, match=f"cron: {question}: "):
        getattr(WEEKDAYS, question)(asked)


def test_it_matches_its_fire_times_and_nothing_else() -> None:
    fire = at("2030-01-01T09:00+01:00")
    assert WEEKDAYS.matches(fire)
    assert WEEKDAYS.matches(fire.astimezone(UTC))
    for off in (timedelta(microseconds=1), timedelta(seconds=1), timedelta(minutes=1)):
        assert not WEEKDAYS.matches(fire + off)
        assert not WEEKDAYS.matches(fire - off)


def test_between_is_open_at_its_start_and_closed_at_its_end() -> None:
    hourly = CronTrigger("@hourly")
    assert hourly.between(at("2030-01-01T00:00"), at("2030-01-01T02:00")) == [
        at("2030-01-01T01:00"),
        at("2030-01-01T02:00"),
    ]
    assert hourly.between(at("2030-01-01T00:01"), at("2030-01-01T00:59")) == []
    assert hourly.between(at("2030-01-02"), at("2030-01-01")) == []


@pytest.mark.parametrize(("start", "end"), [("09:00", "18:00"), (time(9), time(18))])
def test_between_two_times_of_day_is_the_window(start: Any, end: Any) -> None:
    assert WEEKDAYS.between(start, end).trigger == WEEKDAYS


@pytest.mark.parametrize(("start", "end"), [(None, 5), (datetime(2030, 1, 1, tzinfo=UTC), "9:00")])
def test_between_takes_two_of_a_kind(start: Any, end: Any) -> None:
    with pytest.raises(InvalidValue, match=r"between: start: .* is not a time of day"):
        WEEKDAYS.between(start, end)


def test_instants_are_answered_as_datetimes_are() -> None:
    trigger = CronTrigger("*/7 1-3 * * *", timezone="Europe/Berlin")
    asked: int | None = micros(at("2030-01-01"))
    for fire in islice(chain(trigger, at("2030-01-01")), 9000):  # a year: both clock changes
        assert asked is not None
        asked = trigger.next_instant(asked)
        assert asked == micros(fire)


def test_it_speaks_of_1970_to_2099_in_local_time() -> None:
    seoul = CronTrigger("0 0 * * *", timezone="Asia/Seoul")
    first, last = at("1970-01-01T00:00+09:00"), at("2099-12-31T00:00+09:00")
    for early in (datetime.min.replace(tzinfo=UTC), at("1969-12-30"), first - timedelta(seconds=1)):
        assert seoul.next(early) == first
        assert seoul.previous(early) is None
    for late in (datetime.max.replace(tzinfo=UTC), at("2101-01-01"), last + timedelta(seconds=1)):
        assert seoul.next(late) is None
        assert seoul.previous(late) == last
    assert seoul.previous(first) is None
    assert seoul.next(last) is None
