"""Pausing schedules whose runs fail, in the transaction that writes the last failure."""

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, update

from pyramid_scheduler.interfaces import Written
from pyramid_scheduler.model import Finish, RunState
from pyramid_scheduler.rules.definitions import paused
from pyramid_scheduler.rules.pausing import TELLING, has_failed, pause_of_failures
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.rows import load_error, readable_schedule, schedule_row
from pyramid_scheduler.stores.sql.schema import run, schedule

log = logging.getLogger("pyramid_scheduler")

_MAY_BE_PAUSED = (schedule.c.pause_after.is_not(None), schedule.c.paused_at.is_(None))
# Only for what has failed is it asked, and only of schedules with the option is there a row.
_CONCERNED = (
    select(run.c.id, run.c.schedule)
    .join(schedule, schedule.c.name == run.c.schedule)
    .where(
        run.c.id.in_(bindparam("ids", expanding=True)), run.c.kind == "scheduled", *_MAY_BE_PAUSED
    )
    .order_by(run.c.fire_time.desc())
)
# Of a join MariaDB would lock the runs as well, which come after the schedules.
_SCHEDULES = (
    select(schedule)
    .where(schedule.c.name.in_(bindparam("names", expanding=True)), *_MAY_BE_PAUSED)
    .order_by(schedule.c.name)
)
_WAIT = _SCHEDULES.with_for_update()
_TRY = _SCHEDULES.with_for_update(skip_locked=True)
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


class Failing(NamedTuple):
    """A schedule that is locked, and a run of it that has failed."""

    run_id: str
    schedule: Row[Any]


def pausable(
    connection: Connection, failed: Sequence[str], *, waits: bool = True
) -> tuple[Sequence[Failing], set[str]]:
    """Return those runs of ``failed`` whose schedule may have to be paused, and lock that.

    Of each schedule the newest run comes first. Unless it ``waits``, the runs whose schedule
    somebody else has are not among them, but the second of what is returned.

    It is asked before the failures are written: a claim locks in that order too. A caller that has
    the runs locked already may meet one that has not in a deadlock, and is tried again (`locking`).
    """
    concerned = connection.execute(_CONCERNED, {"ids": failed}).all() if failed else []
    if not concerned:
        return [], set()
    names = sorted({row.schedule for row in concerned})
    rows = connection.execute(_WAIT if waits else _TRY, {"names": names})
    had = {row.name: row for row in rows}
    failing = [Failing(row.id, had[row.schedule]) for row in concerned if row.schedule in had]
    # One that does not wait cannot tell a schedule that was paused just now: it is seen next time.
    later = set() if waits else {row.id for row in concerned if row.schedule not in had}
    return failing, later


def pause_failing(connection: Connection, failing: Sequence[Failing], now: int) -> set[str]:
    """Pause those schedules of :func:`pausable` that fail too often; return the runs it is for."""
    found: dict[str, str] = {}
    for one in failing:
        name = one.schedule.name
        if name not in found and _fails(connection, one.schedule) and _pause(connection, one, now):
            found[name] = one.run_id
    return set(found.values())


def pause_after_finish(
    connection: Connection,
    failing: Sequence[Failing],
    finishes: Sequence[Finish],
    answers: Sequence[Written],
    now: int,
) -> Sequence[Written]:
    """Do :func:`pause_failing` for what was written; return ``answers`` with that in them."""
    answered = [*zip(finishes, answers, strict=True)]
    written = {one.run_id for one, answer in answered if answer is Written.WRITTEN}
    last = pause_failing(connection, [one for one in failing if one.run_id in written], now)
    return [Written.PAUSED if one.run_id in last else answer for one, answer in answered]


def _fails(connection: Connection, row: Row[Any]) -> bool:
    since = row.anchor - 1 if row.resumed is None else row.resumed
    values = {"of": row.name, "since": since, "most": row.pause_after}
    states = connection.execute(_NEWEST, values).scalars()
    return has_failed(map(RunState, states), row.pause_after)


def _pause(connection: Connection, failing: Failing, now: int) -> bool:
    run_id, row = failing
    known = readable_schedule(row)
    if known is None:
        return False
    error = load_error(connection.scalar(_ERROR, {"of": run_id}))
    why = pause_of_failures(row.pause_after, run_id, error, now)
    values = schedule_row(paused(known, why))
    connection.execute(update(schedule).where(schedule.c.name == row.name), values)
    revise(connection)
    log.error("schedule %s is paused: %s", row.name, why.note)
    return True
