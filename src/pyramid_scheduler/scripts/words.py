"""How values are said: to people in words, to programs as JSON values."""

from datetime import UTC, datetime
from typing import Any

from pyramid_scheduler.instants import moment
from pyramid_scheduler.model import ErrorInfo, FireTime, Run, Schedule, Skip
from pyramid_scheduler.scripts.printing import without_passwords


def iso(instant: datetime | None) -> str | None:
    """Return ``instant`` as ISO 8601 in UTC, always to the microsecond, so that texts sort."""
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="microseconds")


def clock(instant: datetime | None) -> str:
    """Return ``instant`` as a person reads it, in UTC; milliseconds only where there are any."""
    if instant is None:
        return "-"
    instant = instant.astimezone(UTC)
    fraction = f".{instant.microsecond // 1000:03}" if instant.microsecond >= 1000 else ""
    return f"{instant:%Y-%m-%d %H:%M:%S}{fraction}"


def local_clock(instant: datetime) -> str:
    """Return what the clock shows whose offset ``instant`` has, and the offset; "" in UTC."""
    return f"{instant:%a %H:%M:%S %z}" if instant.utcoffset() else ""


def beside(name: str, other: str) -> str:
    """Return ``name``, with the ``other`` name behind it unless it is the same, as often it is."""
    return name if name == other else f"{name} ({other})"


def took(run: Run) -> str:
    """Return for how long the last attempt of ``run`` ran."""
    if run.started_at is None or run.finished_at is None:
        return "-"
    return f"{(run.finished_at - run.started_at).total_seconds():.3f} s"


def why(run: Run) -> str:
    """Return why ``run`` ended as it did: its reason, the run it equals, its error, or nothing."""
    equals = f"equals run {run.equals}" if run.equals else ""
    error = f"{run.error.type}: {run.error.message}" if run.error else ""
    return without_passwords(": ".join(part for part in (run.reason, equals, error) if part))


def run_as_json(run: Run) -> dict[str, Any]:
    """Return ``run`` as the JSON line that programs read; its keys are a promise."""
    return {
        "id": run.id,
        "kind": run.kind,
        "schedule": run.schedule,
        "task": run.task,
        "fire_time": iso(run.fire_time),
        "due": iso(run.due),
        "state": run.state,
        "reason": run.reason,
        "attempt": run.attempt,
        "crashes": run.crashes,
        "node": run.node,
        "claimed_at": iso(run.claimed_at),
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
        "error": _error_as_json(run.error),
        "key": run.key,
        "equals": run.equals,
    }


def _error_as_json(error: ErrorInfo | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"type": error.type, "message": without_passwords(error.message)}


def schedule_as_json(schedule: Schedule) -> dict[str, Any]:
    """Return ``schedule`` as the JSON line that programs read."""
    return {
        "name": schedule.name,
        "task": schedule.task,
        "trigger": schedule.definition.trigger.describe(),
        "timezone": schedule.definition.timezone,
        "state": schedule.state,
        "origin": schedule.origin,
        "next": iso(schedule.next_fire_time),
        "last": iso(schedule.last_fire_time),
    }


def fire_time_as_json(fire: FireTime) -> dict[str, Any]:
    """Return ``fire`` as the JSON line that programs read."""
    return {
        "fire_time": iso(fire.fire_time),
        "schedule": fire.schedule,
        "task": fire.task,
        "local": fire.fire_time.isoformat(),
        "marks": fire.marks,
    }


def skip_in_words(skip: Skip) -> str:
    """Return in one sentence what ``skip`` says."""
    count = f"{skip.count:,}" if skip.exact else f"at least {skip.count:,}"
    first, last = clock(moment(skip.first)), clock(moment(skip.last))
    span = first if first == last else f"{first} to {last}"
    return f"{skip.schedule}: {count} skipped ({skip.reason}), {span}"


def counted(number: int, thing: str) -> str:
    """Return ``number`` and ``thing``, in the plural unless it is one."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
