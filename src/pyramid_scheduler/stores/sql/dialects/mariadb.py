"""MariaDB from 10.6 on, a server for several hosts; and MySQL 8, on which it has not been tested.

As in PostgreSQL, transactions that write run side by side, READ COMMITTED, and pass over the rows
that another has locked. What is different: DDL is committed as it goes, an UPDATE of many rows is
one of each, an assignment in an UPDATE sees those before it, and nobody is told of a commit.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from math import ceil
from typing import Any

import pymysql
from pymysql.constants import CLIENT
from sqlalchemy import (
    Connection,
    Engine,
    Integer,
    Table,
    Update,
    create_engine,
    event,
    insert,
    literal_column,
)
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.pool import Pool
from sqlalchemy.sql.dml import Insert

from pyramid_scheduler.errors import StoreUnavailable
from pyramid_scheduler.stores import TABLE_PREFIX
from pyramid_scheduler.stores.sql.dialects.dialect import Bell, Guest, named
from pyramid_scheduler.stores.sql.dialects.server import Server
from pyramid_scheduler.stores.sql.dialects.strict import Strict, StrictCursor
from pyramid_scheduler.stores.sql.naming import Texts, rename
from pyramid_scheduler.stores.sql.numbers import READ_REVISION

# Who only reads begins none: READ COMMITTED, a transaction would hold nothing together for it.
_BEGIN = "START TRANSACTION"
OLDEST = {"MariaDB": (10, 6), "MySQL": (8, 0)}
# Not NOW, which is when the statement began, before it waited for a lock. Sessions have UTC.
CLOCK = literal_column("timestampdiff(microsecond, '1970-01-01', sysdate(6))", type_=Integer)
# Names are told apart by their bytes, a blank at the end included.
_COLLATIONS = {"MariaDB": "utf8mb4_nopad_bin", "MySQL": "utf8mb4_0900_bin"}
# How to connect, for who waits for an answer as long as it takes.
_PATIENT = {"read_timeout": None, "write_timeout": None}


class Silence:
    """The bell of a server that tells nobody of a commit: it has to be asked."""

    def tell(self, connection: object) -> None:
        """Do nothing: nobody can be told."""

    def ring(self) -> None:
        """Do nothing: nobody can be told."""

    def attend(self, driver: object, turn: object) -> None:
        """Do nothing: there is nothing to hear."""

    def abandon(self) -> None:
        """Do nothing: there was nothing to hear."""

    def listen(self, heard: Callable[[], None]) -> bool:
        """Return False: who wants to know has to ask."""
        del heard
        return False

    def unlisten(self, heard: Callable[[], None]) -> None:
        """Do nothing: nobody listens."""

    def silence(self) -> None:
        """Do nothing: nobody listens."""

    def after_fork(self) -> None:
        """Do nothing: there is nothing of the parent's."""


