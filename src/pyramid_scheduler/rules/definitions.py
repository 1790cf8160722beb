"""Which definition of a schedule is in force, and what a schedule becomes by it.

The rules are the contract's point 8: what code declares is reconciled with what the store has,
an edit in the store outranks the code, a pause survives all, and no change ever fires.
"""

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import NamedTuple

from pyramid_scheduler.errors import AlreadyExists
from pyramid_scheduler.model import Definition, Origin, Pause, Reason, Schedule, ScheduleState, Skip
from pyramid_scheduler.rules.planning import first_fire, following, given_up, passed_over


class Seen(NamedTuple):
    """A definition that a live node declares; ``order`` grows with when it was first seen."""

    order: int
    definition: Definition


class Revised(NamedTuple):
    """A schedule after a decision, and the fire times that the decision skipped."""

    schedule: Schedule
    skips: list[Skip]


def in_force(declared: Iterable[Seen]) -> Definition | None:
    """Return the definition first seen latest, None when no live node declares any.

    So a deploy takes effect at its first node, a rollback at its end, a recycled worker never.
    """
    newest = max(declared, key=lambda seen: seen.order, default=None)
    return newest.definition if newest else None


def created(definition: Definition, origin: Origin, now: int) -> Schedule:
    """Return the schedule that ``definition`` makes when it is first declared at ``now``."""
    fire = first_fire(definition, now)
    return Schedule(definition=definition, origin=origin, anchor=now, next_fire=fire)


def reconciled(schedule: Schedule | None, declared: Definition | None, now: int) -> Revised | None:
    """Return what ``schedule`` becomes now that ``declared`` is in force, None when nothing.

    Fire times that had passed unseen under the old definition are skipped with the reason;
    the next one is the first of the new definition after ``now``.
    """
    if schedule is None:
        return Revised(created(declared, Origin.CODE, now), []) if declared else None
    if schedule.origin is Origin.STORE:
        return None
    if declared is None:
        return None if schedule.parked else Revised(replace(schedule, parked=True), [])
    if not schedule.parked and schedule.definition == declared:
        return None
    return _redefined(schedule, declared, now)


def _redefined(schedule: Schedule, declared: Definition, now: int) -> Revised:
    reason = _why_still(schedule)
    if schedule.definition == declared:
        passed = passed_over(schedule, now, reason)
        fire = passed.next_fire
    else:
        passed = given_up(schedule, now, reason)
        # A fire time to come that was claimed ahead has been dealt with: never a second time.
        dealt = now if schedule.last_fire is None else max(now, schedule.last_fire)
        fire = following(replace(schedule, definition=declared), dealt)
    revised = replace(
        schedule, definition=declared, parked=False, next_fire=fire, last_fire=passed.last_fire
    )
    return Revised(revised, passed.skips)


def edited(schedule: Schedule | None, definition: Definition, now: int) -> Revised:
    """Return the schedule that a call at run time makes, or makes out of ``schedule``.

    It is the store's from then on: what code declares changes it no more. Anchor and pause stay.
    Like a new one, a one-off whose instant has passed owes it, unless that one was dealt with.
    """
    if schedule is None:
        return Revised(created(definition, Origin.STORE, now), [])
    if schedule.definition == definition and not schedule.parked:
        return Revised(replace(schedule, origin=Origin.STORE), [])
    revised, skips = _redefined(schedule, definition, now)
    revised = replace(revised, origin=Origin.STORE)
    late = first_fire(definition, now) if revised.next_fire is None else None
    if late is None or (schedule.last_fire is not None and late <= schedule.last_fire):
        return Revised(revised, skips)
    owed = replace(revised, next_fire=late, last_fire=schedule.last_fire)
    return Revised(owed, [skip for skip in skips if skip.last != late])


def dealt_with(revised: Revised, ran: Container[int]) -> Revised:
    """Return ``revised`` without owing a fire time of ``ran``: those that have a run already.

    So a schedule that was removed and made again runs no fire time twice. One that has no other
    says by a skip why it does nothing.
    """
    schedule, skips = revised
    fire = schedule.next_fire
    while fire is not None and fire in ran:
        schedule = replace(schedule, last_fire=fire, next_fire=following(schedule, fire))
        fire = schedule.next_fire
    if schedule is revised.schedule:
        return revised
    if fire is not None:
        return Revised(schedule, skips)
    last = schedule.last_fire
    assert last is not None, "it has just been dealt with"
    skip = Skip(schedule=schedule.name, reason=Reason.CHANGED, first=last, last=last, count=1)
    return Revised(schedule, [*skips, skip])


def left_behind(schedule: Schedule, fires: Iterable[int]) -> list[int]:
    """Return those of ``fires`` that ``schedule`` has dealt with, or that were before it was."""
    coming = schedule.next_fire
    if coming is not None:
        return [fire for fire in fires if fire < coming]
    last = schedule.anchor if schedule.last_fire is None else schedule.last_fire
    return [fire for fire in fires if fire <= last]


def check_names(names: Iterable[str], known: Container[str], *, replace: bool) -> None:
    """Raise AlreadyExists for a name given twice at once, or one known that is not replaced."""
    given: set[str] = set()
    for name in names:
        if not replace and name in known:
            wanted = "pass replace=True to replace it, or another id"
            raise AlreadyExists(f"a schedule {name!r} exists: {wanted}")
        if name in given:
            raise AlreadyExists(f"several schedules of one id were given at once: {name!r}")
        given.add(name)


def _why_still(schedule: Schedule) -> str:
    reasons = {
        ScheduleState.PARKED: Reason.PARKED,
        ScheduleState.DISABLED: Reason.DISABLED,
        ScheduleState.PAUSED: Reason.PAUSED,
    }
    return reasons.get(schedule.state, Reason.CHANGED)


def paused(schedule: Schedule, pause: Pause) -> Schedule:
    """Return ``schedule`` at rest by ``pause``; a second one says anew why and until when."""
    before = schedule.pause
    return replace(schedule, pause=pause if before is None else pause._replace(at=before.at))


def rested(schedule: Schedule, now: int) -> Revised | None:
    """Return ``schedule`` going on after the end of its pause, None while that is not over."""
    until = None if schedule.pause is None else schedule.pause.until
    return None if until is None or until > now else resumed(schedule, until)


def resumed(schedule: Schedule, now: int) -> Revised:
    """Return ``schedule`` going on after ``now``; what passed while it was paused is skipped."""
    if schedule.pause is None:
        return Revised(schedule, [])
    passed = passed_over(schedule, now, Reason.PAUSED)
    going = replace(
        schedule,
        pause=None,
        resumed=now,
        next_fire=passed.next_fire,
        last_fire=passed.last_fire,
    )
    return Revised(going, passed.skips)
