"""What a dialect is asked for."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    Select,
    Table,
    TextClause,
    Update,
    bindparam,
    text,
)
from sqlalchemy.pool import Pool
from sqlalchemy.sql.dml import Insert

from pyramid_scheduler.interfaces import Clock


def named(statement: str) -> TextClause:
    """Return ``statement`` with a list of any length as its parameter ``names``."""
    return text(statement).bindparams(bindparam("names", expanding=True))


class Bell(Protocol):
    """How processes that share a database tell each other that something was changed."""

    def tell(self, connection: Connection) -> None:
        """Have all who listen look, as far as that has to be said before the commit."""

    def ring(self) -> None:
        """Have all who listen look, after a commit."""

    def attend(self, driver: Any, turn: Any) -> None:
        """Take the loop's own connection, new, and the lock of who uses it: it may hear by that."""

    def abandon(self) -> None:
        """Hear no more by the connection attended: it is about to be let go of."""

    def listen(self, heard: Callable[[], None]) -> bool:
        """Call ``heard`` after each ring; return whether every change is told of."""

    def unlisten(self, heard: Callable[[], None]) -> None:
        """Call ``heard`` no more."""

    def silence(self) -> None:
        """Listen no longer."""

    def after_fork(self) -> None:
        """Forget, in a forked child, what is the parent's."""


class Executes(Protocol):
    """A connection, with SQLAlchemy or without."""

    def execute(self, statement: Any, values: Any, /) -> Any:
        """Execute ``statement``; return its rows."""


class Guest(Protocol):
    """What is asked of a connection of the application's, which is not ours to configure."""

    def home(self, connection: Connection) -> object:
        """Return what tells the tables of ours that ``connection`` sees from all others, or None.

        A connection of our own is asked as well: both are in one place if the answers are equal.
        """

    def enter(self, connection: Connection) -> bool:
        """Make sure that what is written now waits for a commit; return whether it can."""

    def hasten(self, connection: Connection, limit: float) -> None:
        """Have who stands still in this transaction for ``limit`` s cut off, where that can be."""

    def keeps_snapshot(self, connection: Connection) -> bool:
        """Return whether to update a row fails that was changed since the transaction began."""


class Dialect(Protocol):
    """A kind of database, and one of that kind: its address, its bell, its time-outs."""

    name: str  # as SQLAlchemy calls that kind
    address: str  # without any password
    prefix: str  # with which the names of the tables begin
    errors: type[Exception]  # what the driver itself raises
    tables: TextClause  # which of the tables called ``names`` are seen
    indexes: TextClause  # which of the indexes called ``names`` are there
    clock: Clock | None  # the machine's, where it decides by that one
    embedded: bool  # whether it is this application's alone, and migrated by whoever opens it
    locks_rows: bool  # whether transactions that write run side by side
    bell: Bell
    guest: Guest | None  # None where no connection of the application's is ever written by
    timeout: float  # how long a statement may take (s)

    def exists(self) -> bool:
        """Return whether there may be a database to read."""

    def identity(self) -> object:
        """Return what tells this database from another at its address."""

    def create(self) -> None:
        """Make what has to be there before it can be connected to. Raises StoreMisplaced."""

    def connect(self, pool: type[Pool], *, patient: bool = False) -> Engine:
        """Return an engine on it, its connections kept by a ``pool`` of its own.

        With ``patient`` a statement, and a transaction, may take as long as it takes; a lock is
        waited for no longer than otherwise.
        """

    def alone(self, connection: Connection) -> AbstractContextManager[None]:
        """Wait until nobody else makes the tables, and keep others from it until it is over."""

    def begin(self, driver: Any, *, writes: bool) -> None:
        """Begin, as the engine of :meth:`connect` does."""

    def changes(self, driver: Any) -> int:
        """Return a number that is another once another connection has changed anything."""

    @property
    def text(self) -> Callable[[Executable], str]:
        """Return what gives a statement as the driver reads it, its parameters by name."""

    def execute_all(self, driver: Any, statement: Update, rows: list[dict[str, Any]]) -> None:
        """Execute ``statement`` for each of ``rows``, past SQLAlchemy."""

    def insert_new(self, table: Table) -> Insert:
        """Return an INSERT that leaves a row alone whose key is there already."""

    def now(self, connection: Executes | None) -> int:
        """Return the clock by which it decides what is due; None will do for a local one."""

    def scalar_and_now(
        self, connection: Connection, statement: "Select[Any]", values: Mapping[str, Any]
    ) -> tuple[Any, int]:
        """Return what ``statement`` selects, None for no row, and the clock, by one round trip."""
