"""What holds transactions apart where several write side by side.

A file of SQLite has one writer at a time, and FOR UPDATE compiles to nothing there. On a server
every transaction is READ COMMITTED: a statement sees what was committed before it began. So a row
is locked first, and what depends on it is read by a later statement.

Locks are taken in this order, and but for what is said below, whoever waits for one holds only
earlier ones:

1. *editing*, the row of the number SEEN: whoever joins, leaves, recovers, adds, changes, pauses or
   removes schedules is alone in that, so two of them never make the same row, nor judge by
   definitions that the other one replaces. Claims take no part in it.
2. A node's row: a claim shares it, who marks that node dead has it alone. So no run becomes the
   dead node's after its runs were taken over.
3. The row of a limited task, in the order of names: of two who count what there is of a task and
   add to it, only one at a time does. A claim passes over one that is held; who asks for a unique
   run waits for it, and who ends a run that a unique one follows leaves that for later.
4. A schedule's row: a claim passes over one that is held, an edit waits for it. Only who has it
   makes runs of that schedule or moves its fire time.
5. A run's row: a claim passes over it, and so does a beat; who writes a success, releases, recovers
   or cancels it waits, and sees by its condition what it has become meanwhile. An engine leaves any
   other end for later: its transaction may go on although its time is over.
6. The row of the revision, by the last statement before the commit, since everybody needs it.

Run rows are updated many at a time. And who takes over, lets go of or gives up runs has their rows
before it knows which of them have failed, and only then asks for those schedules that this may
pause. Two who meet in another order are told so by the database (a deadlock), and the verb is tried
again.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, bindparam, exists, or_, select

from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.schema import PENDING, SEEN, limit, number, run, schedule

_EDITING = select(number.c.value).where(number.c.name == SEEN).with_for_update()
_LIMITS = select(limit.c.task).where(limit.c.task.in_(bindparam("tasks", expanding=True)))
# One that has nothing due is left to those that have.
_HOLD = (
    _LIMITS.where(
        or_(
            exists().where(
                run.c.task == limit.c.task,
                run.c.state == PENDING,
                run.c.due <= bindparam("horizon"),
            ),
            exists().where(
                schedule.c.task == limit.c.task, schedule.c.wake <= bindparam("horizon")
            ),
        )
    )
    .order_by(limit.c.task)
    .with_for_update(of=limit, skip_locked=True)
)
_WAIT = _LIMITS.order_by(limit.c.task).with_for_update()
_TRY = _LIMITS.order_by(limit.c.task).with_for_update(skip_locked=True)
_RUNS = select(run.c.id).where(run.c.id.in_(bindparam("ids", expanding=True)))
_TRY_RUNS = _RUNS.order_by(run.c.id).with_for_update(skip_locked=True)


def begin_editing(connection: Connection, dialect: Dialect) -> None:
    """Wait until nobody else edits schedules."""
    if dialect.locks_rows:
        connection.execute(_EDITING)


def hold_limits(
    connection: Connection, dialect: Dialect, tasks: Iterable[str], horizon: int
) -> set[str]:
    """Hold the limits of ``tasks`` that something is due for; return those that nobody else has."""
    names = sorted(tasks)
    if not names or not dialect.locks_rows:
        return set(names)
    make_limits(connection, dialect, names)
    return set(connection.scalars(_HOLD, {"tasks": names, "horizon": horizon}))


def wait_for_limits(connection: Connection, dialect: Dialect, tasks: Iterable[str]) -> None:
    """Hold the limits of ``tasks``, waiting for who has them."""
    names = sorted(set(tasks))
    if names and dialect.locks_rows:
        make_limits(connection, dialect, names)
        connection.execute(_WAIT, {"tasks": names})


def try_limits(connection: Connection, dialect: Dialect, tasks: Iterable[str]) -> set[str]:
    """Hold the limits of ``tasks`` that nobody else has; return whose they are."""
    names = sorted(set(tasks))
    if not names or not dialect.locks_rows:
        return set(names)
    make_limits(connection, dialect, names)
    return set(connection.scalars(_TRY, {"tasks": names}))


def try_runs(connection: Connection, dialect: Dialect, ids: Collection[str]) -> set[str]:
    """Hold the runs ``ids`` that nobody else has; return those that somebody has."""
    if not ids or not dialect.locks_rows:
        return set()
    missing = set(ids) - set(connection.scalars(_TRY_RUNS, {"ids": list(ids)}))
    # Of those that were deleted there is nothing to wait for.
    return set(connection.scalars(_RUNS, {"ids": list(missing)})) if missing else missing


def make_limits(connection: Connection, dialect: Dialect, names: Iterable[str]) -> None:
    """Have a row for the limits of each of ``names``.

    Who inserts one keeps all others waiting until the commit, who want to insert it too: so it is
    not done in a transaction that may be long.
    """
    known = set(connection.scalars(_LIMITS, {"tasks": names}))
    if new := [{"task": name} for name in names if name not in known]:
        connection.execute(dialect.insert_new(limit), new)
