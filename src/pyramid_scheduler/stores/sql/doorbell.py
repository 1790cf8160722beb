"""How processes that share a file tell each other that something was changed, at no cost at rest.

Who changes something sets the file's times, and the kernel tells who watches it (inotify). Nothing
is kept anywhere, so nothing is left behind by a process that dies. Where the kernel has no
inotify, or no more of it, nobody is told, and who would listen looks.
"""

import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from struct import iter_unpack
from threading import Thread
from time import sleep

# <sys/inotify.h>
IN_ATTRIB, IN_IGNORED = 0x4, 0x8000
EVENT = "iIII"  # of a file: without a name behind it
# What is rung for is about to be committed; and a hundred rings in a row are one.
PAUSE = 0.02


class Doorbell:
    """The bell of one file: rung by anybody, heard by every process that listens."""

    def __init__(self, path: Path) -> None:
        """Take the file; listen to nothing."""
        self._path = path
        self._listening: _Listening | None = None

    def tell(self, connection: object) -> None:
        """Ring already: whatever becomes of this process in its commit."""
        del connection
        self.ring()

    def ring(self) -> None:
        """Have all who listen look, in this process too. A file that is gone has nobody."""
        with suppress(OSError):
            os.utime(self._path)

    def attend(self, driver: object, turn: object) -> None:
        """Do nothing: it is the file that is rung by."""

    def abandon(self) -> None:
        """Do nothing: it is the file that is rung by."""

    def listen(self, heard: Callable[[], None]) -> bool:
        """Call ``heard`` from a thread of its own after each ring; return whether that works."""
        if self._listening is not None and self._listening.thread.is_alive():
            self._listening.heard = heard
            return True
        watched = _watch(self._path)
        self._listening = None if watched is None else _Listening(*watched, heard)
        return watched is not None

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
        """Forget, in a forked child, the thread and the watch: they are the parent's."""
        listening, self._listening = self._listening, None
        if listening is not None:
            os.close(listening.watcher)


class _Listening:
    """A watch and the thread that waits for it, until the watch is removed or the file is gone."""

    def __init__(self, watcher: int, watch: int, heard: Callable[[], None]) -> None:
        self.heard = heard
        self.watcher, self._watch = watcher, watch
        self.thread = Thread(target=self._run, name="pyramid_scheduler-doorbell", daemon=True)
        self.thread.start()

    def end(self) -> None:
        if self.thread.is_alive():  # else the watcher is closed, and its number may be another's
            _libc.inotify_rm_watch(self.watcher, self._watch)  # it is told, as IN_IGNORED

    def _run(self) -> None:
        over = False
        while not over:
            events = os.read(self.watcher, 4096)
            over = any(mask & IN_IGNORED for _, mask, _, _ in iter_unpack(EVENT, events))
            sleep(0 if over else PAUSE)
            self.heard()
        os.close(self.watcher)


_libc = ctypes.CDLL(None, use_errno=True)


def _watch(path: Path) -> tuple[int, int] | None:
    """Return a watcher of ``path`` and the watch in it, None where the kernel has none to give."""
    if not hasattr(_libc, "inotify_init1"):
        return None
    watcher = _libc.inotify_init1(os.O_CLOEXEC)
    if watcher < 0:
        return None
    watch = _libc.inotify_add_watch(watcher, os.fsencode(path), IN_ATTRIB)
    if watch < 0:
        os.close(watcher)
        return None
    return watcher, watch
