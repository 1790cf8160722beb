"""A part of a trigger's fire times: from an instant on, up to one, so many."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import EPOCH
from pyramid_scheduler.triggers import (
    Calendar,
    CalendarTrigger,
    IntervalTrigger,
    OnceTrigger,
    RRuleTrigger,
    Trigger,
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

HOUR = timedelta(hours=1)
HOURLY = IntervalTrigger(HOUR)
DAILY = CalendarTrigger(at="9:00", timezone="Asia/Seoul")


def test_the_start_is_included_and_an_interval_counts_from_it() -> None:
    trigger = HOURLY.starting(NOON)
    assert fires(trigger, EPOCH, 2) == [NOON, NOON + HOUR]
    assert trigger.next(NOON + HOUR / 2) == NOON + HOUR
    assert trigger.anchored(EPOCH).next(EPOCH) == NOON, "a start outranks when it was declared"
    assert trigger.first(EPOCH) == NOON
    assert trigger.first(NOON + HOUR / 2) == NOON + HOUR


def test_the_end_is_included() -> None:
    trigger = HOURLY.starting(NOON).until(NOON + 2 * HOUR)
    assert fires(trigger, EPOCH, 9) == [NOON, NOON + HOUR, NOON + 2 * HOUR]
    assert HOURLY.until(NOON).first(NOON) is None


def test_so_many_times_are_counted_from_the_start() -> None:
    trigger = HOURLY.starting(NOON).times(3)
    assert fires(trigger, EPOCH, 9) == [NOON, NOON + HOUR, NOON + 2 * HOUR]
    assert trigger.next(NOON + HOUR) == NOON + 2 * HOUR
    assert trigger.next(NOON + 3 * HOUR) is None
    assert trigger.first(EPOCH) == NOON


@pytest.mark.parametrize(
    ("trigger", "last"),
    [
        (IntervalTrigger(60, NOON), NOON + timedelta(minutes=1)),
        (DAILY.starting("2030-01-02T09:00"), utc(2030, 1, 3)),
        (CalendarTrigger(days=2, at="9:00", start="2030-01-01"), utc(2030, 1, 3, 9)),
        (RRuleTrigger("FREQ=DAILY", dtstart=datetime(2030, 1, 1, 9), timezone="Asia/Seoul"),  # noqa: DTZ001
         utc(2030, 1, 2)),
        (OnceTrigger(NOON), NOON),
        (IntervalTrigger(60).starting(NOON).on("tue").jitter(5), NOON + timedelta(minutes=1)),
        (IntervalTrigger(60, NOON) | IntervalTrigger(90, NOON), NOON + timedelta(minutes=1)),
    ],
)  # fmt: skip
def test_what_says_its_start_itself_can_be_counted(trigger: Trigger, last: datetime) -> None:
    twice = trigger.times(2)
    assert fires(twice, EPOCH, 9)[-1] == last
    is_a_value(twice)


def test_many_are_counted_although_each_has_to_be_looked_for() -> None:
    pay_days = Calendar(dates=[date(2030 + n // 12, n % 12 + 1, 25) for n in range(600)])
    paid = DAILY.starting(NOON).only(pay_days).times(500)
    assert fires(paid, utc(2071, 7, 1), 3) == [utc(2071, 7, 25), utc(2071, 8, 25)]


def test_counting_is_bounded() -> None:
    asked = Asked(10)
    rare = (OnceTrigger(EPOCH) | asked) & IntervalTrigger(10.01, EPOCH)
    assert rare.starting(NOON).times(10_000).next(NOON) is not None
    assert asked.times <= 21 * STEPS


@pytest.mark.parametrize("trigger", [HOURLY, DAILY, HOURLY | IntervalTrigger(60, NOON),
                                     DAILY.on("mon").until(NOON)], ids=repr)  # fmt: skip
def test_what_has_no_start_cannot_be_counted(trigger: Trigger) -> None:
    with pytest.raises(InvalidValue, match=r"times from when\? Say \.starting"):
        trigger.times(3)


@pytest.mark.parametrize("count", [0, -1, 10_001, 1.5, True, "many", None])
def test_a_count_is_a_whole_number(count: Any) -> None:
    with pytest.raises(InvalidValue, match=r"times: .* is not a whole number from 1 to 10,000"):
        HOURLY.starting(NOON).times(count)


def test_an_end_without_an_offset_is_read_in_the_zone_of_the_trigger() -> None:
    assert DAILY.until("2030-01-02T09:00") == DAILY.until(utc(2030, 1, 2))
    assert HOURLY.until("2030-01-02T09:00") == HOURLY.until(utc(2030, 1, 2, 9))


@pytest.mark.parametrize("wrong", ["2030-01-01", date(2030, 1, 1), "9:00", "soon", None, 5, True])
def test_what_is_no_instant_is_one_clear_error(wrong: Any) -> None:
    with pytest.raises(InvalidValue, match="until: "):
        HOURLY.until(wrong)
    with pytest.raises(InvalidValue, match="starting: "):
        HOURLY.starting(wrong)


def test_an_instant_that_has_passed_is_owed_within_its_span() -> None:
    once, later = OnceTrigger(NOON), NOON + timedelta(days=1)
    assert once.until(later).first(later) == NOON
    assert once.until(NOON - HOUR).first(later) is None
    assert once.starting(NOON - HOUR).first(later) == NOON
    assert once.starting(NOON + HOUR).first(later) is None
    assert once.times(1).first(later) == NOON


@settings(deadline=None, max_examples=100)
@given(after=moments, start=moments, end=moments, hours=st.integers(1, 1000))
def test_a_span_never_answers_outside(
    after: datetime, start: datetime, end: datetime, hours: int
) -> None:
    inner = IntervalTrigger(hours=hours)
    fire = holds(inner.starting(start).until(end), after)
    if fire is not None:
        assert start <= fire <= end
        assert (fire - start) % timedelta(hours=hours) == timedelta(0)
    else:
        following = IntervalTrigger(hours=hours, anchor=start).next(after)
        assert following is not None
        assert following > end


@pytest.mark.parametrize(
    ("trigger", "written", "words"),
    [
        (HOURLY.starting(NOON).times(3),
         "IntervalTrigger(hours=1).starting('2030-01-01T12:00:00+00:00').times(3)",
         "every hour from 2030-01-01 12:00 UTC on, 3 times"),
        ((HOURLY | OnceTrigger(NOON)).until(NOON),
         "(IntervalTrigger(hours=1) | OnceTrigger('2030-01-01T12:00:00+00:00'))"
         ".until('2030-01-01T12:00:00+00:00')",
         "(every hour or once, 2030-01-01 12:00:00) until 2030-01-01 12:00 UTC"),
    ],
)  # fmt: skip
def test_they_are_shown_as_they_are_written_and_said_in_words(
    trigger: Any, written: str, words: str
) -> None:
    assert repr(trigger) == written
    assert eval_as_written(written) == trigger
    assert trigger.describe() == words
    is_a_value(trigger)
