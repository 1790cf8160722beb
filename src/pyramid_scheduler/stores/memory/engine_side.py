"""What a running engine asks of the store in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from threading import Lock

from pyramid_scheduler.errors import NodeLost
from pyramid_scheduler.interfaces import (
    Beat,
    Claimed,
    ClaimRequest,
    Clock,
    OwnRun,
    Pulse,
    Reconciliation,
    Recovered,
    Written,
)
from pyramid_scheduler.model import (
    Definition,
    ErrorInfo,
    Finish,
    Follow,
    Kind,
    NewRun,
    Node,
    OnCrash,
    RunState,
)
from pyramid_scheduler.rules.chaining import after_failure
from pyramid_scheduler.rules.runs import PENDING_AGAIN, Verdict, after_crash, after_shutdown
from pyramid_scheduler.stores.memory.book import Book
from pyramid_scheduler.stores.memory.claiming import Claiming
from pyramid_scheduler.stores.memory.declaring import Declaring
from pyramid_scheduler.stores.memory.pausing import pause_failing
from pyramid_scheduler.stores.memory.purging import Purging
from pyramid_scheduler.stores.memory.rows import NodeRow, RunRow

RUNNING, CANCELLED = RunState.RUNNING, RunState.CANCELLED


class EngineSide:
    """:class:`pyramid_scheduler.interfaces.EngineStore` over a book, under its lock."""

    _book: Book
    _lock: Lock
    _clock: Clock
    _declaring: Declaring
    _new_id: Callable[[], str]

    def join(self, node: Node, definitions: Collection[Definition]) -> Reconciliation:
        """Add ``node`` as alive, declaring ``definitions``, and reconcile."""
        with self._lock:
            now = self._clock.now()
            if node.id not in self._book.nodes:
                joined = replace(node, alive=True, joined_at=now, beaten_at=now)
                self._book.nodes[node.id] = NodeRow(joined)
            self._live(node.id)
            self._declaring.declare(node.id, definitions)
            return self._declaring.reconcile(now, park=True)

    def leave(self, node: str) -> None:
        """Mark ``node`` as gone; a definition of another node may be in force by that."""
        with self._lock:
            if node in self._book.nodes:
                now = self._clock.now()
                for run in list(self._book.nodes[node].runs.values()):
                    verdict = after_shutdown(run.on_crash, run.stop_requested)
                    self._release(run, verdict, now, ending="released")
                others_go_on = self._declaring.others_go_on(node)
                self._mark_gone(node)
                self._declaring.reconcile(now, park=others_go_on)

    def beat(self, beat: Beat) -> Pulse:
        """Advance the node's counter; write when its runs began; return what is to be compared."""
        with self._lock:
            row, now = self._live(beat.node), self._clock.now()
            row.node = replace(
                row.node,
                beats=row.node.beats + 1,
                beaten_at=now,
                clock_offset=beat.clock_offset,
            )
            for run_id, began in beat.begun.items():
                if run_id in row.runs:
                    row.runs[run_id].started_at = began
            own = [OwnRun(run.id, run.token, run.stop_requested) for run in row.runs.values()]
            alive = [other.node for other in self._book.nodes.values() if other.node.alive]
            return Pulse(alive, own, now)

    def recover(self, node: str, beats: int) -> Sequence[Recovered]:
        """Mark ``node`` dead if its counter still is ``beats``, and take over from it."""
        with self._lock:
            row = self._book.nodes.get(node)
            if row is None or (row.node.alive and row.node.beats != beats):
                return []
            self._mark_gone(node)
            now = self._clock.now()
            taken = list(row.runs.values())
            for run in taken:
                self._crashed(run, row.node, now)
            self._declaring.reconcile(now, park=True)
            self._book.revision += bool(taken)
            return [Recovered(run.id, run.task.name, run.state, run.reason) for run in taken]

    def _crashed(self, run: RunRow, node: Node, now: int) -> None:
        run.crashes += 1
        run.error = ErrorInfo(
            f"{NodeLost.__module__}.{NodeLost.__qualname__}",
            f"node {node.id} (pid {node.pid} on {node.host}) was lost while it had this run",
        )
        run.due = now
        stop = run.stop_requested
        verdict = after_crash(run.on_crash, run.crashes, run.max_crashes, stop)
        self._book.follow(run, verdict, now, ending="abandoned", spent=True)
        self._follow_failure(run, now)

    def claim(self, request: ClaimRequest) -> Claimed:
        """Take due runs and due schedules, oldest first, within the limits."""
        with self._lock:
            self._live(request.node)
            return Claiming(self._book, request, self._clock.now(), self._new_id).run()

    def finish(
        self, node: str, finishes: Sequence[Finish], *, waits: bool = False
    ) -> Sequence[Written]:
        """Write outcomes, each only under its claim's token; answer one by one."""
        del waits  # its one lock is never held for long
        with self._lock:
            self._live(node)
            now = self._clock.now()
            return [self._finish(node, finish, now) for finish in finishes]

    def _finish(self, node: str, finish: Finish, now: int) -> Written:
        run_id, token, outcome = finish
        run = self._book.runs.get(run_id)
        if run is None or run.state is not RUNNING or run.token != token or run.node != node:
            return self._already(node, finish, run)
        run.started_at = outcome.started_at
        run.result = outcome.result
        state, reason = outcome.state, outcome.reason
        if run.stop_requested:
            state, reason = CANCELLED, run.reason
        elif state is CANCELLED:
            self._release(run, after_shutdown(run.on_crash, False), now, ending="released")
            return Written.WRITTEN
        elif outcome.retry_after is not None:
            run.error, run.due = outcome.error, now + outcome.retry_after
            self._book.follow(run, PENDING_AGAIN, now, ending="failed", spent=True)
            self._book.revision += 1
            return Written.WRITTEN
        run.error = outcome.error  # what a crash before it had left is of another attempt
        if self._book.end(run, state, reason, outcome.finished_at, now):
            self._book.revision += 1
        if run.stop_requested:
            return Written.CANCELLED
        if outcome.follow is not None:
            self._follow(outcome.follow, now)
        failed = state is RunState.FAILED
        return Written.PAUSED if failed and pause_failing(self._book, run, now) else Written.WRITTEN

    def _follow(self, follow: Follow, now: int) -> None:
        task, arguments, key, unique = follow
        new = NewRun(self._new_id(), task, now, arguments, Kind.CHAINED, key, unique)
        self._book.enqueue(new, now)

    def _follow_failure(self, run: RunRow, now: int) -> None:
        """See to what follows a run that failed without its task having a say."""
        if run.state is RunState.FAILED:
            pause_failing(self._book, run, now)
            follow = after_failure(run.on_failure, run.task.name, run.id, run.error)
            if follow is not None:
                self._follow(follow, now)

    def _already(self, node: str, finish: Finish, run: RunRow | None) -> Written:
        """Tell an outcome that is written already, told again, from one of a former owner."""
        if run is None:
            return Written.REFUSED
        if run.state.ended and run.token == finish.token and run.node == node:
            return Written.ALREADY
        if finish.outcome.state is CANCELLED or finish.outcome.retry_after is not None:
            for attempt in self._book.attempts.get(run.id, ()):
                if attempt.token == finish.token and attempt.node == node:
                    return Written.ALREADY
        return Written.REFUSED

    def release(self, node: str, run_ids: Mapping[str, int]) -> None:
        """Give back claims by run id and token that have not begun."""
        with self._lock:
            now = self._clock.now()
            own = self._book.nodes[node].runs if node in self._book.nodes else {}
            for run_id, token in run_ids.items():
                run = own.get(run_id)
                if run is not None and run.token == token:
                    verdict = after_shutdown(OnCrash.RETRY, run.stop_requested)
                    self._release(run, verdict, now, ending=None)

    def _release(self, run: RunRow, verdict: Verdict, now: int, *, ending: str | None) -> None:
        self._book.follow(run, verdict, now, ending=ending, spent=False)
        self._follow_failure(run, now)
        self._book.revision += 1

    def purge(self, before: int, limit: int) -> int:
        """Delete at most ``limit`` runs and skips that ended before ``before``; return how many."""
        with self._lock:
            return Purging(self._book, before, limit).run()

    def _live(self, node: str) -> NodeRow:
        row = self._book.nodes.get(node)
        if row is None or not row.node.alive:
            raise NodeLost(f"node {node} was marked dead: what it had claimed is no longer its own")
        return row

    def _mark_gone(self, node: str) -> None:
        row = self._book.nodes[node]
        row.node = replace(row.node, alive=False)
        self._declaring.forget(node)
