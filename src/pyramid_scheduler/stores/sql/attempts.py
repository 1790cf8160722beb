"""How an attempt ended, and what is kept of one whose run goes on."""

from typing import Any, NamedTuple

from sqlalchemy import Row

from pyramid_scheduler.model import ErrorInfo, RunState
from pyramid_scheduler.rules.runs import Verdict
from pyramid_scheduler.stores.sql.rows import dump_error


class Ending(NamedTuple):
    """How an attempt ended that is kept beside its run: ``name`` is None if it was none.

    One that ended by an ``error`` counts, one that was given back does not; ``due`` is when the
    run is owed again, None for when it was; ``began`` when the task was called, where the row may
    not say it yet.
    """

    name: str | None
    error: ErrorInfo | None = None
    due: int | None = None
    crashed: bool = False
    began: int | None = None


NEVER_TRIED = Ending(None)
RELEASED = Ending("released")


def settled(row: Row[Any], verdict: Verdict, ending: Ending, now: int) -> dict[str, Any]:
    """Return what becomes of ``row``, a run's, by its verdict: the values of an update."""
    again = verdict.state is RunState.PENDING
    spent = ending.error is not None
    return {
        "of": row.id,
        "to_state": verdict.state.value,
        "why": None if again else row.reason or verdict.reason,
        "to_due": ending.due if again and ending.due is not None else row.due,
        "attempts": row.attempt if spent or not again else row.attempt - 1,
        "crash_count": row.crashes + ending.crashed,
        "by": None if again else row.node,
        "claimed": None if again else row.claimed_at,
        "started": None if again else row.started_at,
        "finished": None if again else now,
        "raised": dump_error(ending.error) if spent else row.error,
    }


def archived(
    row: Row[Any], ending: str, ended_at: int, error: str | None, began: int | None = None
) -> dict[str, Any]:
    """Return the row of the attempt by which ``row``, a run's, ended; its run goes on.

    ``error`` is as :func:`dump_error` has it.
    """
    return {
        "run_id": row.id,
        "token": row.token,
        "number": row.attempt,
        "node": row.node,
        "claimed_at": row.claimed_at,
        "started_at": began or row.started_at,
        "ended_at": ended_at,
        "ending": ending,
        "error": error,
    }
