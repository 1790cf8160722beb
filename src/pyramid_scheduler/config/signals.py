"""SIGTERM: the notice that a process has to go, which most servers take as instant death."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


class Sigterm:
    """A handler for one SIGTERM, in front of the one that it finds.

    It first tells ``on_term``, then does what would have been done without it; only where that
    is the default, death without a word, it raises SystemExit instead, so that the server closes
    and ``atexit`` is reached. It is gone by then: the next SIGTERM ends the process at once.
    """

    def __init__(self, on_term: Callable[[bool], bool]) -> None:
        """Remember whom to tell.

        ``on_term`` is called in the main thread, between any two of its steps; with True when
        ``atexit`` will not be reached, so that what has to be done must be done now. It returns
        whether all is done, so that the process need not live on.
        """
        self._on_term = on_term
        self._found: Any = None

    def install(self) -> bool:
        """Take the place of the handler that is there; return whether that was possible.

        It is not outside the main thread, nor where the signal is ignored or belongs to a server
        written in C (uWSGI, Apache).
        """
        if threading.current_thread() is not threading.main_thread():
            return False
        if self._installed():
            return True
        found = signal.getsignal(signal.SIGTERM)
        if found is not signal.SIG_DFL and not callable(found):
            return False
        self._found = found
        signal.signal(signal.SIGTERM, self)
        return True

    def remove(self) -> None:
        """Put back what was found, if the handler is still this one."""
        if self._installed():
            signal.signal(signal.SIGTERM, self._found)

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        """Handle the signal."""
        self.remove()
        done = self._on_term(self._found is signal.SIG_DFL and _swallows_exit(frame))
        if callable(self._found):
            self._found(signum, frame)
        elif done:
            os.kill(os.getpid(), signum)
        else:
            raise SystemExit(0)

    def _installed(self) -> bool:
        return signal.getsignal(signal.SIGTERM) is self


def _swallows_exit(frame: FrameType | None) -> bool:
    """Return whether the code interrupted would answer SystemExit with a 500 and serve on.

    wsgiref does, while a request is being handled in the main thread.
    """
    while frame is not None:
        if frame.f_globals.get("__name__") == "wsgiref.handlers":
            return True
        frame = frame.f_back
    return False
