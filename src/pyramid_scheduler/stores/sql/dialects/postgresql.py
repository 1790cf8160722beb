"""PostgreSQL: a server for several hosts, whose clock decides what is due.

Transactions that write run side by side, READ COMMITTED; what keeps them apart is in ``locking``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from math import ceil
from typing import Any

import psycopg
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
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
from sqlalchemy.pool import Pool
from sqlalchemy.sql.dml import Insert

from pyramid_scheduler.stores import TABLE_PREFIX
from pyramid_scheduler.stores.sql.dialects.arrays import by_arrays, of_arrays
from pyramid_scheduler.stores.sql.dialects.bounded import Bounded
from pyramid_scheduler.stores.sql.dialects.dialect import Bell, Guest, named
from pyramid_scheduler.stores.sql.dialects.server import Server
from pyramid_scheduler.stores.sql.naming import Texts, rename
from pyramid_scheduler.stores.sql.notifying import Notifications
from pyramid_scheduler.stores.sql.numbers import READ_REVISION
from pyramid_scheduler.stores.sql.schema import limit_indexes_of_postgresql, metadata

limit_indexes_of_postgresql()

# Of the transaction's beginning it would be the time before it waited for a lock. Without a
# parameter: a heartbeat reads it past SQLAlchemy.
_SECONDS = func.extract("epoch", func.clock_timestamp())
CLOCK = cast(_SECONDS * literal_column("1000000"), BigInteger)
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
# "pyramid_" in ASCII: a key that no other application is likely to have. Two of ours, in schemas of
# their own, merely wait for each other.
_MAKING = 0x70797261_6D69645F


class Postgresql(Server):
    """A database of a PostgreSQL server; ``schema`` is the one of its schemas that is used."""

    name = "postgresql"
    errors: type[Exception] = psycopg.Error
    # By name: a database may have a hundred thousand tables, and each would be asked if it is seen.
    tables = named(
        "SELECT relname FROM pg_catalog.pg_class"
        " WHERE relname IN :names AND pg_catalog.pg_table_is_visible(oid)"
    )
    indexes = tables  # it has both
    time = CLOCK

    def __init__(
        self,
        address: str,
        statement_timeout: float,
        prefix: str = TABLE_PREFIX,
        schema: str | None = None,
    ) -> None:
        """Take ``postgresql://user:password@host/database``; time in seconds."""
        super().__init__(address, statement_timeout, prefix)
        self._schema = schema
        self.bell: Bell = Notifications(prefix)
        self.guest: Guest | None = PostgresqlGuest()
        # mypy: that class has no types.
        self.text = Texts(PGDialect_psycopg(paramstyle="pyformat"), prefix)  # type: ignore[no-untyped-call]
        self._revision = self.text(READ_REVISION)

    def connect(self, pool: type[Pool], *, patient: bool = False) -> Engine:
        """Return an engine on it; a ``QueuePool`` is one connection, for who is not the loop."""
        engine = create_engine(
            self.url.set(drivername="postgresql+psycopg"),
            connect_args={**self._arguments(), **self._path()},
            execution_options={"preserve_rowcount": True},  # of an INSERT too
            use_native_hstore=False,  # to ask for its type is a round trip
            **self.pooling(pool),
        )
        rename(engine.dialect, self.prefix)
        event.listen(
            engine,
            "do_connect",
            lambda _dialect, _record, args, options: self._reach(args, options, patient=patient),
        )
        event.listen(
            engine, "connect", lambda driver, _record: self._prepare(driver, patient=patient)
        )
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

    def _path(self) -> dict[str, str]:
        """Return how to have the session use the schema that was chosen."""
        if self._schema is None:
            return {}
        return {"options": f"{self.url.query.get('options', '')} -csearch_path={self._schema}"}

    def _reach(self, args: tuple[str, ...], options: dict[str, Any], *, patient: bool) -> Bounded:
        """Connect; what takes long is ended by the server first, so that it is named."""
        connection = Bounded.connect(*args, **options)
        if not patient:
            connection.patience = self.timeout * 1.5
        return connection

    def _prepare(self, connection: "psycopg.Connection[Any]", *, patient: bool) -> None:
        """Set the time-outs of the session.

        A process that is frozen in a transaction is cut off by the server after two of its
        time-outs, before half its lease is over, and so are its locks.
        """
        once = max(1, round(self.timeout * 1000))
        limits = {
            "statement_timeout": 0 if patient else once,
            "lock_timeout": max(1, once * 3 // 4),  # before the statement's, so that it is named
            "idle_in_transaction_session_timeout": 0 if patient else 2 * once,
            "tcp_user_timeout": 2 * once,
        }
        connection.execute(";".join(f"SET {name} = {value}" for name, value in limits.items()))

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """Wait until nobody else makes the tables: CREATE TABLE IF NOT EXISTS is not safe alone.

        It is over with the transaction.
        """
        connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
        known = func.to_regnamespace(self._schema)
        # Asked first: CREATE SCHEMA IF NOT EXISTS needs the right to make one if there is one, too.
        if self._schema is not None and connection.scalar(select(known)) is None:
            connection.exec_driver_sql(f'CREATE SCHEMA "{self._schema}"')
        yield

    @staticmethod
    def begin(driver: "psycopg.Connection[Any]", *, writes: bool) -> None:
        """Begin, as the engine of :meth:`connect` does."""
        driver.execute(_begin_as(writes))

    def changes(self, driver: "psycopg.Connection[Any]") -> int:
        """Return the revision: one indexed read."""
        row = driver.execute(self._revision).fetchone()
        return -1 if row is None else int(row[0])

    def execute_all(
        self, driver: "psycopg.Connection[Any]", statement: Update, rows: list[dict[str, Any]]
    ) -> None:
        """Execute ``statement`` for each of ``rows``, past SQLAlchemy."""
        whole, arrays = of_arrays(statement, rows)
        driver.execute(self.text(whole), arrays)

    @staticmethod
    @cache
    def insert_new(table: Table) -> Insert:
        """Return an INSERT that leaves a row alone whose key is there already."""
        return postgresql_insert(table).on_conflict_do_nothing()


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


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(_begin_as(bool(options.get("writes"))))


def _begin_as(writes: bool) -> str:
    return f"BEGIN ISOLATION LEVEL READ COMMITTED READ {'WRITE' if writes else 'ONLY'}"
