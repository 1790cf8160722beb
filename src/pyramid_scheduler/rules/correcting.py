"""What becomes of a next fire time that was computed under rules that have changed since.

Time zones and calendars of holidays are other people's decisions: a new tzdata, or a new list of
holidays, moves fire times that a store has kept. A trigger that depends on them is ``civil``.
"""

from dataclasses import replace

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.model import Schedule
from pyramid_scheduler.rules.planning import STEPS, first_fire, following

# No zone has ever moved by more.
FARTHEST = 26 * 3600 * SECOND
# And hardly ever by more than this.
MOVED = 3 * 3600 * SECOND


def corrected(schedule: Schedule, now: int) -> Schedule | None:
    """Return ``schedule`` with its next fire time by today's rules, None where it has that.

    It is the fire time nearest to the one kept, later than the last that was dealt with: what was
    moved by an hour is the same occasion an hour off, and no occasion comes twice. A day that is a
    holiday no longer comes before the one kept, if it is to come at ``now``. Raises FaultyTrigger.
    """
    kept = schedule.next_fire
    if kept is None:
        return None
    by_last = None if schedule.last_fire is None else following(schedule, schedule.last_fire)
    if following(schedule, kept - 1) == kept:
        return replace(schedule, next_fire=by_last) if _is_freed(schedule, by_last, now) else None
    first = None if by_last is not None else first_fire(schedule.definition, schedule.anchor)
    if kept in (by_last, first):
        return None
    later = following(schedule, kept)
    earlier = _newest_before(schedule, kept)
    if earlier is None or (later is not None and later - kept < kept - earlier):
        return replace(schedule, next_fire=later)
    return replace(schedule, next_fire=earlier)


def _is_freed(schedule: Schedule, fire: int | None, now: int) -> bool:
    """Return whether ``fire``, the first after the last, comes before the one that is kept.

    Not what is the last occasion once more, by a clock that was moved.
    """
    if fire is None or schedule.last_fire is None or schedule.next_fire is None:
        return False
    return now < fire < schedule.next_fire and fire - schedule.last_fire > MOVED


def _newest_before(schedule: Schedule, kept: int) -> int | None:
    """Return the newest fire time not dealt with that is earlier than ``kept``, and near it."""
    dealt = schedule.anchor if schedule.last_fire is None else schedule.last_fire
    newest, fire = None, following(schedule, max(dealt, kept - FARTHEST))
    for _ in range(STEPS):
        if fire is None or fire >= kept:
            return newest
        newest, fire = fire, following(schedule, fire)
    raise FaultyTrigger(f"schedule {schedule.name!r} has over {STEPS:,} fire times in a day")
