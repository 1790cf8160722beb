"""procrastinate on PostgreSQL: a worker of four tasks at a time in a thread, by its defaults.

It hears of new jobs at once and asks for those that were planned every 5 s, by default. It has no
listener: the task itself says that it is over, and its jobs' states are read.
"""

import asyncio
import os
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from threading import Thread

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector

from benchmarks.contenders import ADDRESS, Ended, Task
from benchmarks.contenders.reading import Reader

BULK = 1_000


class Procrastinate:
    """An app that adds jobs, and a worker."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Set it up; nothing starts."""
        del folder
        address = os.environ[ADDRESS]
        self._app = App(connector=SyncPsycopgConnector(conninfo=address))
        self._working = self._app.with_connector(PsycopgConnector(conninfo=address))
        self._reader = Reader(address)

        @self._app.task(name="task")
        def job(at: float) -> None:
            ended(at, task())

        self._job = job

    def about(self) -> dict[str, str]:
        """Return version and durability."""
        versions = f"procrastinate {version('procrastinate')}, psycopg {version('psycopg')}"
        return {"versions": versions, "durability": self._reader.durability()}

    def prepare(self) -> None:
        """Make the tables."""
        self._app.open()
        if self._reader.value("SELECT to_regclass('procrastinate_jobs')") is None:
            self._app.schema_manager.apply_schema()

    def start(self) -> None:
        """Start the worker."""
        Thread(target=asyncio.run, args=[self._work()], daemon=True).start()

    async def _work(self) -> None:
        async with self._working.open_async():
            await self._working.run_worker_async(concurrency=4, install_signal_handlers=False)

    def stop(self) -> None:
        """Leave it to the end of the process."""

    def add(self, at: float) -> None:
        """Add a one-off."""
        self._job.configure(schedule_at=_moment(at)).defer(at=at)

    def add_many(self, count: int, at: float) -> None:
        """Add one-offs, a statement for every 1,000."""
        later = self._job.configure(schedule_at=_moment(at))
        for first in range(0, count, BULK):
            later.batch_defer(*[{"at": at}] * min(BULK, count - first))

    def readable(self) -> int:
        """Return how many jobs have succeeded."""
        query = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'"
        found: int = self._reader.value(query)
        return found


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


make = Procrastinate
