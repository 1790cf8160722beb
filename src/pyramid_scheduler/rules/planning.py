"""What one schedule owes at an instant: which fire times run, which are skipped, what comes next.

The rules are the contract's points 4, 6, 7 and 10. Planning takes a bounded number of steps,
whatever the trigger and however long nobody looked. Whatever asks a trigger raises FaultyTrigger
for one that raises or that does not go on; the schedule is then to be left as it is.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.instants import MICROSECOND, micros, moment
from pyramid_scheduler.model import (
    Active,
    Definition,
    Misfire,
    Overlap,
    Reason,
    Schedule,
    Skip,
    Trigger,
)
from pyramid_scheduler.showing import shortened

STEPS = 10_000
SKIP_GRACE = 60_000_000

# From an instant to the first fire time strictly later, None when there are no more.
Step = Callable[[int], int | None]
_NONE_ACTIVE = Active()


class Standing(Protocol):
    """What planning asks of a schedule: a :class:`Schedule`, or a store's own row of one."""

    @property
    def definition(self) -> Definition:
        """Return what was said about it."""

    @property
    def anchor(self) -> int:
        """Return when it was first declared."""

    @property
    def next_fire(self) -> int | None:
        """Return the first fire time not yet dealt with."""


class Plan(NamedTuple):
    """What a claim writes for one schedule.

    ``runs`` are the fire times that run, in order; ``last_fire`` and ``next_fire`` the schedule's
    new ones; ``stop_others`` says that its earlier runs are asked to stop first.
    """

    runs: list[int]
    skips: list[Skip]
    last_fire: int | None
    next_fire: int | None
    stop_others: bool = False


def plan(
    schedule: Standing, now: int, horizon: int, active: Active, step: Step | None = None
) -> Plan | None:
    """Return what is owed of an active ``schedule`` at ``now``, None when nothing is yet.

    ``horizon`` is the latest fire time that may be claimed ahead. A fire time to come is claimed
    ahead only alone and only while no earlier run could still overlap it, since whether it
    overlaps is known at the fire time and not before. ``step`` is what :func:`steps` returns for
    this schedule, if that was kept.
    """
    first = schedule.next_fire
    if first is None or first > horizon:
        return None
    definition = schedule.definition
    free = active == _NONE_ACTIVE or definition.overlap is Overlap.ALLOW
    if first > now and not free:
        return None
    once = definition.trigger.fires_once
    next_fire = None if once else (step or steps(schedule))(first)
    last, grace = next_fire is None or next_fire > now, _grace(definition)
    if first > now or (last and (grace is None or first >= now - grace)):
        planned = Plan([first], [], first, next_fire)  # the usual case
        return planned if free else _overlap(schedule, planned, active)
    owed = _owed(schedule, first, now)
    runs, skips = _misfire(definition, owed.fires, now, owed.exact)
    return _overlap(schedule, Plan(runs, skips, owed.fires[-1], owed.next_fire), active)


def dues(schedule: Standing, fires: list[int]) -> list[int]:
    """Return when the run of each of ``fires`` may start: at its fire time, or later by jitter."""
    definition = schedule.definition
    if type(definition.trigger).delay is Trigger.delay:
        return fires
    delay = trigger_of(definition, schedule.anchor).delay
    try:
        return [fire + delay(definition.name, fire) for fire in fires]
    except Exception as error:
        raise _raised(definition, error) from error


def between(schedule: Standing, start: int, end: int, most: int) -> list[int]:
    """Return the fire times of ``schedule`` from ``start`` to ``end``, both inclusive.

    At most ``most``, the oldest; they are those of its definition, whatever became of them.
    """
    step, found = steps(schedule), list[int]()
    fire = step(start - 1)
    while fire is not None and fire <= end and len(found) < most:
        found.append(fire)
        fire = step(fire)
    return found


def passed_over(schedule: Schedule, now: int, reason: str) -> Plan:
    """Return the plan by which every fire time up to ``now`` is skipped for ``reason``."""
    first = schedule.next_fire
    if first is None or first > now:
        return Plan([], [], schedule.last_fire, first)
    owed = _owed(schedule, first, now)
    skips = [_skip(schedule.definition, reason, owed.fires, owed.exact)]
    return Plan([], skips, owed.fires[-1], owed.next_fire)


def given_up(schedule: Schedule, now: int, reason: str) -> Plan:
    """Return :func:`passed_over` of a schedule whose trigger is asked for the last time.

    A faulty one is no obstacle: of what it owed, the first fire time is known.
    """
    try:
        return passed_over(schedule, now, reason)
    except FaultyTrigger:
        first = schedule.next_fire
        assert first is not None, "a trigger is asked only for what follows a fire time"
        return Plan([], [_skip(schedule.definition, reason, [first], False)], first, None)


def first_fire(definition: Definition, anchor: int) -> int | None:
    """Return the first fire time of a schedule that is declared for the first time at ``anchor``.

    A start to come is counted from; one that has passed owes nothing for the time before. Only
    a one-off owes its instant although it has passed.
    """
    if definition.start == "now":
        return _within(definition, anchor)
    trigger = trigger_of(definition, anchor)
    start = _start(definition)
    if start is not None and start > anchor:
        return _within(definition, _checked(definition, trigger)(start - 1))
    try:
        first = trigger.first(moment(anchor))
        fire = None if first is None else micros(first)
    except Exception as error:
        raise _raised(definition, error) from error
    return _within(definition, fire)


def following(schedule: Standing, after: int) -> int | None:
    """Return the schedule's first fire time strictly later than ``after``, None when no more."""
    return steps(schedule)(after)


