"""SQLite: one file, one writer at a time, the machine's own clock."""

import logging
import os
import sqlite3
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial
from getpass import getuser
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, Update, create_engine, event
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import Pool, QueuePool
from sqlalchemy.sql.dml import Insert

from pyramid_scheduler.errors import StoreMisplaced
from pyramid_scheduler.interfaces import Clock
from pyramid_scheduler.stores import TABLE_PREFIX
from pyramid_scheduler.stores.sql.dialects.dialect import Bell, Guest, named
from pyramid_scheduler.stores.sql.dialects.filesystem import networked
from pyramid_scheduler.stores.sql.dialects.values import SUPPORTED, execute_values
from pyramid_scheduler.stores.sql.doorbell import Doorbell
from pyramid_scheduler.stores.sql.many import WHOLE
from pyramid_scheduler.stores.sql.naming import Texts, rename

log = logging.getLogger("pyramid_scheduler")

# Who waits to write asks as often, in seconds.
PAUSE = 0.003
# Called for every text of every row that is read: this one is no function of Python.
_DECODE = partial(str, encoding="utf-8", errors="replace")
SETTINGS = "set scheduler.store or scheduler.state_dir"


class Sqlite:
    """SQLite: one file, one writer at a time, the machine's own clock.

    Every write begins with BEGIN IMMEDIATE: a transaction that reads first and then writes fails
    at once when another wrote in between, whatever the time-out. Who has to wait for that asks
    every few milliseconds. SQLite's own waiting asks ever more seldom: those who have just come
    pass the one who has waited longest, and a node among many could be kept from beating. WAL
    lets readers go on beside the writer; ``synchronous=FULL`` makes a commit outlive a power cut.
    """

    name = "sqlite"
    errors: type[Exception] = sqlite3.Error
    tables = named("SELECT name FROM sqlite_master WHERE type = 'table' AND name IN :names")
    indexes = named("SELECT name FROM sqlite_master WHERE type = 'index' AND name IN :names")
    embedded = True
    locks_rows = False

    def __init__(
        self, address: str, clock: Clock, statement_timeout: float, prefix: str = TABLE_PREFIX
    ) -> None:
        """Take ``sqlite:////absolute/path``; time in seconds."""
        self.path = Path(make_url(address).database or "")
        self.address = f"sqlite:///{self.path}"
        self.bell: Bell = Doorbell(self.path)
        self.guest: Guest | None = SqliteGuest()
        self.timeout = statement_timeout
        self.prefix = prefix
        self.text = Texts(SQLiteDialect(paramstyle="named"), prefix)
        self._clock = clock
        self.clock: Clock | None = clock

    def exists(self) -> bool:
        """Return whether there is a database to read."""
        try:
            return self.path.exists()
        except OSError as error:
            raise StoreMisplaced(
                f"the store {self.path} cannot be read by user {_user()!r}:"
                f" {error.strerror or error}; {SETTINGS}"
            ) from None

    def identity(self) -> tuple[int, int] | None:
        """Return what tells this file from another at its path, None when there is none."""
        return _identity(self.path)

    def create(self) -> None:
        """Make the folder and the file, for this user only. Raises StoreMisplaced."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise StoreMisplaced(
                f"the store {self.path} cannot be written by user {_user()!r}:"
                f" {error.strerror or error}; {SETTINGS}"
            ) from None
        if kind := networked(self.path.resolve()):
            log.warning("the store %s is on a file system of the network (%s), where SQLite's locks"
                        " cannot be relied on; %s to a local one, or use a database server",
                        self.path, kind, SETTINGS)  # fmt: skip

    def connect(self, pool: type[Pool], *, patient: bool = False) -> Engine:
        """Return an engine on it, its connections kept by a ``pool`` of its own."""
        del patient  # nothing here ends a statement that takes long
        arguments = {"timeout": self.timeout, "isolation_level": None, "check_same_thread": False}
        waiting = {"pool_timeout": self.timeout} if pool is QueuePool else {}
        engine = create_engine(
            f"sqlite:///{self.path}",
            connect_args=arguments,
            poolclass=pool,
            execution_options={"preserve_rowcount": True, **self._ways()},
            **waiting,
        )
        rename(engine.dialect, self.prefix)
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "begin", self._begin)
        return engine

    def _ways(self) -> dict[str, Any]:
        return {WHOLE: partial(execute_values, self.prefix)} if SUPPORTED else {}

    @staticmethod
    def _prepare(connection: sqlite3.Connection, record: object) -> None:
        del record
        # A text that is not UTF-8 was not written by us, and must not make its page unreadable.
        connection.text_factory = _DECODE
        # Only once in the life of the file: to ask for it while others write is to be refused.
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    def alone(self, connection: Connection) -> AbstractContextManager[None]:
        """Do nothing: who writes is alone."""
        del connection
        return nullcontext()

    def begin(self, driver: sqlite3.Connection, *, writes: bool) -> None:
        """Begin, as the engine of :meth:`connect` does."""
        # sqlite3 itself would begin only before the first write, and then not IMMEDIATE.
        if not writes:
            driver.execute("BEGIN")
            return
        latest = monotonic() + self.timeout
        driver.execute("PRAGMA busy_timeout=0")
        try:
            while not _has_begun(driver, waits=monotonic() < latest):
                sleep(PAUSE)
        finally:
            driver.execute(f"PRAGMA busy_timeout={self.timeout * 1000:.0f}")

    def _begin(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        writes = bool(connection.get_execution_options().get("writes"))
        try:
            self.begin(driver, writes=writes)
        except sqlite3.Error as error:  # as SQLAlchemy says it of its own statements
            raise OperationalError("BEGIN", None, error) from error

    @staticmethod
    def changes(driver: sqlite3.Connection) -> int:
        """Return a number that is another once another connection has committed anything."""
        number: int = driver.execute("PRAGMA data_version").fetchone()[0]
        return number

    def execute_all(
        self, driver: sqlite3.Connection, statement: Update, rows: list[dict[str, Any]]
    ) -> None:
        """Execute ``statement`` for each of ``rows``, past SQLAlchemy."""
        driver.executemany(self.text(statement), rows)

    @staticmethod
    @cache
    def insert_new(table: Table) -> Insert:
        """Return an INSERT that leaves a row alone whose key is there already."""
        return sqlite_insert(table).on_conflict_do_nothing()

    def now(self, connection: object) -> int:
        """Return the machine's clock, which is the same for all who share a file."""
        del connection
        return self._clock.now()

    def scalar_and_now(
        self, connection: Connection, statement: "Select[Any]", values: Mapping[str, Any]
    ) -> tuple[Any, int]:
        """Return what ``statement`` selects, and the clock."""
        return connection.execute(statement, values).scalar(), self._clock.now()


class SqliteGuest:
    """A connection of the application's to a file of SQLite."""

    @staticmethod
    def home(connection: Connection) -> tuple[int, int] | None:
        """Return what tells the file that ``connection`` has open from others."""
        for _, name, path in connection.exec_driver_sql("PRAGMA database_list"):
            if name == "main" and path:
                return _identity(Path(path))
        return None

    @staticmethod
    def enter(connection: Connection) -> bool:
        """Begin, where sqlite3 would before the first write: it would not before a savepoint.

        The end of that savepoint would be a commit then.
        """
        driver: Any = connection.connection.driver_connection
        if not driver.in_transaction:
            if driver.isolation_level is None or getattr(driver, "autocommit", None) is True:
                return False
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        return True

    def hasten(self, connection: Connection, limit: float) -> None:
        """Do nothing: nobody cuts off a process that has the file locked."""

    @staticmethod
    def keeps_snapshot(connection: Connection) -> bool:
        """Return False: who writes is alone, and has seen all that is there."""
        del connection
        return False


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _has_begun(driver: sqlite3.Connection, *, waits: bool) -> bool:
    """Begin to write; return False if another does, unless nobody ``waits``."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if not waits or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user without a line in /etc/passwd
        return str(os.getuid())
