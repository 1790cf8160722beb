"""What lets runs begin on their instant, whatever the loop is about."""

import logging
from collections.abc import Callable
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count
from threading import Lock, Thread

from pyramid_scheduler.engine.bell import Bell
from pyramid_scheduler.engine.hands import Held
from pyramid_scheduler.interfaces import Clock

log = logging.getLogger("pyramid_scheduler")

LONGEST = 60.0


class Timer:
    """What was claimed ahead, and a thread that submits it, each at its instant (monotonic).

    The loop may be waiting for the store then: a commit alone takes longer than a run may be late.
    Until the thread is started, whoever calls ``submit_due`` does it.
    """

    def __init__(self, submit: Callable[[Held, float], None], clock: Clock) -> None:
        """Begin without anything; ``submit`` is given a claim and the moment."""
        self._submit = submit
        self._clock = clock
        self._lock = Lock()
        self._waiting: list[tuple[float, int, Held]] = []
        self._order = count()
        self._bell = Bell()
        self._over = False
        self._thread = Thread(target=self._run, name="pyramid_scheduler-timer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._over = True
        self._bell.ring()

    def add(self, held: Held, at: float) -> None:
        """Submit ``held`` at the moment ``at``, unless it is decided otherwise before."""
        with self._lock:
            heappush(self._waiting, (at, next(self._order), held))
            first = self._waiting[0][2] is held
        if first:
            self._bell.ring()

    def clear(self) -> None:
        """Submit nothing of what waits."""
        with self._lock:
            self._waiting = []

    @property
    def next(self) -> float | None:
        """Return the moment at which ``submit_due`` is to be called, None while the thread does."""
        return None if self._thread.is_alive() else self._first()

    def submit_due(self) -> float | None:
        """Submit what is due; return the moment of what is next."""
        now = self._clock.monotonic()
        with self._lock:
            while self._waiting and self._waiting[0][0] <= now:
                held = heappop(self._waiting)[2]
                if held.undecided:
                    self._submit(held, now)
            return self._first()

    def _first(self) -> float | None:
        waiting = self._waiting
        return waiting[0][0] if waiting else None

    def _run(self) -> None:
        while not self._over:
            try:
                at = self.submit_due()
            except BaseException:  # the thread lives, whatever it meets
                at = self._clock.monotonic() + 1
                with suppress(BaseException):
                    log.exception("a run could not be given to its executor")
            wait = LONGEST if at is None else at - self._clock.monotonic()
            self._bell.wait(min(max(0.0, wait), LONGEST))
