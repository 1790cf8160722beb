"""What a zone's clock shows: the one place where local times become instants, and back.

Local times are naive datetimes, wall-clock times for short; instants are integer microseconds.
A *gap* is the wall-clock times that a clock put forward never shows, an *overlap* those that a
clock put back shows twice.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import MICROSECOND, SECOND, micros, moment

_DAY = 86_400
# No zone has changed its offset twice within 6.9 days since 1970, so a step meets one change.
_STEP = 6 * _DAY
_BLOCK = 60 * _STEP
# How far around a cut there is no change: more than any two offsets differ.
NEAR = 2 * _DAY
_ONE_SECOND = timedelta(seconds=1)


class DstGap(StrEnum):
    """What becomes of a time in a gap: the first instant after it instead, or nothing."""

    SHIFT = "shift"
    SKIP = "skip"


class DstOverlap(StrEnum):
    """In which pass a time in an overlap is meant."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


# A longer gap is a change of calendar, such as Samoa's lost day (2011-12-30), and nothing is made
# up for it. Debian's cron takes any jump of more than three hours so (cron(8)).
LONGEST_GAP = 3 * 3600 * SECOND


def local_moment(instant: int, zone: ZoneInfo) -> datetime:
    """Return ``instant`` as ``zone`` shows it, with the offset of that instant as its tzinfo.

    A fixed offset, not the zone: two datetimes of one ZoneInfo are compared by their clock faces,
    so that in an overlap a later instant would not be the greater one. With fixed offsets they
    compare by instant, and still show local time.
    """
    local = moment(instant).astimezone(zone)
    return local.replace(tzinfo=timezone(_known(local.utcoffset())), fold=0)


def instants(wall: datetime, zone: ZoneInfo) -> tuple[int, ...]:
    """Return when ``zone`` shows ``wall``: one instant; none in a gap, two in an overlap."""
    first, second = _readings(wall, zone)
    if first == second:
        return (first,)
    return (first, second) if first < second else ()


def gap_length(wall: datetime, zone: ZoneInfo) -> int:
    """Return how long the gap is that ``wall`` falls into, in microseconds; 0 outside of gaps."""
    first, second = _readings(wall, zone)
    return max(0, first - second)


def gap_end(wall: datetime, zone: ZoneInfo) -> int:
    """Return the first instant after the gap that ``wall`` falls into.

    Raises InvalidValue: it falls into none.
    """
    first, second = _readings(wall, zone)
    if first <= second:
        raise InvalidValue(f"{wall} is a time that {zone.key} shows: it is in no gap")
    return _next_change(second // SECOND, first // SECOND, zone) * SECOND


def _readings(wall: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Return ``wall`` read with the offset before, then after, the change that is near (PEP 495).

    They are equal where there is none; in a gap the second is the earlier one.
    """
    local = wall.replace(tzinfo=zone, fold=0)
    as_utc = micros(wall.replace(tzinfo=UTC))
    before, after = local.utcoffset(), local.replace(fold=1).utcoffset()
    return as_utc - _known(before) // MICROSECOND, as_utc - _known(after) // MICROSECOND


def _known(offset: timedelta | None) -> timedelta:
    """Return ``offset``: a ZoneInfo has one for every datetime, which its type does not say."""
    return offset or timedelta(0)


# From the year 2200 on each zone has only its rule for any year, and the Gregorian calendar repeats
# itself every 400 years, days of the week included.
_REGULAR, _CYCLE = 7_258_118_400, 146_097 * 86_400


class Segment(NamedTuple):
    """A time of one offset, from ``start`` until before ``end``. All are in seconds.

    ``before`` and ``after`` are the offsets on either side. Where one equals ``offset``, the
    segment was only cut: there is no change on that side within :data:`NEAR`.
    """

    start: int
    end: int
    offset: int
    before: int
    after: int


def segment(second: int, zone: ZoneInfo) -> Segment:
    """Return the segment that ``second`` (of Unix time) is in."""
    moved = max(0, (second - _REGULAR) // _CYCLE) * _CYCLE
    second -= moved
    for found in _segments(second // _BLOCK, zone):
        if second < found.end:
            break
    if moved:
        return found._replace(start=found.start + moved, end=found.end + moved)
    return found


@lru_cache(maxsize=2048)
def _segments(block: int, zone: ZoneInfo) -> tuple[Segment, ...]:
    """Return the segments of a block, about a year: computed once, asked for at every search."""
    start, end = block * _BLOCK, (block + 1) * _BLOCK
    changes = [*_changes(start - NEAR, end + NEAR, zone)]
    bounds = [
        *([change for change in changes if change <= start][-1:] or [start]),
        *(change for change in changes if start < change < end),
        *([change for change in changes if change >= end][:1] or [end]),
    ]
    return tuple(
        Segment(low, high, _offset(low, zone), _offset(low - 1, zone), _offset(high, zone))
        for low, high in pairwise(bounds)
    )


def _changes(first: int, last: int, zone: ZoneInfo) -> Iterator[int]:
    """Yield the seconds in (``first``, ``last``] at which another offset begins."""
    low, offset = first, _offset(first, zone)
    for high in (*range(first + _STEP, last, _STEP), last):
        while _offset(high, zone) != offset:
            low = _next_change(low, high, zone)
            offset = _offset(low, zone)
            yield low
        low = high


def _next_change(low: int, high: int, zone: ZoneInfo) -> int:
    """Return a second in (``low``, ``high``] at which the offset of ``low`` ends; there is one."""
    offset = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset(second: int, zone: ZoneInfo) -> int:
    return _known(datetime.fromtimestamp(second, zone).utcoffset()) // _ONE_SECOND
