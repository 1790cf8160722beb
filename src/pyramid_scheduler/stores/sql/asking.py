"""What people and programs change: runs asked for, schedules made, paused, removed."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from pyramid_scheduler.errors import UnknownRun, UnknownSchedule
from pyramid_scheduler.model import (
    Definition,
    Kind,
    NewRun,
    Overlap,
    Pause,
    Reason,
    RunState,
    Schedule,
)
from pyramid_scheduler.rules.definitions import (
    check_names,
    dealt_with,
    edited,
    left_behind,
    paused,
    resumed,
)
from pyramid_scheduler.rules.planning import given_up
from pyramid_scheduler.rules.runs import check_retry
from pyramid_scheduler.stores.sql.attempts import archived
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.due import chunks, fire_times_that_ran
from pyramid_scheduler.stores.sql.enqueueing import row_of
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.rows import readable_schedule, schedule_of, schedule_row
from pyramid_scheduler.stores.sql.schema import PENDING, RUNNING, attempt, run, schedule
from pyramid_scheduler.stores.sql.skipping import write_skips

# Locked, since what becomes of them is written after; claims do not wait for it.
_BY_NAMES = (
    select(schedule)
    .where(schedule.c.name.in_(bindparam("names", expanding=True)))
    .order_by(schedule.c.name)
    .with_for_update()
)
_DELETE = delete(schedule).where(schedule.c.name.in_(bindparam("names", expanding=True)))
_STATE_OF = select(run.c.state).where(run.c.id == bindparam("of")).with_for_update()
_RUN = select(run).where(run.c.id == bindparam("of")).with_for_update()
_ACTIVE_OF = select(run.c.id).where(
    run.c.schedule == bindparam("of"), run.c.state.in_([PENDING, RUNNING])
)
_THERE = select(run.c.fire_time).where(
    run.c.schedule == bindparam("of"), run.c.fire_time.in_(bindparam("fires", expanding=True))
)
_REOPEN = (
    update(run)
    .where(run.c.id == bindparam("of"), run.c.state == bindparam("was"))
    .values(
        state=PENDING,
        due=bindparam("at"),
        stop_requested=False,
        reason=None,
        result=None,
        node=None,
        claimed_at=None,
        started_at=None,
        finished_at=None,
    )
)


class Backfill(NamedTuple):
    """Which fire times of the schedule ``name`` are to have a run."""

    name: str
    fires: Sequence[int]
    at_once: bool
    dry_run: bool


def put_schedules(
    connection: Connection, definitions: Sequence[Definition], replace: bool, now: int
) -> None:
    """Add schedules of origin STORE, all or none."""
    old = _named(connection, [one.name for one in definitions])
    check_names((one.name for one in definitions), old, replace=replace)
    before = {name: readable_schedule(row) for name, row in old.items()}
    edits = [edited(before.get(one.name), one, now) for one in definitions]
    ran = fire_times_that_ran(connection, [edit.schedule for edit in edits])
    rows = []
    for edit in edits:
        after, skips = dealt_with(edit, ran[edit.schedule.name])
        known = before.get(after.name)
        write_skips(connection, known.last_fire if known else None, skips)
        rows.append(schedule_row(after))
    for name in old:
        connection.execute(_DELETE, {"names": [name]})
    if rows:
        connection.execute(insert(schedule), rows)
        revise(connection)


def _named(connection: Connection, names: Sequence[str]) -> dict[str, Row[Any]]:
    """Return the rows of those of ``names`` that are there."""
    found: dict[str, Row[Any]] = {}
    for some in chunks(names):
        found |= {row.name: row for row in connection.execute(_BY_NAMES, {"names": some})}
    return found


def remove_schedule(connection: Connection, name: str, now: int) -> Sequence[str]:
    """Delete the schedule, cancel what waits; return the ids of what runs on."""
    old = _find(connection, name)
    write_skips(connection, old.last_fire, given_up(old, now, Reason.REMOVED).skips)
    connection.execute(
        update(run)
        .where(run.c.schedule == name, run.c.state == PENDING)
        .values(state="cancelled", reason=Reason.REMOVED, finished_at=now)
    )
    connection.execute(delete(schedule).where(schedule.c.name == name))
    revise(connection)
    return list(connection.execute(_ACTIVE_OF, {"of": name}).scalars())


def pause(connection: Connection, name: str, why: Pause) -> Sequence[str]:
    """Pause the schedule; return the ids of its runs that may still begin or go on."""
    _update(connection, paused(_find(connection, name), why))
    return list(connection.execute(_ACTIVE_OF, {"of": name}).scalars())


def resume(connection: Connection, name: str, now: int) -> None:
    """Resume the schedule after ``now``."""
    old = _find(connection, name)
    going, skips = resumed(old, now)
    _update(connection, going)
    write_skips(connection, old.last_fire, skips)


def backfill(
    connection: Connection,
    dialect: Dialect,
    new_id: Callable[[], str],
    now: int,
    wanted: Backfill,
) -> Sequence[int]:
    """Add the runs of ``wanted`` that are not there; return their fire times."""
    known = _find(connection, wanted.name)
    fires = left_behind(known, wanted.fires)
    there: set[int] = set()
    for some in chunks(fires):
        there.update(connection.scalars(_THERE, {"of": wanted.name, "fires": some}))
    missing = [fire for fire in fires if fire not in there]
    if missing and not wanted.dry_run:
        serial = known.definition.overlap is not Overlap.ALLOW and not wanted.at_once
        made = row_of(NewRun("", known.task, now, known.definition.arguments, Kind.BACKFILL))
        made |= {"schedule": wanted.name, "serial": serial}
        rows = [{**made, "id": new_id(), "fire_time": fire} for fire in missing]
        connection.execute(dialect.insert_new(run), rows)
        revise(connection)
    return missing


def cancel(connection: Connection, run_id: str, now: int) -> RunState:
    """Cancel a waiting run, ask a running one to stop; return the state it now has."""
    found = connection.execute(_STATE_OF, {"of": run_id}).scalar()
    if found is None:
        raise UnknownRun(f"no run has the id {run_id!r}")
    state, asked = RunState(found), update(run).where(run.c.id == run_id)
    if state is RunState.PENDING:
        state = RunState.CANCELLED
        ended = {"state": state.value, "reason": Reason.CANCELLED, "finished_at": now}
        connection.execute(asked.values(ended))
    elif state is RunState.RUNNING:
        connection.execute(asked.values(stop_requested=True, reason=Reason.CANCELLED))
    revise(connection)
    return state


def retry(connection: Connection, run_id: str, now: int) -> None:
    """Have a failed or cancelled run be owed again at ``now``."""
    row = connection.execute(_RUN, {"of": run_id}).one_or_none()
    if row is None:
        raise UnknownRun(f"no run has the id {run_id!r}")
    check_retry(run_id, RunState(row.state))
    if row.claimed_at is not None:
        connection.execute(insert(attempt), archived(row, row.state, row.finished_at, row.error))
    connection.execute(_REOPEN, {"of": run_id, "was": row.state, "at": now})
    revise(connection)


def _find(connection: Connection, name: str) -> Schedule:
    row = connection.execute(_BY_NAMES, {"names": [name]}).one_or_none()
    if row is None:
        raise UnknownSchedule(f"no schedule is named {name!r}")
    return schedule_of(row)


def _update(connection: Connection, new: Schedule) -> None:
    connection.execute(
        update(schedule).where(schedule.c.name == new.name).values(schedule_row(new))
    )
    revise(connection)
