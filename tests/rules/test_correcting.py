"""Fire times that a store has kept while the rules behind them changed (issue: tzdata)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import pytest

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.model import Definition, Origin, Schedule, Trigger
from pyramid_scheduler.rules.correcting import corrected
from pyramid_scheduler.triggers import IntervalTrigger
from tests.clock import START

HOUR, DAY = 3600, 86400


@dataclass(frozen=True, slots=True)
class Listed(Trigger):
    """Fires at the seconds after START that are listed: the rules of today."""

    kind = "listed"
    seconds: tuple[int, ...]

    def next(self, after: datetime) -> datetime | None:
        fires = (START // SECOND + second for second in self.seconds)
        moments = (datetime.fromtimestamp(fire, UTC) for fire in fires)
        return next((fire for fire in moments if fire > after), None)

    def as_json(self) -> dict[str, Any]:
        raise NotImplementedError

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        raise NotImplementedError


def daily(at: int, days: int = 5) -> Listed:
    return Listed(tuple(day * DAY + at for day in range(days)))


def kept(trigger: Trigger, next_fire: int | None, last: int | None = None, **more: Any) -> Schedule:
    return Schedule(
        definition=Definition(name="s", task="t", trigger=trigger, **more),
        origin=Origin.CODE,
        anchor=START,
        next_fire=None if next_fire is None else START + next_fire * SECOND,
        last_fire=None if last is None else START + last * SECOND,
    )


def right(schedule: Schedule) -> float | str | None:
    """The seconds at which it is put, "kept" where it stays."""
    result = corrected(schedule, START)
    if result is None:
        return "kept"
    return None if result.next_fire is None else (result.next_fire - START) / SECOND


def test_what_is_right_stays() -> None:
    assert right(kept(daily(9 * HOUR), DAY + 9 * HOUR, last=9 * HOUR)) == "kept"


def test_what_has_nothing_to_come_stays() -> None:
    assert right(kept(daily(9 * HOUR), None, last=9 * HOUR)) == "kept"


@pytest.mark.parametrize("hours", [-3, -1, 1, 3])
def test_the_same_occasion_is_moved_with_the_clock(hours: int) -> None:
    moved = daily((9 + hours) * HOUR)
    assert (
        right(kept(moved, 2 * DAY + 9 * HOUR, last=DAY + 9 * HOUR)) == 2 * DAY + (9 + hours) * HOUR
    )


def test_an_occasion_that_was_dealt_with_does_not_come_again_an_hour_later() -> None:
    today_again = daily(10 * HOUR)
    assert right(kept(today_again, DAY + 9 * HOUR, last=9 * HOUR)) == DAY + 10 * HOUR


def test_a_day_that_became_a_holiday_is_left_out() -> None:
    without_day_1 = Listed((9 * HOUR, 2 * DAY + 9 * HOUR))
    assert right(kept(without_day_1, DAY + 9 * HOUR, last=9 * HOUR)) == 2 * DAY + 9 * HOUR


def test_what_never_comes_any_more_ends() -> None:
    assert right(kept(Listed((9 * HOUR,)), DAY + 9 * HOUR, last=9 * HOUR)) is None


def test_a_first_fire_time_that_is_owed_at_once_is_right() -> None:
    assert right(kept(daily(9 * HOUR), 0, start="now")) == "kept"


def test_a_trigger_that_counts_from_the_last_time_is_right() -> None:
    @dataclass(frozen=True, slots=True)
    class After(Listed):
        def next(self, after: datetime) -> datetime | None:
            return IntervalTrigger(90).next(after)

    assert right(kept(After(()), 180, last=90)) == "kept"


def test_one_that_fires_without_end_in_a_day_is_faulty() -> None:
    dense = IntervalTrigger(1, anchor=datetime.fromtimestamp(START / SECOND + 0.5, UTC))
    with pytest.raises(FaultyTrigger, match="10,000"):
        corrected(kept(dense, DAY), START)


def test_a_day_that_is_a_holiday_no_longer_comes_first() -> None:
    freed = Listed((9 * HOUR, DAY + 9 * HOUR, 2 * DAY + 9 * HOUR, 3 * DAY + 9 * HOUR))
    assert right(kept(freed, 3 * DAY + 9 * HOUR, last=9 * HOUR)) == DAY + 9 * HOUR


def test_what_has_passed_before_a_change_of_the_code_is_not_brought_back() -> None:
    redefined = kept(daily(9 * HOUR), 3 * DAY + 9 * HOUR, last=9 * HOUR)
    assert corrected(redefined, START + (2 * DAY + 10 * HOUR) * SECOND) is None
