"""The wall-clock times that an expression matches: a search that knows no zone.

A wall-clock time is an integer: the seconds since 1970-01-01 00:00 on a clock that is never
changed. The search goes from month to month, of which there are 1,560, so it is bounded.
"""

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

from pyramid_scheduler.triggers.cron.days import matching_days
from pyramid_scheduler.triggers.cron.expression import Expression
from pyramid_scheduler.triggers.cron.months import FIRST_YEAR, SHAPES, STARTS

_DAY = 86_400
# The end of 2099. What is found there or later, or before 0, is nothing.
END = STARTS[-1] * _DAY


class Dial(NamedTuple):
    """The values of one hand of a clock, and for each place the next and the last of them.

    ``ahead[n]`` is the least value that is not below n, or the dial's size; ``back[n]`` the
    greatest that is not above n, or -1. ``back[-1]`` is -1, as if there were a place before 0.
    """

    first: int
    last: int
    ahead: list[int]
    back: list[int]


@lru_cache(maxsize=1024)
def dial(values: frozenset[int], size: int) -> Dial:
    """Return the dial with ``values`` out of 0 to ``size`` - 1."""
    back = [-1]
    for n in range(size):
        back.append(n if n in values else back[-1])
    ahead = [size]
    for n in reversed(range(size)):
        ahead.append(n if n in values else ahead[-1])
    return Dial(min(values), max(values), ahead[::-1], [*back[1:], -1])


@lru_cache(maxsize=128)
def numbered_months(months: frozenset[int], years: frozenset[int]) -> tuple[int, ...]:
    """Return the numbers of these months of these years, in order."""
    return tuple(
        (year - FIRST_YEAR) * 12 + month - 1 for year in sorted(years) for month in sorted(months)
    )


class WallTimes:
    """The times that an expression matches, forward and backward.

    What is found before 0, or at :data:`END` or later, is nothing.
    """

    __slots__ = (
        "_days", "_first", "_hours", "_last", "_minutes", "_months", "_seconds", "_span",
    )  # fmt: skip

    def __init__(self, expression: Expression) -> None:
        """Work out what the fields say."""
        seconds, minutes, hours, days, months, weekdays, years = expression.said
        self._seconds = dial(seconds.numbers, 60)
        self._minutes = dial(minutes.numbers, 60)
        self._hours = dial(hours.numbers, 24)
        # The first and the last second in an hour: all hours have the same.
        self._first = self._minutes.first * 60 + self._seconds.first
        self._last = self._minutes.last * 60 + self._seconds.last
        self._months = numbered_months(months.numbers, years.numbers)
        self._days = matching_days(days, weekdays)
        # A day and the first one from it on that matches, as found last: the next question is
        # mostly about a day between the two.
        self._span = (0, -1)

    def come(self) -> bool:
        """Return whether there is any."""
        return self._days.monthly or self.at_or_after(0) < END

    def at_or_after(self, wall: int) -> int:
        """Return the first that is not before ``wall``, which is not negative."""
        day, clock = divmod(wall, _DAY)
        found = self._day_from(day)
        if found == day:
            later = self._clock_from(clock)
            if later >= 0:
                return wall - clock + later
            found = self._day_from(day + 1)
        return found * _DAY + self._hours.first * 3600 + self._first

    def at_or_before(self, wall: int) -> int:
        """Return the last that is not after ``wall``, which is before END."""
        day, clock = divmod(wall, _DAY)
        found = self._day_until(day)
        if found == day:
            earlier = self._clock_until(clock)
            if earlier >= 0:
                return wall - clock + earlier
            found = self._day_until(day - 1)
        return found * _DAY + self._hours.last * 3600 + self._last

    def _day_from(self, day: int) -> int:
        since, found = self._span
        if not since <= day <= found:
            found = self._search_from(day)
            self._span = (day, found)
        return found

    def _search_from(self, day: int) -> int:
        months = self._months
        for index in range(bisect_left(months, _month_of(day)), len(months)):
            month = months[index]
            days = self._days[SHAPES[month]]
            start = STARTS[month]
            place = bisect_left(days, day - start)
            if place < len(days):
                return start + days[place]
        return STARTS[-1]

    def _day_until(self, day: int) -> int:
        months = self._months
        for index in reversed(range(bisect_right(months, _month_of(day)))):
            month = months[index]
            days = self._days[SHAPES[month]]
            start = STARTS[month]
            place = bisect_right(days, day - start)
            if place:
                return start + days[place - 1]
        return -1

    def _clock_from(self, clock: int) -> int:
        """Return the first time of day that is not before ``clock``, -1 for none."""
        minute, second = divmod(clock, 60)
        hour, minute = divmod(minute, 60)
        if self._hours.ahead[hour] == hour:
            if second > self._seconds.last:
                minute, second = minute + 1, 0
            ahead = self._minutes.ahead[minute]
            if ahead < 60:
                seconds = self._seconds
                second = seconds.ahead[second] if ahead == minute else seconds.first
                return hour * 3600 + ahead * 60 + second
        ahead = self._hours.ahead[hour + 1]
        return ahead * 3600 + self._first if ahead < 24 else -1

    def _clock_until(self, clock: int) -> int:
        """Return the last time of day that is not after ``clock``, -1 for none."""
        minute, second = divmod(clock, 60)
        hour, minute = divmod(minute, 60)
        if self._hours.back[hour] == hour:
            if second < self._seconds.first:
                minute, second = minute - 1, 59
            back = self._minutes.back[minute]
            if back >= 0:
                seconds = self._seconds
                second = seconds.back[second] if back == minute else seconds.last
                return hour * 3600 + back * 60 + second
        back = self._hours.back[hour - 1]
        return back * 3600 + self._last if back >= 0 else -1


def _month_of(day: int) -> int:
    return bisect_right(STARTS, day) - 1
