"""A wire that can be cut: a TCP proxy in front of a server, which passes on, swallows or resets."""

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Protocol

Reach = Callable[[], socket.socket]
Listen = Callable[[bytes], bool]


class Wire(Protocol):
    """What is in front of a server."""

    port: int


class Proxy:
    """Passes on what comes, until it is told to swallow. ``port`` is where it listens."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._swallow_from: Listen | None = None
        self._swallows = False
        self._open: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        Thread(target=self._accept, name="proxy", daemon=True).start()

    def swallow(self) -> None:
        """From now on, let nothing through in either direction, and say nothing."""
        self._swallows = True

    def swallow_from(self, seen: Listen) -> None:
        """Swallow all answers from the first request on of which ``seen`` is true."""
        self._swallow_from = seen

    def heal(self) -> None:
        """Let everything through again; what was swallowed is lost."""
        self._swallows, self._swallow_from = False, None

    def reset(self) -> None:
        """End every connection."""
        ended, self._open = self._open, []
        for one in ended:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End every connection, and listen no longer."""
        self._door.close()
        self.reset()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = self._reach()
                self._open += [client, server]
                for pair in ((client, server), (server, client)):
                    Thread(target=self._pass, args=pair, name="proxy", daemon=True).start()

    def _pass(self, source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                swallowed = self._swallows
                if self._swallow_from is not None and self._swallow_from(data):
                    self._swallows = True  # the answer, not what asks for it
                if not swallowed:
                    to.sendall(data)
        for one in (source, to):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
