"""When a job is due next, pure, and right around every change of a clock.

Instants are integer microseconds (``pyramid_scheduler.instants``). What a clock shows is its
*face*: a naive datetime, of the zone named or else of this process (zone None).
"""

import datetime
import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo

from pyramid_scheduler.instants import EPOCH, MICROSECOND, SECOND
from pyramid_scheduler.language import IntervalError
from pyramid_scheduler.showing import shown

_UNPATCHED = datetime.datetime
HOUR = timedelta(hours=1)


def machine_clock() -> int:
    """Return the present instant."""
    # Users' tests turn the clock by patching datetime.datetime; else the cheap way is as good.
    if datetime.datetime is _UNPATCHED:
        return time.time_ns() // 1000
    return instant(datetime.datetime.now())


def face(instant: int, zone: tzinfo | None = None) -> datetime.datetime:
    """Return what the clock of ``zone`` shows at ``instant``, with its fold (PEP 495)."""
    shown = datetime.datetime.fromtimestamp(instant / SECOND, zone)
    return shown if zone is None else shown.replace(tzinfo=None)


def instant(face: datetime.datetime, zone: tzinfo | None = None) -> int:
    """Return when the clock of ``zone`` shows ``face``; one that has a zone is its own.

    A time that the clock skips is later by the length of the gap, one that it shows twice is the
    first pass unless ``fold`` is 1, as PEP 495 has it.
    """
    try:
        # Not astimezone(): inside a gap of the local clock it is early by the length of the gap.
        moment = face if face.tzinfo else face.replace(tzinfo=zone)
        return round(moment.timestamp() * SECOND)
    except (OverflowError, ValueError):  # the first and the last day that datetime can say
        return (face.replace(tzinfo=UTC) - EPOCH) // MICROSECOND


@dataclass(frozen=True)
class Beat:
    """How often: every ``interval`` of ``unit``, on a ``weekday`` (Monday is 0), ``at`` a time.

    It is counted from when the last run ended, as in the ``schedule`` library: from that moment,
    or from the moment ``at`` of that day, hour or minute. With an interval of 1 that moment itself
    is the next one if it is still to come.
    """

    interval: float
    unit: str
    at: datetime.time | None = None
    zone: tzinfo | None = None
    weekday: int | None = None

    def period(self) -> timedelta:
        """Return the interval as a duration. Raises IntervalError."""
        try:
            period = timedelta(**{self.unit: self.interval})
        except (OverflowError, TypeError, ValueError):
            period = timedelta()
        if period < MICROSECOND:
            raise IntervalError(
                f"every({shown(self.interval)}).{self.unit}: the interval is a number above 0, such"
                " as every(10), and lasts from a microsecond to as long as a date can say"
            )
        return period

    @functools.cached_property
    def _step(self) -> int:
        """The interval where it is time that really passes, in microseconds; else 0."""
        # Seconds and minutes pass. Days are counted on the face; several hours are, too, because
        # the library's own tests want them so: 4 hours after 00:00 is 04:00 always.
        period = self.period()
        passes = self.unit in ("seconds", "minutes") or period < 2 * HOUR
        return period // MICROSECOND if passes else 0

    def next(self, now: int) -> int:
        """Return the next instant after ``now``. Raises IntervalError: there is none any more."""
        step = self._step
        if step and self.at is None:
            return now + step
        try:
            if self.unit == "hours" and self.interval == 1 and self.at is not None:
                return self._each_hour(now)
            if step:
                return self._passed(now, step)
            return self._on_the_face(now, self.period())
        except (OverflowError, ValueError):
            raise IntervalError(
                f"every({self.interval}).{self.unit}: the next time is beyond the year 9999"
            ) from None

    def _from(self, now: int) -> datetime.datetime:
        """Return the face from which is counted: that of ``now``, moved to what was said."""
        here = face(now, self.zone)
        if self.weekday is not None:
            here += timedelta(days=(self.weekday - here.weekday()) % 7)
        if self.at is None:
            return here
        daily = self.unit in ("days", "weeks")
        return here.replace(
            hour=self.at.hour if daily else here.hour,
            minute=here.minute if self.unit == "minutes" else self.at.minute,
            second=self.at.second,
            microsecond=0,
        )

    def _passed(self, now: int, step: int) -> int:
        """Return the next when the interval is time that really passes."""
        due = now
        if self.at is not None:
            # Not by way of the instant of a face: that may be the other pass of an overlap.
            due += (self._from(now) - face(now, self.zone)) // MICROSECOND
        if self.interval != 1:
            due += step
        return due if due > now else due + ((now - due) // step + 1) * step

    def _each_hour(self, now: int) -> int:
        """Return the next when the face shows that minute of an hour, in each pass of one."""
        due = self._passed(now, HOUR // MICROSECOND)
        if face(due, self.zone) - face(now, self.zone) == (due - now) * MICROSECOND:
            return due  # the clock does not change until then
        return min(self._shown(now), default=due)

    def _shown(self, now: int) -> Iterator[int]:
        begun = self._from(now)
        # A clock has gone back by seven hours, and no more than a day.
        for hours in range(-24, 25):
            for fold in (0, 1):
                then = (begun + hours * HOUR).replace(fold=fold)
                due = instant(then, self.zone)
                if due > now and face(due, self.zone) == then:
                    yield due

    def _on_the_face(self, now: int, period: timedelta) -> int:
        """Return the next when the interval is what the face shows."""
        due = self._from(now).replace(fold=0)
        if self.interval != 1:
            due += period
        # A face leaps and repeats itself: more than one step may be too early.
        while instant(due, self.zone) <= now:
            due += period
        return instant(due, self.zone)
