"""What a process has one of, however many applications live in it: its forks, its signal, its end.

Each application's :class:`~pyramid_scheduler.config.lifecycle.Lifecycle` is a member; what
happens to the process is passed on to all of them.
"""

import atexit
import logging
import os
import time
from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakSet

from pyramid_scheduler.config.detection import uwsgi_module
from pyramid_scheduler.config.signals import Sigterm

log = logging.getLogger("pyramid_scheduler")


class Member(Protocol):
    """One application in the process."""

    def after_fork(self) -> None:
        """Act on having come to life in a forked child."""

    def drain(self) -> None:
        """Begin nothing any more: the process is about to end. Async-signal-safe."""

    def stop(self, spent: float) -> None:
        """Stop for good; ``spent`` seconds of the time given have passed already."""

    @property
    def hurried(self) -> bool:
        """Whether ``atexit`` comes too late in this process."""


class Process:
    """This process, and the applications in it that have to hear of its forks and its end."""

    def __init__(self) -> None:
        """Begin without any."""
        self._members: WeakSet[Member] = WeakSet()
        # An engine outlives its application's last reference; who is to stop it must as well.
        self._started: set[Member] = set()
        self._sigterm = Sigterm(self._terminate)
        self._hooked = False

    def watch(self, member: Member) -> None:
        """Tell ``member`` of forks and of the end from now on."""
        self._members.add(member)
        if not self._hooked:
            self._hooked = True
            os.register_at_fork(after_in_child=self._forked)
            atexit.register(self._stop)
        self._hook_uwsgi()

    def started(self, member: Member) -> None:
        """Keep ``member``, whose engine is going to run, until the end."""
        self._started.add(member)

    def handle_sigterm(self) -> bool:
        """Hear of SIGTERM from now on; return whether that is possible here."""
        return self._sigterm.install()

    def _hook_uwsgi(self) -> None:
        """Have uWSGI call us after its forks: it does not call what ``register_at_fork`` knows.

        Whoever was there before us is called first. ``uwsgidecorators``, imported after us, takes
        our place without a word: so this is done again when the application has been made.
        """
        uwsgi: Any = uwsgi_module()
        if uwsgi is None:
            return
        found = getattr(uwsgi, "post_fork_hook", None)
        if not isinstance(found, _PostFork):
            uwsgi.post_fork_hook = _PostFork(found, self._forked)

    def _forked(self) -> None:
        # A child that ends by SIGTERM, as those of multiprocessing do, ends as it would have.
        self._sigterm.remove()
        self._started.clear()
        for member in list(self._members):
            member.after_fork()

    def _terminate(self, last: bool) -> bool:
        members = list(self._members)
        for member in members:
            member.drain()
        hurried = last or any(member.hurried for member in members)
        if hurried:
            self._stop()
        return hurried

    def _stop(self) -> None:
        """Stop every engine, all within the time of one."""
        members = list(self._members)
        for member in members:
            member.drain()
        began = time.monotonic()
        for member in members:
            try:
                member.stop(time.monotonic() - began)
            except Exception:  # the others are to be stopped all the same
                log.exception("a scheduler could not be stopped")
        self._started.clear()


class _PostFork:
    """Two hooks in the place of one."""

    def __init__(self, found: Callable[[], None] | None, ours: Callable[[], None]) -> None:
        self._found = found
        self._ours = ours

    def __call__(self) -> None:
        if self._found is not None:
            self._found()
        self._ours()


PROCESS = Process()
