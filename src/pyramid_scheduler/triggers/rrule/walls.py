"""The wall-clock times of a recurrence rule, in order, from any of them on.

dateutil knows the dates; it is asked anew for each search, from the period that is searched on, for
from the rule's start it would walk through all the years between. It cannot be stopped where it
finds nothing, so its steps are counted. Hours, minutes and seconds are arithmetic, and ours: a rule
that is asked every second would keep dateutil busy for seconds to find the next day's.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import count, islice, takewhile
from typing import Any

from pyramid_scheduler.triggers.bounds import YEARS
from pyramid_scheduler.triggers.rrule.parts import FREQUENCIES, Recurrence

_ONE_DAY = timedelta(days=1)
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock times have no zone
_A_YEAR = {"YEARLY": 1, "MONTHLY": 12, "WEEKLY": 53, "DAILY": 366}
_LENGTHS = {"HOURLY": _HOUR, "MINUTELY": _MINUTE, "SECONDLY": 1}
# Jumps of a search through hours, minutes and seconds, from one fire time to the next.
_JUMPS = 20_000
_LAST_YEAR = 9_996
# Further than that nobody counts, and counting takes time.
_YEARS_COUNTED = 500
_LAST_SECOND = (_EPOCH.replace(year=_LAST_YEAR + 1) - _EPOCH) // timedelta(seconds=1)


class _Exhausted(Exception):
    """A search has taken all its steps."""


class _Steps(int):
    """An INTERVAL for dateutil, which counts how often it is used: once per period.

    It is added to years, months and days, and multiplied for weeks.
    """

    left: int

    def spent(self) -> int:
        """Return the interval, and note one step."""
        self.left -= 1
        if self.left < 0:
            raise _Exhausted
        return int(self)

    def __radd__(self, other: int) -> int:
        return other + self.spent()

    def __mul__(self, other: int) -> int:
        return self.spent() * other


def walls(rule: Recurrence, dtstart: datetime, begin: datetime) -> Iterator[datetime]:
    """Yield the wall-clock times of ``rule`` not before ``begin``, counting from ``dtstart``.

    COUNT and UNTIL are not heeded. It ends where none comes for a hundred years, or after a bounded
    number of steps.
    """
    begin = max(begin, dtstart)
    if begin.year > _LAST_YEAR:
        return
    found = _by_clock if rule.freq in _LENGTHS else _by_date
    try:
        for wall in found(rule, dtstart, begin):
            if wall.year > _LAST_YEAR:
                return
            if wall >= begin:
                yield wall
    except _Exhausted:
        return


@lru_cache(maxsize=1_000)
def last_counted(rule: Recurrence, dtstart: datetime) -> datetime:
    """Return the last wall-clock time that COUNT allows; one before all if there is none.

    It is not counted for more than 500 years: then it is the last one found.
    """
    last_year = dtstart.year + _YEARS_COUNTED
    near = takewhile(lambda wall: wall.year <= last_year, walls(rule, dtstart, dtstart))
    counted = islice(near, rule.count)
    return next(iter(deque(counted, maxlen=1)), _EPOCH.replace(year=1))


def _by_date(rule: Recurrence, dtstart: datetime, begin: datetime) -> Iterator[datetime]:
    """Yield the times of a rule that counts days or longer, from the period of ``begin`` on."""
    from dateutil.rrule import rrule  # noqa: PLC0415 - only who has such a rule pays for it

    # After 10,000 years every date is over, and dateutil would walk there month by month.
    interval = _Steps(min(rule.interval, 10_000 * _A_YEAR[rule.freq]))
    limit = YEARS * _A_YEAR[rule.freq] // rule.interval + 2
    interval.left = limit
    for wall in rrule(
        FREQUENCIES.index(rule.freq),
        dtstart=_period(rule, dtstart, begin),
        interval=interval,
        wkst=rule.wkst,
        **_expanded(rule, dtstart),
    ):
        interval.left = limit
        yield wall


def _period(rule: Recurrence, dtstart: datetime, begin: datetime) -> datetime:
    """Return the beginning of the last period not after ``begin``, counting from ``dtstart``."""
    n = rule.interval
    if rule.freq == "YEARLY":
        return datetime(begin.year - (begin.year - dtstart.year) % n, 1, 1)  # noqa: DTZ001
    if rule.freq == "MONTHLY":
        month = begin.year * 12 + begin.month - 1
        month -= (month - dtstart.year * 12 - dtstart.month + 1) % n
        return datetime(month // 12, month % 12 + 1, 1)  # noqa: DTZ001
    first = dtstart.date()
    if rule.freq == "WEEKLY":
        first -= (first.weekday() - rule.wkst) % 7 * _ONE_DAY
        n *= 7
    return datetime.combine(begin - (begin.date() - first).days % n * _ONE_DAY, time.min)


def _expanded(rule: Recurrence, dtstart: datetime) -> dict[str, Any]:
    """Return the BY parts as dateutil takes them, with what the rule leaves to DTSTART."""
    from dateutil.rrule import weekday  # noqa: PLC0415 - as above

    said: dict[str, Any] = {name.lower(): numbers for name, numbers in rule.by.items() if numbers}
    if rule.days:
        said["byweekday"] = [weekday(day.day, day.nth or None) for day in rule.days]
    if not said.keys() & {"byyearday", "bymonthday", "byweekday"}:
        if rule.freq == "WEEKLY" or "byweekno" in said:
            said["byweekday"] = dtstart.weekday()
        elif rule.freq != "DAILY":
            said["bymonthday"] = dtstart.day
            if rule.freq == "YEARLY":
                said.setdefault("bymonth", dtstart.month)
    said.setdefault("byhour", dtstart.hour)
    said.setdefault("byminute", dtstart.minute)
    said["bysecond"] = _seconds_of(rule) or dtstart.second
    return said


def _by_clock(rule: Recurrence, dtstart: datetime, begin: datetime) -> Iterator[datetime]:
    """Yield the times of a rule that counts hours, minutes or seconds."""
    length = _LENGTHS[rule.freq]
    step, start = length * rule.interval, _seconds(dtstart)
    start -= start % length
    limits, offsets = _Limits(rule, begin), _offsets(rule, dtstart)
    at, jumps = _seconds(begin) - length + 1, 0
    last = _horizon(at)
    while offsets and jumps < _JUMPS:
        at += (start - at) % step
        if at > last:
            return
        opens = limits.opens(at)
        if opens == at:
            jumps, last = 0, _horizon(at)
            for offset in offsets:
                yield _EPOCH + timedelta(seconds=at + offset)
        at, jumps = max(opens, at + 1), jumps + 1


def _horizon(at: int) -> int:
    return min(at + YEARS * 366 * _DAY, _LAST_SECOND)


def _offsets(rule: Recurrence, dtstart: datetime) -> list[int]:
    """Return the seconds of each period at which the rule comes: what its BY parts expand to."""
    seconds: Sequence[int] = _seconds_of(rule) or (dtstart.second,)
    if rule.freq == "SECONDLY":
        seconds = (0,)
    if rule.freq == "HOURLY":
        minutes = rule.by["BYMINUTE"] or (dtstart.minute,)
        seconds = [minute * _MINUTE + second for minute in minutes for second in seconds]
    positions = rule.by["BYSETPOS"]
    if not positions:
        return list(seconds)
    indexes = {position - 1 if position > 0 else len(seconds) + position for position in positions}
    return [seconds[index] for index in sorted(indexes) if 0 <= index < len(seconds)]


class _Limits:
    """When the BY parts that limit a rule of hours, minutes or seconds let it through."""

    def __init__(self, rule: Recurrence, begin: datetime) -> None:
        self._days = _days(rule, begin)
        self._day = next(self._days)
        finer = FREQUENCIES.index(rule.freq) - FREQUENCIES.index("HOURLY")
        clock = [
            (_HOUR, 24, rule.by["BYHOUR"]),
            (_MINUTE, 60, rule.by["BYMINUTE"]),
            (1, 60, _seconds_of(rule)),
        ]
        self._clock = [limit for limit in clock[: finer + 1] if limit[2]]

    def opens(self, at: int) -> int:
        """Return a second before which, from ``at`` on, nothing is let through; ``at`` if it is."""
        while self._day < at // _DAY:
            self._day = next(self._days)
        if self._day > at // _DAY:
            return self._day * _DAY
        for unit, size, allowed in self._clock:
            value = at // unit % size
            following = allowed[bisect_left(allowed, value) % len(allowed)]
            if following != value:
                return at - at % unit + (following - value) % size * unit
        return at


def _days(rule: Recurrence, begin: datetime) -> Iterator[int]:
    """Yield the days since 1970 that the rule's dates let through, from before ``begin`` on."""
    dates = {name: rule.by[name] for name in ("BYMONTH", "BYMONTHDAY", "BYYEARDAY")}
    midnight = datetime.combine(begin - _ONE_DAY, time.min)
    if not rule.days and not any(dates.values()):
        yield from count(_seconds(midnight) // _DAY)
    daily = replace(rule, freq="DAILY", interval=1, by={**dict.fromkeys(rule.by, ()), **dates})
    for day in _by_date(daily, midnight, midnight):
        yield _seconds(day) // _DAY
    raise _Exhausted


def _seconds_of(rule: Recurrence) -> tuple[int, ...]:
    """Return BYSECOND; a leap second, which no clock here shows, is the 59th (RFC 5545, 3.3.12)."""
    return tuple(sorted({min(second, 59) for second in rule.by["BYSECOND"]}))


def _seconds(wall: datetime) -> int:
    return (wall - _EPOCH) // timedelta(seconds=1)
