"""APScheduler 3: BackgroundScheduler, its own thread pool of 4, an event listener."""

import logging
import os
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import BaseJobStore
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks.contenders import ADDRESS, Ended, Task
from benchmarks.contenders.reading import Reader


class APScheduler3:
    """A scheduler over ``store``."""

    def __init__(self, store: BaseJobStore, task: Task, ended: Ended) -> None:
        """Set it up; nothing starts."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._task = task
        self._scheduler = BackgroundScheduler(
            jobstores={"default": store},
            executors={"default": ThreadPoolExecutor(4)},
            # Late is not missed, as it is not to us.
            job_defaults={"misfire_grace_time": None, "coalesce": True},
            timezone="UTC",
        )
        self._scheduler.add_listener(partial(_heard, ended), EVENT_JOB_EXECUTED)

    def about(self) -> dict[str, str]:
        """Return versions and durability."""
        return {
            "versions": f"APScheduler {version('APScheduler')}",
            "durability": self._durability(),
        }

    def _durability(self) -> str:
        return "none: memory"

    def prepare(self) -> None:
        """Start it paused: only then it writes what it is given into its store."""
        self._scheduler.start(paused=True)

    def start(self) -> None:
        """Let it run."""
        self._scheduler.resume()

    def stop(self) -> None:
        """Shut it down."""
        self._scheduler.shutdown(wait=False)

    def add(self, at: float) -> None:
        """Add a one-off."""
        self._scheduler.add_job(self._task, "date", run_date=_moment(at))

    def add_many(self, count: int, at: float) -> None:
        """Add one-offs; it has no way to add many at once."""
        for _ in range(count):
            self.add(at)

    def add_intervals(self, count: int, interval: float, start: float, apart: float) -> None:
        """Add schedules."""
        for number in range(count):
            first = _moment(start) + timedelta(seconds=number * apart)
            self._scheduler.add_job(self._task, "interval", seconds=interval, start_date=first)


class APScheduler3OverSql(APScheduler3):
    """The same with a store in a database; it forgets a one-off as soon as it has started it."""

    def __init__(self, driver: str, address: str, task: Task, ended: Ended) -> None:
        """Take the address, and the name by which SQLAlchemy knows the driver."""
        place = address.partition(":")[2]
        store = SQLAlchemyJobStore(f"{driver}:{place}")
        super().__init__(store, task, ended)
        self._address = address
        self._added = 0
        self._reader: Reader | None = None

    def _durability(self) -> str:
        return Reader(self._address).durability()

    def add(self, at: float) -> None:
        """Add a one-off."""
        super().add(at)
        self._added += 1

    def readable(self) -> int:
        """Return how many one-offs are gone from the store."""
        self._reader = self._reader or Reader(self._address)
        left: int = self._reader.value("SELECT count(*) FROM apscheduler_jobs")
        return self._added - left


def _heard(ended: Ended, event: JobExecutionEvent) -> None:
    ended(event.scheduled_run_time.timestamp(), event.retval)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def in_memory(folder: Path, task: Task, ended: Ended) -> APScheduler3:
    """Make it over memory."""
    del folder
    return APScheduler3(MemoryJobStore(), task, ended)


def on_sqlite(folder: Path, task: Task, ended: Ended) -> APScheduler3OverSql:
    """Make it over a SQLite file, by its own defaults."""
    address = f"sqlite:///{folder}/apscheduler.sqlite"
    return APScheduler3OverSql("sqlite", address, task, ended)


def on_postgresql(folder: Path, task: Task, ended: Ended) -> APScheduler3OverSql:
    """Make it over the database that is given, by the driver that ours is over too."""
    del folder
    return APScheduler3OverSql("postgresql+psycopg", os.environ[ADDRESS], task, ended)
