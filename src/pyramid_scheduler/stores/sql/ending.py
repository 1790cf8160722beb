"""How a claim ends: an outcome is written, the run is given back, or its node has died."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, exists, insert, or_, select, update

from pyramid_scheduler.errors import NodeLost
from pyramid_scheduler.interfaces import Written
from pyramid_scheduler.model import ErrorInfo, Finish, OnCrash, Outcome, RunState
from pyramid_scheduler.rules.runs import PENDING_AGAIN, Verdict, after_crash, after_shutdown
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.rows import dump_error
from pyramid_scheduler.stores.sql.schema import PENDING, RUNNING, attempt, node, run, schedule

# Every write of a result is fenced by its owner: node and token. The node is compared in a way that
# no index is used for: one that has not been measured since its node took all these runs seems
# to hold a few only, and would be read from end to end for each of them.
_FINISH = (
    update(run)
    .where(
        run.c.id == bindparam("of"),
        run.c.node.is_not_distinct_from(bindparam("by")),
        run.c.token == bindparam("under"),
        run.c.state == RUNNING,
        run.c.stop_requested.is_(False),
    )
    .values(
        state=bindparam("to_state"),
        reason=bindparam("why"),
        started_at=bindparam("started"),
        finished_at=bindparam("finished"),
        result=bindparam("gave"),
        error=bindparam("raised"),
    )
)
_CANCELLED = (
    update(run)
    .where(run.c.id == bindparam("of"), run.c.state == RUNNING)
    .values(
        state=RunState.CANCELLED.value,
        started_at=bindparam("started"),
        finished_at=bindparam("finished"),
        result=bindparam("gave"),
        error=bindparam("raised"),
    )
)
_CLAIMED: Select[Any] = select(
    run.c.id, run.c.token, run.c.node, run.c.state, run.c.stop_requested, run.c.attempt,
    run.c.crashes, run.c.max_crashes, run.c.on_crash, run.c.claimed_at, run.c.started_at,
    run.c.due, run.c.reason, run.c.error,
)  # fmt: skip
# Locked, since what is decided by them is written after.
_BY_IDS = (
    _CLAIMED.where(run.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(run.c.id)
    .with_for_update()
)
_OF_NODE = (
    _CLAIMED.where(run.c.node == bindparam("by"), run.c.state == RUNNING)
    .order_by(run.c.id)
    .with_for_update()
)
_SETTLE = (
    update(run)
    .where(run.c.id == bindparam("of"), run.c.state == RUNNING)
    .values(
        state=bindparam("to_state"),
        reason=bindparam("why"),
        due=bindparam("to_due"),
        attempt=bindparam("attempts"),
        crashes=bindparam("crash_count"),
        node=bindparam("by"),
        claimed_at=bindparam("claimed"),
        started_at=bindparam("started"),
        finished_at=bindparam("finished"),
        error=bindparam("raised"),
    )
)
_GAVE_UP = select(attempt.c.node).where(
    attempt.c.run_id == bindparam("of"), attempt.c.token == bindparam("under")
)
_ANYBODY_WAITS = select(
    or_(
        exists().where(run.c.state == PENDING, run.c.due <= bindparam("now")),
        exists().where(schedule.c.wake <= bindparam("now")),
    )
)


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


def finish(
    connection: Connection, owner: str, finishes: Sequence[Finish], now: int
) -> Sequence[Written]:
    """Write ``finishes`` as the outcomes of runs of the node ``owner``; answer one by one."""
    if not finishes:
        return []
    answers = _finish_plainly(connection, owner, finishes)
    if answers is None:
        answers = _finish_one_by_one(connection, owner, finishes, now)
    if connection.execute(_ANYBODY_WAITS, {"now": now}).scalar():
        revise(connection)  # what waits for a limit, or for its turn, may wait on another node
    return answers


def _finish_plainly(
    connection: Connection, owner: str, finishes: Sequence[Finish]
) -> Sequence[Written] | None:
    """Write all of them by one statement; None, and nothing written, when one is not plain."""
    if not all(map(_is_plain, finishes)):
        return None
    rows = [{**_end(one.run_id, one.outcome), "by": owner, "under": one.token} for one in finishes]
    with connection.begin_nested() as savepoint:
        if connection.execute(_FINISH, rows).rowcount == len(rows):
            return [Written.WRITTEN] * len(rows)
        savepoint.rollback()
    return None


def _is_plain(one: Finish) -> bool:
    return one.outcome.state is not RunState.CANCELLED and one.outcome.retry_after is None


def _end(run_id: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "of": run_id,
        "to_state": outcome.state.value,
        "why": outcome.reason,
        "started": outcome.started_at,
        "finished": outcome.finished_at,
        "gave": outcome.result,
        "raised": dump_error(outcome.error),
    }


def _finish_one_by_one(
    connection: Connection, owner: str, finishes: Sequence[Finish], now: int
) -> list[Written]:
    ids = [one.run_id for one in finishes]
    rows = {row.id: row for row in connection.execute(_BY_IDS, {"ids": ids})}
    return [_finish_one(connection, owner, one, rows.get(one.run_id), now) for one in finishes]


def _finish_one(
    connection: Connection, owner: str, one: Finish, row: Row[Any] | None, now: int
) -> Written:
    if row is None or row.token != one.token or _owner(connection, row) != owner:
        return Written.REFUSED
    if row.state != RunState.RUNNING:
        return Written.ALREADY
    values = _end(one.run_id, one.outcome)
    if row.stop_requested:
        del values["to_state"], values["why"]
        connection.execute(_CANCELLED, values)
        return Written.CANCELLED
    if one.outcome.state is RunState.CANCELLED:  # it gave up because its process exits
        _settle(connection, [row], _at_exit, RELEASED, now)
    elif one.outcome.retry_after is not None:
        outcome, due = one.outcome, now + one.outcome.retry_after
        failed = Ending("failed", outcome.error, due, began=outcome.started_at)
        _settle(connection, [row], _again, failed, now)
    else:
        connection.execute(_FINISH, {**values, "by": owner, "under": one.token})
    return Written.WRITTEN


def _owner(connection: Connection, row: Row[Any]) -> str | None:
    """Return the node that has the run under its present token, or that gave it up."""
    if row.node is not None:
        return str(row.node)
    name: str | None = connection.scalar(_GAVE_UP, {"of": row.id, "under": row.token})
    return name


def release(connection: Connection, owner: str, run_ids: Mapping[str, int], now: int) -> None:
    """Give back the claims of the node ``owner`` in ``run_ids`` (run id to token)."""
    found = connection.execute(_BY_IDS, {"ids": list(run_ids)}).all()
    own = [
        row
        for row in found
        if row.state == RunState.RUNNING and (row.node, row.token) == (owner, run_ids[row.id])
    ]
    _settle(connection, own, _not_begun, NEVER_TRIED, now)


def _not_begun(row: Row[Any]) -> Verdict:
    return after_shutdown(OnCrash.RETRY, row.stop_requested)


def let_go(connection: Connection, name: str, now: int) -> None:
    """Release or fail what still runs under the node called ``name``, whose process exits."""
    rows = connection.execute(_OF_NODE, {"by": name}).all()
    _settle(connection, rows, _at_exit, RELEASED, now)


def _again(row: Row[Any]) -> Verdict:
    del row
    return PENDING_AGAIN


def _at_exit(row: Row[Any]) -> Verdict:
    return after_shutdown(OnCrash(row.on_crash), row.stop_requested)


def recover(connection: Connection, name: str, now: int) -> list[str]:
    """Take over the runs of the node called ``name``, which is dead; return their ids."""
    rows = connection.execute(_OF_NODE, {"by": name}).all()

    def verdict(row: Row[Any]) -> Verdict:
        return after_crash(
            OnCrash(row.on_crash), row.crashes + 1, row.max_crashes, row.stop_requested
        )

    if rows:
        lost = connection.execute(select(node.c.pid, node.c.host).where(node.c.id == name)).one()
        error = ErrorInfo(
            f"{NodeLost.__module__}.{NodeLost.__qualname__}",
            f"node {name} (pid {lost.pid} on {lost.host}) was lost while it had this run",
        )
        _settle(connection, rows, verdict, Ending("abandoned", error, now, crashed=True), now)
    return [row.id for row in rows]


def _settle(
    connection: Connection,
    rows: Sequence[Row[Any]],
    verdict_of: Callable[[Row[Any]], Verdict],
    ending: Ending,
    now: int,
) -> None:
    """Move running ``rows``, whose attempts ended by ``ending``, as their verdicts say."""
    if not rows:
        return
    settled = [_settled(row, verdict_of(row), ending, now) for row in rows]
    connection.execute(_SETTLE, settled)
    again = [row for row, to in zip(rows, settled, strict=True) if to["to_state"] == "pending"]
    if ending.name is not None and again:
        began, error = ending.began, dump_error(ending.error)
        kept = [archived(row, ending.name, now, error, began) for row in again]
        connection.execute(insert(attempt), kept)
    revise(connection)


def _settled(row: Row[Any], verdict: Verdict, ending: Ending, now: int) -> dict[str, Any]:
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
