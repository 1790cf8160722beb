"""One database: opened once, its transactions, and its errors as ours."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock, RLock
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool, QueuePool

from pyramid_scheduler.errors import InvalidValue, StoreLocked, StoreUnavailable
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.locking import begin_editing
from pyramid_scheduler.stores.sql.migrating import (
    check_version,
    found_version,
    make_tables,
    migrate,
)
from pyramid_scheduler.stores.sql.numbers import raise_number, read_number
from pyramid_scheduler.stores.sql.schema import REVISION, VERSIONS

log = logging.getLogger("pyramid_scheduler")


class Conflict(StoreUnavailable):
    """Two transactions were in each other's way: nothing was changed, and it can be tried again."""


# By the SQL standard: a serialization failure, and PostgreSQL's deadlock. By MariaDB's own numbers:
# a row that was changed, a deadlock.
_CONFLICTS = {"40001", "40P01", 1020, 1213}
# A lock was not had in time. It has been waited for already, so that is not done again.
_LOCKED = {"55P03", 1205}


class Bare:
    """A connection without SQLAlchemy, whose way to the driver costs more than all the rest.

    For what is done all day long while nothing is due. No types are converted.
    """

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        """Take the driver's connection."""
        self._driver = driver
        self._dialect = dialect

    def execute(self, statement: Executable, values: Mapping[str, Any]) -> Any:
        """Execute ``statement``; return the driver's cursor."""
        return self._driver.execute(self._dialect.text(statement), values)

    def execute_all(self, statement: Update, rows: list[dict[str, Any]]) -> None:
        """Execute ``statement`` for each of ``rows``."""
        self._dialect.execute_all(self._driver, statement, rows)


