"""APScheduler 4 (alpha): the AsyncScheduler, with a thread pool of 4 for its jobs.

The documentation's way for functions that are not async. One task may run as often at once as there
are threads: unsaid, it runs once at a time. Stores are over async engines, as its examples have
them: asyncpg for PostgreSQL, aiosqlite for SQLite.
"""

import asyncio
import os
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from apscheduler import AsyncScheduler, JobReleased, Scheduler, current_job
from apscheduler.abc import DataStore
from apscheduler.datastores.memory import MemoryDataStore
from apscheduler.datastores.sqlalchemy import SQLAlchemyDataStore
from apscheduler.executors.thread import ThreadPoolJobExecutor
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.contenders import ADDRESS, Ended, Task
from benchmarks.contenders.reading import Reader


class Began:
    """The task; what it returned is kept until the end of its job is heard."""

    def __init__(self, task: Task, ended: Ended) -> None:
        """Take what is called and what is told."""
        self._task = task
        self._ended = ended
        self._returned: dict[UUID, float] = {}

    def call(self) -> None:
        """Call the task."""
        self._returned[current_job.get().id] = self._task()

    def heard(self, event: JobReleased) -> None:
        """Tell of the end."""
        assert event.scheduled_start is not None
        self._ended(event.scheduled_start.timestamp(), self._returned.pop(event.job_id))


class APScheduler4:
    """A scheduler over ``store``, in an event loop of its own."""

    def __init__(self, store: DataStore, task: Task, ended: Ended) -> None:
        """Set it up; nothing starts."""
        self._began = Began(task, ended)
        self._scheduler = AsyncScheduler(
            store, job_executors={"threadpool": ThreadPoolJobExecutor(max_workers=4)}
        )
        self._loop = asyncio.new_event_loop()
        self._begin = asyncio.Event()
        self._prepared = asyncio.Event()

    def about(self) -> dict[str, str]:
        """Return versions and durability."""
        names = ("APScheduler", "SQLAlchemy")
        versions = ", ".join(f"{name} {version(name)}" for name in names)
        return {"versions": versions, "durability": self._durability()}

    def _durability(self) -> str:
        return "none: memory"

    def prepare(self) -> None:
        """Open the store."""
        Thread(target=self._loop.run_until_complete, args=[self._run()], daemon=True).start()
        self._await(self._prepared.wait())

    async def _run(self) -> None:
        async with self._scheduler as scheduler:
            scheduler.subscribe(self._began.heard, {JobReleased})
            await scheduler.configure_task("task", func=self._began.call, max_running_jobs=None)
            self._prepared.set()
            await self._begin.wait()
            await scheduler.run_until_stopped()

    def _await(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def start(self) -> None:
        """Let it run."""
        self._loop.call_soon_threadsafe(self._begin.set)

    def stop(self) -> None:
        """Leave it to the end of the process."""

    def add_many(self, count: int, at: float) -> None:
        """Add one-offs, one after the other; it has no way to add many at once."""
        self._await(self._add_many(count, at))

    async def _add_many(self, count: int, at: float) -> None:
        for _ in range(count):
            await self._scheduler.add_schedule("task", DateTrigger(_moment(at)))

    def add_intervals(self, count: int, interval: float, start: float, apart: float) -> None:
        """Add schedules."""
        for number in range(count):
            first = _moment(start) + timedelta(seconds=number * apart)
            trigger = IntervalTrigger(microseconds=round(interval * 1e6), start_time=first)
            self._await(self._scheduler.add_schedule("task", trigger))


class APScheduler4OverSql(APScheduler4):
    """The same over a database; a job without a kept result is gone from it when it ended."""

    def __init__(self, engine: Any, address: str, task: Task, ended: Ended) -> None:
        """Take what connects, and the address for a connection beside."""
        super().__init__(SQLAlchemyDataStore(engine), task, ended)
        self._address = address
        self._added = 0
        self._reader: Reader | None = None

    def _durability(self) -> str:
        return Reader(self._address).durability()

    def add_many(self, count: int, at: float) -> None:
        """Add one-offs."""
        super().add_many(count, at)
        self._added += count

    def readable(self) -> int:
        """Return how many one-offs are neither a schedule with a fire time nor a job any longer."""
        self._reader = self._reader or Reader(self._address)
        left: int = self._reader.value(
            "SELECT (SELECT count(*) FROM schedules WHERE next_fire_time IS NOT NULL)"
            " + (SELECT count(*) FROM jobs)"
        )
        return self._added - left


class APScheduler4Sync:
    """The synchronous Scheduler over memory, which runs the other in a thread of its own."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Set it up; nothing starts."""
        del folder
        self._began = Began(task, ended)
        self._scheduler = Scheduler(
            job_executors={"threadpool": ThreadPoolJobExecutor(max_workers=4)}
        )

    def about(self) -> dict[str, str]:
        """Return the version."""
        return {"versions": f"APScheduler {version('APScheduler')}", "durability": "none: memory"}

    def prepare(self) -> None:
        """Enter it, as a with statement does; it is never left."""
        self._scheduler.__enter__()
        self._scheduler.subscribe(self._began.heard, {JobReleased})
        self._scheduler.configure_task("task", func=self._began.call, max_running_jobs=None)

    def start(self) -> None:
        """Let it run."""
        self._scheduler.start_in_background()

    def stop(self) -> None:
        """Leave it to the end of the process."""

    def add(self, at: float) -> None:
        """Add a one-off."""
        self._scheduler.add_schedule("task", DateTrigger(_moment(at)))

    def add_many(self, count: int, at: float) -> None:
        """Add one-offs; it has no way to add many at once."""
        for _ in range(count):
            self.add(at)

    def add_intervals(self, count: int, interval: float, start: float, apart: float) -> None:
        """Add schedules."""
        for number in range(count):
            first = _moment(start) + timedelta(seconds=number * apart)
            trigger = IntervalTrigger(microseconds=round(interval * 1e6), start_time=first)
            self._scheduler.add_schedule("task", trigger)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def in_memory(folder: Path, task: Task, ended: Ended) -> APScheduler4:
    """Make it over memory."""
    del folder
    return APScheduler4(MemoryDataStore(), task, ended)


def in_memory_sync(folder: Path, task: Task, ended: Ended) -> APScheduler4Sync:
    """Make the synchronous one."""
    return APScheduler4Sync(folder, task, ended)


def on_sqlite(folder: Path, task: Task, ended: Ended) -> APScheduler4OverSql:
    """Make it over a SQLite file."""
    path = f"{folder}/apscheduler.sqlite"
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    return APScheduler4OverSql(engine, f"sqlite:///{path}", task, ended)


def on_postgresql(folder: Path, task: Task, ended: Ended) -> APScheduler4OverSql:
    """Make it over the database that is given, told as asyncpg wants to be."""
    del folder
    address = os.environ[ADDRESS]
    place = urlsplit(address)
    said = parse_qs(place.query)
    path = said["options"][0].removeprefix("-csearch_path=")
    engine = create_async_engine(
        f"postgresql+asyncpg://{place.netloc}{place.path}?host={said['host'][0]}",
        connect_args={"server_settings": {"search_path": path}},
    )
    return APScheduler4OverSql(engine, address, task, ended)
