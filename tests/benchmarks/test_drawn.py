"""The picture of a run: the same from the same figures, and readable in black and white."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

pytest.importorskip("matplotlib", reason="the extra `bench` is not installed")

import itertools

from matplotlib.colors import to_rgb

from benchmarks.drawn import Chart, Side, asked_of, main, side_of

RESULT = {
    "values": {
        "burst": {"s": {"ours, memory": [0.5, 0.25, 0.75], "limit, heap and queue": [0.01]}},
        "memory": {"bytes": {"ours, memory": [600.0], "APScheduler 3, memory": [800.0, 900.0]}},
    }
}
GROWTH = {
    "growth": {
        "burst: s, by schedules": {
            "by": "schedules",
            "lines": {"ours, memory": [[100, [1.0]], [1000, [2.0]]]},
        }
    }
}


def draw(folder: Path, name: str, result: Any = RESULT) -> bytes:
    """Draw the picture; return what is in the file."""
    (folder / "result.json").write_text(json.dumps(result))
    (folder / "growth.json").write_text(json.dumps(GROWTH))
    files = [str(folder / "result.json"), str(folder / "growth.json")]
    assert main([*files, "--to", str(folder / "new" / name)]) == 0
    return (folder / "new" / name).read_bytes()


def test_the_same_figures_give_the_same_picture(tmp_path: Path) -> None:
    assert draw(tmp_path, "one.svg") == draw(tmp_path, "two.svg")


def test_it_names_every_measure_every_contender_and_the_medians(tmp_path: Path) -> None:
    picture = ElementTree.fromstring(draw(tmp_path, "one.svg"))

    texts = {"".join(text.itertext()).strip() for text in picture.iter() if "text" in text.tag}
    for said in ("memory: bytes", "burst: s", "ours, memory", "APScheduler 3, memory", "850"):
        assert said in texts
    assert {"ours", "peer", "limit", "the bar", "schedules"} <= texts


def test_what_is_ours_differs_from_peers_and_limits_without_colour() -> None:
    names = ("ours, memory", "our store, SQLite", "huey, SQLite", "limit, SQLite", "bare wait")
    assert [side_of(name) for name in names] == [
        Side.OURS, Side.OURS, Side.PEER, Side.LIMIT, Side.LIMIT,
    ]  # fmt: skip
    greys = [sum(to_rgb(side.value[0])) / 3 for side in Side]
    assert min(abs(one - other) for one, other in itertools.pairwise(greys)) > 0.2
    assert len({side.value[1] for side in Side}) == len(Side)


def test_the_bar_is_drawn_where_it_is_in_the_unit_of_the_figure() -> None:
    values = {"ours, memory": [600.0], "APScheduler 3, memory": [800.0, 900.0]}
    assert [*asked_of(Chart("memory", "bytes", values))] == [("ours, memory", 1.5 * 850)]
    assert [*asked_of(Chart("memory", "bytes", {"ours, memory": [600.0]}))] == []
