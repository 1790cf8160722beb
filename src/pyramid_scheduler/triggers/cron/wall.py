"""The wall-clock times that an expression matches: a search that knows no zone.

A wall-clock time is an integer: the seconds since 1970-01-01 00:00 on a clock that is never
changed. The search goes from month to month, of which there are 1,560, so it is bounded.
"""

from bisect import bisect_left, bisect_right

from pyramid_scheduler.triggers.cron.expression import Expression
from pyramid_scheduler.triggers.cron.fields import Said
from pyramid_scheduler.triggers.cron.months import FIRST_YEAR, SHAPES, STARTS, Shape

_DAY = 86_400
# Before and after everything.
NEVER_BEFORE = -1
NEVER_AFTER = STARTS[-1] * _DAY


class WallTimes:
    """The times that an expression matches, forward and backward."""

    def __init__(self, expression: Expression) -> None:
        """Sort what the fields say."""
        seconds, minutes, hours, days, months, weekdays, years = expression.said
        self._seconds = sorted(seconds.numbers)
        self._minutes = sorted(minutes.numbers)
        self._hours = sorted(hours.numbers)
        self._months = {month - 1 for month in months.numbers}
        self._years = {year - FIRST_YEAR for year in years.numbers}
        self._rules = days, weekdays
        # By the shape of a month: its days that match, counted from 0. Filled as it is asked for;
        # a month asked for by two threads at once is only computed twice.
        self._days: dict[Shape, tuple[int, ...]] = {}

    def at_or_after(self, wall: int) -> int:
        """Return the first that is not before ``wall``, which is not negative, or NEVER_AFTER."""
        day, clock = divmod(wall, _DAY)
        found = self._day_from(day)
        if found == day:
            later = self._clock_from(clock)
            if later >= 0:
                return wall - clock + later
            found = self._day_from(day + 1)
        first = self._hours[0] * 3600 + self._minutes[0] * 60 + self._seconds[0]
        return found * _DAY + first if found < STARTS[-1] else NEVER_AFTER

    def at_or_before(self, wall: int) -> int:
        """Return the last that is not after ``wall``, which is not NEVER_AFTER, or NEVER_BEFORE."""
        day, clock = divmod(wall, _DAY)
        found = self._day_until(day)
        if found == day:
            earlier = self._clock_until(clock)
            if earlier >= 0:
                return wall - clock + earlier
            found = self._day_until(day - 1)
        last = self._hours[-1] * 3600 + self._minutes[-1] * 60 + self._seconds[-1]
        return found * _DAY + last if found >= 0 else NEVER_BEFORE

    def _day_from(self, day: int) -> int:
        first = bisect_right(STARTS, day) - 1
        number = day - STARTS[first]
        for month in range(first, len(SHAPES)):
            days = self._days_of(month)
            index = bisect_left(days, number)
            if index < len(days):
                return STARTS[month] + days[index]
            number = 0
        return STARTS[-1]

    def _day_until(self, day: int) -> int:
        last = bisect_right(STARTS, day) - 1
        number = day - STARTS[last]
        for month in range(last, -1, -1):
            days = self._days_of(month)
            index = bisect_right(days, number)
            if index:
                return STARTS[month] + days[index - 1]
            number = 31
        return -1

    def _days_of(self, month: int) -> tuple[int, ...]:
        if month % 12 not in self._months or month // 12 not in self._years:
            return ()
        shape = SHAPES[month]
        days = self._days.get(shape)
        if days is None:
            days = self._days[shape] = matching_days(*self._rules, shape)
        return days

    def _clock_from(self, clock: int) -> int:
        """Return the first time of day that is not before ``clock``, -1 for none."""
        hour, rest = divmod(clock, 3600)
        hours, minutes, seconds = self._hours, self._minutes, self._seconds
        if hour in hours:
            minute, second = divmod(rest, 60)
            if minute in minutes and second <= seconds[-1]:
                return clock - second + seconds[bisect_left(seconds, second)]
            index = bisect_right(minutes, minute)
            if index < len(minutes):
                return hour * 3600 + minutes[index] * 60 + seconds[0]
        index = bisect_right(hours, hour)
        if index < len(hours):
            return hours[index] * 3600 + minutes[0] * 60 + seconds[0]
        return -1

    def _clock_until(self, clock: int) -> int:
        """Return the last time of day that is not after ``clock``, -1 for none."""
        hour, rest = divmod(clock, 3600)
        hours, minutes, seconds = self._hours, self._minutes, self._seconds
        if hour in hours:
            minute, second = divmod(rest, 60)
            if minute in minutes and second >= seconds[0]:
                return clock - second + seconds[bisect_right(seconds, second) - 1]
            index = bisect_left(minutes, minute)
            if index:
                return hour * 3600 + minutes[index - 1] * 60 + seconds[-1]
        index = bisect_left(hours, hour)
        if index:
            return hours[index - 1] * 3600 + minutes[-1] * 60 + seconds[-1]
        return -1


def matching_days(days: Said, weekdays: Said, shape: Shape) -> tuple[int, ...]:
    """Return the days of a month of that ``shape`` that match, in order, counted from 0.

    Where both fields say something, either is enough; where one is free, the other decides.
    """
    numbers = range(1, shape.length + 1)
    by_date = days.numbers | {rule(shape) for rule in days.rules}
    by_weekday = {
        number for number in numbers if (shape.first + number - 1) % 7 in weekdays.numbers
    } | {rule(shape) for rule in weekdays.rules}
    both = days.free or weekdays.free
    matching = by_date & by_weekday if both else by_date | by_weekday
    return tuple(number - 1 for number in numbers if number in matching)
