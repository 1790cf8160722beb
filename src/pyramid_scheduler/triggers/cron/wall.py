"""The wall-clock times that an expression matches: a search that knows no zone.

A wall-clock time is an integer: the seconds since 1970-01-01 00:00 on a clock that is never
changed. The search goes from month to month, of which there are 1,560, so it is bounded.

What matches is kept as masks, integers that have a bit for each number: they are made at once and
searched without a table, so that an expression which is asked only once has cost little.
"""

from bisect import bisect_right

from pyramid_scheduler.triggers.cron.days import MatchingDays
from pyramid_scheduler.triggers.cron.expression import Expression
from pyramid_scheduler.triggers.cron.fields import Said
from pyramid_scheduler.triggers.cron.months import FIRST_YEAR, LONG, SHAPES, STARTS

_DAY = 86_400
# The end of 2099. What is found there or later, or before 0, is nothing.
END = STARTS[-1] * _DAY
# By number, counted from January 1970: the months of all the years that are a January.
_JANUARIES = sum(1 << number for number in range(0, len(SHAPES), 12))


def numbered_months(months: Said, years: Said) -> int:
    """Return these months of these years, as the bits of a mask, by the month's number."""
    januaries = _JANUARIES
    if not years.free:
        januaries = sum(1 << (year - FIRST_YEAR) * 12 for year in years.numbers)
    return januaries * (months.mask >> 1)


def lowest(mask: int) -> int:
    """Return the number of the lowest bit of a mask, which has one."""
    return (mask ^ mask - 1).bit_length() - 1


def highest(mask: int) -> int:
    """Return the number of the highest bit of a mask, -1 if it has none."""
    return mask.bit_length() - 1


def up_to(number: int, mask: int) -> int:
    """Return ``mask`` without the bits beyond that number, which may be -1."""
    return mask & (1 << number + 1) - 1


class WallTimes:
    """The times that an expression matches, forward and backward.

    What is found before 0, or at :data:`END` or later, is nothing.
    """

    __slots__ = (
        "_days", "_first", "_hours", "_last", "_minutes", "_months", "_second", "_seconds", "_span",
    )  # fmt: skip

    def __init__(self, expression: Expression) -> None:
        """Work out what the fields say."""
        seconds, minutes, hours, days, months, weekdays, years = expression.said
        self._seconds, self._minutes, self._hours = seconds.mask, minutes.mask, hours.mask
        self._months = numbered_months(months, years)
        self._days = MatchingDays(days, weekdays)
        # Where only the last dates match, no search need look into shorter months.
        if weekdays.free and not days.rules and not self._days.monthly:
            self._months &= LONG[lowest(days.mask)]
        # The first second in a minute, and the first and the last in an hour: all have the same.
        self._second = lowest(seconds.mask)
        self._first = lowest(minutes.mask) * 60 + self._second
        self._last = highest(minutes.mask) * 60 + highest(seconds.mask)
        # A day and the first one from it on that matches, as found last: the next question is
        # mostly about a day between the two.
        self._span = (0, -1)

    def come(self) -> bool:
        """Return whether there is any."""
        return self._days.monthly or self.at_or_after(0) < END

    def at_or_after(self, wall: int) -> int:
        """Return the first that is not before ``wall``, which is not negative."""
        day, clock = divmod(wall, _DAY)
        since, found = self._span
        if not since <= day <= found:
            found = self._day_from(day)
        if found == day:
            later = self._clock_from(clock)
            if later >= 0:
                return wall - clock + later
            found = self._day_from(day + 1)
        return found * _DAY + lowest(self._hours) * 3600 + self._first

    def at_or_before(self, wall: int) -> int:
        """Return the last that is not after ``wall``, which is before END."""
        day, clock = divmod(wall, _DAY)
        found = self._day_until(day)
        if found == day:
            earlier = self._clock_until(clock)
            if earlier >= 0:
                return wall - clock + earlier
            found = self._day_until(day - 1)
        return found * _DAY + highest(self._hours) * 3600 + self._last

    def _day_from(self, day: int) -> int:
        """Search for the first day from ``day`` on, and keep what was found."""
        found = self._search_from(day)
        self._span = (day, found)
        return found

    def _search_from(self, day: int) -> int:
        month = _month_of(day)
        months = self._months >> month
        if months & 1:
            start = STARTS[month]
            days = self._days[SHAPES[month]] >> day - start + 1
            if days:
                return day + lowest(days)
            months -= 1
        while months:
            month += lowest(months)
            days = self._days[SHAPES[month]]
            if days:
                return STARTS[month] + lowest(days) - 1
            month += 1
            months = self._months >> month
        return STARTS[-1]

    def _day_until(self, day: int) -> int:
        month = _month_of(day)
        while months := up_to(month, self._months):
            month = highest(months)
            days = up_to(min(31, day - STARTS[month] + 1), self._days[SHAPES[month]])
            if days:
                return STARTS[month] + highest(days) - 1
            month -= 1
        return -1

    def _clock_from(self, clock: int) -> int:
        """Return the first time of day that is not before ``clock``, -1 for none."""
        minute, second = divmod(clock, 60)
        hour, minute = divmod(minute, 60)
        if self._hours >> hour & 1:
            seconds = self._seconds >> second
            if seconds and self._minutes >> minute & 1:
                return clock + lowest(seconds)
            if minutes := self._minutes >> minute + 1:
                # lowest(minutes) + 1: this is asked the most, and a call takes its time.
                minute += (minutes & -minutes).bit_length()
                return hour * 3600 + minute * 60 + self._second
        hour += 1
        hours = self._hours >> hour
        return (hour + lowest(hours)) * 3600 + self._first if hours else -1

    def _clock_until(self, clock: int) -> int:
        """Return the last time of day that is not after ``clock``, -1 for none."""
        minute, second = divmod(clock, 60)
        hour, minute = divmod(minute, 60)
        if self._hours >> hour & 1:
            seconds = up_to(second, self._seconds)
            if seconds and self._minutes >> minute & 1:
                return clock - second + highest(seconds)
            if minutes := up_to(minute - 1, self._minutes):
                return hour * 3600 + highest(minutes) * 60 + highest(self._seconds)
        hours = up_to(hour - 1, self._hours)
        return highest(hours) * 3600 + self._last if hours else -1


def _month_of(day: int) -> int:
    return bisect_right(STARTS, day) - 1
