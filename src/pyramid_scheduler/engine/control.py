"""The engine as its application holds it: start, stop, drain, fork."""

import os
from collections.abc import Callable, Mapping
from random import Random, SystemRandom
from threading import Lock

from pyramid_scheduler.engine.loop import Loop
from pyramid_scheduler.engine.membership import Membership
from pyramid_scheduler.engine.notices import Notices, Subscribers
from pyramid_scheduler.engine.options import EngineOptions
from pyramid_scheduler.interfaces import Clock, Executor, Store
from pyramid_scheduler.model import Health
from pyramid_scheduler.registry import Declarations

# What a loop may take beyond the time it was given: one statement that hangs.
OVERTIME = 1.0


class Engine:
    """One application's engine in this process.

    ``leaving`` is asked now and then whether the process is about to end; True ends claiming.
    """

    def __init__(
        self,
        declared: Declarations,
        store: Store,
        executors: Mapping[str, Callable[[], Executor]],
        clock: Clock,
        options: EngineOptions,
        subscribers: Subscribers,
        new_id: Callable[[], str],
        random: Random | None = None,
    ) -> None:
        """Make it; nothing starts. ``executors`` makes each of them anew for every start."""
        self.leaving: Callable[[], bool] | None = None
        self.options = options
        self._declared = declared
        self._store = store
        self._executors = executors
        self._clock = clock
        self._subscribers = subscribers
        self._new_id = new_id
        self._random = random or SystemRandom()
        self._lock = Lock()
        self._loop: Loop | None = None
        self._pid = os.getpid()

    @property
    def running(self) -> bool:
        """Return whether it runs in this very process; a fork inherits the object only."""
        loop = self._loop
        return loop is not None and self._pid == os.getpid() and not loop.draining

    @property
    def node(self) -> str | None:
        """Return the id under which it runs, None while it does not."""
        loop = self._loop
        return loop.node or None if self.running and loop is not None else None

    @property
    def lease(self) -> float:
        """Return for how many seconds a node is believed without a heartbeat."""
        return self.options.lease

    def health(self) -> Health:
        """Return how it is; one that was never started here has nothing wrong with it."""
        loop = self._loop
        if loop is None or self._pid != os.getpid():
            return Health(wanted=False, alive=True, since=None)
        return loop.health()

    def start(self) -> None:
        """Start it in this process, unless it runs."""
        if self._pid != os.getpid():
            self.after_fork()
        with self._lock:
            if not self.running:
                self._loop = self._new_loop()
                self._loop.thread.start()

    def stop(self, timeout: float | None = None, *, exiting: bool = False) -> None:
        """Stop it; wait at most ``timeout`` s (default: shutdown_timeout) for what has begun.

        Claims that have not begun are given back. With ``exiting``, the process's last act, what
        still runs is released or failed as its on_crash says; without, it goes on, and this node
        beats for it until it has ended.
        """
        with self._lock:
            loop = self._loop if self._pid == os.getpid() else None
        if loop is None:
            return
        patience = self.options.shutdown_timeout if timeout is None else timeout
        loop.stop(self._clock.monotonic() + patience, exiting=exiting)
        loop.ended.wait(patience + OVERTIME)

    def drain(self) -> None:
        """Claim nothing any more, from this very moment. Only sets a flag: for signal handlers."""
        if self._loop is not None:
            self._loop.draining = True

    def wake(self) -> None:
        """Have it look at the store at once."""
        if self.running and self._loop is not None:
            self._loop.wake()

    def after_fork(self) -> None:
        """Forget, in a forked child, what only the parent has: threads, locks, connections."""
        self._lock = Lock()
        self._loop = None
        self._pid = os.getpid()
        self._store.after_fork()

    def _new_loop(self) -> Loop:
        notices = Notices(self._subscribers)
        membership = Membership(
            self._store, self._declared, self._clock, self.options, self._new_id
        )
        loop = Loop(
            self._store,
            self._declared,
            membership,
            {name: make() for name, make in self._executors.items()},
            self._clock,
            self.options,
            notices,
            self._random,
        )
        loop.leaving = self.leaving
        return loop
