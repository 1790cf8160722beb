"""Outcomes on their way to the store: written in batches, then told to whom it concerns."""

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain

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
        told = self._unwritten
        answers = store.finish(node, [finish for _, finish in told], waits=waits)
        self._unwritten, events = [], list[object]()
        listened = self._notices.wanted
        for one, answer in zip(told, answers, strict=True):
            if answer is Written.LATER:
                self._unwritten.append(one)
                continue
            held, finish = one
            self._hands.drop(held)
            if listened or answer is Written.REFUSED:
                events += self._answered(held, finish.outcome, answer)
        self.postponed = bool(self._unwritten)
        self._notices.send(*events)
        return settled + len(told) - len(self._unwritten)

    def refuse_all(self) -> None:
        """Give up what is not written: the claims are no longer this node's."""
        self.sort()
        for held, finish in self._unwritten:
            self._notices.send(self._refused(held.claim, finish.outcome))
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
                self._notices.send(self._refused(claim, outcome))

    def _settle_written(self) -> int:
        """Tell of runs that their own transactions have written; return how many."""
        written, self._written = self._written, []
        for claim, _ in written:
            held = self._hands.find(claim.run_id, claim.token)
            self._timed_out.discard(claim)
            if held is not None:
                self._hands.drop(held)
        self._notices.send(*chain.from_iterable(_ending(*one) for one in written))
        return len(written)

    def _answered(self, held: Held, outcome: Outcome, answer: Written) -> Iterable[object]:
        """Return the events by which to tell what the store has ``answered`` to an outcome."""
        claim = held.claim
        if answer is Written.REFUSED:
            return (self._refused(claim, outcome),)
        if answer is Written.ALREADY and held.task.transactional:
            return ()  # by its own transaction, which is told of, or was
        if held.cancelled or answer is Written.CANCELLED:
            return (ENDED[RunState.CANCELLED](claim, outcome),)
        ending = _ending(claim, outcome)
        if answer is Written.PAUSED and claim.schedule is not None:
            return (*ending, SchedulePaused(claim.schedule, claim, outcome))
        return ending

    def _refused(self, claim: Claim, outcome: Outcome) -> RunRefused:
        """Say that what was done here is not written, and return the event that tells it."""
        late = claim in self._timed_out
        self._timed_out.discard(claim)
        log.warning(
            "%s: run %s of %s ended here as %s under token %d, which is no longer its own;"
            " that outcome is refused",
            "after its time-out" if late else "lease lost",
            claim.run_id, claim.task, outcome.state, claim.token,
        )  # fmt: skip
        return RunRefused(claim, outcome)


def _ending(claim: Claim, outcome: Outcome) -> Iterable[object]:
    """Return the event that tells how an attempt has ended."""
    if outcome.retry_after is not None:
        return (TaskRetried(claim, outcome),)
    if outcome.state is RunState.CANCELLED:
        return ()  # it gave up, and is owed again
    return (ENDED[outcome.state](claim, outcome),)
