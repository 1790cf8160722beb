"""Several triggers as one: any of them, or all of them at once."""

from datetime import UTC, datetime, time, timedelta
from functools import reduce
from math import lcm
from operator import and_, or_
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import EPOCH, LATEST, micros
from pyramid_scheduler.model import Trigger as AnyTrigger
from pyramid_scheduler.triggers import (
    Calendar,
    CalendarTrigger,
    IntervalTrigger,
    OnceTrigger,
    Trigger,
    load_trigger,
    register,
)
from pyramid_scheduler.triggers.bounds import STEPS
from tests.triggers.scene import (
    NOON,
    Asked,
    eval_as_written,
    fires,
    holds,
    is_a_value,
    moments,
    utc,
)

FIRST = NOON + timedelta(hours=1)


def every(seconds: float, phase: float = 0) -> IntervalTrigger:
    return IntervalTrigger(seconds, EPOCH + timedelta(seconds=phase))


@register
class Daybreak(Trigger):
    """Somebody's own trigger."""

    kind = "tests-daybreak"

    def next(self, after: datetime) -> datetime:
        passed = (after - timedelta(hours=6)).date()
        return datetime.combine(passed, time(6), tzinfo=UTC) + timedelta(days=1)

    def as_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Daybreak":
        return cls()


def test_either_fires_when_one_does_and_once_when_both_do() -> None:
    either = every(4) | every(6)
    found = fires(either, NOON, 6)
    assert [(fire - NOON).total_seconds() for fire in found] == [4, 6, 8, 12, 16, 18]


def test_both_fire_only_together() -> None:
    both = every(4) & every(6) & every(10)
    assert fires(both, NOON, 2) == [NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)]
    friday_13 = CalendarTrigger(months=1, on=13) & CalendarTrigger(weeks=1, on="fri")
    assert fires(friday_13, NOON, 2) == [utc(2030, 9, 13), utc(2030, 12, 13)]


def test_two_that_never_meet_give_up() -> None:
    assert (every(6) & every(10, phase=1)).next(NOON) is None
    nine, ten = CalendarTrigger(at="9:00"), CalendarTrigger(at="10:00")
    assert (nine & ten).next(NOON) is None


def test_a_search_inside_a_search_has_no_steps_of_its_own() -> None:
    # The outer one asks time and again for what the inner one takes thousands of steps to find.
    seldom = (every(0.7) & every(1800.1)).on("mon-fri")
    assert (seldom & (every(0.9) & every(7200.3)).on("mon-fri")).next(NOON) is None


def test_one_that_looks_in_vain_takes_nothing_from_the_others() -> None:
    never = every(6) & every(10, phase=1)
    assert (never | every(60)).next(NOON) == NOON + timedelta(minutes=1)


def test_one_that_looks_in_vain_looks_once() -> None:
    never = every(86_400).between("9:00", "10:00")
    seldom = (never | every(86_400)).only(Calendar(dates=["2030-04-01"]))
    assert seldom.next(NOON) == utc(2030, 4, 1)


@pytest.mark.parametrize("parts", [2, 3, 50])
def test_a_search_among_many_is_bounded_as_one_is(parts: int) -> None:
    asked = Asked(60)
    either: Trigger = every(7) | asked
    for seconds in range(parts - 2):
        either = either | every(11 + seconds)
    assert (either & every(3600, phase=0.5)).next(NOON) is None
    assert asked.times <= STEPS


def test_many_that_look_in_vain_share_what_one_may_take() -> None:
    asked = [Asked(86_400, phase) for phase in range(50)]
    either = reduce(or_, [(every(10**8) | one).between("9:00", "10:00") for one in asked])
    assert either.next(NOON) is None
    assert sum(one.times for one in asked) <= STEPS
    assert either.first(NOON) is None
    assert sum(one.times for one in asked) <= 2 * STEPS
    assert either.delay("shop.tidy", micros(NOON)) == 0
    assert sum(one.times for one in asked) <= 2 * STEPS


def test_after_the_last_instant_that_a_clock_shows_nothing_fires() -> None:
    last = LATEST - timedelta(seconds=1)
    for trigger in (every(60).shifted_to_business_day("next"), every(60) | every(7)):
        assert trigger.next(last) is None


