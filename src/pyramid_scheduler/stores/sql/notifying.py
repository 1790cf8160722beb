"""NOTIFY and LISTEN: a server tells who shares it that something was changed.

The loop's own connection listens, so that it costs no connection more, and so that each heartbeat
proves that it still hears: what was told of before the beat's answer came before it.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from selectors import EVENT_READ, DefaultSelector
from socket import socketpair
from threading import Thread
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, text

log = logging.getLogger("pyramid_scheduler")

# One for each schema and prefix: several applications may share a database. A channel's name is
# shorter than the two of them may be.
_CHANNEL = "'pyramid_scheduler.' || md5(current_schema() || '.{prefix}')"
Driver = psycopg.Connection[Any]
Turn = AbstractContextManager[object]


class Notifications:
    """The bell of one database."""

    def __init__(self, prefix: str) -> None:
        """Take what the tables' names begin with; listen to nothing."""
        self._channel = _CHANNEL.format(prefix=prefix)
        self._ring = text(f"select pg_notify({self._channel}, '')")
        self._own: tuple[Driver, Turn] | None = None
        self._heard: Callable[[], None] | None = None
        self._listening: _Listening | None = None
        self._inherited: list[object] = []

    def tell(self, connection: Connection) -> None:
        """Have the server tell who listens of this transaction's commit."""
        connection.execute(self._ring)

    def ring(self) -> None:
        """Do nothing: the server has rung."""

    def attend(self, driver: Driver, turn: Turn) -> None:
        """Listen, if anybody wants to hear, on the loop's new connection."""
        self._own = driver, turn
        if self._heard is not None and self._begin(self._heard):
            self._heard()  # of what was missed since the connection before

    def abandon(self) -> None:
        """Listen no longer on a connection that is let go of."""
        self._own = None
        self._end()

    def listen(self, heard: Callable[[], None]) -> bool:
        """Call ``heard`` from a thread of its own after each ring of another connection."""
        self._heard = heard
        if self._listening is not None and self._listening.thread.is_alive():
            self._listening.heard = heard
            return True
        return self._begin(heard)

    def unlisten(self, heard: Callable[[], None]) -> None:
        """Call ``heard`` no more."""
        if self._heard == heard:
            self.silence()

    def silence(self) -> None:
        """Listen no longer."""
        self._heard = None
        self._end()

    def after_fork(self) -> None:
        """Forget, in a forked child, the thread and the connection: they are the parent's."""
        self._inherited.append((self._own, self._listening))  # so that no finalizer closes them
        self._own = self._listening = None

    def _begin(self, heard: Callable[[], None]) -> bool:
        self._end()
        if self._own is None:
            return False
        try:
            self._listening = _Listening(*self._own, self._channel, heard)
        except psycopg.Error as error:
            log.debug("nobody listens to the store: %s", error)
        return self._listening is not None

    def _end(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.end()


class _Listening:
    """A thread that waits for what comes by a connection while nobody uses that.

    Until it is ended, or the connection is lost. What comes while it is used is told by psycopg.
    """

    def __init__(self, driver: Driver, turn: Turn, channel: str, heard: Callable[[], None]) -> None:
        self.heard = heard
        self._driver, self._turn = driver, turn
        self._pid = driver.info.backend_pid
        row = driver.execute(f"select {channel}").fetchone()
        assert row is not None, "a select without FROM has one row"
        driver.execute(SQL("LISTEN {}").format(Identifier(row[0])))
        driver.add_notify_handler(lambda note: self._note(note.pid))
        self._ended, self._end = socketpair()
        self.thread = Thread(target=self._run, name="pyramid_scheduler-listener", daemon=True)
        self.thread.start()

    def end(self) -> None:
        self._end.close()  # which wakes the thread

    def _note(self, pid: int) -> None:
        if pid != self._pid:  # what the loop changed it knows
            self.heard()

    def _run(self) -> None:
        with self._ended, DefaultSelector() as both:
            both.register(self._ended, EVENT_READ)
            # A connection that is closed already has no number.
            with suppress(psycopg.Error, ValueError, OSError):
                both.register(self._driver.fileno(), EVENT_READ)
                while self._ended not in [key.fileobj for key, _ in both.select()]:
                    self._receive()
                return
        self.heard()  # who looks sees that the connection is lost

    def _receive(self) -> None:
        """Take in what came, as soon as nobody else uses the connection."""
        with self._turn:
            self._driver.pgconn.consume_input()
            while note := self._driver.pgconn.notifies():
                self._note(note.be_pid)
