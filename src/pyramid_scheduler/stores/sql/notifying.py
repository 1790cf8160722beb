"""NOTIFY and LISTEN: a hint that something was changed, which nobody relies on.

Who listens still asks for the revision; a hint that is heard only makes it ask sooner.
"""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from select import select as wait_for
from threading import Thread
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, text

log = logging.getLogger("pyramid_scheduler")

# One for each schema: several applications may share a database.
_CHANNEL = "'pyramid_scheduler.' || current_schema()"
_RING = text(f"select pg_notify({_CHANNEL}, '')")
Connect = Callable[[], "psycopg.Connection[Any]"]


def notify(connection: Connection) -> None:
    """Have all who listen look when this transaction is committed."""
    connection.execute(_RING)


class Notifications:
    """The hints of one database."""

    def __init__(self, connect: Connect) -> None:
        """Take what makes a connection; listen to nothing."""
        self._connect = connect
        self._listening: _Listening | None = None
        self._inherited: list[_Listening] = []

    def ring(self) -> None:
        """Do nothing: the server rings, for each commit that :func:`notify` was called in."""

    def listen(self, heard: Callable[[], None]) -> bool:
        """Call ``heard`` from a thread of its own; return False: a connection may be lost."""
        if self._listening is not None and self._listening.thread.is_alive():
            self._listening.heard = heard
            return False
        self.silence()
        try:
            self._listening = _Listening(self._connect(), heard)
        except psycopg.Error as error:
            log.debug("nobody listens to the store: %s", error)
        return False

    def unlisten(self, heard: Callable[[], None]) -> None:
        """Call ``heard`` no more."""
        if self._listening is not None and self._listening.heard == heard:
            self.silence()

    def silence(self) -> None:
        """Listen no longer."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.end()

    def after_fork(self) -> None:
        """Forget, in a forked child, the thread and the connection: they are the parent's."""
        listening, self._listening = self._listening, None
        if listening is not None:
            self._inherited.append(listening)  # so that no finalizer closes it here


class _Listening:
    """A connection and the thread that waits for it, until it is ended or the connection lost."""

    def __init__(self, connection: "psycopg.Connection[Any]", heard: Callable[[], None]) -> None:
        self.heard = heard
        self._connection = connection
        row = connection.execute(f"select {_CHANNEL}").fetchone()
        assert row is not None, "a select without FROM has one row"
        connection.execute(SQL("LISTEN {}").format(Identifier(row[0])))
        self._ended, self._end = os.pipe()
        self.thread = Thread(target=self._run, name="pyramid_scheduler-listener", daemon=True)
        self.thread.start()

    def end(self) -> None:
        if self._end >= 0:
            os.close(self._end)  # which wakes the thread
            self._end = -1

    def _run(self) -> None:
        with suppress(psycopg.Error, OSError), self._connection:
            while True:
                ready, _, _ = wait_for([self._connection.fileno(), self._ended], [], [])
                if self._ended in ready:
                    break
                for _ in self._connection.notifies(timeout=0):
                    pass  # a hundred of them are one
                self.heard()
        os.close(self._ended)
