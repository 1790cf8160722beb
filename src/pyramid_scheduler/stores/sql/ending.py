"""How a claim ends: an outcome is written, the run is given back, or its node has died."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, insert, or_, select, update

from pyramid_scheduler.errors import NodeLost
from pyramid_scheduler.interfaces import Recovered, Written
from pyramid_scheduler.model import (
    ErrorInfo,
    Finish,
    Follow,
    Kind,
    NewRun,
    OnCrash,
    RunState,
)
from pyramid_scheduler.rules.chaining import after_failure
from pyramid_scheduler.rules.runs import PENDING_AGAIN, Verdict, after_crash, after_shutdown
from pyramid_scheduler.stores.sql.attempts import NEVER_TRIED, RELEASED, Ending, archived, settled
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.enqueueing import enqueue, hold_unique, unique_tasks
from pyramid_scheduler.stores.sql.locking import try_limits, try_runs
from pyramid_scheduler.stores.sql.many import write_rows
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.pausing import (
    Failing,
    pausable,
    pause_after_finish,
    pause_failing,
)
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
    run.c.due, run.c.reason, run.c.error, run.c.task, run.c.on_failure,
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
# What a restored backup, or a hand in the tables, may have left behind.
_OWNERLESS = (
    _CLAIMED.where(run.c.state == RUNNING)
    .where(or_(run.c.node.is_(None), run.c.node.not_in(select(node.c.id).where(node.c.alive))))
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
_LOST = select(node.c.pid, node.c.host).where(node.c.id == bindparam("of"))
_GAVE_UP = select(attempt.c.node).where(
    attempt.c.run_id == bindparam("of"), attempt.c.token == bindparam("under")
)
_ANYBODY_WAITS = select(
    or_(
        exists().where(run.c.state == PENDING, run.c.due <= bindparam("now")),
        exists().where(schedule.c.wake <= bindparam("now")),
    )
)


class Endings:
    """The ends of attempts that one transaction writes, at its ``now``."""

    def __init__(
        self, connection: Connection, dialect: Dialect, now: int, new_id: Callable[[], str]
    ) -> None:
        """Take the transaction, and what makes the id of a run that follows from an end."""
        self._connection = connection
        self._dialect = dialect
        self._now = now
        self._new_id = new_id

    def finish(
        self, owner: str, finishes: Sequence[Finish], *, waits: bool = False
    ) -> Sequence[Written]:
        """Write ``finishes`` as the outcomes of runs of the node ``owner``; answer one by one.

        Unless it ``waits``, what needs a lock that somebody else has is left for later: that may be
        a transaction of the application's, and an engine has other things to do.
        """
        follows = [one.outcome.follow for one in finishes if one.outcome.follow is not None]
        tasks = unique_tasks(follows)
        if waits:
            hold_unique(self._connection, self._dialect, follows)
        else:
            tasks -= try_limits(self._connection, self._dialect, tasks)
        failed = [one.run_id for one in finishes if _has_failed(one)]
        failing, locked = pausable(self._connection, failed, waits=waits)
        if not waits:  # what has succeeded in a transaction is written by that one itself
            ids = [one.run_id for one in finishes if one.outcome.state is not RunState.SUCCEEDED]
            locked |= try_runs(self._connection, self._dialect, ids)
        later = {
            one.run_id
            for one in finishes
            if one.run_id in locked or (not waits and _waits_for(one, tasks))
        }
        ready = [one for one in finishes if one.run_id not in later]
        told = iter(self._finish_ready(owner, ready, failing))
        return [Written.LATER if one.run_id in later else next(told) for one in finishes]

    def _finish_ready(
        self, owner: str, finishes: Sequence[Finish], failing: Sequence[Failing]
    ) -> Sequence[Written]:
        if not finishes:
            return []
        answers = self._finish_plainly(owner, finishes) or self._finish_one_by_one(owner, finishes)
        answered = zip(finishes, answers, strict=True)
        self._follow(one.outcome.follow for one, answer in answered if answer is Written.WRITTEN)
        if failing:
            answers = pause_after_finish(self._connection, failing, finishes, answers, self._now)
        if self._connection.execute(_ANYBODY_WAITS, {"now": self._now}).scalar():
            # What waits for a limit, or for its turn, may wait on another node.
            revise(self._connection)
        return answers

    def release(self, owner: str, run_ids: Mapping[str, int]) -> None:
        """Give back the claims of the node ``owner`` in ``run_ids`` (run id to token)."""
        found = self._connection.execute(_BY_IDS, {"ids": list(run_ids)}).all()
        own = [
            row
            for row in found
            if row.state == RunState.RUNNING and (row.node, row.token) == (owner, run_ids[row.id])
        ]
        self._settle(own, _not_begun, NEVER_TRIED)

    def let_go(self, name: str) -> None:
        """Release or fail what still runs under the node called ``name``, whose process exits."""
        rows = self._connection.execute(_OF_NODE, {"by": name}).all()
        self._settle(rows, _at_exit, RELEASED)

    def recover(self, name: str) -> list[Recovered]:
        """Take over the runs of the node called ``name``, which is dead."""
        rows = self._connection.execute(_OF_NODE, {"by": name}).all()
        if not rows:
            return []
        lost = self._connection.execute(_LOST, {"of": name}).one()
        return self._take_over(rows, f"node {name} (pid {lost.pid} on {lost.host}) was lost")

    def adopt(self) -> list[Recovered]:
        """Take over the runs whose node is not there any more."""
        rows = self._connection.execute(_OWNERLESS).all()
        return self._take_over(rows, "its node vanished from the store")

    def _take_over(self, rows: Sequence[Row[Any]], why: str) -> list[Recovered]:
        kind = f"{NodeLost.__module__}.{NodeLost.__qualname__}"
        error = ErrorInfo(kind, f"{why} while it had this run")
        ending = Ending("abandoned", error, self._now, crashed=True)
        moves = self._settle(rows, _crashed, ending)
        return [
            Recovered(row.id, row.task, RunState(to["to_state"]), to["why"])
            for row, to in zip(rows, moves, strict=True)
        ]

    def _finish_plainly(self, owner: str, finishes: Sequence[Finish]) -> Sequence[Written] | None:
        """Write all of them by one statement; None, and nothing written, when one is not plain."""
        if not all(map(_is_plain, finishes)):
            return None
        rows = [{**_end(one), "by": owner, "under": one.token} for one in finishes]
        with self._connection.begin_nested() as savepoint:
            if write_rows(self._connection, _FINISH, rows) == len(rows):
                return [Written.WRITTEN] * len(rows)
            savepoint.rollback()
        return None

    def _finish_one_by_one(self, owner: str, finishes: Sequence[Finish]) -> Sequence[Written]:
        ids = [one.run_id for one in finishes]
        rows = {row.id: row for row in self._connection.execute(_BY_IDS, {"ids": ids})}
        return [self._finish_one(owner, one, rows.get(one.run_id)) for one in finishes]

    def _finish_one(self, owner: str, one: Finish, row: Row[Any] | None) -> Written:
        if row is None or row.token != one.token or self._owner(row) != owner:
            return Written.REFUSED
        if row.state != RunState.RUNNING:
            return Written.ALREADY
        values, outcome = _end(one), one.outcome
        if row.stop_requested:
            del values["to_state"], values["why"]
            self._connection.execute(_CANCELLED, values)
            return Written.CANCELLED
        if outcome.state is RunState.CANCELLED:  # it gave up because its process exits
            self._settle([row], _at_exit, RELEASED)
        elif outcome.retry_after is not None:
            due = self._now + outcome.retry_after
            failed = Ending("failed", outcome.error, due, began=outcome.started_at)
            self._settle([row], _again, failed)
        else:
            self._connection.execute(_FINISH, {**values, "by": owner, "under": one.token})
        return Written.WRITTEN

    def _owner(self, row: Row[Any]) -> str | None:
        """Return the node that has the run under its present token, or that gave it up."""
        if row.node is not None:
            return str(row.node)
        name: str | None = self._connection.scalar(_GAVE_UP, {"of": row.id, "under": row.token})
        return name

    def _settle(
        self, rows: Sequence[Row[Any]], verdict_of: Callable[[Row[Any]], Verdict], ending: Ending
    ) -> Sequence[dict[str, Any]]:
        """Move running ``rows``, whose attempts ended by ``ending``, as their verdicts say.

        Returns what was written for each.
        """
        if not rows:
            return []
        moves = [settled(row, verdict_of(row), ending, self._now) for row in rows]
        failed = [to["of"] for to in moves if to["to_state"] == RunState.FAILED]
        failing, _ = pausable(self._connection, failed)
        write_rows(self._connection, _SETTLE, moves)
        pause_failing(self._connection, failing, self._now)
        moved = [(row, to["to_state"]) for row, to in zip(rows, moves, strict=True)]
        again = [row for row, state in moved if state == RunState.PENDING]
        if ending.name is not None and again:
            error = dump_error(ending.error)
            kept = [archived(row, ending.name, self._now, error, ending.began) for row in again]
            self._connection.execute(insert(attempt), kept)
        self._follow(
            after_failure(row.on_failure, row.task, row.id, ending.error)
            for row, state in moved
            if state == RunState.FAILED
        )
        revise(self._connection)
        return moves

    def _follow(self, follows: Iterable[Follow | None]) -> None:
        """Add the next runs of chains, in the transaction that writes why they are owed."""
        new = [
            NewRun(
                self._new_id(),
                follow.task,
                self._now,
                follow.arguments,
                Kind.CHAINED,
                follow.key,
                follow.unique,
            )
            for follow in follows
            if follow is not None
        ]
        enqueue(self._connection, self._dialect, new)


def _waits_for(one: Finish, tasks: Collection[str]) -> bool:
    """Return whether a run follows that is compared with others, of one of ``tasks``."""
    follow = one.outcome.follow
    return follow is not None and follow.unique is not None and follow.task in tasks


def _is_plain(one: Finish) -> bool:
    return one.outcome.state is not RunState.CANCELLED and one.outcome.retry_after is None


def _has_failed(one: Finish) -> bool:
    return one.outcome.state is RunState.FAILED and one.outcome.retry_after is None


def _end(one: Finish) -> dict[str, Any]:
    outcome = one.outcome
    return {
        "of": one.run_id,
        "to_state": outcome.state.value,
        "why": outcome.reason,
        "started": outcome.started_at,
        "finished": outcome.finished_at,
        "gave": outcome.result,
        "raised": dump_error(outcome.error),
    }


def _not_begun(row: Row[Any]) -> Verdict:
    return after_shutdown(OnCrash.RETRY, row.stop_requested)


def _again(row: Row[Any]) -> Verdict:
    del row
    return PENDING_AGAIN


def _on_crash(row: Row[Any]) -> OnCrash:
    """Return what was said of a crash; what cannot be read is not for this process to repeat."""
    try:
        return OnCrash(row.on_crash)
    except ValueError:
        return OnCrash.FAIL


def _at_exit(row: Row[Any]) -> Verdict:
    return after_shutdown(_on_crash(row), row.stop_requested)


def _crashed(row: Row[Any]) -> Verdict:
    return after_crash(_on_crash(row), row.crashes + 1, row.max_crashes, row.stop_requested)