def upcoming(schedule: Standing, after: int | None = None) -> Iterator[int]:
    """Iterate over the fire times to come, until there are no more or the trigger fails.

    With ``after``, over those later than this instant only.
    """
    fire = schedule.next_fire
    try:
        step = steps(schedule)
        if fire is not None and after is not None and fire <= after:
            fire = step(after)
        while fire is not None:
            yield fire
            fire = step(fire)
    except FaultyTrigger:
        pass  # a claim says so, once


def steps(schedule: Standing) -> Step:
    """Return :func:`following` of ``schedule``, made ready once for however many steps.

    It is that of its definition and its anchor, whatever its next fire time becomes. Raises
    FaultyTrigger.
    """
    definition = schedule.definition
    next_after = _checked(definition, trigger_of(definition, schedule.anchor))
    if definition.start is None and definition.end is None:
        return next_after
    start = _start(definition)

    def step(after: int) -> int | None:
        if start is not None and after < start - 1:
            after = start - 1
        return _within(definition, next_after(after))

    return step


def _checked(definition: Definition, trigger: Trigger) -> Step:
    """Return the trigger's step; it is held to grow, for planning goes on until it has passed."""
    next_instant = trigger.next_instant

    def step(after: int) -> int | None:
        try:
            fire = next_instant(after)
            stands = fire is not None and fire <= after
        except BaseException as error:
            raise _raised(definition, error) from error
        if stands:
            wrong = f"gave {fire}, which is not later than {after}"
            raise FaultyTrigger(f"the trigger of schedule {definition.name!r} {wrong}")
        return fire

    return step


def _raised(definition: Definition, error: BaseException) -> FaultyTrigger:
    raised = f"{type(error).__name__}: {shortened(str(error), 300)}"
    return FaultyTrigger(f"the trigger of schedule {definition.name!r} raised {raised}")


def _start(definition: Definition) -> int | None:
    start = definition.start
    return None if start is None or start == "now" else micros(start)


def trigger_of(definition: Definition, anchor: int) -> Trigger:
    """Return the trigger of a schedule first declared at ``anchor``, counting from where it counts.

    Raises FaultyTrigger.
    """
    start = _start(definition)
    try:
        return definition.trigger.anchored(moment(anchor if start is None else start))
    except Exception as error:
        raise _raised(definition, error) from error


def _within(definition: Definition, fire: int | None) -> int | None:
    if fire is not None and definition.end is not None and fire > micros(definition.end):
        return None
    return fire


class _Owed(NamedTuple):
    """Fire times that have passed, whether that is all of them, and the one after them."""

    fires: list[int]
    exact: bool
    next_fire: int | None


def _owed(schedule: Standing, first: int, now: int) -> _Owed:
    """Return what is owed from ``first`` to ``now``.

    Beyond STEPS the oldest are kept for the count and the newest for the policy, with the one
    before those, so that what is skipped reaches up to what runs.
    """
    step, fires = steps(schedule), [first]
    fire = step(first)
    while fire is not None and fire <= now and len(fires) < STEPS:
        fires.append(fire)
        fire = step(fire)
    if fire is None or fire > now:
        return _Owed(fires, True, fire)
    newest = _newest(step, fires[-1], now, _wanted(schedule.definition) + 1)
    if not newest:
        wrong = f"gave {fire} once, and then nothing up to {now}"
        raise FaultyTrigger(f"the trigger of schedule {schedule.definition.name!r} {wrong}")
    return _Owed(fires + newest, newest[0] == fire, step(newest[-1]))


def _wanted(definition: Definition) -> int:
    return definition.catch_up if definition.misfire is Misfire.ALL else 1


def _newest(step: Step, low: int, now: int, count: int) -> list[int]:
    """Return the newest fire times in (low, now], at most ``count``, by bisection.

    ``step(x) <= now`` holds for every x before the newest one and for none from it on.
    """
    found: list[int] = []
    high = now
    while len(found) < count:
        newest = _last_before(step, low, high)
        if newest is None:
            break
        found.append(newest)
        high = newest - 1
    return found[::-1]


def _last_before(step: Step, low: int, high: int) -> int | None:
    newest = None
    while low < high:
        middle = (low + high) // 2
        fire = step(middle)
        if fire is not None and fire <= high:
            newest = low = fire
        else:
            high = middle
    return newest


def _misfire(
    definition: Definition, owed: list[int], now: int, exact: bool
) -> tuple[list[int], list[Skip]]:
    split = max(0, len(owed) - _wanted(definition))
    grace = _grace(definition)
    if grace is not None:
        while split < len(owed) and owed[split] < now - grace:
            split += 1
    missed = owed[:split]
    return owed[split:], [_skip(definition, Reason.MISFIRE, missed, exact)] if missed else []


def _grace(definition: Definition) -> int | None:
    if definition.grace is not None:
        return definition.grace // MICROSECOND
    return SKIP_GRACE if definition.misfire is Misfire.SKIP else None


def _overlap(schedule: Standing, owed: Plan, active: Active) -> Plan:
    """Apply the overlap policy. What one claim makes up together counts as one: it runs in order.

    The policy decides between that and the runs that have not ended.
    """
    policy = schedule.definition.overlap
    if not owed.runs or active == _NONE_ACTIVE or policy is Overlap.ALLOW:
        return owed
    if policy is Overlap.CANCEL:
        return owed._replace(stop_others=True)
    if policy is Overlap.QUEUE and not active.pending:
        return owed
    skip = _skip(schedule.definition, Reason.OVERLAP, owed.runs, True)
    return owed._replace(runs=[], skips=[*owed.skips, skip])


def _skip(definition: Definition, reason: str, fires: list[int], exact: bool) -> Skip:
    return Skip(
        schedule=definition.name,
        reason=reason,
        first=fires[0],
        last=fires[-1],
        count=len(fires),
        exact=exact,
    )
