"""The months of the years that cron speaks of, and the rules that find a day in each of them.

Which days of a month match depends on its shape only: on which day of the week it begins and how
many days it has. There are 28 shapes.
"""

from calendar import monthrange
from functools import partial
from itertools import accumulate
from typing import NamedTuple

FIRST_YEAR, LAST_YEAR = 1970, 2099


class Shape(NamedTuple):
    """A month: the day of the week it begins on (0 is Sunday), and its number of days."""

    first: int
    length: int


# What gives a month's shape its day; where it has none, 0 or one beyond its end.
Rule = partial[int]

# By number, counted from January 1970: the shape of a month and its first day, counted from
# 1970-01-01; a last one begins when all is over.
SHAPES = tuple(
    Shape((first + 1) % 7, length)
    for year in range(FIRST_YEAR, LAST_YEAR + 1)
    for first, length in (monthrange(year, month) for month in range(1, 13))
)
STARTS = tuple(accumulate((shape.length for shape in SHAPES), initial=0))
# By a number of days: the months that have as many, as the bits of a mask.
LONG = {
    length: sum(1 << number for number, shape in enumerate(SHAPES) if shape.length >= length)
    for length in (29, 30, 31)
}


def last_day(shape: Shape, *, before: int) -> int:
    """Return the day ``before`` days before the last (``L``, ``L-3``)."""
    return shape.length - before


def last_workday(shape: Shape) -> int:
    """Return the last day that is no Saturday or Sunday (``LW``)."""
    return nearest_workday(shape, day=shape.length)


def nearest_workday(shape: Shape, *, day: int) -> int:
    """Return the workday nearest to ``day`` in the same month (``15W``); 0 if ``day`` is not in it.

    A Saturday goes to the Friday before, a Sunday to the Monday after, unless that is another
    month.
    """
    if day > shape.length:
        return 0
    weekday = (shape.first + day - 1) % 7
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 0:
        return day + 1 if day < shape.length else day - 2
    return day


def nth_weekday(shape: Shape, *, weekday: int, number: int) -> int:
    """Return the ``number``-th day of that day of the week (``5#2``)."""
    return 1 + (weekday - shape.first) % 7 + 7 * (number - 1)


def last_weekday(shape: Shape, *, weekday: int) -> int:
    """Return the last day of that day of the week (``5L``)."""
    last = (shape.first + shape.length - 1) % 7
    return shape.length - (last - weekday) % 7
