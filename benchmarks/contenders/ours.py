"""This package, as a Pyramid application has it: derivers, ledger, an event subscriber."""

import os
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pyramid.config import Configurator

from benchmarks.contenders import ADDRESS, Ended, Task
from benchmarks.contenders.reading import Reader
from pyramid_scheduler.events import TaskSucceeded

TASK = "task"
BULK = 10_000
# By the start of an address: how a setting is asked for, and what is told of it.
SETTINGS = {
    "sqlite": ("PRAGMA {}", ("journal_mode", "synchronous")),
    "postgresql": ("SHOW {}", ("fsync", "synchronous_commit")),
    "mariadb": ("SELECT @@{}", ("innodb_flush_log_at_trx_commit",)),
}
FINISHED = "SELECT count(*) FROM scheduler_run WHERE state = 'succeeded'"


class Ours:
    """The scheduler of a small application with the store at ``address``."""

    def __init__(self, address: str, task: Task, ended: Ended) -> None:
        """Configure the application; nothing starts."""
        settings = {"scheduler.store": address, "scheduler.autostart": "false"}
        config = Configurator(settings=settings)
        config.include("pyramid_scheduler")
        config.add_task(task, TASK)
        config.add_subscriber(partial(_heard, ended), TaskSucceeded)
        config.make_wsgi_app()
        self._scheduler: Any = config.registry.scheduler

    def about(self) -> dict[str, str]:
        """Return versions and durability."""
        names = ("pyramid-scheduler", "pyramid", "SQLAlchemy")
        versions = ", ".join(f"{name} {version(name)}" for name in names)
        return {"versions": versions, "durability": self._durability()}

    def _durability(self) -> str:
        return "none: memory"

    def prepare(self) -> None:
        """Open the store."""
        self._scheduler.store.open()

    def start(self) -> None:
        """Start the engine."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop the engine."""
        self._scheduler.stop(timeout=1)

    def add(self, at: float) -> None:
        """Add a one-off."""
        self._scheduler.schedule(TASK, at=_moment(at))

    def add_many(self, count: int, at: float) -> None:
        """Add one-offs, a transaction for every 10,000."""
        one = {"task": TASK, "at": _moment(at)}
        for first in range(0, count, BULK):
            self._scheduler.schedule_many([one] * min(BULK, count - first))

    def add_intervals(self, count: int, interval: float, start: float, apart: float) -> None:
        """Add schedules."""
        self._scheduler.schedule_many(
            [
                {"task": TASK, "interval": interval, "start": _moment(start + number * apart)}
                for number in range(count)
            ]
        )


class OursOverSql(Ours):
    """The same with a store that others can read."""

    def __init__(self, address: str, task: Task, ended: Ended) -> None:
        """Take the address of its database."""
        super().__init__(address, task, ended)
        self._address = address
        self._reader: Reader | None = None

    def _durability(self) -> str:
        asked, names = SETTINGS[self._address.partition(":")[0]]
        with self._scheduler.store._database.read() as connection:
            found = [connection.exec_driver_sql(asked.format(name)).scalar() for name in names]
        return ", ".join(f"{name}={value}" for name, value in zip(names, found, strict=True))

    def stop(self) -> None:
        """Stop the engine, and close all connections."""
        super().stop()
        self._scheduler.store.close()
        if self._reader is not None:
            self._reader.close()

    def readable(self) -> int:
        """Return how many runs are finished in the ledger."""
        self._reader = self._reader or Reader(self._address)
        found: int = self._reader.value(FINISHED)
        return found


def _heard(ended: Ended, event: TaskSucceeded) -> None:
    ended(event.claim.fire_time / 1e6, float(event.outcome.result or 0))


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def in_memory(folder: Path, task: Task, ended: Ended) -> Ours:
    """Make it over memory."""
    del folder
    return Ours("memory://", task, ended)


def on_sqlite(folder: Path, task: Task, ended: Ended) -> OursOverSql:
    """Make it over a SQLite file."""
    return OursOverSql(f"sqlite:///{folder}/ours.sqlite", task, ended)


def on_server(folder: Path, task: Task, ended: Ended) -> OursOverSql:
    """Make it over the database that is given."""
    del folder
    return OursOverSql(os.environ[ADDRESS], task, ended)
