"""Events to the application's subscribers, from a thread of their own.

A subscriber is the application's code: it may raise, and it may take its time. Neither may hold
up the engine's loop, whose beats prove that this node lives.
"""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from queue import SimpleQueue
from threading import Thread
from typing import Protocol

log = logging.getLogger("pyramid_scheduler")


class Subscribers(Protocol):
    """Whom events are sent to; Pyramid's registry is one."""

    @property
    def has_listeners(self) -> bool:
        """Whether there is anybody to call."""

    def inside(self) -> AbstractContextManager[None]:
        """Return what they are called in."""

    def notify(self, event: object) -> None:
        """Call every subscriber of the event's class."""


class Notices:
    """Sends events in order; costs a look at a flag where nobody listens."""

    def __init__(self, subscribers: Subscribers) -> None:
        """Send to ``subscribers``; the thread starts with the first event."""
        self._subscribers = subscribers
        self._queue: SimpleQueue[Sequence[object]] = SimpleQueue()
        self._thread: Thread | None = None

    @property
    def wanted(self) -> bool:
        """Return whether anybody listens."""
        return self._subscribers.has_listeners

    def send(self, *events: object) -> None:
        """Send ``events`` soon."""
        if not events or not self.wanted:
            return
        if self._thread is None:
            self._thread = Thread(target=self._run, name="pyramid_scheduler-events", daemon=True)
            self._thread.start()
        self._queue.put(events)

    def close(self, timeout: float) -> None:
        """Wait until what was sent has been heard, at most ``timeout`` seconds."""
        if self._thread is not None:
            self._queue.put(())
            self._thread.join(timeout)
            self._thread = None

    def _run(self) -> None:
        while events := self._queue.get():
            with self._subscribers.inside():
                for event in events:
                    self._tell(event)

    def _tell(self, event: object) -> None:
        try:
            self._subscribers.notify(event)
        except BaseException:
            # Guarded as well: what logs is the application's code too.
            with suppress(Exception):
                log.exception("a subscriber of %s raised", type(event).__name__)
