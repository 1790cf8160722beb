"""The limit of SQL: our own tables and indexes, written by bare statements and nothing else.

Our store makes the tables and adds the one-offs, so that the rows are ours to the letter. Then one
thread takes 500 at a time: one transaction inserts their runs, already running, and takes the next
fire time from their schedules; the task is called; one transaction writes the ends. Driver,
durability and isolation are those of our store; the statements are the quickest that the driver
has: ``executemany`` for SQLite, arrays for PostgreSQL. What is due is read before; nothing is
planned, locked, fenced, counted or checked.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any, Protocol

import psycopg

from benchmarks.contenders import ADDRESS, Ended, Task
from benchmarks.contenders.ours import TASK, OursOverSql

BATCH = 500
NODE = "0" * 32
Rows = list[tuple[Any, ...]]

_RUN = (
    "INSERT INTO scheduler_run (id, schedule, fire_time, due, claimed_at, kind, task, state,"
    " attempt, crashes, token, node, stop_requested, on_crash, max_crashes, serial, arguments) "
)
_CONSTANTS = f"'scheduled', '{TASK}', 'running', 1, 0, 1, '{NODE}', false, 'retry', 3, true, ''"
_GIVEN = "unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])"


class Driver(Protocol):
    """A connection, and the three statements, each for many rows at once."""

    def close(self) -> None:
        """Disconnect."""

    def due(self, at: float) -> list[tuple[str, int]]:
        """Return the schedules that are due by then, and their fire times."""

    def transaction(self) -> Any:
        """Begin, and commit in the end."""

    def insert(self, rows: Rows) -> None:
        """Insert runs: id, schedule, fire time, due, claimed at."""

    def advance(self, rows: Rows) -> None:
        """Take the next fire time from schedules: the last one, name."""

    def finish(self, rows: Rows) -> None:
        """End runs: started at, finished at, result, id."""


class Sqlite:
    """sqlite3, with the pragmas of our store."""

    def __init__(self, address: str) -> None:
        """Connect."""
        path = address.removeprefix("sqlite:///")
        self._driver = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._driver.execute("PRAGMA synchronous=FULL")

    def close(self) -> None:
        """Disconnect."""
        self._driver.close()

    def due(self, at: float) -> list[tuple[str, int]]:
        """Read them."""
        query = "SELECT name, next_fire FROM scheduler_schedule WHERE next_fire <= ?"
        return self._driver.execute(query, (_micros(at),)).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin as our store does."""
        self._driver.execute("BEGIN IMMEDIATE")
        yield
        self._driver.execute("COMMIT")

    def insert(self, rows: Rows) -> None:
        """Insert them."""
        self._driver.executemany(f"{_RUN}VALUES (?, ?, ?, ?, ?, {_CONSTANTS})", rows)

    def advance(self, rows: Rows) -> None:
        """Update them."""
        self._driver.executemany(
            "UPDATE scheduler_schedule SET next_fire = NULL, wake = NULL, last_fire = ?"
            " WHERE name = ?",
            rows,
        )

    def finish(self, rows: Rows) -> None:
        """Update them."""
        self._driver.executemany(
            "UPDATE scheduler_run SET state = 'succeeded', started_at = ?, finished_at = ?,"
            " result = ? WHERE id = ?",
            rows,
        )


class Postgresql:
    """psycopg, which prepares what is executed again and again."""

    def __init__(self, address: str) -> None:
        """Connect."""
        self._driver = psycopg.connect(address, autocommit=True)

    def close(self) -> None:
        """Disconnect."""
        self._driver.close()

    def due(self, at: float) -> list[tuple[str, int]]:
        """Read them."""
        query = "SELECT name, next_fire FROM scheduler_schedule WHERE next_fire <= %s"
        return self._driver.execute(query, (_micros(at),)).fetchall()

    def transaction(self) -> Any:
        """Begin, READ COMMITTED as our store does."""
        return self._driver.transaction()

    def insert(self, rows: Rows) -> None:
        """Insert them."""
        self._write(f"{_RUN}SELECT *, {_CONSTANTS} FROM {_GIVEN}", rows)

    def advance(self, rows: Rows) -> None:
        """Update them."""
        self._write(
            "UPDATE scheduler_schedule SET next_fire = NULL, wake = NULL, last_fire = given.fire"
            " FROM unnest(%s::bigint[], %s::text[]) AS given (fire, name)"
            " WHERE scheduler_schedule.name = given.name",
            rows,
        )

    def finish(self, rows: Rows) -> None:
        """Update them."""
        self._write(
            "UPDATE scheduler_run SET state = 'succeeded', started_at = given.started,"
            " finished_at = given.finished, result = given.result"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[])"
            " AS given (started, finished, result, id) WHERE scheduler_run.id = given.id",
            rows,
        )

    def _write(self, statement: str, rows: Rows) -> None:
        columns = [list(column) for column in zip(*rows, strict=True)]
        self._driver.execute(statement, columns)


Connect = Callable[[str], Driver]


class BareSql(OursOverSql):
    """What ours prepared, run by bare statements."""

    def __init__(self, driver: Connect, address: str, task: Task, ended: Ended) -> None:
        """Take what connects, and where."""
        super().__init__(address, task, ended)
        self._task = task
        self._ended = ended
        self._connect = driver
        self._at = 0.0
        self._ids = count(1)
        self._thread = Thread(target=self._run, daemon=True)

    def add_many(self, count: int, at: float) -> None:
        """Have ours add them."""
        super().add_many(count, at)
        self._at = at

    def start(self) -> None:
        """Begin at the instant at which they are due."""
        self._thread.start()

    def stop(self) -> None:
        """Wait for the rest of it."""
        if self._thread.is_alive():
            self._thread.join()
        super().stop()

    def _run(self) -> None:
        with closing(self._connect(self._address)) as driver:
            due = driver.due(self._at + 1e-6)  # ours may have rounded it up
            Event().wait(max(0.0, self._at - time.time()))
            for first in range(0, len(due), BATCH):
                self._batch(driver, due[first : first + BATCH])

    def _batch(self, driver: Driver, due: list[tuple[str, int]]) -> None:
        now = _micros(time.time())
        runs = [(f"{next(self._ids):032x}", name, fire, fire, now) for name, fire in due]
        with driver.transaction():
            driver.insert(runs)
            driver.advance([(fire, name) for name, fire in due])
        ends = [self._call(run[0]) for run in runs]
        with driver.transaction():
            driver.finish(ends)
        for _, fire in due:
            self._ended(fire / 1e6, 0.0)

    def _call(self, run: str) -> tuple[int, int, str, str]:
        started = _micros(time.time())
        result = str(self._task())
        return started, _micros(time.time()), result, run


def _micros(at: float) -> int:
    return round(at * 1e6)


def on_sqlite(folder: Path, task: Task, ended: Ended) -> BareSql:
    """Make it over a SQLite file."""
    return BareSql(Sqlite, f"sqlite:///{folder}/limit.sqlite", task, ended)


def on_postgresql(folder: Path, task: Task, ended: Ended) -> BareSql:
    """Make it over the database that is given."""
    del folder
    return BareSql(Postgresql, os.environ[ADDRESS], task, ended)
