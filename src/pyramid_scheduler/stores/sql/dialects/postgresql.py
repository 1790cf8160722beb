"""PostgreSQL: a server for several hosts, whose clock decides what is due.

Transactions that write run side by side, READ COMMITTED; what keeps them apart is in ``locking``.
"""

from collections.abc import Mapping
from functools import cache
from math import ceil
from typing import Any

import psycopg
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Executable,
    Select,
    Table,
    Update,
    bindparam,
    cast,
    create_engine,
    event,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import OID
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import Pool, QueuePool
from sqlalchemy.sql.dml import Insert

from pyramid_scheduler.interfaces import Clock
from pyramid_scheduler.stores.sql.dialects.arrays import by_arrays, of_arrays
from pyramid_scheduler.stores.sql.dialects.bounded import Bounded
from pyramid_scheduler.stores.sql.dialects.dialect import Bell, Executes, Guest
from pyramid_scheduler.stores.sql.notifying import Notifications
from pyramid_scheduler.stores.sql.schema import REVISION, metadata, number

# Of the transaction's beginning it would be the time before it waited for a lock. Without a
# parameter: a heartbeat reads it past SQLAlchemy.
_SECONDS = func.extract("epoch", func.clock_timestamp())
CLOCK = cast(_SECONDS * literal_column("1000000"), BigInteger)
_NOW = select(CLOCK.label("now"))
_REVISION = f"select value from {number.name} where name = '{REVISION}'"
# A number of a table is its own in its database; addresses have aliases, paths and poolers.
_HOME = select(
    func.pg_postmaster_start_time(),
    func.current_database(),
    *(cast(func.to_regclass(name), OID) for name in metadata.tables),
)
_HASTEN = select(
    func.set_config("idle_in_transaction_session_timeout", bindparam("limit"), literal(True))
)
_ISOLATION = select(func.current_setting("transaction_isolation"))
# "pyramid_" in ASCII: a key that no other application is likely to have.
_MAKING = 0x70797261_6D69645F


