"""Retention: what ended long ago is deleted, in small batches."""

from sqlalchemy import Connection, and_, delete, exists, false, func, not_, or_, select

from pyramid_scheduler.model import Origin
from pyramid_scheduler.stores.sql.schema import (
    CODE,
    RUNNING,
    attempt,
    node,
    run,
    schedule,
    skip,
    start,
)


def purge(connection: Connection, before: int, limit: int) -> int:
    """Delete at most ``limit`` runs, skips and starts of before ``before``; return how many."""
    old = [row.id for row in connection.execute(_old_runs(before, limit))]
    if old:
        connection.execute(delete(attempt).where(attempt.c.run_id.in_(old)))
        connection.execute(delete(run).where(run.c.id.in_(old)))
    skips = [row.id for row in connection.execute(_old_skips(before, limit - len(old)))]
    if skips:
        connection.execute(delete(skip).where(skip.c.id.in_(skips)))
    _purge_schedules(connection, before)
    _purge_nodes(connection, before)
    gone = len(old) + len(skips)
    return gone + _purge_starts(connection, before, limit - gone)


def _old_runs(before: int, limit: int):  # type: ignore[no-untyped-def]
    """Select old runs, except the last one of a schedule that may run again."""
    # Selected as values: of an EXISTS, PostgreSQL may make a table of all there are.
    later = run.alias("later")
    # The first in the order of an index, which a maximum is to most databases, but not to MariaDB.
    of_same = select(later.c.fire_time).where(later.c.schedule == run.c.schedule)
    last = of_same.order_by(later.c.fire_time.desc()).limit(1)
    newer = last.scalar_subquery() > run.c.fire_time
    goes_on = select(or_(schedule.c.origin == CODE, schedule.c.next_fire.is_not(None))).where(
        schedule.c.name == run.c.schedule
    )
    last_matters = func.coalesce(goes_on.scalar_subquery(), false())
    return (
        select(run.c.id)
        .where(run.c.finished_at < before, or_(newer, not_(last_matters)))
        .order_by(run.c.finished_at)
        .limit(limit)
        .with_for_update(of=run, skip_locked=True)
    )


def _old_skips(before: int, limit: int):  # type: ignore[no-untyped-def]
    # Locked: a claim may extend one meanwhile.
    old = select(skip.c.id).where(skip.c.last < before).limit(limit)
    return old.with_for_update(skip_locked=True)


def _purge_starts(connection: Connection, before: int, limit: int) -> int:
    """Delete what no rate counts any more and no claim has deleted: its task has none now."""
    old = select(start.c.run_id).where(start.c.until < before).limit(limit)
    runs = list(connection.scalars(old.with_for_update(skip_locked=True)))
    if runs:
        over = and_(start.c.run_id.in_(runs), start.c.until < before)
        connection.execute(delete(start).where(over))
    return len(runs)


def _purge_schedules(connection: Connection, before: int) -> None:
    """Delete schedules made at run time that are over and have left nothing behind."""
    has_runs = exists().where(run.c.schedule == schedule.c.name)
    over = and_(schedule.c.origin == Origin.STORE.value, schedule.c.next_fire.is_(None))
    # The second says nothing new, but to a database without an index on the first.
    dealt_with = and_(
        func.coalesce(schedule.c.last_fire, schedule.c.anchor) < before,
        or_(schedule.c.last_fire < before, schedule.c.last_fire.is_(None)),
    )
    connection.execute(delete(schedule).where(over, dealt_with, not_(has_runs)))


def _purge_nodes(connection: Connection, before: int) -> None:
    owns = exists().where(run.c.node == node.c.id, run.c.state == RUNNING)
    gone = and_(not_(node.c.alive), node.c.beaten_at < before)
    connection.execute(delete(node).where(gone, not_(owns)))
