"""The loop: one thread that claims, starts, writes what ended, and beats. It never dies unseen."""

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from random import Random
from threading import Event, Thread

from pyramid_scheduler.engine.bell import Bell
from pyramid_scheduler.engine.membership import Membership
from pyramid_scheduler.engine.notices import Notices
from pyramid_scheduler.engine.options import EngineOptions
from pyramid_scheduler.engine.retention import Retention
from pyramid_scheduler.engine.room import MOST, MOST_IN_MEMORY
from pyramid_scheduler.engine.timing import LATER, Alignment, NextClaim, WallClock, backoff
from pyramid_scheduler.engine.work import Work
from pyramid_scheduler.errors import NodeLost, SchedulerError, StoreUnavailable
from pyramid_scheduler.events import (
    SchedulerDegraded,
    SchedulerRecovered,
    SchedulerStarted,
    SchedulerStopped,
)
from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.interfaces import ClaimRequest, Clock, Executor, Store
from pyramid_scheduler.model import Health
from pyramid_scheduler.registry import Declarations

log = logging.getLogger("pyramid_scheduler")

LAST_WORDS = 0.5


class Loop:
    """One life of the engine: from its start to its stop, in a thread of its own.

    A tick does, in this order: beat, write what ended, look whether others changed something,
    claim, submit what is due. All times are monotonic seconds unless they say otherwise.
    """

    def __init__(
        self,
        store: Store,
        declared: Declarations,
        membership: Membership,
        executors: Mapping[str, Executor],
        clock: Clock,
        options: EngineOptions,
        notices: Notices,
        random: Random,
    ) -> None:
        """Make it and start its executors; the thread is started by who made it."""
        self.draining = False
        self.leaving: Callable[[], bool] | None = None
        self.ended = Event()
        self._store = store
        self._declared = declared
        self._membership = membership
        self._clock = clock
        self._options = options
        self._notices = notices
        self._random = random
        self._bell = Bell()
        self._asked = False
        self._executors = executors
        most = MOST if store.shared else MOST_IN_MEMORY
        self._work = Work(
            executors, clock, notices, declared.tasks, self._may_begin, self._bell.ring, most
        )
        self._alignment = Alignment()
        self._revision = -1
        self._hears, self._alert_until = False, 0.0
        self._look_at = self._beat_at = 0.0
        self._claims = NextClaim(options, random, local_clock=store.local_clock)
        self._retention = Retention(store, options, clock.monotonic(), random)
        self._wall = WallClock(clock)
        self._failures, self._retry_at, self._trouble = 0, 0.0, ""
        self._joined = False
        self._turned = clock.monotonic()
        self._stop_at: float | None = None
        self._exiting = False
        self.thread = Thread(target=self._run, name="pyramid_scheduler-engine", daemon=True)

    def health(self) -> Health:
        """Return how it is, as seen by another thread."""
        since = self._clock.monotonic() - self._turned
        stopped = self.draining and self.ended.is_set()
        alive = stopped or (self.thread.is_alive() and since < self._options.lease)
        return Health(not self.draining, alive, since, tuple(self._troubles()))

    def _troubles(self) -> Iterator[str]:
        if self.draining:
            yield "the scheduler stops or has stopped"
        elif self._failures:
            yield self._trouble
        elif not self._joined:
            yield "the scheduler has not joined the others yet"
        if not self._membership.claims:
            yield "the clock of this process differs from most others'"
        for name, executor in self._executors.items():
            if executor.exhausted:
                yield f"executor {name} has lost its slots to runs that have timed out and go on"

    @property
    def node(self) -> str:
        """Return the id of this node, empty until it has joined."""
        return self._membership.id

    def wake(self) -> None:
        """Have the loop look at the store at once."""
        self._asked = True
        self._bell.ring()

    def hear(self) -> None:
        """Look whether anything was changed, and for a while more often than at rest."""
        self._alert_until = self._clock.monotonic() + self._options.heartbeat
        self._look_at = 0.0
        self._bell.ring()

    def stop(self, deadline: float, *, exiting: bool) -> None:
        """End when nothing runs any more; if ``exiting``, at ``deadline`` at the latest."""
        self._stop_at, self._exiting = deadline, exiting
        self.draining = True
        self._bell.ring()

    # --- the thread

    def _run(self) -> None:
        try:
            self._work.timer.start()
            while not self._finished():
                self._bell.wait(self._time_to_wait())
                self.turn()
            with suppress(BaseException):
                self._attempt(self._say_goodbye)
        finally:
            self._store.unlisten(self.hear)
            self._work.close()
            if self._exiting:
                self._notices.close(LAST_WORDS)
            self.ended.set()
            self._notices.close(0)

    def turn(self) -> None:
        """Do once all that is due; raise nothing."""
        try:
            self._work.expire()
            if self._clock.monotonic() >= self._retry_at:
                self._attempt(self._tick)
            self._work.submit_due()
            self._turned = self._clock.monotonic()
        except BaseException:  # noqa: BLE001 - the thread lives, whatever it meets
            # What failed is the telling of a failure: a logging handler, most likely.
            self._retry_at = self._clock.monotonic() + 1
            with suppress(BaseException):
                traceback.print_exc()

    def _attempt(self, step: Callable[[], None]) -> None:
        """Do one step; whatever goes wrong, the thread lives and the trouble is known."""
        try:
            step()
        except NodeLost:
            self._begin_again()
        except SchedulerError as error:
            self._degrade(error, known=isinstance(error, StoreUnavailable))
        except BaseException as error:  # noqa: BLE001 - the thread lives, whatever it meets
            self._degrade(error, known=False)
        else:
            self._recover()

    def _tick(self) -> None:
        if not self._joined or self._failures:
            self._store.open()  # it may have been let go of
        if not self._joined:
            self._join()
        self._notice_jump()
        now = self._clock.monotonic()
        if now >= self._beat_at:  # first: what follows may have to wait, and who does not beat dies
            self._membership.beat(self._work)
            self._hears = self._options.listen and self._store.listen(self.hear)
            # While this clock is in doubt, the others' are looked at more often.
            often = self._options.heartbeat if self._membership.claims else self._options.look
            self._beat_at = now + often
        self._write_outcomes()
        if self._asked or now >= self._look_at:
            self._look(now)
        if self.draining:
            self._work.hands.stop_all()
            self._give_back(all_of_them=True)
        elif now >= self._claims.at and self._may_claim():
            self._claim()
        if now >= self._retention.at:
            self._retention.purge(now)

    def _join(self) -> None:
        self._membership.join()
        self._joined = True
        self._claims.at = self._beat_at = 0.0
        where = "" if self._store.shared else "; every process fires for itself"
        log.info("scheduler started: node %s, store %s%s", self.node, self._store.address, where)
        self._notices.send(SchedulerStarted(self.node))

    def _look(self, now: float) -> None:
        """See whether anybody changed what this engine has to act on."""
        asked, self._asked = self._asked, False
        quiet = self._hears and now >= self._alert_until
        self._look_at = now + (self._options.heartbeat if quiet else self._options.look)
        self._give_back(all_of_them=False)
        revision = self._store.revision()
        if asked or revision != self._revision:
            self._revision = revision
            self._claims.at = 0.0
            if len(self._work.hands):
                self._beat_at = 0.0  # its answer says what was cancelled

    def _notice_jump(self) -> None:
        """Compare clocks and claim when the wall clock was set: what is due is another thing now.

        In this order, since it may be this process's clock alone that is wrong.
        """
        if self._wall.was_set():
            self._membership.doubt_clock()
            self._beat_at = self._claims.at = 0.0

    def _may_begin(self) -> bool:
        # Asked before every run: a call less where nobody has to be asked.
        if self.draining or (self.leaving is not None and self._is_leaving()):
            return False
        return self._membership.trusted

    def _is_leaving(self) -> bool:
        """Return whether nothing may begin any more; who may know is asked each time."""
        if not self.draining and self.leaving is not None and self.leaving():
            self.draining = True
        return self.draining

    def _may_claim(self) -> bool:
        return self._may_begin() and self._membership.claims

    def _claim(self) -> None:
        rooms = self._work.rooms()
        if not any(room.idle or room.ahead for room in rooms.values()):
            self._claims.crowded(self._clock.monotonic())
            return
        lookahead = int(self._options.lookahead * SECOND)
        offset = self._membership.clock_offset
        request = ClaimRequest(self.node, self._declared.tasks, rooms, lookahead, offset)
        before = self._clock.monotonic()
        claimed = self._store.claim(request)
        after = self._clock.monotonic()
        self._align(before, claimed.now, after - claimed.age)
        self._work.take(
            claimed.claims, self._declared.tasks, claimed.now, self._alignment.monotonic
        )
        due = claimed.next_due
        due_at = None if due is None else self._alignment.monotonic(due)
        self._claims.claimed(before, after, due_at, more=claimed.more)

    def _align(self, before: float, now: int, after: float) -> None:
        if self._store.local_clock:  # it can be asked without the way to a store and back
            before = self._clock.monotonic()
            now, after = self._clock.now(), self._clock.monotonic()
        self._alignment.observe(before, now, after)

    def _write_outcomes(self, *, waits: bool = False) -> None:
        if self._work.outbox.write(self._store, self.node, waits=waits):
            self._look_at = 0.0  # what ended may have been what others wait for
            self._claims.room_freed()

    def _give_back(self, *, all_of_them: bool) -> None:
        release = partial(self._store.release, self.node)
        self._work.give_back(release, all_of_them=all_of_them)

    # --- when something goes wrong

    def _begin_again(self) -> None:
        log.error("node %s was marked dead by another: its runs are asked to stop, and it goes on"
                  " under a new id", self.node)  # fmt: skip
        self._work.lose_all()
        self._joined = False

    def _degrade(self, error: BaseException, *, known: bool) -> None:
        """Back off, and say so once."""
        self._membership.missed()
        self._failures += 1
        self._trouble = "the store does not answer" if known else "an error in the scheduler itself"
        wait = backoff(self._failures, self._options.lease, self._random)
        self._retry_at = self._clock.monotonic() + wait
        if self._failures == 1:
            log.error("scheduler degraded: %s: %s; it tries again", type(error).__name__, error,
                      exc_info=None if known else error)  # fmt: skip
            self._notices.send(SchedulerDegraded(str(error)))

    def _recover(self) -> None:
        if self._failures:
            log.warning("scheduler recovered after %d failures", self._failures)
            self._notices.send(SchedulerRecovered())
        self._failures, self._retry_at = 0, 0.0

    # --- waiting and ending

    def _time_to_wait(self) -> float:
        instant = self._work.next_instant()
        moments = [self._look_at, self._beat_at] if not self._failures else [self._retry_at]
        if instant is not None:
            moments.append(instant)
        if not self._failures and self._may_claim():
            moments.append(self._claims.at)
        if self._stop_at is not None and self._exiting:
            moments.append(self._stop_at)
        wait = max(0.0, min(moments) - self._clock.monotonic())
        return min(wait, LATER) if self._work.outbox.postponed and not self._failures else wait

    def _finished(self) -> bool:
        if self._stop_at is None:
            return False
        late = self._exiting and self._clock.monotonic() >= self._stop_at
        return late or not self._joined or not len(self._work.hands)

    def _say_goodbye(self) -> None:
        if not self._joined:
            return
        self._write_outcomes()
        if self._work.outbox.postponed:  # now or never: it would be owed again, though it has ended
            with suppress(StoreUnavailable):
                self._write_outcomes(waits=True)
        if len(self._work.hands):
            log.warning("%d runs still go on as the process exits", len(self._work.hands))
        self._membership.leave()
        if self._exiting:
            self._store.close()
        log.info("scheduler stopped: node %s", self.node)
        self._notices.send(SchedulerStopped(self.node))
