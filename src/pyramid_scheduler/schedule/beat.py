"""When a job is due, pure: its beat, and the local clock of this process.

Instants are integer microseconds (``pyramid_scheduler.instants``), what a user sees is local time.
"""

import datetime
import time
from dataclasses import dataclass
from datetime import UTC, timedelta

from pyramid_scheduler.instants import MICROSECOND, SECOND

_UNPATCHED = datetime.datetime

UNITS = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Every ``period`` of real time after the instant ``anchor``, both in microseconds."""

    anchor: int
    period: int

    def next(self, after: int) -> int:
        """Return the first beat that is strictly later than the instant ``after``."""
        return self.anchor + max((after - self.anchor) // self.period + 1, 1) * self.period

    def earlier(self, by: int) -> "Elapsed":
        """Return the same beat, ``by`` microseconds earlier."""
        return Elapsed(self.anchor - by, self.period)


@dataclass(frozen=True, slots=True)
class OnLocalClock:
    """Every ``period`` after ``anchor`` (naive) as the local clock shows them.

    Days keep their time of day through every change of that clock.
    """

    anchor: datetime.datetime
    period: timedelta

    def next(self, after: int) -> int:
        """Return the first beat that is strictly later than the instant ``after``."""
        steps = max((local(after) - self.anchor) // self.period, 1)
        # Local time leaps and repeats itself: more than one step may be too early.
        while (beat := instant(self.anchor + steps * self.period)) <= after:
            steps += 1
        return beat


Beat = Elapsed | OnLocalClock


def beat_from(now: int, interval: float, unit: str, at: datetime.time | None) -> Beat:
    """Return the beat of a job that is declared at the instant ``now``.

    It counts from ``now``, or from the moment ``at`` of the present day, hour or minute; the latter
    is itself a beat if the interval is 1, as in the ``schedule`` library.
    """
    period, base = period_of(interval, unit), local(now)
    before = timedelta()
    if at is not None:
        base = _aligned(base, unit, at)
        before = period if interval == 1 else before
    if unit in ("days", "weeks"):
        return OnLocalClock(base - before, period)
    return Elapsed(instant(base), period // MICROSECOND).earlier(before // MICROSECOND)


def period_of(interval: float, unit: str) -> timedelta:
    """Return ``interval`` units as a duration; ``timedelta.max`` for what none can hold."""
    try:
        return interval * UNITS[unit]
    except OverflowError:
        return timedelta.max


def _aligned(base: datetime.datetime, unit: str, at: datetime.time) -> datetime.datetime:
    hour = at.hour if unit == "days" else base.hour
    minute = base.minute if unit == "minutes" else at.minute
    return base.replace(hour=hour, minute=minute, second=at.second, microsecond=0)


def machine_clock() -> int:
    """Return the present instant."""
    # Users' tests turn the clock by patching datetime.datetime; else the cheap way is as good.
    if datetime.datetime is _UNPATCHED:
        return time.time_ns() // 1000
    return instant(datetime.datetime.now(UTC))


def local(instant: int) -> datetime.datetime:
    """Return what the local clock of this process shows at ``instant``; naive, with its fold."""
    return datetime.datetime.fromtimestamp(instant / SECOND)


def instant(moment: datetime.datetime) -> int:
    """Return the instant of ``moment``; a naive one is local time, as PEP 495 reads it."""
    # Not astimezone(): inside a gap of the clock it is early by the length of the gap.
    return round(moment.timestamp() * SECOND)
