"""Combinations of combinations: values, and never at a loss for an answer in bounded time."""

from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.instants import EPOCH
from pyramid_scheduler.model import Trigger as AnyTrigger
from pyramid_scheduler.triggers import (
    Calendar,
    CalendarTrigger,
    IntervalTrigger,
    OnceTrigger,
    Trigger,
    declare_calendar,
)
from pyramid_scheduler.triggers.combined import trigger as combined
from tests.triggers.scene import NOON, eval_as_written, holds, is_a_value, moments

CLOSED = "test-nested-closed"
declare_calendar(CLOSED, Calendar(weekdays="wed", ranges=[("2030-01-01", "2030-06-30")]))

simple = st.one_of(
    st.integers(1, 100_000).map(lambda seconds: IntervalTrigger(seconds, EPOCH)),
    st.sampled_from(
        [
            CalendarTrigger(at="9:00", timezone="Europe/Berlin"),
            CalendarTrigger(months=1, on="last friday", at="17:00", timezone="Europe/Berlin"),
            CalendarTrigger(years=1, on="29 february", missing="skip", timezone="Europe/Berlin"),
            OnceTrigger(NOON),
        ]
    ),
)


def of_several(trigger: Trigger) -> str | None:
    """The zone that has to be said around a trigger that has several."""
    return "Asia/Seoul" if len(combined.zones_of(trigger)) > 1 else None


def around(inner: st.SearchStrategy[Trigger]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
        inner.map(lambda one: one.between("9:00", "18:00", of_several(one))),
        inner.map(lambda one: one.between("22:00", "1:30", "Asia/Seoul")),
        inner.map(lambda one: one.on("mon,wed", of_several(one))),
        inner.map(lambda one: one.only(CLOSED, of_several(one))),
        inner.map(lambda one: one.excluding(CLOSED, of_several(one))),
        inner.map(lambda one: one.shifted_to_business_day("previous", CLOSED, "UTC")),
        inner.map(lambda one: one.shifted_to_business_day("next", timezone="Europe/Berlin")),
        inner.map(lambda one: one.jitter(0.5)),
        inner.map(lambda one: one.until("2080-01-01T00:00+00:00")),
        inner.map(lambda one: one.starting("2000-01-01T00:00+00:00")),
    )


@settings(deadline=None, max_examples=100)
@given(trigger=st.recursive(simple, around, max_leaves=8), after=moments)
def test_any_combination_promises_what_every_trigger_does(
    trigger: Trigger, after: datetime
) -> None:
    holds(trigger, after)
    is_a_value(trigger)
    assert eval_as_written(repr(trigger)) == trigger


@settings(deadline=None, max_examples=40)
@given(trigger=st.recursive(simple, around, max_leaves=8))
def test_any_answer_takes_a_bounded_number_of_steps(trigger: Trigger) -> None:
    taken = 0

    class Counting(combined.Steps):
        def take(self, fire: int) -> bool:
            nonlocal taken
            taken += 1
            return super().take(fire)

    if isinstance(trigger, combined.Combined):
        trigger.search(0, Counting(0))
        assert taken <= 8 * combined.STEPS
    assert isinstance(trigger, AnyTrigger)
