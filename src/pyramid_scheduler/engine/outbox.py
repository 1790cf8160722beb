"""Outcomes on their way to the store: written in batches, then told to whom it concerns."""

import logging
from collections import deque
from collections.abc import Sequence

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
        self._unwritten: dict[Held, Finish] = {}
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
        answers = store.finish(node, list(told.values()), waits=waits)
        self._unwritten, events = {}, list[object]()
        listened = self._notices.wanted
        for (held, finish), answer in zip(told.items(), answers, strict=True):
            if answer is Written.LATER:
                self._unwritten[held] = finish
                continue
            self._hands.drop(held)
            if listened or answer is Written.REFUSED:
                self._answer(held, finish.outcome, answer, events)
        self.postponed = bool(self._unwritten)
        self._notices.send(*events)
        return settled + len(told) - len(self._unwritten)

    def refuse_all(self) -> None:
        """Give up what is not written: the claims are no longer this node's."""
        self.sort()
        for held, finish in self._unwritten.items():
            self._notices.send(self._refused(held.claim, finish.outcome))
        self._unwritten, self.postponed = {}, False

    def tell_recovered(self, node: str, taken: Sequence[Recovered]) -> None:
        """Tell what became of the runs that were taken over from ``node``, which died."""
        for one in taken:
            self._notices.send(RunRecovered(one.run_id, one.task, node, one.state, one.reason))

    def sort(self) -> None:
        """Tell what is to be written from what is, and what came too late. By the loop only."""
        while self._ended:
            claim, outcome = self._ended.popleft()
            held = self._hands.find(claim.run_id, claim.token)
            # What it gives yet comes too late.
            timed_out = outcome.reason is not None and outcome.reason == Reason.TIMEOUT
            if outcome.written:
                if held is not None:
                    held.over = True
                self._written.append((claim, outcome))
            elif held is not None and not held.over:
                held.over = True
                if timed_out and held.expired:  # else it has said so itself, and nothing follows
                    self._timed_out.add(claim)
                self._unwritten[held] = Finish(claim.run_id, claim.token, outcome)
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
        endings = (_ending(claim, outcome) for claim, outcome in written)
        self._notices.send(*(ending for ending in endings if ending is not None))
        return len(written)

    def _answer(self, held: Held, outcome: Outcome, answer: Written, events: list[object]) -> None:
        """Add to ``events`` those that tell what the store has answered to an ``outcome``."""
        claim = held.claim
        if answer is Written.REFUSED:
            events.append(self._refused(claim, outcome))
        elif answer is Written.ALREADY and held.task.transactional:
            pass  # by its own transaction, which is told of, or was
        elif held.cancelled or answer is Written.CANCELLED:
            events.append(ENDED[RunState.CANCELLED](claim, outcome))
        else:
            ending = _ending(claim, outcome)
            if ending is not None:
                events.append(ending)
            if answer is Written.PAUSED and claim.schedule is not None:
                events.append(SchedulePaused(claim.schedule, claim, outcome))

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


def _ending(claim: Claim, outcome: Outcome) -> object | None:
    """Return the event that tells how an attempt ended; None of one that is owed again unended."""
    if outcome.retry_after is not None:
        return TaskRetried(claim, outcome)
    state = outcome.state
    return None if state is RunState.CANCELLED else ENDED[state](claim, outcome)
