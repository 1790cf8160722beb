"""Outcomes on their way to the store: written in batches, then told to whom it concerns."""

import logging
from collections import deque
from collections.abc import Iterable, Sequence

from pyramid_scheduler.engine.hands import Hands, Held
from pyramid_scheduler.engine.notices import Notices
from pyramid_scheduler.events import ENDED, RunRecovered, RunRefused, SchedulePaused, TaskRetried
from pyramid_scheduler.interfaces import EngineStore, Recovered, Written
from pyramid_scheduler.model import Claim, Finish, Outcome, Reason, RunState

log = logging.getLogger("pyramid_scheduler")


class Outbox:
    """What ended and is not written yet. An outcome is kept until the store has answered."""

    def __init__(self, hands: Hands, notices: Notices) -> None:
        """Begin empty; ``hands`` says which claims are still this node's."""
        self.postponed = False
        self._hands = hands
        self._notices = notices
        self._ended: deque[tuple[Claim, Outcome]] = deque()
        self._unwritten: list[tuple[Held, Finish]] = []
        self._written: list[tuple[Claim, Outcome]] = []
        self._timed_out: set[Claim] = set()

    def put(self, claim: Claim, outcome: Outcome) -> None:
        """Add an outcome; from any thread."""
        self._ended.append((claim, outcome))

    def write(self, store: EngineStore, node: str, *, waits: bool = False) -> int:
        """Write all of it in one transaction; return how many are dealt with.

        Unless it ``waits``, some may be ``postponed``: somebody has a lock that they need.
        """
        self.sort()
        settled = self._settle_written()
        if not self._unwritten:
            return settled
        answers = store.finish(node, [finish for _, finish in self._unwritten], waits=waits)
        told = [*zip(self._unwritten, answers, strict=True)]
        self._unwritten = [one for one, answer in told if answer is Written.LATER]
        self.postponed = bool(self._unwritten)
        written = [(one, answer) for one, answer in told if answer is not Written.LATER]
        for (held, _), _ in written:
            self._hands.drop(held)
        self._announce(written)
        return settled + len(written)

    def refuse_all(self) -> None:
        """Give up what is not written: the claims are no longer this node's."""
        self.sort()
        for held, finish in self._unwritten:
            self._refuse(held.claim, finish.outcome)
        self._unwritten, self.postponed = [], False

    def tell_recovered(self, node: str, taken: Sequence[Recovered]) -> None:
        """Tell what became of the runs that were taken over from ``node``, which died."""
        for one in taken:
            self._notices.send(RunRecovered(one.run_id, one.task, node, one.state, one.reason))

    def sort(self) -> None:
        """Tell what is to be written from what is, and what came too late. By the loop only."""
        while self._ended:
            claim, outcome = self._ended.popleft()
            held = self._hands.find(claim.run_id, claim.token)
            timed_out = outcome.reason == Reason.TIMEOUT  # what it gives yet comes too late
            if outcome.written:
                if held is not None:
                    held.over = True
                self._written.append((claim, outcome))
            elif held is not None and not held.over:
                held.over = True
                if timed_out and held.expired:  # else it has said so itself, and nothing follows
                    self._timed_out.add(claim)
                finish = Finish(claim.run_id, claim.token, outcome)
                self._unwritten.append((held, finish))
            elif timed_out:  # which is known
                self._timed_out.discard(claim)
            else:
                self._refuse(claim, outcome)

    def _settle_written(self) -> int:
        """Tell of runs that their own transactions have written; return how many."""
        written, self._written = self._written, []
        for claim, outcome in written:
            held = self._hands.find(claim.run_id, claim.token)
            self._timed_out.discard(claim)
            if held is not None:
                self._hands.drop(held)
            if self._notices.wanted:
                self._tell(claim, outcome, cancelled=False)
        return len(written)

    def _announce(self, written: Iterable[tuple[tuple[Held, Finish], Written]]) -> None:
        listened = self._notices.wanted
        for (held, finish), answer in written:
            if answer is Written.REFUSED:
                self._refuse(held.claim, finish.outcome)
            elif answer is Written.ALREADY and held.task.transactional:
                continue  # by its own transaction, which is told of, or was
            elif listened:
                cancelled = held.cancelled or answer is Written.CANCELLED
                self._tell(held.claim, finish.outcome, cancelled=cancelled)
            if answer is Written.PAUSED and held.claim.schedule is not None:
                paused = SchedulePaused(held.claim.schedule, held.claim, finish.outcome)
                self._notices.send(paused)

    def _tell(self, claim: Claim, outcome: Outcome, *, cancelled: bool) -> None:
        if cancelled:
            self._notices.send(ENDED[RunState.CANCELLED](claim, outcome))
        elif outcome.retry_after is not None:
            self._notices.send(TaskRetried(claim, outcome))
        elif outcome.state is not RunState.CANCELLED:  # else it gave up, and is owed again
            self._notices.send(ENDED[outcome.state](claim, outcome))

    def _refuse(self, claim: Claim, outcome: Outcome) -> None:
        late = claim in self._timed_out
        self._timed_out.discard(claim)
        log.warning(
            "%s: run %s of %s ended here as %s under token %d, which is no longer its own;"
            " that outcome is refused",
            "after its time-out" if late else "lease lost",
            claim.run_id, claim.task, outcome.state, claim.token,
        )  # fmt: skip
        self._notices.send(RunRefused(claim, outcome))
