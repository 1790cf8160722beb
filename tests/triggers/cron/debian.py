"""Debian's rule for clock changes, simulated: minute by minute, by looking at the clock.

It shares nothing with the engine: it walks, and matches each field by trying all numbers.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CALENDAR_CHANGE = timedelta(hours=3)
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))

# When a zone's clock begins a minute, and what it shows then.
Walk = list[tuple[datetime, datetime]]


def walked(zone: ZoneInfo, start: datetime, end: datetime) -> Walk:
    """Every minute from a day before ``start`` until ``end``: what passed before counts too."""
    steps = []
    instant = start - DAY
    while instant <= end:
        wall = instant.astimezone(zone).replace(tzinfo=None, fold=0)
        if wall.second == 0:
            steps.append((instant, wall))
        instant += timedelta(seconds=60 - wall.second)
    return steps


def fires(expression: str, zone: ZoneInfo, walk: Walk, start: datetime) -> list[datetime]:
    """The instants after ``start`` at which Debian's cron would run ``expression``."""
    fields = expression.split()
    fixed = not fields[0].startswith("*") and not fields[1].startswith("*")
    allowed = [numbers(text, *span) for text, span in zip(fields, RANGES, strict=True)]
    either = "*" not in (fields[2], fields[4])
    found, passed = set(), set()
    for instant, wall in walk:
        if matches(wall, allowed, either=either) and not (fixed and wall in passed):
            found.add(instant)
        passed.add(wall)
    if fixed:
        found |= {
            end
            for end, left_out in gaps(zone, walk)
            if any(matches(wall, allowed, either=either) for wall in left_out)
        }
    return sorted(instant for instant in found if instant > start)


def gaps(zone: ZoneInfo, walk: Walk) -> Iterator[tuple[datetime, list[datetime]]]:
    """The first instant after each gap, and the minutes that the clock left out."""
    for (before, earlier), (after, later) in pairwise(walk):
        jump = (later - earlier) - (after - before)
        if timedelta(0) < jump <= CALENDAR_CHANGE:
            end = next(
                after - timedelta(seconds=back)
                for back in range(120, -1, -1)
                if offset(after - timedelta(seconds=back), zone) == offset(after, zone)
            )
            opens = end.astimezone(zone).replace(tzinfo=None, fold=0) - jump
            first = opens + timedelta(seconds=-opens.second % 60)
            count = (opens + jump - first + MINUTE - timedelta(microseconds=1)) // MINUTE
            yield end, [first + number * MINUTE for number in range(count)]


def offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    found = instant.astimezone(zone).utcoffset()
    assert found is not None
    return found


def matches(wall: datetime, allowed: list[set[int]], *, either: bool) -> bool:
    minutes, hours, days, months, weekdays = allowed
    if wall.minute not in minutes or wall.hour not in hours or wall.month not in months:
        return False
    by_day, by_weekday = (
        wall.day in days,
        bool({wall.isoweekday() % 7, wall.isoweekday()} & weekdays),
    )
    return (by_day or by_weekday) if either else (by_day and by_weekday)


def numbers(text: str, least: int, most: int) -> set[int]:
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        low, _, high = span.partition("-")
        first = least if low == "*" else int(low)
        last = int(high) if high else most if step or low == "*" else first
        found |= {n for n in range(first, last + 1) if (n - first) % int(step or 1) == 0}
    return found


def changes(zone: ZoneInfo, first: int, last: int) -> list[datetime]:
    """The instants from the year ``first`` until before ``last`` at which the offset changes."""
    found = []
    day, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    while day < end:
        low, high = day, day + DAY
        if offset(low, zone) != offset(high, zone):
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) // 2).replace(microsecond=0)
                low, high = (
                    (middle, high) if offset(middle, zone) == offset(low, zone) else (low, middle)
                )
            found.append(high)
        day += DAY
    return found


def expression(chosen: random.Random) -> str:
    """Any five fields; hours are mostly such as clock changes are near."""
    near = chosen.choice(["0", "1", "2", "3", "23", "1,2,3", "0-4", "23,0", "*/2", "*"])
    hour = near if chosen.random() < 0.8 else field(chosen, 0, 23, free=0.2)
    minute = field(chosen, 0, 59, free=0.2)
    day, weekday = field(chosen, 1, 31, free=0.8), field(chosen, 0, 7, free=0.8)
    return f"{minute} {hour} {day} * {weekday}"


def field(chosen: random.Random, least: int, most: int, *, free: float) -> str:
    if chosen.random() < free:
        return "*"
    low, high = sorted(chosen.sample(range(least, most + 1), 2))
    step = chosen.randint(2, max(2, (most - least) // 2))
    return chosen.choice(
        [
            f"{low}",
            f"{low},{high}",
            f"{low}-{high}",
            f"{low}-{high}/{step}",
            f"*/{step}",
            f"{low}/{step}",
        ]
    )
