"""Runs that make place for a newer one of their schedule (``overlap="cancel"``)."""

from sqlalchemy import Connection, bindparam, update

from pyramid_scheduler.model import Reason
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.schema import PENDING, RUNNING, run

_CANCEL_WAITING = (
    update(run)
    .where(run.c.schedule == bindparam("of"), run.c.state == PENDING)
    .values(state="cancelled", reason=Reason.OVERLAP, finished_at=bindparam("at"))
)
_STOP_RUNNING = (
    update(run)
    .where(run.c.schedule == bindparam("of"), run.c.state == RUNNING)
    .where(run.c.stop_requested.is_(False))
    .values(stop_requested=True, reason=Reason.OVERLAP)
)


def stop_others(connection: Connection, name: str, now: int) -> None:
    """Cancel the runs of the schedule called ``name`` that wait; ask those that run to stop."""
    connection.execute(_CANCEL_WAITING, {"of": name, "at": now})
    if connection.execute(_STOP_RUNNING, {"of": name}).rowcount:
        revise(connection)  # the nodes that run them have to hear of it
