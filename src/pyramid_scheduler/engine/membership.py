"""This node among the others: joining, beating, being believed, watching, recovering."""

import logging
import os
import socket
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from math import inf

from pyramid_scheduler.engine.nodes import CLOCK_TOLERANCE, Watch, clock_is_off
from pyramid_scheduler.engine.options import EngineOptions
from pyramid_scheduler.engine.work import Work
from pyramid_scheduler.errors import NodeLost, StoreLocked, StoreUnavailable
from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.interfaces import Beat, Clock, Pulse, Store
from pyramid_scheduler.model import Node
from pyramid_scheduler.registry import Declarations

log = logging.getLogger("pyramid_scheduler")


class Membership:
    """One node's life in the store, under an identity that is random per start."""

    def __init__(
        self,
        store: Store,
        declared: Declarations,
        clock: Clock,
        options: EngineOptions,
        new_id: Callable[[], str],
    ) -> None:
        """Make a node that has not joined yet."""
        self.id = ""
        self.claims = True
        self.clock_offset = 0
        self._store = store
        self._declared = declared
        self._clock = clock
        self._options = options
        self._new_id = new_id
        self._watch = Watch(options.lease)
        self._beaten = self._trusted_until = 0.0
        self._off_before = False
        # How much the store's clock is behind this one, where the store has its own.
        self._behind, self._told_behind = 0, False

    @property
    def trusted(self) -> bool:
        """Return whether the others surely still believe this node alive: it may start runs."""
        return self._clock.monotonic() < self._trusted_until

    def join(self) -> None:
        """Join under a new identity and declare what the application declares."""
        sent = self._clock.monotonic()
        node = Node(
            id=self._new_id(),
            host=socket.gethostname(),
            pid=os.getpid(),
            version=_version(),
            clock_offset=self._clock_offset(),
        )
        changes = self._store.join(node, list(self._declared.definitions.values()))
        self.id = node.id
        self._believed_since(sent)
        self._watch.start_anew()
        self.doubt_clock()
        for what, names in zip(changes._fields, changes, strict=True):
            if names:
                log.info("schedules %s: %s", what, ", ".join(names))

    def beat(self, work: Work) -> None:
        """Beat, compare the runs in hand with the store's, and look after the others."""
        sent = self._clock.monotonic()
        self._notice_delay(sent)
        begun = work.hands.begun_untold()
        times = {held.claim.run_id: held.begun_at or 0 for held in begun}
        beat, wall = Beat(self.id, self._clock_offset(), times), self._clock.now()
        self.clock_offset = beat.clock_offset
        pulse = self._store.beat(beat)
        self._behind = (wall + self._clock.now()) // 2 - pulse.now
        for held in begun:
            held.told = True
        self._believed_since(sent)
        self._compare(pulse, work)
        others = [node for node in pulse.nodes if node.id != self.id]
        if self._store.local_clock:
            self._check_clock(beat.clock_offset, others)
        else:
            self._compare_clocks()
        for node in self._watch.dead(others, self._clock.monotonic()):
            try:
                self._take_over(node, work)
            except StoreLocked as error:
                log.warning("node %s is dead; its runs are taken over with a later heartbeat: %s",
                            node.id, error)  # fmt: skip
                break  # what the next one needs is kept by the same, most likely
            except (StoreUnavailable, NodeLost):
                raise
            except Exception:  # one that cannot be recovered must not keep this node from beating
                log.exception("the runs of node %s could not be taken over", node.id)

    def doubt_clock(self) -> None:
        """Have the next beat decide whether this clock may be trusted: it is new, or was set."""
        self._off_before = True

    def missed(self) -> None:
        """Take note that a read of the store has failed: the others cannot be judged by it."""
        self._watch.start_anew()
        self._beaten = inf  # the next beat is late for a reason that is known

    def leave(self) -> None:
        """Say goodbye, so that nobody has to wait for a lease."""
        self._store.leave(self.id)

    def _believed_since(self, sent: float) -> None:
        self._beaten = sent
        self._trusted_until = sent + self._options.lease - self._options.margin

    def _notice_delay(self, now: float) -> None:
        """Warn when the loop was held up for long: by the GIL, the store, a stopped process."""
        late = now - self._beaten - self._options.heartbeat
        if late > self._options.lease / 3:
            log.warning("this node beats %.1f s late; after a lease of %g s it is taken for dead",
                        late, self._options.lease)  # fmt: skip

    def _compare(self, pulse: Pulse, work: Work) -> None:
        """Give back what the store calls ours and we do not hold; stop what is no longer ours."""
        own = {run.run_id: run for run in pulse.own}
        lost = {
            run_id: run.token
            for run_id, run in own.items()
            if work.hands.find(run_id, run.token) is None
        }
        if lost:  # the reply to a claim was lost on its way, and nothing of it has begun
            log.warning("%d claims that never arrived are given back", len(lost))
            self._store.release(self.id, lost)
        for held in work.hands:
            told = own.get(held.claim.run_id)
            if told is None and held.task.transactional:
                # Its own transaction may have ended it a moment ago; if not, it is refused by that.
                held.set()
            elif told is None or told.token != held.claim.token:
                log.warning("run %s is no longer this node's: it is asked to stop",
                            held.claim.run_id)  # fmt: skip
                work.forget(held)
            elif told.stop_requested and not held.cancelled:
                work.cancel(held)

    def _clock_offset(self) -> int:
        # Since boot every machine has its own time; a server's clock is the same for all of them.
        return self._clock.boot_offset() if self._store.local_clock else self._behind

    def _compare_clocks(self) -> None:
        """Warn, once, when this clock is not the store's: what is due is decided by that one."""
        off = abs(self._behind) > CLOCK_TOLERANCE
        if off and not self._told_behind:
            log.warning(
                "this process's clock is %+.1f s off the store's: runs are on time by the store's,"
                " and said to begin and end by this one", self._behind / SECOND,
            )  # fmt: skip
        self._told_behind = off

    def _check_clock(self, own: int, others: list[Node]) -> None:
        off = clock_is_off(own, others)
        if off and self._off_before and self.claims:
            log.error("this process's clock differs from most others': it claims nothing until"
                      " they agree")  # fmt: skip
        if not off and not self.claims:
            log.warning("this process's clock agrees with the others' again")
        # Twice in a row, unless in doubt: when the machine's clock is set, the others publish
        # theirs one by one.
        self.claims = not (off and self._off_before)
        self._off_before = off

    def _take_over(self, node: Node, work: Work) -> None:
        taken = self._store.recover(node.id, node.beats)
        if taken:
            log.warning("node %s on %s (pid %d) is dead: %d runs taken over",
                        node.id, node.host, node.pid, len(taken))  # fmt: skip
            work.outbox.tell_recovered(node.id, taken)


def _version() -> str:
    try:
        return version("pyramid-scheduler")
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "unknown"
