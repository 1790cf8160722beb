"""Stores under test: where each is, and how it is taken away from all processes and given back."""

import resource
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pytest

from tests import mariadb, postgresql
from tests.chaos.proxy import Proxy


class StoreUnderTest(Protocol):
    """What the driver needs of a store; a further database is one class more.

    ``outages`` are the ways in which all lose it, ``wires`` those in which one process alone does,
    beside what ``wire`` does in that process. ``delaying`` and ``own_clocks``: see
    ``checker.History``.
    """

    outages: ClassVar[tuple[str, ...]]
    wires: ClassVar[tuple[str, ...]]
    delaying: ClassVar[frozenset[str]]
    own_clocks: ClassVar[bool]

    def address(self, node: str = "") -> str:
        """The address for this process; that for who is no part of the test."""

    def joined(self, pid: int) -> None:
        """A process was started: what goes on for all goes on for it."""

    def begin(self, outage: str, pids: Iterable[int]) -> None:
        """Take it away."""

    def end(self, outage: str, pids: Iterable[int]) -> None:
        """Give it back."""

    def disturb(self, node: str, how: str) -> None:
        """Disturb the way of one process to it; ``how`` is "" when it is good again."""

    def close(self) -> None:
        """Leave nothing."""


class SqliteFile:
    """A file: locked by another connection, or on a disk that is full."""

    outages: ClassVar[tuple[str, ...]] = ("locked", "disk full")
    wires: ClassVar[tuple[str, ...]] = ()
    # One writer at a time: who stands still within a transaction keeps all others waiting.
    delaying: ClassVar[frozenset[str]] = frozenset(["freeze", "pause", "suspend"])
    own_clocks: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self._path = folder / "store.sqlite"
        self._locking: sqlite3.Connection | None = None
        self._full = False

    def address(self, node: str = "") -> str:
        return f"sqlite:///{self._path}"

    def joined(self, pid: int) -> None:
        if self._full:
            _limit(pid, 0)

    def begin(self, outage: str, pids: Iterable[int]) -> None:
        if outage == "locked":
            self._locking = sqlite3.connect(self._path, isolation_level=None, timeout=30)
            self._locking.execute("BEGIN IMMEDIATE")
        else:
            self._full = True
            for pid in pids:
                _limit(pid, 0)

    def end(self, outage: str, pids: Iterable[int]) -> None:
        if self._locking is not None:
            self._locking.close()
            self._locking = None
        self._full = False
        for pid in pids:
            _limit(pid, resource.RLIM_INFINITY)

    def disturb(self, node: str, how: str) -> None:
        """A file has no wire."""

    def close(self) -> None:
        self.end("", ())


def _limit(pid: int, size: int) -> None:
    """Let a process write files only up to ``size``: the system calls fail as on a full disk.

    Its log and its journal are pipes, to which this does not apply.
    """
    with suppress(ProcessLookupError):
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))


class Server:
    """A server of the test run's own; each process reaches it through a proxy."""

    outages: ClassVar[tuple[str, ...]] = ("restarted", "stopped")
    wires: ClassVar[tuple[str, ...]] = (
        "dropped", "half-closed", "delayed", "commit swallowed",
    )  # fmt: skip
    # What one that stands still has locked waits until the server cuts it off.
    delaying: ClassVar[frozenset[str]] = frozenset(["freeze", "pause", "suspend"])
    own_clocks: ClassVar[bool] = False

    def __init__(self, server: Any) -> None:
        self._server = server
        self._schema = server.new_schema()
        self._proxies: dict[str, Proxy] = {}
        self._down = False

    def address(self, node: str = "") -> str:
        if not node:
            return str(self._server.address(self._schema))
        proxy = self._proxies[node] = Proxy(self._server.reach)
        return str(self._server.through(proxy, self._schema))

    def joined(self, pid: int) -> None:
        """A server that is down is down for all."""

    def begin(self, outage: str, pids: Iterable[int]) -> None:
        self._server.stop()
        self._down = True
        if outage == "restarted":
            self.end(outage, pids)

    def end(self, outage: str, pids: Iterable[int]) -> None:
        if self._down:
            self._server.start()
        self._down = False

    def disturb(self, node: str, how: str) -> None:
        self._proxies[node].disturb(how)

    def close(self) -> None:
        self.end("", ())
        for proxy in self._proxies.values():
            proxy.close()


STORES: dict[str, Callable[[Path], StoreUnderTest]] = {
    "sqlite": SqliteFile,
    "postgresql": lambda folder: Server(postgresql.server()),
    "mariadb": lambda folder: Server(mariadb.server()),
}


def why_not(store: str) -> str:
    """Return why there is no such store here, empty if there is one."""
    try:
        for_each = {"postgresql": postgresql.server, "mariadb": mariadb.server}
        for_each.get(store, str)()
    except pytest.skip.Exception as skipped:
        return str(skipped)
    return ""