def test_ones_own_trigger_can_be_combined_too() -> None:
    either = Daybreak() | every(86_400)
    assert either.next(NOON) == utc(2030, 1, 2)
    sundays = CalendarTrigger(weeks=1, on="sun", at="6:00")
    assert (Daybreak() & sundays).next(NOON) == utc(2030, 1, 6, 6)
    assert Daybreak().on("sun").next(NOON) == utc(2030, 1, 6, 6)
    assert Daybreak().describe()


def test_what_is_no_trigger_cannot_be_combined() -> None:
    with pytest.raises(TypeError):
        every(4) | 5  # type: ignore[operator]
    with pytest.raises(TypeError):
        every(4) & None  # type: ignore[operator]


def test_a_row_has_to_name_some() -> None:
    with pytest.raises(InvalidValue, match="any: there is no trigger in it"):
        load_trigger({"kind": "any", "triggers": []})


def test_several_of_a_kind_are_one_combination() -> None:
    one, other, third = every(4), every(6), every(10)
    assert (one | other) | third == one | (other | third)
    assert (one & other) & third == one & (other & third)
    assert repr((one | other) & third).startswith("(IntervalTrigger(")


def test_a_combination_has_a_size_and_a_depth() -> None:
    wide: Trigger = every(4)
    for _ in range(99):
        wide = wide | every(6)
    with pytest.raises(InvalidValue, match="more than 100 triggers"):
        wide | every(6)
    deep: Trigger = every(4)
    for _ in range(19):
        deep = deep.on("mon-fri")
    with pytest.raises(InvalidValue, match="more than 20 combinations"):
        deep.on("mon-fri")


def test_the_first_of_several_may_have_passed() -> None:
    either = OnceTrigger(NOON) | OnceTrigger(FIRST)
    assert either.first(FIRST + timedelta(days=1)) == NOON
    assert (OnceTrigger(NOON) | every(3600)).first(FIRST) == NOON
    assert (OnceTrigger(NOON) & every(60)).first(NOON - timedelta(days=1)) == NOON


def test_the_anchor_reaches_what_counts() -> None:
    either = IntervalTrigger(3600) | CalendarTrigger(weeks=2, on="mon")
    assert either.anchored(NOON) == IntervalTrigger(3600, NOON) | CalendarTrigger(
        weeks=2, on="mon", start="2030-01-01"
    )
    own = every(3600) | every(60)
    assert own.anchored(NOON) is own


def test_a_delay_is_that_of_what_fires() -> None:
    late, prompt = every(60).jitter(30, "stable"), every(45)
    name, minute = "shop.tidy", micros(NOON + timedelta(minutes=1))
    assert late.delay(name, minute) > 0
    assert (late | prompt).delay(name, minute) == late.delay(name, minute)
    assert (late | prompt).delay(name, micros(NOON + timedelta(seconds=45))) == 0


class Named(AnyTrigger):
    """A trigger that depends on the name of its schedule."""

    kind = "tests-named"

    def __init__(self, name: str = "") -> None:
        self.name = name

    def next(self, after: datetime) -> datetime:
        return after + timedelta(seconds=len(self.name))

    def named(self, name: str) -> "Named":
        return Named(name)

    def as_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Named":
        return cls()


def test_the_name_of_the_schedule_reaches_what_depends_on_it() -> None:
    either = (every(60) | Named()).on("mon-fri").jitter(1)
    assert either.named("abc").next(NOON) == NOON + timedelta(seconds=3)


@settings(deadline=None, max_examples=100)
@given(after=moments, parts=st.lists(st.integers(1, 20), min_size=2, max_size=3))
def test_any_is_the_earliest_and_all_is_the_common_one(after: datetime, parts: list[int]) -> None:
    one, *others = (every(seconds) for seconds in parts)
    either, both = reduce(or_, others, one), reduce(and_, others, one)
    assert holds(either, after) == min(every(seconds).next(after) for seconds in parts)  # type: ignore[type-var]
    assert holds(both, after) == every(lcm(*parts)).next(after)


@pytest.mark.parametrize(
    "trigger",
    [
        every(4) | every(6),
        every(4) & (every(6) | IntervalTrigger("1.5h")),
        (every(4) & every(6)) | OnceTrigger(NOON),
    ],
)
def test_they_are_values(trigger: Trigger) -> None:
    is_a_value(trigger)
    assert eval_as_written(repr(trigger)) == trigger