class Database:
    """The connections to it, made at the first use in each process.

    The engine's loop has one connection of its own, so that it never queues behind the web
    application's requests, and so that what it commits itself is no change to be noticed.
    Whoever asks from another thread is given one out of a small pool.
    """

    def __init__(self, dialect: Dialect) -> None:
        """Take the database that ``dialect`` reaches; connect to nothing."""
        self.dialect = dialect
        self._engine: Engine | None = None
        self._own: Connection | None = None
        self._driver: Any = None
        self._identity: object = None
        self._own_turn = RLock()
        self._inherited: list[object] = []
        self._changes = -1
        self._revision = -1
        self._lock = Lock()

    def open(self, *, create: bool) -> bool:
        """Connect, and create what is missing if told to; return whether there is anything."""
        with self._lock:
            if self._engine is None and (create or self.dialect.exists()):
                self._engine = self._connect(create)
                self._identity = self.dialect.identity()
            return self._engine is not None

    def _connect(self, create: bool) -> Engine | None:
        with _our_errors():
            if create:
                self.dialect.create()
            engine = self.dialect.connect(QueuePool)
            try:
                ready = self._is_ready(engine, create)
            except BaseException:
                engine.dispose()
                raise
            if not ready:
                engine.dispose()
            return engine if ready else None

    def _is_ready(self, engine: Engine, create: bool) -> bool:
        with self._begun(engine, writes=create) as connection:
            if create:
                self._make_ready(connection, migrates=self.dialect.embedded)
                return True
            found = found_version(connection, self.dialect)
            if found is not None:
                check_version(found, self.dialect.address)
            return found is not None

    def _make_ready(self, connection: Connection, *, migrates: bool) -> str | None:
        """Make the tables, or bring them up to date; return the version they had, None for none."""
        with self.dialect.alone(connection):
            found = found_version(connection, self.dialect)
            if found is None:
                make_tables(connection)
            elif migrates and found in VERSIONS[:-1]:
                migrate(connection, self.dialect, found)
                log.info("the store %s was migrated from version %s", self.dialect.address, found)
            else:
                check_version(found, self.dialect.address)
        return found

    def migrate(self) -> str | None:
        """Bring the tables up to date, or make them; return the version they had, None for none."""
        with _our_errors():
            self.dialect.create()
            # An index of ten million runs takes longer to make than any statement of an engine's.
            engine = self.dialect.connect(NullPool, patient=True)
            try:
                with self._begun(engine, writes=True) as connection:
                    return self._make_ready(connection, migrates=True)
            finally:
                engine.dispose()

    def close(self) -> None:
        """Let go of every connection, and listen no longer."""
        self.dialect.bell.silence()
        with self._lock:
            self._drop_own()
            if self._engine is not None:
                self._engine.dispose()
            self._engine = None

    def after_fork(self) -> None:
        """Forget the parent's connections without closing them: they are the parent's."""
        self.dialect.bell.after_fork()
        self._lock, self._own_turn = Lock(), RLock()
        # Kept, so that no finalizer closes in the child what the parent still uses.
        self._inherited.append((self._engine, self._own))
        self._engine = self._own = self._driver = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection in a transaction that only reads."""
        with _our_errors(), self._begun(self._opened(), writes=False) as connection:
            yield connection

    @contextmanager
    def write(self, *, edits: bool = False) -> Iterator[Connection]:
        """Give a connection in a transaction that writes; it is committed at the end.

        One that ``edits`` schedules is alone in that.
        """
        with _our_errors(), self._begun(self._opened(), writes=True) as connection:
            if edits:
                begin_editing(connection, self.dialect)
            yield connection

    def touch(self) -> None:
        """Have every engine look whether anything was changed."""
        with self.write() as connection:
            connection.info[REVISION] = True

    @contextmanager
    def own(self, *, writes: bool, edits: bool = False) -> Iterator[Connection]:
        """Give the loop's own connection in a transaction; one thread at a time."""
        with _our_errors(), self._own_turn:
            try:
                with self._transaction(self._own_connection(), writes=writes) as connection:
                    if edits:
                        begin_editing(connection, self.dialect)
                    yield connection
            except DBAPIError:
                self._drop_own()  # it may be broken: the next verb gets a new one
                raise

    @contextmanager
    def bare(self) -> Iterator[Bare]:
        """Give the loop's own connection without SQLAlchemy, in a transaction that writes."""
        with self._driven() as driver:
            self.dialect.begin(driver, writes=True)
            try:
                yield Bare(driver, self.dialect)
            except BaseException:
                driver.rollback()
                raise
            driver.commit()

    def require_same(self) -> None:
        """Let go of a database that is another one by now. Raises StoreUnavailable.

        This process would go on with one that no other can see, and each would fire for itself.
        """
        if self._engine is not None and self.dialect.identity() != self._identity:
            self.close()
            raise StoreUnavailable(f"the store {self.dialect.address} was deleted or replaced")

    def revision(self) -> int:
        """Return the revision; without reading it while nobody else has committed anything.

        Asked all day long while nothing happens: past the connection itself nothing is between
        this and the driver.
        """
        with self._driven() as driver:
            changes = self.dialect.changes(driver)
        if changes != self._changes:
            with self.own(writes=False) as connection:
                self._revision = read_number(connection, REVISION)
            self._changes = changes
        return self._revision

    @contextmanager
    def _begun(self, engine: Engine, *, writes: bool) -> Iterator[Connection]:
        with engine.connect() as connection, self._transaction(connection, writes=writes):
            yield connection

    @contextmanager
    def _transaction(self, connection: Connection, *, writes: bool) -> Iterator[Connection]:
        """Begin and commit; have the others hear of what engines must act on."""
        connection.execution_options(writes=writes)
        with connection.begin():
            connection.info.pop(REVISION, None)  # of a transaction that came to nothing
            yield connection
            revised = connection.info.pop(REVISION, False)
            if revised:
                raise_number(connection, REVISION)
                self.dialect.bell.tell(connection)
        if revised:
            self._changes = -1  # a connection does not notice what it commits itself
            self.dialect.bell.ring()

    @contextmanager
    def _driven(self) -> Iterator[Any]:
        """Give the driver's connection that the loop's own is made of; one thread at a time."""
        with self._own_turn:
            if self._own is None:
                with _our_errors():
                    self._own_connection()
            try:
                yield self._driver
            except self.dialect.errors as error:
                self._drop_own()
                raise _unavailable(error) from error

    def _own_connection(self) -> Connection:
        if self._own is None:
            self._opened()
            # Not out of the pool: a beat must never wait for the web application's requests.
            self._own = self.dialect.connect(NullPool).connect()
            self._driver = self._own.connection.driver_connection
            self.dialect.bell.attend(self._driver, self._own_turn)
        return self._own

    def _drop_own(self) -> None:
        own, self._own, self._driver, self._changes = self._own, None, None, -1
        self.dialect.bell.abandon()
        if own is not None:
            own.invalidate()
            own.close()

    def _opened(self) -> Engine:
        if self._engine is None:
            raise StoreUnavailable(f"the store {self.dialect.address} has not been opened")
        return self._engine


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turn what a database raises when it does not answer into StoreUnavailable.

    A key that is there already was made by somebody else meanwhile, or is a fault of ours: it is
    tried again, and said. What no row can hold is refused, however often it is tried. What a driver
    lets through, such as of a certificate's file or a host's name, is as if nothing answered.
    """
    try:
        yield
    except IntegrityError as error:
        log.error("the store refused a row: %s", error.orig)
        raise Conflict(f"{type(error.orig).__name__}: {error.orig}".strip()) from error
    except (DataError, UnicodeEncodeError) as error:
        reason = getattr(error, "orig", None) or error
        raise InvalidValue(f"the store cannot hold what it was given: {reason}".strip()) from error
    except DBAPIError as error:
        raise _unavailable(error.orig or error) from error
    except PoolTimeout as error:
        raise StoreUnavailable(str(error)) from error
    except (OSError, UnicodeError) as error:
        raise _unavailable(error) from error


def _unavailable(error: BaseException) -> StoreUnavailable:
    codes = {getattr(error, "sqlstate", None), *error.args[:1]}
    kind = StoreLocked if codes & _LOCKED else Conflict if codes & _CONFLICTS else StoreUnavailable
    return kind(f"{type(error).__name__}: {error}".strip())
