"""A trigger whose fire times are moved to business days."""

from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import EPOCH
from pyramid_scheduler.triggers import Calendar, CalendarTrigger, IntervalTrigger, OnceTrigger
from pyramid_scheduler.triggers.bounds import STEPS
from tests.triggers.scene import NOON, Asked, eval_as_written, fires, holds, is_a_value, shown, utc

# January 2030: the 1st is a Tuesday, the 5th and 6th are a weekend.
BRIDGE = Calendar(ranges=[("2030-01-03", "2030-01-04")])


def test_what_falls_on_a_weekend_is_moved_at_its_time_of_day() -> None:
    fifth = CalendarTrigger(months=1, on=5, at="9:00", timezone="Europe/Berlin")
    assert shown(fifth.shifted_to_business_day("next"), NOON, 2) == [
        "Mon 2030-01-07 09:00", "Tue 2030-02-05 09:00"
    ]  # fmt: skip
    assert shown(fifth.shifted_to_business_day("previous"), NOON, 1) == ["Fri 2030-01-04 09:00"]


def test_days_of_a_calendar_are_no_business_days() -> None:
    fifth = CalendarTrigger(months=1, on=5, at="9:00")
    moved = fifth.shifted_to_business_day("previous", BRIDGE)
    assert shown(moved, NOON, 1) == ["Wed 2030-01-02 09:00"]


def test_several_that_are_moved_onto_one_instant_fire_once() -> None:
    daily = CalendarTrigger(at="9:00")
    assert shown(daily.shifted_to_business_day("next"), utc(2030, 1, 4), 3) == [
        "Fri 2030-01-04 09:00", "Mon 2030-01-07 09:00", "Tue 2030-01-08 09:00"
    ]  # fmt: skip


def test_those_that_are_moved_come_in_the_order_of_the_day_they_are_moved_to() -> None:
    every_7 = IntervalTrigger(hours=7, anchor=utc(2030, 1, 5))
    moved = every_7.shifted_to_business_day("next")
    saturday = [0, 7, 14, 21]
    sunday = [4, 11, 18]
    monday = [1, 8, 15, 22]
    assert [fire.hour for fire in fires(moved, utc(2030, 1, 4, 23), 11)] == sorted(
        saturday + sunday + monday
    )


def test_an_instant_that_has_passed_is_owed_where_it_is_moved_to() -> None:
    saturday = OnceTrigger(utc(2030, 1, 5, 9))
    moved = saturday.shifted_to_business_day("next")
    assert moved.first(utc(2031, 1, 1)) == utc(2030, 1, 7, 9)
    assert moved.first(utc(2030, 1, 6)) == utc(2030, 1, 7, 9)
    assert moved.next(utc(2030, 1, 6)) == utc(2030, 1, 7, 9)
    assert moved.next(utc(2030, 1, 7, 9)) is None


def test_one_around_another_is_bounded_as_one_is() -> None:
    holidays = [date(2030, 1, 1) + timedelta(days=day) for day in range(2000) if day % 360]
    asked, seldom = Asked(10**6), Calendar(dates=holidays)
    trigger = (OnceTrigger(EPOCH) | asked).shifted_to_business_day("previous", seldom)
    trigger = trigger.shifted_to_business_day("next", seldom)
    trigger = trigger.shifted_to_business_day("previous", seldom)
    trigger.next(NOON)
    assert asked.times <= STEPS


def test_without_a_business_day_nothing_fires() -> None:
    always = Calendar(weekdays="mon-fri")
    assert IntervalTrigger(60).shifted_to_business_day("next", always).next(NOON) is None
    assert OnceTrigger(NOON).shifted_to_business_day("next", always).first(NOON) is None


@settings(deadline=None, max_examples=80)
@given(
    after=st.datetimes(datetime(2029, 12, 1), datetime(2030, 12, 1)),  # noqa: DTZ001
    hours=st.integers(1, 400),
    direction=st.sampled_from(["next", "previous"]),
    zone=st.sampled_from(["UTC", "Asia/Seoul"]),
)
def test_they_are_all_moved_and_none_is_lost(
    after: datetime, hours: int, direction: Literal["next", "previous"], zone: str
) -> None:
    inner, local = IntervalTrigger(hours=hours, anchor=EPOCH), ZoneInfo(zone)
    after = after.replace(tzinfo=local)
    expected: list[datetime] = []
    for fire in fires(inner, after - timedelta(days=9), 800 // hours + 2):
        moved = fire.astimezone(local)
        step = timedelta(days=1 if direction == "next" else -1)
        while moved.weekday() > 4 or (moved.month, moved.day) in [(1, 3), (1, 4)]:
            moved += step
        expected.append(moved)
    free = Calendar(ranges=[("2030-01-03", "2030-01-04")])
    answer = holds(inner.shifted_to_business_day(direction, free, zone), after)
    assert answer == min(fire for fire in expected if fire > after)


@pytest.mark.parametrize("wrong", ["nearest", "", None, 5])
def test_what_is_no_direction_is_one_clear_error(wrong: Any) -> None:
    with pytest.raises(InvalidValue, match="is not one of next, previous"):
        IntervalTrigger(60).shifted_to_business_day(wrong)


def test_it_is_shown_as_it_is_written_and_said_in_words() -> None:
    trigger = CalendarTrigger(months=1).shifted_to_business_day("next", "holidays")
    written = "CalendarTrigger(months=1, at='00:00').shifted_to_business_day('next', 'holidays')"
    assert repr(trigger) == written
    assert eval_as_written(written) == trigger
    assert trigger.describe() == (
        "every month at 00:00, on the next business day (without holidays) if it is none"
    )
    is_a_value(CalendarTrigger(months=1).shifted_to_business_day("previous"))
    seoul = CalendarTrigger(months=1).shifted_to_business_day("next", timezone="Asia/Seoul")
    assert eval_as_written(repr(seoul)) == seoul
