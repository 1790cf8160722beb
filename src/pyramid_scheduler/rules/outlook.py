"""What is to come of all schedules together: how much in each minute, and what falls together."""

from collections.abc import Iterable, Sequence
from heapq import nsmallest
from itertools import takewhile
from typing import NamedTuple

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.model import Schedule
from pyramid_scheduler.rules.planning import following, upcoming

MINUTE = 60 * SECOND
# A week of every 15 seconds. Beyond, a schedule is taken to go on as it did so far.
COUNTED = 40_320
# The minutes whose schedules are looked for by name.
LOOKED_AT = 200


class Load(NamedTuple):
    """How many fire times there are in each minute from the instant ``start`` on, and of how many.

    Of the schedules named in ``estimated`` there are too many to count: they are taken to go on
    at the rate of their first ones.
    """

    start: int
    minutes: list[int]
    schedules: list[int]
    estimated: list[str]


class Peak(NamedTuple):
    """A minute, from the instant ``start``, its fire times, and whose they are."""

    start: int
    fires: int
    schedules: list[str]


def load(schedules: Iterable[Schedule], start: int, end: int) -> Load:
    """Return the load of the active ``schedules`` in [start, end), which are whole minutes."""
    length = (end - start) // MINUTE
    found = Load(start, [0] * length, [0] * length, [])
    active = (schedule for schedule in schedules if schedule.wake is not None)
    found.estimated.extend(one.name for one in active if not _count(one, end, found))
    return found


def _count(schedule: Schedule, end: int, found: Load) -> bool:
    """Add the fire times of one schedule; return whether all of them were counted."""
    counted, first, last, before = 0, 0, 0, -1
    for fire in takewhile(lambda fire: fire < end, upcoming(schedule, found.start - 1)):
        if counted == COUNTED:
            _go_on(found, first, last)
            return False
        place = (fire - found.start) // MINUTE
        found.minutes[place] += 1
        found.schedules[place] += place != before
        first = first if counted else fire
        counted, last, before = counted + 1, fire, place
    return True


def _go_on(found: Load, first: int, last: int) -> None:
    """Add what follows ``last``, as evenly as the fire times from ``first`` to it did on average.

    The minute of ``last`` is begun: what it has so far is counted already.
    """
    span, known = last - first, COUNTED
    begun = (last - found.start) // MINUTE
    for minute in range(begun, len(found.minutes)):
        passed = found.start + (minute + 1) * MINUTE - first
        # How many there are before that: the one numbered n is at first + n * span / (COUNTED - 1).
        reached = max(known, -(-passed * (COUNTED - 1) // span))
        found.minutes[minute] += reached - known
        found.schedules[minute] += minute > begun and reached > known
        known = reached


def peaks(found: Load, schedules: Sequence[Schedule], most: int) -> list[Peak]:
    """Return the minutes in which most schedules fire together, at most ``most``.

    Of minutes with the same schedules there is the first.
    """
    shared = (place for place, count in enumerate(found.schedules) if count > 1)
    fullest = nsmallest(LOOKED_AT, shared, lambda place: (-found.schedules[place], place))
    result: dict[tuple[str, ...], Peak] = {}
    for place in fullest:
        begin = found.start + place * MINUTE
        names = sorted(one.name for one in schedules if fires_within(one, begin, begin + MINUTE))
        result.setdefault(tuple(names), Peak(begin, found.minutes[place], names))
        if len(result) == most:
            break
    return list(result.values())


def fires_within(schedule: Schedule, start: int, end: int) -> bool:
    """Return whether the active ``schedule`` fires in [start, end), which is to come."""
    coming = schedule.wake
    if coming is None:
        return False
    try:
        fire = coming if coming >= start else following(schedule, start - 1)
    except FaultyTrigger:
        return False
    return fire is not None and fire < end
