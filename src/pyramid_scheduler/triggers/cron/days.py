"""Which days of a month the two day fields of an expression match."""

from functools import lru_cache

from pyramid_scheduler.triggers.cron.fields import Said
from pyramid_scheduler.triggers.cron.months import Shape


class MatchingDays(dict[Shape, tuple[int, ...]]):
    """By the shape of a month: its days that match, in order, counted from 0.

    Filled as it is asked for; two threads that ask for the same at once both compute it.
    """

    def __init__(self, days: Said, weekdays: Said) -> None:
        """Take what the fields of the day of the month and of the week say."""
        super().__init__()
        self._days = days
        self._weekdays = weekdays
        # Whether every month has such a day: then nobody need search to know that one comes.
        by_date = any(number <= 28 for number in days.numbers)
        self.monthly = by_date if weekdays.free else bool(weekdays.numbers)

    def __missing__(self, shape: Shape) -> tuple[int, ...]:
        """Compute the days, and keep them."""
        matching = sorted(self._matching(shape))
        self[shape] = found = tuple([day - 1 for day in matching if 1 <= day <= shape.length])
        return found

    def _matching(self, shape: Shape) -> frozenset[int]:
        """Where both fields say something, either is enough; where one is free, the other decides.

        Debian's cron takes ``*/2`` for free as well; here only ``*`` and ``?`` are.
        """
        if self._weekdays.free:
            return self._by_date(shape)
        if self._days.free:
            return self._by_weekday(shape)
        return self._by_date(shape) | self._by_weekday(shape)

    def _by_date(self, shape: Shape) -> frozenset[int]:
        return self._days.numbers.union(rule(shape) for rule in self._days.rules)

    def _by_weekday(self, shape: Shape) -> frozenset[int]:
        numbers, before = self._weekdays.numbers, shape.first - 1
        found = [day for day in range(1, shape.length + 1) if (before + day) % 7 in numbers]
        return frozenset(found).union(rule(shape) for rule in self._weekdays.rules)


@lru_cache(maxsize=512)
def matching_days(days: Said, weekdays: Said) -> MatchingDays:
    """Return the days that the two fields match; expressions that say the same share them."""
    return MatchingDays(days, weekdays)
