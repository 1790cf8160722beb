"""The instants at which a zone's clock shows the times that an expression matches.

Clock changes are treated as Debian's cron does (cron(8)). A *fixed* time, whose minute and hour
both do not begin with ``*``, is owed once a day: in a gap it fires at the first instant after it,
in an overlap in the first pass only. A *wildcard* fires whenever the clock shows what it says.

Instants are integer seconds of Unix time here. Between two changes of the zone's offset an instant
is a wall-clock time minus the offset: the search is made in one such stretch after the other.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pyramid_scheduler.instants import EPOCH, SECOND
from pyramid_scheduler.triggers.cron.wall import END, WallTimes
from pyramid_scheduler.triggers.local import (
    LONGEST_GAP,
    NEAR,
    DstGap,
    DstOverlap,
    Segment,
    epoch_at,
    segment,
)

_ONE_SECOND = timedelta(seconds=1)
# Looked up once: Python 3.11 takes its time to find a member of an enumeration.
_SHIFT, _FIRST_PASS, _SECOND_PASS = DstGap.SHIFT, DstOverlap.FIRST, DstOverlap.SECOND
# No offset is as much as two days; so before the first of these no clock shows a time that can be
# matched, and after the second none does any more.
_FIRST, _LAST = -NEAR, END + NEAR


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


_NOWHERE = Stretch(0, 0, 0, 0, 0, 0, EPOCH)


class ZonedTimes:
    """The fire times of one expression in one zone; forward and backward, in seconds."""

    def __init__(
        self, times: WallTimes, zone: ZoneInfo, *, fixed: bool, gap: str, overlap: str
    ) -> None:
        """Take what is matched where, and what becomes of it when the clock is changed."""
        self._times = times
        self._zone = zone
        self._changes = (
            fixed and gap == _SHIFT,
            fixed and overlap == _FIRST_PASS,
            overlap == _SECOND_PASS,
        )
        # The stretch last asked about: mostly the next one asked about too. Whoever reads it
        # keeps what was read, so that threads do no harm to each other.
        self._here = _NOWHERE

    def later(self, after: datetime) -> datetime | None:
        """Return the first fire time later than ``after``, as the zone's clock shows it.

        Raises TypeError: ``after`` is naive, or no datetime.
        """
        here = self._here
        # Quickest where both have the same tzinfo, as the answer before this one has.
        wall = (after - here.epoch) // _ONE_SECOND + 1
        if here.low < wall < here.high:
            found = self._times.at_or_after(wall)
            if found < here.high:
                return here.epoch + found * _ONE_SECOND
            second = _onward(wall - here.offset, here, found)
        else:
            second = wall - here.offset
        fire = self.at_or_after(second)
        return None if fire is None else self.shown(fire)

    def at_or_after(self, second: int) -> int | None:
        """Return the first fire time that is not before ``second``."""
        second = max(second, _FIRST)
        while second < _LAST:
            here = self._around(second)
            wall = here.gap if second == here.start else max(second + here.offset, here.low)
            found = self._times.at_or_after(wall)
            if found < here.high:
                return max(found - here.offset, here.start)
            second = _onward(second, here, found)
        return None

    def at_or_before(self, second: int) -> int | None:
        """Return the last fire time that is not after ``second``."""
        second = min(second, _LAST)
        while second >= _FIRST:
            here = self._around(second)
            wall = min(second + here.offset, here.high - 1)
            found = self._times.at_or_before(wall)
            if found >= here.gap:
                return max(found - here.offset, here.start)
            second = _backward(second, here, found)
        return None

    def shown(self, second: int) -> datetime:
        """Return ``second`` as the zone's clock shows it, its tzinfo the offset of then."""
        here = self._around(second)
        return here.epoch + (second + here.offset) * _ONE_SECOND

    def _around(self, second: int) -> Stretch:
        here = self._here
        if not here.start <= second < here.end:
            here = self._here = _stretch(segment(second, self._zone), *self._changes)
        return here


@lru_cache(maxsize=2048)
def _stretch(found: Segment, shifts: bool, first_only: bool, second_only: bool) -> Stretch:
    """Return what of a segment counts; every trigger of a zone asks for the same ones."""
    low, high = found.start + found.offset, found.end + found.offset
    gap = low
    if shifts and 0 < (found.offset - found.before) * SECOND <= LONGEST_GAP:
        gap = found.start + found.before
    if first_only and found.before > found.offset:
        gap = low = found.start + found.before
    if second_only and found.after < found.offset:
        high = found.end + found.after
    within = max(gap, 0), max(low, 0), min(high, END)
    return Stretch(found.start, found.end, found.offset, *within, epoch_at(found.offset))


def _onward(second: int, here: Stretch, found: int) -> int:
    """Return where to search on, if from ``second`` on the next match is ``found``, not ``here``.

    Near the end of a stretch, the next one may show once more what this one has shown before
    ``second``. From further away nothing can match until the clock comes near to ``found``.
    """
    return here.end if here.end - second <= NEAR else max(here.end, found - NEAR)


def _backward(second: int, here: Stretch, found: int) -> int:
    """Return the same in the other direction."""
    before = here.start - 1
    return before if second - here.start <= NEAR else min(before, found + NEAR)