class Mariadb(Server):
    """A database of a MariaDB server."""

    name = "mysql"
    errors: type[Exception] = pymysql.Error
    tables = named(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = database() AND table_name IN :names"
    )
    indexes = named(
        "SELECT index_name FROM information_schema.statistics"
        " WHERE table_schema = database() AND index_name IN :names"
    )
    time = CLOCK

    def __init__(self, address: str, statement_timeout: float, prefix: str = TABLE_PREFIX) -> None:
        """Take ``mariadb://user:password@host/database``; time in seconds."""
        super().__init__(address, statement_timeout, prefix)
        self.bell: Bell = Silence()
        # What a claim can rely on here is set for each session of ours (see ``Strict``).
        self.guest: Guest | None = None
        self.text = Texts(MySQLDialect_pymysql(paramstyle="pyformat"), prefix)
        self._revision = self.text(READ_REVISION)

    def connect(self, pool: type[Pool], *, patient: bool = False) -> Engine:
        """Return an engine on it; a ``QueuePool`` is one connection, for who is not the loop."""
        engine = create_engine(
            self.url.set(drivername="mysql+pymysql"),
            connect_args={**self._arguments(), **(_PATIENT if patient else {})},
            execution_options={"preserve_rowcount": True},  # of an INSERT too
            **self.pooling(pool),
        )
        event.listen(
            engine,
            "do_connect",
            lambda _dialect, _record, args, options: self._reach(args, options, patient=patient),
        )
        # SQLAlchemy writes names anew once it has seen which server it is.
        event.listen(engine, "connect", lambda *_: rename(engine.dialect, self.prefix), once=True)
        event.listen(engine, "begin", _begin)
        event.listen(engine, "before_cursor_execute", _by_bytes, retval=True)
        return engine

    def _arguments(self) -> dict[str, Any]:
        """Return how to connect.

        An answer that does not come is given up after the server's own time-out, so that what
        takes long there is named.
        """
        return {
            "autocommit": True,  # a transaction is begun by `begin`; a lone read needs none
            "charset": "utf8mb4",
            "client_flag": CLIENT.FOUND_ROWS,
            "program_name": "pyramid_scheduler",
            "cursorclass": StrictCursor,
            "connect_timeout": max(2, ceil(self.timeout)),
            "read_timeout": self.timeout * 1.5,
            "write_timeout": self.timeout * 1.5,
        }

    def _reach(self, args: tuple[str, ...], options: dict[str, Any], *, patient: bool) -> Strict:
        """Connect, and set the session's time-outs before SQLAlchemy asks anything."""
        connection = Strict(*args, **options)
        try:
            self._prepare(connection, patient=patient)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: Strict, *, patient: bool) -> None:
        """Set how the session works.

        A process that is frozen in a transaction is cut off by the server after two of its
        time-outs, before half its lease is over, and so are its locks.
        """
        kind = kind_of(connection.get_server_info())
        twice = ceil(2 * self.timeout)
        values: dict[str, object] = {
            "sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
            "time_zone": "'+00:00'",
            "default_storage_engine": "InnoDB",
            # Before the statement's, so that it is named; in whole seconds.
            "innodb_lock_wait_timeout": max(1, int(self.timeout * 0.75)),
            "lock_wait_timeout": max(1, int(self.timeout * 0.75)),
            "net_read_timeout": twice,
            "net_write_timeout": twice,
        }
        if kind == "MariaDB":
            values |= {
                "max_statement_time": 0 if patient else self.timeout,
                "idle_transaction_timeout": 0 if patient else twice,
            }
        else:
            values["max_execution_time"] = 0 if patient else max(1, round(self.timeout * 1000))
        connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        connection.execute(
            "SET " + ", ".join(f"{name} = {value}" for name, value in values.items())
        )

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """Wait until nobody else makes the tables. What is made is committed at the end of it."""
        driver: Any = connection.connection.driver_connection
        lock = f"concat('pyramid_scheduler.', md5(concat(database(), '.{self.prefix}')))"
        if connection.exec_driver_sql(f"SELECT GET_LOCK({lock}, {self.timeout})").scalar() != 1:
            raise StoreUnavailable(f"somebody else makes the tables of the store {self.address}")
        driver.remakes = True
        try:
            yield
            connection.exec_driver_sql("COMMIT")
        finally:
            driver.remakes = False
            with suppress(pymysql.Error):
                driver.execute(f"DO RELEASE_LOCK({lock})")

    @staticmethod
    def begin(driver: Strict, *, writes: bool) -> None:
        """Begin, as the engine of :meth:`connect` does."""
        if writes:
            driver.execute(_BEGIN)

    def changes(self, driver: Strict) -> int:
        """Return the revision: one indexed read."""
        row = driver.execute(self._revision).fetchone()
        return -1 if row is None else int(row[0])

    def execute_all(self, driver: Strict, statement: Update, rows: list[dict[str, Any]]) -> None:
        """Execute ``statement`` for each of ``rows``, past SQLAlchemy."""
        driver.cursor().executemany(self.text(statement), rows)

    @staticmethod
    @cache
    def insert_new(table: Table) -> Insert:
        """Return an INSERT that leaves a row alone whose key is there already."""
        return insert(table).prefix_with("IGNORE")


def kind_of(said: str) -> str:
    """Return which server it is that calls its version ``said``.

    Raises pymysql.NotSupportedError: it is too old.
    """
    said = said.removeprefix("5.5.5-")  # which MariaDB put before it until version 11
    kind = "MariaDB" if "MariaDB" in said else "MySQL"
    found = tuple(map(int, re.findall(r"\d+", said)[:2]))
    if found < OLDEST[kind]:
        needed = ".".join(map(str, OLDEST[kind]))
        raise pymysql.NotSupportedError(f"{kind} {said} is too old: {needed} or later is needed")
    return kind


def _by_bytes(
    connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object
) -> tuple[str, Any]:
    """Have every table compare by bytes, whoever makes it, and whatever the database's way is."""
    del connection
    if statement.lstrip().startswith("CREATE TABLE"):
        collation = _COLLATIONS[kind_of(cursor.connection.get_server_info())]
        statement += f" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={collation}"
    return statement, parameters


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql(_BEGIN)
