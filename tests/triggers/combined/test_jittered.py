"""A trigger whose runs are due a little after its fire times."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import EPOCH, SECOND, micros
from pyramid_scheduler.triggers import CalendarTrigger, IntervalTrigger, OnceTrigger
from tests.triggers.scene import NOON, eval_as_written, fires, is_a_value, seconds

MINUTELY = IntervalTrigger(60, EPOCH)
FIRE = micros(NOON)


def test_the_fire_times_stay_as_they_are() -> None:
    assert fires(MINUTELY.jitter(30), NOON, 3) == fires(MINUTELY, NOON, 3)
    assert OnceTrigger(NOON).jitter(30).first(NOON + seconds(9)) == NOON


def test_a_delay_is_from_nothing_to_the_spread() -> None:
    jittered = MINUTELY.jitter(2)
    delays = [jittered.delay("shop.tidy", FIRE + 60 * SECOND * n) for n in range(2_000)]
    assert min(delays) >= 0
    assert max(delays) <= 2 * SECOND
    assert len(set(delays)) > 1_900
    assert abs(sum(delays) / len(delays) - SECOND) < SECOND / 10, "evenly"


def test_a_stable_delay_is_one_per_schedule() -> None:
    stable = MINUTELY.jitter(30, mode="stable")
    assert stable.delay("a", FIRE) == stable.delay("a", FIRE + SECOND)
    assert len({stable.delay(name, FIRE) for name in "abcdefgh"}) == 8


def test_every_process_has_the_same_delays() -> None:
    program = (
        "from pyramid_scheduler.triggers import IntervalTrigger;"
        f"print(IntervalTrigger(60).jitter(30).delay('shop.tidy', {FIRE}))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert int(said.stdout) == MINUTELY.jitter(30).delay("shop.tidy", FIRE)


def test_a_trigger_without_jitter_has_no_delay() -> None:
    assert MINUTELY.delay("shop.tidy", FIRE) == 0
    assert MINUTELY.jitter(0).delay("shop.tidy", FIRE) == 0


def test_what_is_around_it_leaves_the_delay_as_it_is() -> None:
    inner = MINUTELY.jitter(30)
    outer = inner.between("9:00", "18:00").on("mon-fri").until("2031-01-01T00:00")
    assert outer.delay("shop.tidy", FIRE) == inner.delay("shop.tidy", FIRE) > 0


@pytest.mark.parametrize(
    "wrong", [-1, "-5s", float("nan"), float("inf"), True, None, "", "1 month", timedelta.max, []]
)
def test_what_is_no_spread_is_one_clear_error(wrong: Any) -> None:
    with pytest.raises(InvalidValue, match="jitter: "):
        CalendarTrigger(at="9:00").jitter(wrong)


@pytest.mark.parametrize("wrong", ["often", "", None, 5, "RANDOM"])
def test_what_is_no_mode_is_one_clear_error(wrong: Any) -> None:
    with pytest.raises(InvalidValue, match=r"jitter: mode: .* is not one of random, stable"):
        MINUTELY.jitter(5, wrong)


def test_it_is_shorter_than_the_interval_wherever_that_stands() -> None:
    for trigger in (MINUTELY, MINUTELY.on("mon"), CalendarTrigger() | MINUTELY):
        with pytest.raises(InvalidValue, match="minute is not shorter than the interval, minute"):
            trigger.jitter(60)
        assert trigger.jitter(59.9)


def test_it_is_shown_as_it_is_written_and_said_in_words() -> None:
    trigger = IntervalTrigger(60).jitter("30s", "stable")
    assert repr(trigger) == "IntervalTrigger(minutes=1).jitter(30, 'stable')"
    assert eval_as_written(repr(trigger)) == trigger
    assert trigger.describe() == "every minute, up to 30 seconds later"
    is_a_value(trigger)
    is_a_value(IntervalTrigger(60).jitter(0.001))
