"""What the scenes share: a clock that stands at a local time, and a play that records runs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pyramid_scheduler.instants import SECOND
from tests.clock import HandClock


def at_local(text: str) -> HandClock:
    """Return a clock that stands where the local one shows ``text``."""
    return HandClock(round(datetime.fromisoformat(text).timestamp() * SECOND))


def shown(clock: HandClock) -> datetime:
    """Return what the local clock shows."""
    return datetime.fromtimestamp(clock.now() / SECOND)


def play(
    scheduler: Any,
    clock: HandClock,
    say: Callable[[Any], Any],
    *,
    step: float,
    lasts: timedelta,
    takes: float = 0,
) -> list[int]:
    """Declare the job that ``say`` says, turn the clock; return the instants at which it began.

    The loop looks every ``step`` seconds; each call of the job takes ``takes`` seconds.
    """
    began: list[int] = []

    def job() -> None:
        began.append(clock.now())
        clock.advance(takes)

    say(scheduler.every).do(job)
    end = clock.now() + round(lasts.total_seconds() * SECOND)
    while clock.now() < end:
        clock.advance(step)
        scheduler.run_pending()
    return began


def local_times(instants: list[int]) -> list[str]:
    """Return what the local clock showed at ``instants``."""
    return [str(datetime.fromtimestamp(instant / SECOND)) for instant in instants]
