"""One database: opened once, its transactions, and its errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from pyramid_scheduler.errors import SchemaMismatch, StoreUnavailable
from pyramid_scheduler.stores.sql.dialects import Sqlite
from pyramid_scheduler.stores.sql.numbers import read_number
from pyramid_scheduler.stores.sql.schema import REVISION, SCHEMA, SEEN, VERSION, metadata, number


class Database:
    """The connections to it, made at the first use in each process."""

    def __init__(self, dialect: Sqlite) -> None:
        """Take the database that ``dialect`` reaches; connect to nothing."""
        self.dialect = dialect
        self._engine: Engine | None = None
        self._watcher: Connection | None = None
        self._changes = -1
        self._revision = -1
        self._lock = Lock()

    def open(self, *, create: bool) -> bool:
        """Connect, and create what is missing if told to; return whether there is anything."""
        with self._lock:
            if self._engine is None and (create or self.dialect.exists()):
                self._engine = self._connect(create)
            return self._engine is not None

    def _connect(self, create: bool) -> Engine | None:
        with _our_errors():
            if create:
                self.dialect.create()
            engine = self.dialect.connect()
            with _begun(engine, writes=create) as connection:
                if create:
                    _bring_up_to_date(connection)
                elif not engine.dialect.has_table(connection, number.name):
                    return None
                _check(connection)
            return engine

    def close(self) -> None:
        """Let go of every connection."""
        with self._lock:
            if self._watcher is not None:
                self._watcher.close()
            if self._engine is not None:
                self._engine.dispose()
            self._engine = self._watcher = None

    def after_fork(self) -> None:
        """Forget the parent's connections without closing them: they are the parent's."""
        self._lock = Lock()
        if self._engine is not None:
            self._engine.dispose(close=False)
        self._engine = self._watcher = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection in a transaction that only reads."""
        with _our_errors(), _begun(self._opened(), writes=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that writes; it is committed at the end."""
        with _our_errors(), _begun(self._opened(), writes=True) as connection:
            yield connection

    def revision(self) -> int:
        """Return the revision; without asking for it while nobody has committed anything."""
        with _our_errors():
            if self._watcher is None:
                self._watcher = self._opened().connect()
            changes = self.dialect.changes(self._watcher.connection)
            if changes != self._changes:
                self._changes = changes
                with self.read() as connection:
                    self._revision = read_number(connection, REVISION)
            return self._revision

    def _opened(self) -> Engine:
        if self._engine is None:
            raise StoreUnavailable(f"the store {self.dialect.address} has not been opened")
        return self._engine


@contextmanager
def _begun(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.execution_options(writes=writes)
        with connection.begin():
            yield connection


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turn what a database raises when it does not answer into StoreUnavailable.

    An IntegrityError is none of these: it would be a fault of ours, and is not to be hidden.
    """
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise StoreUnavailable(f"{type(error.orig).__name__}: {error.orig}") from error
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"{type(error).__name__}: {error}") from error


def _bring_up_to_date(connection: Connection) -> None:
    metadata.create_all(connection)
    names = set(connection.scalars(select(number.c.name)))
    for name, value in ((SCHEMA, VERSION), (REVISION, 0), (SEEN, 0)):
        if name not in names:
            connection.execute(insert(number).values(name=name, value=value))


def _check(connection: Connection) -> None:
    found = read_number(connection, SCHEMA)
    if found > VERSION:
        raise SchemaMismatch(
            f"the store has schema version {found}, this package knows up to {VERSION}:"
            " upgrade pyramid-scheduler"
        )