class Postgresql:
    """A database of a PostgreSQL server."""

    name = "postgresql"
    errors: type[Exception] = psycopg.Error
    tables = "SELECT relname FROM pg_catalog.pg_class WHERE pg_catalog.pg_table_is_visible(oid)"
    indexes = tables  # it has both
    clock: Clock | None = None
    embedded = False
    locks_rows = True

    def __init__(self, address: str, statement_timeout: float) -> None:
        """Take ``postgresql://user:password@host/database``; time in seconds."""
        url = make_url(address)
        self._url = url.set(drivername="postgresql+psycopg")
        self.address = _shown(url)
        self.timeout = statement_timeout
        self.bell: Bell = Notifications()
        self.guest: Guest = PostgresqlGuest()

    def exists(self) -> bool:
        """Return True: whether there are tables is seen when it is connected to."""
        return True

    def identity(self) -> None:
        """Return nothing: a server's database is not replaced behind its connections."""

    def create(self) -> None:
        """Do nothing: a database is made by who administers the server."""

    def connect(self, pool: type[Pool]) -> Engine:
        """Return an engine on it; a ``QueuePool`` is one connection, for who is not the loop."""
        options: dict[str, Any] = {}
        if pool is QueuePool:
            # A firewall may have cut off what was idle, a restart what was not.
            options = {"pool_size": 1, "max_overflow": 0, "pool_pre_ping": True,
                       "pool_timeout": self.timeout}  # fmt: skip
        engine = create_engine(
            self._url,
            poolclass=pool,
            connect_args=self._arguments(),
            execution_options={"preserve_rowcount": True},  # of an INSERT too
            use_native_hstore=False,  # to ask for its type is a round trip
            **options,
        )
        event.listen(engine, "do_connect", self._reach)
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "begin", _begin)
        event.listen(engine, "before_execute", by_arrays, retval=True)
        return engine

    def _arguments(self) -> dict[str, Any]:
        """Return how to connect: a peer that is gone is noticed within three time-outs."""
        seconds = max(1, ceil(self.timeout))
        return {
            "autocommit": True,  # a transaction is begun by `begin`; a lone read needs none
            "application_name": "pyramid_scheduler",
            # A plan that was kept since the tables were empty would be followed when they are full.
            "prepare_threshold": None,
            "connect_timeout": max(2, seconds),
            "keepalives_idle": seconds,
            "keepalives_interval": max(1, seconds // 2),
            "keepalives_count": 3,
            "tcp_user_timeout": 2000 * seconds,
        }

    def _reach(
        self, dialect: object, record: object, args: tuple[str, ...], options: dict[str, Any]
    ) -> Bounded:
        """Connect; what takes long is ended by the server first, so that it is named."""
        del dialect, record
        connection = Bounded.connect(*args, **options)
        connection.patience = self.timeout * 1.5
        return connection

    def _prepare(self, connection: "psycopg.Connection[Any]", record: object) -> None:
        """Set the time-outs of the session.

        A process that is frozen in a transaction is cut off by the server after two of its
        time-outs, before half its lease is over, and so are its locks.
        """
        del record
        once = max(1, round(self.timeout * 1000))
        limits = {
            "statement_timeout": once,
            "lock_timeout": max(1, once * 3 // 4),  # before the statement's, so that it is named
            "idle_in_transaction_session_timeout": 2 * once,
            "tcp_user_timeout": 2 * once,
        }
        connection.execute(";".join(f"SET {name} = {value}" for name, value in limits.items()))

    def alone(self, connection: Connection) -> None:
        """Wait until nobody else makes the tables: CREATE TABLE IF NOT EXISTS is not safe alone."""
        connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))

    @staticmethod
    def begin(driver: "psycopg.Connection[Any]", *, writes: bool) -> None:
        """Begin, as the engine of :meth:`connect` does."""
        driver.execute(_begin_as(writes))

    @staticmethod
    def changes(driver: "psycopg.Connection[Any]") -> int:
        """Return the revision: one indexed read."""
        row = driver.execute(_REVISION).fetchone()
        return -1 if row is None else int(row[0])

    @staticmethod
    @cache
    def text(statement: Executable) -> str:
        """Return ``statement`` as the driver reads it, its parameters by name."""
        dialect = PGDialect_psycopg(paramstyle="pyformat")  # type: ignore[no-untyped-call]
        return str(statement.compile(dialect=dialect))  # type: ignore[attr-defined]  # ours all can

    def execute_all(
        self, driver: "psycopg.Connection[Any]", statement: Update, rows: list[dict[str, Any]]
    ) -> None:
        """Execute ``statement`` for each of ``rows``, past SQLAlchemy."""
        whole, arrays = of_arrays(statement, rows)
        driver.execute(self.text(whole), arrays)

    def insert_new(self, table: Table) -> Insert:
        """Return an INSERT that leaves a row alone whose key is there already."""
        return postgresql_insert(table).on_conflict_do_nothing()

    def now(self, connection: Executes | None) -> int:
        """Return the server's clock."""
        assert connection is not None, "a server has to be asked"
        return int(connection.execute(_NOW, {}).fetchone()[0])

    def scalar_and_now(
        self, connection: Connection, statement: "Select[Any]", values: Mapping[str, Any]
    ) -> tuple[Any, int]:
        """Return what ``statement`` selects, None and 0 for no row, and the server's clock."""
        row = connection.execute(_with_clock(statement), values).one_or_none()
        return (None, 0) if row is None else (row[0], row[1])


class PostgresqlGuest:
    """A connection of the application's to a PostgreSQL server, by whatever driver."""

    @staticmethod
    def home(connection: Connection) -> object:
        """Return the server's life, the database in it, and which tables have our names there."""
        found = connection.execute(_HOME).one()
        return None if None in found else tuple(found)

    @staticmethod
    def enter(connection: Connection) -> bool:
        """Return whether there is a transaction: the driver begins it unless told not to."""
        return not getattr(connection.connection.driver_connection, "autocommit", False)

    @staticmethod
    def hasten(connection: Connection, limit: float) -> None:
        """Have the server cut off, for this transaction only, a process that is frozen in it."""
        connection.execute(_HASTEN, {"limit": str(max(1, round(limit * 1000)))})

    @staticmethod
    def keeps_snapshot(connection: Connection) -> bool:
        """Return whether it is REPEATABLE READ or SERIALIZABLE."""
        return connection.execute(_ISOLATION).scalar() != "read committed"


@cache
def _with_clock(statement: "Select[Any]") -> "Select[Any]":
    return statement.add_columns(CLOCK.label("now"))


def _shown(url: URL) -> str:
    """Return ``url`` without its password, and without a query, whatever is in that."""
    plain = URL.create(
        "postgresql", url.username, host=url.host, port=url.port, database=url.database
    )
    return plain.render_as_string()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(_begin_as(bool(options.get("writes"))))


def _begin_as(writes: bool) -> str:
    return f"BEGIN ISOLATION LEVEL READ COMMITTED READ {'WRITE' if writes else 'ONLY'}"
