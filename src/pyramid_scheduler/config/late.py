"""What committed requests asked for, written; where the store does not answer, a little later."""

import atexit
import logging
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any

from pyramid_scheduler.client import Write
from pyramid_scheduler.config.inside import inside
from pyramid_scheduler.errors import StoreUnavailable
from pyramid_scheduler.events import AskingFailed

log = logging.getLogger("pyramid_scheduler")

# For how many seconds a write is tried again, and how many may wait for that: an outage of the
# store costs neither endless memory nor, when the process ends, much that was promised.
PATIENCE = 30.0
MOST = 10_000
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    write: Write
    what: str
    registry: Any
    since: float

    def attempt(self) -> StoreUnavailable | None:
        """Return None when there is nothing to try again: it is written, or it was refused."""
        try:
            self.write()
        except StoreUnavailable as error:
            return error
        except Exception as error:  # noqa: BLE001 - whatever it is, the request has succeeded
            self.fail(error)
        return None

    def fail(self, error: BaseException) -> None:
        """Say that it is lost; raise nothing, be it a fault of who hears it or of what logs."""
        with suppress(Exception):
            log.error(
                "what a committed request asked for could not be written: %s: %s", self.what,
                error, exc_info=error,
            )  # fmt: skip
        try:
            self.registry.notify(AskingFailed(self.what, f"{type(error).__name__}: {error}"))
        except Exception:
            with suppress(Exception):
                log.exception("a subscriber of AskingFailed raised")


class LateWrites:
    """Writes that can be refused no more: their transactions are committed.

    A request tries once. What the store did not answer to waits for a thread of its own, which
    tries again for at most ``patience`` seconds; meanwhile what is asked for after it waits behind
    it, so that all is written in the order in which it was asked, and no request waits.
    """

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        most: int = MOST,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Begin with nothing to write; times are in seconds."""
        self._patience = patience
        self._most = most
        self._clock = clock
        self._pause = pause
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = Lock()
        self._waiting: deque[_Asked] = deque()
        self._thread: Thread | None = None

    def carry_out(self, write: Write, what: str, registry: Any) -> None:
        """Do ``write`` now if the store answers, else soon. Never raises: the request goes on.

        What could not be written is logged at ERROR and sent as an AskingFailed event.
        """
        if self._pid != os.getpid():
            self._begin()  # a forked child: what waits is its parent's
        asked = _Asked(write, what, registry, self._clock())
        if self._waiting or asked.attempt() is not None:
            self._put(asked)

    def _put(self, asked: _Asked) -> None:
        with self._lock:
            error = self._take(asked)
        if error is not None:
            asked.fail(error)

    def _take(self, asked: _Asked) -> Exception | None:
        """Have it wait for the thread; return why it cannot."""
        if len(self._waiting) >= self._most:
            return StoreUnavailable(f"{self._most:,} such writes wait for the store already")
        if self._thread is None:
            thread = Thread(target=self._run, name="pyramid_scheduler-late", daemon=True)
            try:
                # It waits for the lock that is held here before it looks for what waits.
                thread.start()
            except RuntimeError as error:  # no more threads are to be had
                return error
            self._thread = thread
            atexit.register(self._give_up)
        self._waiting.append(asked)
        return None

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while (asked := self._next()) is not None:
            error = _attempt(asked)
            if error is None:
                self._waiting.popleft()
                pause = FIRST_PAUSE
            elif self._clock() - asked.since >= self._patience:
                self._fail_old(error)
            else:
                self._pause(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _next(self) -> _Asked | None:
        """Return the first that waits; without any, the thread is at its end."""
        with self._lock:
            if not self._waiting:
                self._thread = None
                atexit.unregister(self._give_up)
                return None
            return self._waiting[0]

    def _fail_old(self, error: StoreUnavailable) -> None:
        """Give up what has waited long enough, without asking for each a store that is away."""
        now = self._clock()
        while self._waiting and now - self._waiting[0].since >= self._patience:
            _fail(self._waiting.popleft(), error)

    def _give_up(self) -> None:
        """Say, as the process ends, what was not written."""
        for asked in list(self._waiting):
            _fail(asked, StoreUnavailable("the process ends, and the store has not answered"))


def _attempt(asked: _Asked) -> StoreUnavailable | None:
    with inside(asked.registry):
        try:
            return asked.attempt()
        except BaseException as error:  # noqa: BLE001 - the thread goes on with what waits
            asked.fail(error)
            return None


def _fail(asked: _Asked, error: StoreUnavailable) -> None:
    with inside(asked.registry):
        asked.fail(error)
