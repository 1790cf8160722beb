"""A small proxy between one process and its database, to do what networks do."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

CHUNK = 65536
DELAY = 0.3

Connect = Callable[[], socket.socket]


class Proxy:
    """Passes on what comes to ``port``; ``how`` says in what manner.

    "" as it comes; "dropped": connections are closed, and refused; "half-closed": what the server
    says ends, what it is told goes on; "delayed": each piece by DELAY s; "commit swallowed": the
    next COMMIT is done, and its reply never arrives.
    """

    def __init__(self, connect: Connect) -> None:
        """Listen on a port of this machine; ``connect`` makes a connection to the server."""
        self._connect = connect
        self._how = ""
        self._open: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._in_thread(self._accept)

    def disturb(self, how: str) -> None:
        """Go on in another manner."""
        self._how = how
        if how == "dropped":
            self._hang_up()
        elif how == "half-closed":
            for client, _ in self._open:
                with suppress(OSError):
                    client.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Listen no longer, and wait until nothing is passed on any more."""
        self._how = "dropped"
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # who accepts would not notice a close
        self._listener.close()
        self._hang_up()
        for thread in self._threads:
            thread.join(10)

    def _hang_up(self) -> None:
        while self._open:
            _close(*self._open.pop())

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                self._in_thread(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self._how == "dropped":
                return
            with self._connect() as server:
                self._open.append((client, server))
                if self._how != "dropped":  # nor is it by now
                    self._pass_both_ways(client, server)

    def _pass_both_ways(self, client: socket.socket, server: socket.socket) -> None:
        swallowing = threading.Event()
        questions = self._in_thread(self._pass_questions, client, server, swallowing)
        self._pass_answers(client, server, swallowing)
        questions.join()

    def _pass_questions(
        self, client: socket.socket, server: socket.socket, swallowing: threading.Event
    ) -> None:
        with suppress(OSError):
            while piece := client.recv(CHUNK):
                if self._how == "commit swallowed" and _commits(piece):
                    self._how = ""
                    swallowing.set()
                self._wait()
                server.sendall(piece)
        _close(client, server)

    def _pass_answers(
        self, client: socket.socket, server: socket.socket, swallowing: threading.Event
    ) -> None:
        with suppress(OSError):
            while (piece := server.recv(CHUNK)) and not swallowing.is_set():
                self._wait()
                client.sendall(piece)
        if self._how != "half-closed":
            _close(client, server)

    def _wait(self) -> None:
        if self._how == "delayed":
            time.sleep(DELAY)

    def _in_thread(self, call: Callable[..., None], *args: object) -> threading.Thread:
        thread = threading.Thread(target=call, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread


def _commits(piece: bytes) -> bool:
    """Return whether it ends with a COMMIT, as a client's that waits for the answer does."""
    return piece.rstrip(b"\0").endswith(b"COMMIT")


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
