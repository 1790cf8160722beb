"""What was measured is held against what was asked, by medians."""

import pytest

from benchmarks.plan import Bar, Measure
from benchmarks.results import Results
from benchmarks.table import bars

MEASURED = {"we": [30.0, 10.0, 20.0], "peer": [4.0, 100.0, 5.0]}


def said(bar: Bar) -> str:
    measure = Measure("speed", (), (bar,))
    [line] = bars([measure], Results(values={"speed": {"s": MEASURED}}))
    return line.removeprefix("bar: speed, s, we: ")


@pytest.mark.parametrize(
    ("bar", "line"),
    [
        (Bar("s", "we", 20), "at least 20 s: 20, met"),
        (Bar("s", "we", 19, most=True), "at most 19 s: 20, NOT MET"),
        (Bar("s", "we", 4, "peer"), "at least 4 x peer: 4, met"),
        (Bar("s", "we", 3.9, "peer", most=True), "at most 3.9 x peer: 4, NOT MET"),
        (Bar("s", "we", 15, "peer", most=True, added=True), "at most peer + 15: 15, met"),
        (Bar("s", "we", 14, "peer", most=True, added=True), "at most peer + 14: 15, NOT MET"),
        (Bar("s", "we", 1, "nobody"), "at least 1 x nobody: nothing, NOT MET"),
    ],
)
def test_a_bar_is_an_amount_or_a_multiple_of_a_peers_or_an_amount_more(bar: Bar, line: str) -> None:
    assert said(bar) == line
