"""The search is bounded: counted in steps, since a clock would count the machine's other work."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pyramid_scheduler.triggers.cron.expression import read_expression
from pyramid_scheduler.triggers.cron.wall import WallTimes
from pyramid_scheduler.triggers.cron.zoned import ZonedTimes

SECOND_OF_2100 = 4_102_444_800
MOST = 1000  # a step takes some microseconds


class Counting(WallTimes):
    """Counts what it is asked."""

    __slots__ = ("steps",)

    def __init__(self, expression: str) -> None:
        super().__init__(read_expression(expression, None))
        self.steps = 0

    def at_or_after(self, wall: int) -> int:
        self.steps += 1
        return super().at_or_after(wall)

    def at_or_before(self, wall: int) -> int:
        self.steps += 1
        return super().at_or_before(wall)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Antarctica/Troll", "Asia/Gaza", "UTC"])
@pytest.mark.parametrize(
    "expression",
    [
        "*/30 2 * 3 0L",  # from 1981 on always in Berlin's gap
        "*/5 1-2 * 3 0L",
        "0 0 29 2 *",
        "0 0 * 2 5#5",
        "0 0 0 29 2 ? 2096",
        "59 59 23 31 12 ? 2099",
        "0 0 0 1 1 ? 1970",
        "* * * * * *",
    ],
)
def test_any_answer_takes_few_steps(expression: str, zone: str) -> None:
    times = Counting(expression)
    fixed = read_expression(expression, None).fixed
    zoned = ZonedTimes(times, ZoneInfo(zone), fixed=fixed, gap="shift", overlap="first")
    for year in range(1969, 2102, 7):
        second = int(datetime(year, 3, 1, tzinfo=UTC).timestamp())
        for ask in (zoned.at_or_after, zoned.at_or_before):
            times.steps = 0
            ask(second)
            assert times.steps < MOST


def test_a_time_that_is_in_a_gap_every_year_has_no_next() -> None:
    times = Counting("*/30 2 * 3 0L")
    zoned = ZonedTimes(times, ZoneInfo("Europe/Berlin"), fixed=False, gap="shift", overlap="first")
    assert zoned.at_or_after(int(datetime(1981, 1, 1, tzinfo=UTC).timestamp())) is None


def test_far_outside_there_is_nothing_and_nothing_is_searched() -> None:
    times = Counting("* * * * *")
    zoned = ZonedTimes(times, ZoneInfo("UTC"), fixed=False, gap="shift", overlap="first")
    assert zoned.at_or_after(2 * SECOND_OF_2100) is None
    assert zoned.at_or_before(-SECOND_OF_2100) is None
    assert times.steps == 0
