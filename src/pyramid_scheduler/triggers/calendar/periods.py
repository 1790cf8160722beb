"""The days on which something comes every so many days, weeks, months or years.

Periods are those of the calendar: a week begins on Monday, a month on its first. Of every ``n`` of
them, the first counts that ``start`` is in; no day is before ``start``.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from pyramid_scheduler.triggers.bounds import last_day

# The days of a month, in order.
DaysOfMonth = Callable[[int, int], list[date]]
ONE_DAY = timedelta(days=1)


def days(n: int, start: date, begin: date) -> Iterator[date]:
    """Yield every ``n``-th day from ``start`` on that is not before ``begin``."""
    day = begin + (start - begin).days % n * ONE_DAY
    last = last_day(begin)
    while day <= last:
        yield day
        day += n * ONE_DAY


def weeks(n: int, weekdays: tuple[int, ...], start: date, begin: date) -> Iterator[date]:
    """Yield these days of every ``n``-th week from that of ``start`` on."""
    for monday in days(7 * n, _monday(start), _monday(begin)):
        for weekday in weekdays:
            day = monday + weekday * ONE_DAY
            if day >= begin:
                yield day


def months(n: int, of_month: DaysOfMonth, start: date, begin: date) -> Iterator[date]:
    """Yield the days of every ``n``-th month from that of ``start`` on."""
    first, last = _index(begin), _index(last_day(begin))
    for index in range(first + (_index(start) - first) % n, last + 1, n):
        for day in of_month(index // 12, index % 12 + 1):
            if day >= begin:
                yield day


def years(
    n: int, said: Sequence[int], of_month: DaysOfMonth, start: date, begin: date
) -> Iterator[date]:
    """Yield the days of the months ``said`` of every ``n``-th year from that of ``start`` on."""
    last = last_day(begin).year
    for year in range(begin.year + (start.year - begin.year) % n, last + 1, n):
        for month in said:
            for day in of_month(year, month):
                if day >= begin:
                    yield day


def _monday(day: date) -> date:
    return day - day.weekday() * ONE_DAY


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1
