"""Pausing schedules whose runs fail, in the transaction that writes the last failure."""

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from pyramid_scheduler.interfaces import Written
from pyramid_scheduler.model import Finish, RunState
from pyramid_scheduler.rules.definitions import paused
from pyramid_scheduler.rules.pausing import TELLING, has_failed, pause_of_failures
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.rows import load_error, readable_schedule, schedule_row
from pyramid_scheduler.stores.sql.schema import run, schedule

log = logging.getLogger("pyramid_scheduler")

# Only for what has failed is it asked, and only of schedules with the option is there a row.
_CONCERNED = (
    select(run.c.id.label("run_id"), schedule)
    .join(schedule, schedule.c.name == run.c.schedule)
    .where(
        run.c.id.in_(bindparam("ids", expanding=True)),
        run.c.kind == "scheduled",
        schedule.c.pause_after.is_not(None),
        schedule.c.paused_at.is_(None),
    )
    .order_by(schedule.c.name, run.c.fire_time.desc())
)
_WAIT = _CONCERNED.with_for_update(of=schedule)
_TRY = _CONCERNED.with_for_update(of=schedule, skip_locked=True)
_NEWEST = (
    select(run.c.state)
    .where(
        run.c.schedule == bindparam("of"),
        run.c.kind == "scheduled",
        run.c.fire_time > bindparam("since"),
        run.c.state.in_([state.value for state in TELLING]),
    )
    .order_by(run.c.fire_time.desc())
    .limit(bindparam("most"))
)
_ERROR = select(run.c.error).where(run.c.id == bindparam("of"))


def pausable(
    connection: Connection, failed: Sequence[str], *, waits: bool = True
) -> Sequence[Row[Any]]:
    """Return a row for each run of ``failed`` whose schedule may have to be paused, and lock that.

    Unless it ``waits``, those that somebody else has are left out (:func:`locked_from`).

    It is asked before the failures are written: a claim locks in that order too. A caller that has
    the runs locked already may meet one that has not in a deadlock, and is tried again (`locking`).
    """
    query = _WAIT if waits else _TRY
    return connection.execute(query, {"ids": failed}).all() if failed else []


def locked_from(connection: Connection, failed: Sequence[str], had: Sequence[Row[Any]]) -> set[str]:
    """Return those of ``failed`` that :func:`pausable` left out: somebody has their schedule."""
    if not failed:
        return set()
    concerned = connection.execute(_CONCERNED, {"ids": failed})
    return {row.run_id for row in concerned} - {row.run_id for row in had}


def pause_failing(connection: Connection, rows: Sequence[Row[Any]], now: int) -> set[str]:
    """Pause those schedules of :func:`pausable` that fail too often; return the runs it is for."""
    found: dict[str, str] = {}
    for row in rows:
        if row.name not in found and _fails(connection, row) and _pause(connection, row, now):
            found[row.name] = row.run_id
    return set(found.values())


def pause_after_finish(
    connection: Connection,
    rows: Sequence[Row[Any]],
    finishes: Sequence[Finish],
    answers: Sequence[Written],
    now: int,
) -> Sequence[Written]:
    """Do :func:`pause_failing` for what was written; return ``answers`` with that in them."""
    answered = [*zip(finishes, answers, strict=True)]
    written = {one.run_id for one, answer in answered if answer is Written.WRITTEN}
    last = pause_failing(connection, [row for row in rows if row.run_id in written], now)
    return [Written.PAUSED if one.run_id in last else answer for one, answer in answered]


def _fails(connection: Connection, row: Row[Any]) -> bool:
    since = row.anchor - 1 if row.resumed is None else row.resumed
    values = {"of": row.name, "since": since, "most": row.pause_after}
    states = connection.execute(_NEWEST, values).scalars()
    return has_failed(map(RunState, states), row.pause_after)


def _pause(connection: Connection, row: Row[Any], now: int) -> bool:
    known = readable_schedule(row)
    if known is None:
        return False
    error = load_error(connection.scalar(_ERROR, {"of": row.run_id}))
    why = pause_of_failures(row.pause_after, row.run_id, error, now)
    values = schedule_row(paused(known, why))
    connection.execute(update(schedule).where(schedule.c.name == row.name), values)
    revise(connection)
    log.error("schedule %s is paused: %s", row.name, why.note)
    return True
