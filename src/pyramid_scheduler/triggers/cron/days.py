"""Which days of a month the two day fields of an expression match."""

from pyramid_scheduler.triggers.cron.fields import Said
from pyramid_scheduler.triggers.cron.months import Rule, Shape

# The bits of the 1st, the 8th, and every seventh day on.
_WEEKLY = sum(1 << day for day in range(1, 32, 7))
# Those of the days that every month has.
_ALWAYS = sum(1 << day for day in range(1, 29))


class MatchingDays(dict[Shape, int]):
    """By the shape of a month: its days that match, as the bits of a mask.

    Filled as it is asked for; two threads that ask for the same at once both compute it.
    """

    def __init__(self, days: Said, weekdays: Said) -> None:
        """Take what the fields of the day of the month and of the week say."""
        super().__init__()
        self._days = days
        self._weekdays = weekdays
        # Whether every month has such a day: then nobody need search to know that one comes.
        self.monthly = bool(days.mask & _ALWAYS if weekdays.free else weekdays.mask)

    def __missing__(self, shape: Shape) -> int:
        """Compute the days, and keep them."""
        # A month has no day of the bit 0, nor any beyond its end.
        self[shape] = found = self._matching(shape) & (2 << shape.length) - 2
        return found

    def _matching(self, shape: Shape) -> int:
        """Where both fields say something, either is enough; where one is free, the other decides.

        Debian's cron takes ``*/2`` for free as well; here only ``*`` and ``?`` are.
        """
        if self._weekdays.free:
            return self._by_date(shape)
        if self._days.free:
            return self._by_weekday(shape)
        return self._by_date(shape) | self._by_weekday(shape)

    def _by_date(self, shape: Shape) -> int:
        return self._days.mask | _ruled(self._days.rules, shape)

    def _by_weekday(self, shape: Shape) -> int:
        week = self._weekdays.mask
        # The seven from the month's first day on, again and again.
        seven = (week << 7 | week) >> shape.first & 0x7F
        return seven * _WEEKLY | _ruled(self._weekdays.rules, shape)


def _ruled(rules: tuple[Rule, ...], shape: Shape) -> int:
    """Return the mask of the days that the rules give; its bit 0 stands for none."""
    mask = 0
    for rule in rules:
        mask |= 1 << max(0, rule(shape))
    return mask
