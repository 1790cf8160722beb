"""Every so often at random: pure, within its bounds, each number as likely as any other."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import LATEST, SECOND
from pyramid_scheduler.triggers import IrregularTrigger, dump_trigger, load_trigger
from tests.triggers.scene import eval_as_written

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ONE = timedelta(seconds=1)
counts = st.integers(1, 100)
triggers = st.builds(
    lambda least, more, name: IrregularTrigger(least, least + more, ONE, name, NOON),
    counts,
    st.integers(0, 50),
    st.text("abc", max_size=5),
)
instants = st.integers(0, 4_000_000_000).map(lambda second: second * SECOND // 2)


def fires(trigger: IrregularTrigger, count: int, after: datetime = NOON) -> list[datetime]:
    found = [after]
    while len(found) <= count:
        fire = trigger.next(found[-1])
        assert fire is not None
        found.append(fire)
    return found


def steps(trigger: IrregularTrigger, count: int) -> list[float]:
    return [(b - a).total_seconds() for a, b in pairwise(fires(trigger, count))]


def test_each_step_is_chosen_anew_and_each_number_is_as_likely_as_any_other() -> None:
    trigger = IrregularTrigger(10, 15, ONE, "a", NOON)
    found = Counter(steps(trigger, 6_000))
    assert set(found) == {10, 11, 12, 13, 14, 15}
    assert all(850 < many < 1150 for many in found.values()), found
    assert len(set(pairwise(steps(trigger, 100)))) > 15


def test_another_schedule_has_other_steps_and_the_same_one_the_same() -> None:
    a, b = (IrregularTrigger(10, 99, ONE, anchor=NOON).named(name) for name in "ab")
    assert steps(a, 50) != steps(b, 50)
    assert steps(a, 50) == steps(IrregularTrigger(10, 99, ONE, "a", NOON), 50)
    assert a.named("b") == a


def test_two_steps_make_the_same_sum_so_that_nothing_drifts_and_nothing_is_walked() -> None:
    trigger = IrregularTrigger(10, 15, ONE, "a", NOON)
    assert fires(trigger, 20)[::2] == [NOON + 25 * ONE * k for k in range(11)]
    far = NOON + 25 * ONE * 10**9
    assert trigger.next(far - ONE) == far


@given(triggers, instants)
def test_the_next_is_later_within_a_step_and_on_the_one_way_of_all(
    trigger: IrregularTrigger, after: int
) -> None:
    fire = trigger.next_instant(after)
    assert fire is not None
    assert fire > after
    begin = int(NOON.timestamp()) * SECOND
    if after >= begin:
        assert fire - after <= trigger.most * SECOND
        # Whoever asks from anywhere in the step is told its end.
        assert trigger.next_instant(fire - 1) == fire
    else:
        assert fire == begin


@given(triggers, instants, instants)
def test_it_is_monotone(trigger: IrregularTrigger, a: int, b: int) -> None:
    first, second = (trigger.next_instant(one) for one in sorted((a, b)))
    assert first is not None
    assert second is not None
    assert first <= second


@given(triggers)
def test_it_survives_json(trigger: IrregularTrigger) -> None:
    assert load_trigger(dump_trigger(trigger)) == trigger


def test_without_an_anchor_it_counts_from_the_instant_asked_about() -> None:
    trigger = IrregularTrigger(2, 3, ONE)
    fire = trigger.next(NOON)
    assert fire is not None
    assert fire - NOON in (2 * ONE, 3 * ONE)
    assert trigger.anchored(NOON).anchor == NOON
    assert trigger.anchored(NOON).anchored(LATEST).anchor == NOON


def test_the_same_number_twice_is_an_interval() -> None:
    assert set(steps(IrregularTrigger(7, 7, ONE, "a", NOON), 20)) == {7}


def test_the_calendar_ends() -> None:
    assert IrregularTrigger(2, 3, ONE).next(LATEST) is None


def test_it_is_told_in_words() -> None:
    trigger = IrregularTrigger(10, 90, ONE)
    assert trigger.describe() == "every 10 seconds to 90 seconds, at random"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ((0, 5, ONE), "least: 0 is not a whole number"),
        ((1.5, 5, ONE), "least: 1.5 is not a whole number"),
        ((True, 5, ONE), "least: True is not a whole number"),
        ((5, 4, ONE), "most: 4 is not a whole number from 5"),
        ((1, 10**5000, ONE), "most: <int that cannot be shown> is not a whole number"),
        ((1, 5, "x"), "unit: 'x' is not a duration"),
        ((1, 5, timedelta(milliseconds=1)), "a step: 0.001 s is not between 0.1 s"),
        ((1, 100_000, timedelta(days=10_000)), "a step: .* is not between 0.1 s and 365000 days"),
        ((1, 5, ONE, 7), "name: 7 is not a text"),
        ((1, 5, ONE, "a", "noon"), "anchor: 'noon' is not"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: tuple[Any, ...], why: str) -> None:
    with pytest.raises(InvalidValue, match=why):
        IrregularTrigger(*given)


def test_it_is_shown_as_it_is_written() -> None:
    for trigger in (
        IrregularTrigger(1, 5, ONE),
        IrregularTrigger(1, 5, "0.25s", "shop.tidy", "2030-01-01T00:00"),
    ):
        assert eval_as_written(repr(trigger)) == trigger


def test_a_naive_instant_is_read_in_utc() -> None:
    trigger = IrregularTrigger(1, 5, ONE, "a", NOON)
    assert trigger.next(NOON.replace(tzinfo=None)) == trigger.next(NOON)
    with pytest.raises(InvalidValue, match="irregular: after"):
        trigger.next(5)  # type: ignore[arg-type]
