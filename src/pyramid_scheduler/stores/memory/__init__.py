"""The store of one process: as fast as a dict, and gone with the process.

Where several processes serve, each has one of its own and fires for itself.
"""

from collections.abc import Callable
from threading import Lock

from pyramid_scheduler.interfaces import Clock
from pyramid_scheduler.stores.memory.book import Book
from pyramid_scheduler.stores.memory.client_side import ClientSide
from pyramid_scheduler.stores.memory.declaring import Declaring
from pyramid_scheduler.stores.memory.engine_side import EngineSide
from pyramid_scheduler.stores.memory.reading import Reading

__all__ = ["MemoryStore"]


class MemoryStore(EngineSide, ClientSide, Reading):
    """:class:`pyramid_scheduler.interfaces.Store` in the memory of this process.

    Parameters
    ----------
    clock : what decides what is due
    new_id : makes the id of a run that a schedule owes

    Any thread may call any verb; each is done as a whole under one lock.
    """

    shared = False
    local_clock = True
    address = "memory://"

    def __init__(self, clock: Clock, *, new_id: Callable[[], str]) -> None:
        """Begin empty."""
        self._clock = clock
        self._new_id = new_id
        self._lock = Lock()
        self._book = Book()
        self._declaring = Declaring(self._book)

    def open(self, *, create: bool = True) -> bool:
        """Return True: there is nothing to make ready."""
        del create
        return True

    def migrate(self) -> str | None:
        """Return None: it was made by this very process."""
        return None

    def close(self) -> None:
        """Do nothing: what is remembered lasts as long as the store does."""

    def after_fork(self) -> None:
        """Take a lock of this process's own: the parent's may have been held at the fork."""
        self._lock = Lock()

    def now(self) -> int:
        """Return the clock's instant."""
        return self._clock.now()

    def revision(self) -> int:
        """Return a number that changes when something was changed that engines must act on."""
        return self._book.revision

    def listen(self, heard: Callable[[], None]) -> bool:
        """Tell of nothing: nobody else is in it, and who asks in this process wakes the engine."""
        del heard
        return True

    def unlisten(self, heard: Callable[[], None]) -> None:
        """Go on telling nothing."""
