"""Runs that make place for a newer one of their schedule (``overlap="cancel"``)."""

from sqlalchemy import Connection, bindparam, update

from pyramid_scheduler.model import Kind, Reason
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.schema import PENDING, RUNNING, run

# One that makes up for the past is not replaced by what comes: nobody would make it up again.
_REPLACED = run.c.schedule == bindparam("of"), run.c.kind != Kind.BACKFILL.value
_CANCEL_WAITING = (
    update(run)
    .where(*_REPLACED, run.c.state == PENDING)
    .values(state="cancelled", reason=Reason.OVERLAP, finished_at=bindparam("at"))
)
_STOP_RUNNING = (
    update(run)
    .where(*_REPLACED, run.c.state == RUNNING, run.c.stop_requested.is_(False))
    .values(stop_requested=True, reason=Reason.OVERLAP)
)


def stop_others(connection: Connection, name: str, now: int) -> None:
    """Cancel the runs of the schedule called ``name`` that wait; ask those that run to stop.

    Those that were backfilled are left alone.
    """
    connection.execute(_CANCEL_WAITING, {"of": name, "at": now})
    if connection.execute(_STOP_RUNNING, {"of": name}).rowcount:
        revise(connection)  # the nodes that run them have to hear of it
