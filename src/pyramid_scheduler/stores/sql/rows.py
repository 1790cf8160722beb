"""Rows to values and back."""

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Row

from pyramid_scheduler.errors import SchedulerError, UnknownName, Unreadable
from pyramid_scheduler.instants import MICROSECOND, maybe_moment, micros, moment
from pyramid_scheduler.model import (
    Attempt,
    Definition,
    ErrorInfo,
    Kind,
    Misfire,
    Node,
    Origin,
    Overlap,
    Pause,
    Run,
    RunState,
    Schedule,
    Skip,
)
from pyramid_scheduler.payload import load_arguments
from pyramid_scheduler.triggers import dump_trigger, load_trigger

log = logging.getLogger("pyramid_scheduler")

_TOLD: set[str] = set()


def dump_definition(definition: Definition) -> str:
    """Return ``definition`` as JSON; equal definitions give equal texts."""
    data = {
        "name": definition.name,
        "task": definition.task,
        "trigger": dump_trigger(definition.trigger),
        "arguments": definition.arguments,
        "timezone": definition.timezone,
        "start": _dump_start(definition),
        "end": None if definition.end is None else micros(definition.end),
        "misfire": definition.misfire,
        "grace": _grace(definition),
        "catch_up": definition.catch_up,
        "overlap": definition.overlap,
        "pause_after": definition.pause_after,
        "enabled": definition.enabled,
    }
    return json.dumps(data, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _grace(definition: Definition) -> int | None:
    return None if definition.grace is None else definition.grace // MICROSECOND


def load_definition(text: str) -> Definition:
    """Return the definition that :func:`dump_definition` wrote; what recurs is read once.

    Raises Unreadable: it has a trigger of a kind that this process does not know, a policy of a
    newer version, or it was not written by this package.
    """
    known = _RECURRING.get(text)
    if known is not None:
        return known
    try:
        data, end = _READ(text)
        if end != len(text):
            raise ValueError("there is more than one value")
        definition = _definition(data)
    except (UnknownName, LookupError, ValueError, *_NOT_OURS) as error:
        reason = f"{type(error).__name__}: {error}"
        raise Unreadable(f"it cannot be read by this process: {reason}") from None
    if not definition.trigger.fires_once:
        if len(_RECURRING) >= MOST_KEPT:
            _RECURRING.clear()
        _RECURRING[text] = definition
    return definition


MOST_KEPT = 20_000
_RECURRING: dict[str, Definition] = {}
# json.loads() looks for white space around it first, which we never write.
_READ = json.JSONDecoder().raw_decode
_KINDS = frozenset(kind.value for kind in Kind)
_NOT_OURS = (TypeError, AttributeError, OverflowError, RecursionError)


# These are read for every schedule that is due; to call the class takes five times as long.
_ORIGINS = {one.value: one for one in Origin}
_MISFIRES = {one.value: one for one in Misfire}
_OVERLAPS = {one.value: one for one in Overlap}


def _origin(value: str) -> Origin:
    try:
        return _ORIGINS[value]
    except LookupError:
        raise Unreadable(f"{value!r:.50} is no origin that is known here") from None


def _definition(data: dict[str, Any]) -> Definition:
    pause_after = data.get("pause_after")  # before version 0004 there was none
    numbers = type(data["catch_up"]) is int and (pause_after is None or type(pause_after) is int)
    if not isinstance(data["arguments"], str) or not numbers:
        raise TypeError("a definition of other types")
    start, end, grace = data["start"], data["end"], data["grace"]
    return Definition(
        name=data["name"],
        task=data["task"],
        trigger=load_trigger(data["trigger"]),
        arguments=data["arguments"],
        timezone=data["timezone"],
        start=start if start is None or start == "now" else moment(start),
        end=maybe_moment(end),
        misfire=_MISFIRES[data["misfire"]],
        grace=None if grace is None else timedelta(microseconds=grace),
        catch_up=data["catch_up"],
        overlap=_OVERLAPS[data["overlap"]],
        pause_after=pause_after,
        enabled=data["enabled"],
    )


def _dump_start(definition: Definition) -> int | str | None:
    start = definition.start
    return micros(start) if isinstance(start, datetime) else start


_SKIP_FIELDS = tuple(field.name for field in fields(Skip))


def digest(text: str) -> str:
    """Return what tells one definition's text from another."""
    return sha256(text.encode()).hexdigest()


def readable_schedule(row: Row[Any]) -> Schedule | None:
    """Return the schedule in a row, None for one that cannot be read: it harms no other.

    That is said once per process; the row is left for who can read it.
    """
    try:
        return schedule_of(row)
    except Unreadable as error:
        leave_alone(row.name, error)
        return None


def leave_alone(name: str, error: SchedulerError) -> None:
    """Say, once per process, that the schedule called ``name`` is left as it is, and why."""
    if name not in _TOLD:
        _TOLD.add(name)
        log.error("schedule %s is left alone: %s", name, error)


class Owing(NamedTuple):
    """A schedule that is due, as planning asks (``rules.planning.Standing``)."""

    definition: Definition
    anchor: int
    next_fire: int
    last_fire: int | None


def readable_owing(row: Iterable[Any]) -> Owing | None:
    """Return what planning asks of the schedule in a row of ``due``, None for an unreadable one.

    There is one for every schedule that is due: no more of its row is looked at than has to be.
    """
    name, task, _, next_fire, last_fire, anchor, text, origin, _ = row
    try:
        definition = _definition_of(name, task, text)
        _require_instants(anchor, next_fire, last_fire)
        _origin(origin)
    except Unreadable as error:
        leave_alone(name, error)
        return None
    return Owing(definition, anchor, next_fire, last_fire)


def _definition_of(name: str, task: str, text: str) -> Definition:
    definition = load_definition(text)
    if definition.name != name or definition.task != task:
        raise Unreadable("it is not what its definition says")
    return definition


def _require_instants(*instants: object) -> None:
    for instant in instants:
        if instant is not None and type(instant) is not int:
            raise Unreadable(f"{instant!r:.50} is not an instant")


def schedule_of(row: Row[Any]) -> Schedule:
    """Return the schedule in a row of that table. Raises Unreadable."""
    definition = _definition_of(row.name, row.task, row.definition)
    _require_instants(row.anchor, row.next_fire, row.last_fire)
    _require_instants(row.paused_at, row.paused_until, row.resumed)
    return Schedule(
        definition=definition,
        origin=_origin(row.origin),
        anchor=row.anchor,
        next_fire=row.next_fire,
        last_fire=row.last_fire,
        pause=pause_of(row),
        parked=row.parked,
        resumed=row.resumed,
    )


def pause_of(row: Row[Any]) -> Pause | None:
    """Return by what the schedule in a row rests."""
    if row.paused_at is None:
        return None
    return Pause(row.paused_at, row.pause_note or "", row.paused_by or "", row.paused_until)


def schedule_row(schedule: Schedule) -> dict[str, Any]:
    """Return the row of ``schedule``."""
    return {
        "name": schedule.name,
        "task": schedule.task,
        "definition": dump_definition(schedule.definition),
        "origin": schedule.origin.value,
        "anchor": schedule.anchor,
        "next_fire": schedule.next_fire,
        "wake": schedule.wake,
        "last_fire": schedule.last_fire,
        "paused_at": schedule.pause and schedule.pause.at,
        "paused_until": schedule.pause and schedule.pause.until,
        "pause_note": schedule.pause and schedule.pause.note,
        "paused_by": schedule.pause and schedule.pause.by,
        "parked": schedule.parked,
        "civil": schedule.definition.trigger.civil,
        "grace": _grace(schedule.definition),
        "pause_after": schedule.definition.pause_after,
        "resumed": schedule.resumed,
    }


def is_sound(row: Row[Any]) -> bool:
    """Return whether a waiting run can be claimed; one that cannot be read harms no other."""
    numbers = (row.token, row.attempt, row.crashes, row.fire_time, row.due)
    sound = row.kind in _KINDS and all(isinstance(one, int) and one < 2**62 for one in numbers)
    if not sound:
        leave_alone(f"of run {row.id}", Unreadable("its row cannot be read by this process"))
    return sound


def readable_run(row: Row[Any]) -> Run | None:
    """Return the run in a row, None for one that cannot be read, which is said once."""
    try:
        return run_of(row)
    except Unreadable as error:
        leave_alone(f"of run {row.id}", error)
        return None


def run_of(row: Row[Any]) -> Run:
    """Return the run in a row of that table. Raises Unreadable."""
    try:
        return _run(row)
    except (LookupError, ValueError, *_NOT_OURS) as error:
        reason = f"{type(error).__name__}: {error}"
        raise Unreadable(f"run {row.id!r} cannot be read by this process: {reason}") from None


def _run(row: Row[Any]) -> Run:
    args, kwargs = load_arguments(row.arguments)
    return Run(
        id=row.id,
        kind=Kind(row.kind),
        schedule=row.schedule,
        task=row.task,
        fire_time=moment(row.fire_time),
        due=moment(row.due),
        state=RunState(row.state),
        reason=row.reason,
        attempt=row.attempt,
        crashes=row.crashes,
        token=row.token,
        node=row.node,
        claimed_at=maybe_moment(row.claimed_at),
        started_at=maybe_moment(row.started_at),
        finished_at=maybe_moment(row.finished_at),
        stop_requested=row.stop_requested,
        error=load_error(row.error),
        result=None if row.result is None else json.loads(row.result),
        args=tuple(args),
        kwargs=kwargs,
        key=row.key,
        equals=row.equals,
    )


def dump_error(error: ErrorInfo | None) -> str | None:
    """Return ``error`` as JSON."""
    return None if error is None else json.dumps(asdict(error), ensure_ascii=False)


def load_error(text: str | None) -> ErrorInfo | None:
    """Return the error that :func:`dump_error` wrote."""
    return None if text is None else ErrorInfo(**json.loads(text))


def attempt_of(row: Row[Any]) -> Attempt:
    """Return the attempt in a row of that table."""
    return Attempt(
        run_id=row.run_id,
        number=row.number,
        token=row.token,
        node=row.node,
        claimed_at=maybe_moment(row.claimed_at),
        started_at=maybe_moment(row.started_at),
        ended_at=moment(row.ended_at),
        ending=row.ending,
        error=load_error(row.error),
    )


def skip_of(row: Row[Any]) -> Skip:
    """Return the skip in a row of that table."""
    # By key: a row is a tuple, whose own `count` is a method.
    return Skip(**{name: row._mapping[name] for name in _SKIP_FIELDS})


def node_of(row: Row[Any]) -> Node:
    """Return the node in a row of that table."""
    return Node(**row._mapping)
