"""What people read."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from pyramid_scheduler.errors import UnknownRun
from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import Attempt, Node, Run, Schedule, Skip
from pyramid_scheduler.stores.sql.rows import (
    attempt_of,
    node_of,
    readable_run,
    readable_schedule,
    run_of,
    skip_of,
)
from pyramid_scheduler.stores.sql.schema import attempt, node, run, schedule, skip


def schedules(connection: Connection) -> Sequence[Schedule]:
    """Return every schedule, by name."""
    rows = connection.execute(select(schedule).order_by("name"))
    return [known for known in map(readable_schedule, rows) if known is not None]


def runs(connection: Connection, which: RunFilter) -> Sequence[Run]:
    """Return runs, newest first: an id made later sorts later."""
    query = select(run).order_by(run.c.id.desc()).limit(which.limit)
    for column in ("task", "schedule", "state"):
        wanted = getattr(which, column)
        if wanted is not None:
            query = query.where(run.c[column] == str(wanted))
    if which.fire_time is not None:
        query = query.where(run.c.fire_time == which.fire_time)
    return [found for found in map(readable_run, connection.execute(query)) if found is not None]


def one_run(connection: Connection, run_id: str) -> Run:
    """Return one run."""
    row = connection.execute(select(run).where(run.c.id == run_id)).one_or_none()
    if row is None:
        raise UnknownRun(f"no run has the id {run_id!r}")
    return run_of(row)


def attempts(connection: Connection, run_id: str) -> Sequence[Attempt]:
    """Return the attempts of a run that ended before it did, in order."""
    query = select(attempt).where(attempt.c.run_id == run_id).order_by(attempt.c.token)
    return [attempt_of(row) for row in connection.execute(query)]


def skips(connection: Connection, of: str | None) -> Sequence[Skip]:
    """Return skipped fire times, oldest first."""
    query = select(skip).order_by(skip.c.first, skip.c.id)
    if of is not None:
        query = query.where(skip.c.schedule == of)
    return [skip_of(row) for row in connection.execute(query)]


def longest_grace(connection: Connection) -> int:
    """Return the longest grace of any schedule (us), 0 for none."""
    return connection.scalar(select(func.max(schedule.c.grace))) or 0


def nodes(connection: Connection) -> Sequence[Node]:
    """Return every node known, oldest first."""
    return [node_of(row) for row in connection.execute(select(node).order_by("joined_at", "id"))]
