"""From a claim to an outcome inside one node: waiting for the instant, submitting, collecting."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from pyramid_scheduler.engine.deadlines import Deadlines
from pyramid_scheduler.engine.hands import Hands, Held
from pyramid_scheduler.engine.notices import Notices
from pyramid_scheduler.engine.outbox import Outbox
from pyramid_scheduler.engine.room import Prefetch
from pyramid_scheduler.engine.timer import Timer
from pyramid_scheduler.interfaces import Clock, Executor, Room
from pyramid_scheduler.model import Claim, Outcome, RunState, Task
from pyramid_scheduler.rules.limiting import limited

log = logging.getLogger("pyramid_scheduler")

PATIENCE = 1.0


class Work:
    """The runs of one node, from their claim until their outcome is in the outbox.

    It is the :class:`~pyramid_scheduler.interfaces.RunReport` of the node's executors: ``begins``
    and ``ended`` are called by their threads, everything else by the engine's loop.
    """

    def __init__(
        self,
        executors: Mapping[str, Executor],
        clock: Clock,
        notices: Notices,
        tasks: Mapping[str, Task],
        may_begin: Callable[[], bool],
        wake: Callable[[], None],
        most: int,
    ) -> None:
        """Start the executors; ``may_begin`` is asked directly before every call.

        ``tasks`` are those of the application, by name; at most ``most`` runs are claimed ahead.
        """
        self.hands = Hands()
        self.outbox = Outbox(self.hands, notices)
        self._executors = executors
        self._clock = clock
        self._tasks = tasks
        self._may_begin = may_begin
        self._wake = wake
        self.timer = Timer(self._submit, clock)
        self._deadlines = Deadlines()
        self._returning: list[Held] = []
        self._prefetch = {name: Prefetch(clock.monotonic(), most) for name in executors}
        for executor in executors.values():
            executor.start(self)

    # --- called by the executors' threads

    def begins(self, claim: Claim) -> bool:
        """Return whether the run may begin now: its claim is held, the lease good, no stop asked.

        What may not is left for the loop to give back.
        """
        held = self.hands.find(claim.run_id, claim.token)
        if held is None or not self._may_begin() or held.is_set() or not held.decide():
            self._wake()
            return False
        held.begun_at = self._clock.now()
        task = held.task
        if task.timeout is not None:
            self._deadlines.add(held, self._clock.monotonic() + task.timeout.total_seconds())
            self._wake()  # the loop may be waiting for longer than that
        self._prefetch[task.executor].begun += 1
        return True

    def ended(self, claim: Claim, outcome: Outcome) -> None:
        """Queue the outcome to be written with the next batch."""
        if outcome.follow is not None:
            outcome = outcome._replace(follow=limited(outcome.follow, self._tasks, claim.run_id))
        self.outbox.put(claim, outcome)
        self._wake()

    # --- called by the loop

    def rooms(self) -> dict[str, Room]:
        """Return what may be claimed for each executor now."""
        waiting, promised = Counter[str](), Counter[str]()
        for held in self.hands:
            if held.undecided:
                (promised if held.submitted_at is None else waiting)[held.task.executor] += 1
        now = self._clock.monotonic()
        return {
            name: self._prefetch[name].room(executor, waiting[name], promised[name], now)
            for name, executor in self._executors.items()
            if not executor.exhausted
        }

    def take(self, claims: Iterable[Claim], tasks: Mapping[str, Task], now: int,
             monotonic: Callable[[int], float]) -> None:  # fmt: skip
        """Take what was claimed at the store's ``now``: submit it, or keep it for its instant."""
        here = self._clock.monotonic()
        for claim in claims:
            held = self.hands.take(claim, tasks[claim.task])
            if claim.due <= now:
                self._submit(held, here)
            else:
                self.timer.add(held, monotonic(claim.due))

    def submit_due(self) -> None:
        """Submit the claims whose instant has come, should nobody have done it."""
        self.timer.submit_due()

    def expire(self) -> None:
        """Fail the attempts whose time is over: they are asked to stop, and waited for no more."""
        self.outbox.sort()
        for held in self._deadlines.passed(self._clock.monotonic()):
            assert held.begun_at is not None, "its time runs from its beginning on"
            held.expired = True
            held.set()
            executor = self._executors[held.task.executor]
            executor.abandon(held.task, held.claim, held.begun_at)
            if executor.exhausted:
                log.error(
                    "executor %s has lost its slots to runs that went on after their time-out:"
                    " this node claims nothing for it until some have ended", held.task.executor,
                )  # fmt: skip

    def next_instant(self) -> float | None:
        """Return the monotonic moment at which a claim is to be submitted, or a run is over."""
        moments = (self.timer.next, self._deadlines.first())
        return min((at for at in moments if at is not None), default=None)

    def cancel(self, held: Held) -> None:
        """Ask a run to stop, for a person asked for it; one that has not begun ends here."""
        held.cancelled = True
        held.set()
        if held.decide():
            now = self._clock.now()
            self.ended(held.claim, Outcome(RunState.CANCELLED, now, now))

    def give_back(self, release: Callable[[dict[str, int]], None], *, all_of_them: bool) -> None:
        """Give back, by ``release``, claims that have not begun and now never will.

        All of them, or those whose instant came over PATIENCE seconds ago without a thread for
        them: another node may have one. What could not be given back is held until it can.
        """
        limit = self._clock.monotonic() - PATIENCE
        self._returning += [
            held
            for held in self.hands
            if held.undecided
            and (all_of_them or (held.submitted_at is not None and held.submitted_at < limit))
            and held.decide()
        ]
        if self._returning:
            release({held.claim.run_id: held.claim.token for held in self._returning})
            for held in self._returning:
                self.hands.drop(held)
            self._returning = []

    def forget(self, held: Held) -> None:
        """Let go of a run that is no longer this node's, and ask it to stop."""
        held.decide()
        held.set()
        self.hands.drop(held)

    def lose_all(self) -> None:
        """Let go of everything: this node was marked dead, and what it had is others'."""
        self.outbox.refuse_all()
        self.timer.clear()
        self._returning = []
        for held in self.hands:
            self.forget(held)

    def close(self) -> None:
        """Let the timer end, and the executors' threads once they are idle."""
        self.timer.stop()
        for executor in self._executors.values():
            executor.stop()

    def _submit(self, held: Held, now: float) -> None:
        held.submitted_at = now
        self._executors[held.task.executor].submit(held.task, held.claim, held)
