"""The instants at which a zone's clock shows the times that an expression matches.

Clock changes are treated as Debian's cron does (cron(8)). A *fixed* time, whose minute and hour
both do not begin with ``*``, is owed once a day: in a gap it fires at the first instant after it,
in an overlap in the first pass only. A *wildcard* fires whenever the clock shows what it says.

Instants are integer seconds of Unix time here. Between two changes of the zone's offset an instant
is a wall-clock time minus the offset: the search is made in one such stretch after the other.
"""

from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.triggers.cron.wall import NEVER_AFTER, WallTimes
from pyramid_scheduler.triggers.local import LONGEST_GAP, NEAR, DstGap, DstOverlap, segment

_ONE_SECOND = timedelta(seconds=1)
# No offset is as much as two days; so before the first of these no clock shows a time that can be
# matched, and after the second none does any more.
_FIRST, _LAST = -NEAR, NEVER_AFTER + NEAR


class Stretch(NamedTuple):
    """A segment, and which wall-clock times count in it.

    Those from ``low`` until before ``high``; those from ``gap`` until before ``low`` were left
    out by the clock, and fire at its ``start``. ``epoch`` is 1970-01-01 00:00 on its clock.
    """

    start: int
    end: int
    offset: int
    gap: int
    low: int
    high: int
    epoch: datetime


class ZonedTimes:
    """The fire times of one expression in one zone; forward and backward, in seconds."""

    def __init__(
        self, times: WallTimes, zone: ZoneInfo, *, fixed: bool, gap: str, overlap: str
    ) -> None:
        """Take what is matched where, and what becomes of it when the clock is changed."""
        self._times = times
        self._zone = zone
        self._shifts = fixed and gap == DstGap.SHIFT
        self._first_only = fixed and overlap == DstOverlap.FIRST
        self._second_only = overlap == DstOverlap.SECOND
        # The stretch last asked about: mostly the next one asked about too. Whoever reads it
        # keeps what was read, so that threads do no harm to each other.
        self._here = self._stretch(0)

    def at_or_after(self, second: int) -> int | None:
        """Return the first fire time that is not before ``second``."""
        second = max(second, _FIRST)
        while second < _LAST:
            here = self._around(second)
            wall = here.gap if second == here.start else max(second + here.offset, here.low)
            found = self._times.at_or_after(max(wall, 0))
            if found < here.high:
                return max(found - here.offset, here.start)
            # What comes next may have been shown before, near the end of the stretch; further
            # away nothing can match until the clock comes near to what was found.
            near = here.end - second <= NEAR
            second = here.end if near else max(here.end, found - NEAR)
        return None

    def at_or_before(self, second: int) -> int | None:
        """Return the last fire time that is not after ``second``."""
        second = min(second, _LAST)
        while second >= _FIRST:
            here = self._around(second)
            wall = min(second + here.offset, here.high - 1)
            found = self._times.at_or_before(min(wall, NEVER_AFTER - 1))
            if found >= here.gap:
                return max(found - here.offset, here.start)
            near = second - here.start <= NEAR
            second = here.start - 1 if near else min(here.start - 1, found + NEAR)
        return None

    def second(self, moment: datetime) -> int:
        """Return the second that ``moment`` is in.

        Raises TypeError: it is naive, or no datetime.
        """
        here = self._here
        # Quickest where both have the same tzinfo, as what shown() returned last has.
        return (moment - here.epoch) // _ONE_SECOND - here.offset

    def shown(self, second: int) -> datetime:
        """Return ``second`` as the zone's clock shows it, its tzinfo the offset of then."""
        here = self._around(second)
        return here.epoch + (second + here.offset) * _ONE_SECOND

    def _around(self, second: int) -> Stretch:
        here = self._here
        if not here.start <= second < here.end:
            here = self._here = self._stretch(second)
        return here

    def _stretch(self, second: int) -> Stretch:
        found = segment(second, self._zone)
        low, high = found.start + found.offset, found.end + found.offset
        gap = low
        if self._shifts and 0 < (found.offset - found.before) * SECOND <= LONGEST_GAP:
            gap = found.start + found.before
        if self._first_only and found.before > found.offset:
            gap = low = found.start + found.before
        if self._second_only and found.after < found.offset:
            high = found.end + found.after
        epoch = datetime(1970, 1, 1, tzinfo=timezone(found.offset * _ONE_SECOND))
        return Stretch(found.start, found.end, found.offset, gap, low, high, epoch)
