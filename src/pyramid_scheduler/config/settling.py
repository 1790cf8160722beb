"""Transactional tasks: the transaction that has their effect writes how their run ends."""

import logging
from dataclasses import dataclass
from typing import Any

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.config.sessions import WHY_APART, SessionFactory, joined_store
from pyramid_scheduler.config.wiring import wiring_of
from pyramid_scheduler.engine import SystemClock
from pyramid_scheduler.errors import NodeLost, NotTransactional, SchedulerError
from pyramid_scheduler.execution import CurrentRun, Undone, success
from pyramid_scheduler.interfaces import Apart, JoinedStore, Written
from pyramid_scheduler.model import Finish, Outcome, Reason, RunState, Task
from pyramid_scheduler.rules.limiting import limited

log = logging.getLogger("pyramid_scheduler")

NEEDS_TM = "a transactional task needs pyramid_tm: config.include('pyramid_tm')"
NEEDS_FACTORY = "a transactional task needs the setting scheduler.session_factory"
_NOT_COMMITTED = (
    "run {}: its transaction was committed without the session of scheduler.session_factory, which"
    " has to be one that request.tm commits (zope.sqlalchemy.register)"
)
_REFUSED = "run {}: its transaction was aborted, for the run is no longer this process's own"
_OVERDUE = "run {}: its transaction was aborted, for its time is over"
_CANCELLED = "run {}: its transaction was aborted, for somebody has cancelled the run"


@dataclass(frozen=True, slots=True)
class Settling:
    """How the runs of one transactional task end."""

    task: Task
    scheduler: Scheduler
    factory: SessionFactory
    clock: SystemClock

    def prepare(self, run: CurrentRun, request: Any, result: object) -> "Settlement":
        """Have what ``run`` returned written by the request's transaction when that commits."""
        outcome = success(self.task, run, result, self.clock)
        if outcome.follow is not None:
            follow = limited(outcome.follow, self.scheduler.declared.tasks, run.id)
            outcome = outcome._replace(follow=follow)
        settlement = Settlement(self, run, outcome)
        request.tm.get().addBeforeCommitHook(settlement.write, (request,))
        return settlement


def settling(task: Task, registry: Any) -> Settling | None:
    """Return how the runs of ``task`` end, None for what is not transactional.

    Raises NotTransactional for what the application lacks; where the session's database is can be
    known only when there is a session.
    """
    if not task.transactional:
        return None
    wiring, scheduler = wiring_of(registry), registry.scheduler
    factory = None if wiring is None else wiring.settings.session_factory
    if factory is None:
        raise NotTransactional(f"task {task.name!r}: {NEEDS_FACTORY}")
    if not scheduler.store.shared:
        raise needs_store(task, Apart.KIND)
    return Settling(task, scheduler, factory, SystemClock())


def needs_store(task: Task, why: Apart) -> NotTransactional:
    """Return what to raise where the store is not within the transaction of a session."""
    needs = "a transactional task needs the store within the transaction of its session"
    return NotTransactional(f"task {task.name!r}: {needs}: {WHY_APART[why]}")


class Settlement:
    """The end of one attempt, from the return of its task until the commit."""

    def __init__(self, of: Settling, run: CurrentRun, outcome: Outcome) -> None:
        """Take what is to be written."""
        self._of = of
        self._run = run
        self._outcome = outcome
        self._session: Any = None
        self._joined: JoinedStore | None = None

    def write(self, request: Any) -> None:
        """Write it by the session's connection: the last that happens before the commit.

        Raises Undone, which aborts the transaction: the run is not ours to end, or overdue.
        """
        self._session = self._of.factory(request)
        joined = joined_store(self._of.scheduler.store, self._session)
        if isinstance(joined, Apart):
            raise needs_store(self._of.task, joined)
        self._joined = joined
        # Now, not with the commit: from here on the run's row is locked, which engines need.
        self._session.flush()
        answer = self._answer(joined)
        if answer is Written.CANCELLED:
            raise Undone(_CANCELLED.format(self._run.id), RunState.CANCELLED)
        if answer is not Written.WRITTEN:
            raise Undone(_REFUSED.format(self._run.id), RunState.FAILED)
        # Looked at last: to flush, and to have the row, may have taken long.
        if self._run.deadline is not None and self._of.clock.monotonic() >= self._run.deadline:
            raise Undone(_OVERDUE.format(self._run.id), RunState.FAILED, Reason.TIMEOUT)

    def confirm(self) -> None:
        """Say that the run has ended, behind the commit. Raises NotTransactional: it has not."""
        if self._run.written is not None:
            return
        if self._joined is None or not self._joined.committed:
            self._session.rollback()  # what it holds locked are rows that the engine needs
            raise NotTransactional(_NOT_COMMITTED.format(self._run.id))
        self._run.written = self._outcome._replace(written=True)

    def survived(self) -> bool:
        """Return whether the commit was done although it raised: its answer may have been lost.

        The run is read again, by its token. What cannot be read is taken for not done: should it
        be done after all, the fence refuses whatever is tried in its place.
        """
        if self._joined is None:
            return False
        try:
            known = self._of.scheduler.store.run(self._run.id)
        except SchedulerError:
            return False
        if (known.token, known.state) != (self._run.token, RunState.SUCCEEDED):
            return False
        log.warning("run %s: its transaction was committed, although that raised", self._run.id)
        self._run.written = self._outcome._replace(written=True)
        return True

    def _answer(self, joined: JoinedStore) -> Written:
        finish = Finish(self._run.id, self._run.token, self._outcome)
        try:
            return joined.finish(self._run.node, [finish])[0]
        except NodeLost:
            return Written.REFUSED
