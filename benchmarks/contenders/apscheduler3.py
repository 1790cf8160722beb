"""APScheduler 3: BackgroundScheduler, its own thread pool of 4, an event listener."""

import logging
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

from benchmarks.contenders import Ended, Task


class APScheduler3:
    """A scheduler over ``store``."""

    def __init__(self, store: BaseJobStore, task: Task, ended: Ended) -> None:
        """Set it up; nothing starts."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._store = store
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
        if not isinstance(self._store, SQLAlchemyJobStore):
            return "none: memory"
        with self._store.engine.connect() as connection:
            pragmas = [
                f"{name}={connection.exec_driver_sql(f'PRAGMA {name}').scalar()}"
                for name in ("journal_mode", "synchronous")
            ]
        return ", ".join(pragmas)

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


def _heard(ended: Ended, event: JobExecutionEvent) -> None:
    ended(event.scheduled_run_time.timestamp(), event.retval)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def in_memory(folder: Path, task: Task, ended: Ended) -> APScheduler3:
    """Make it over memory."""
    del folder
    return APScheduler3(MemoryJobStore(), task, ended)


def on_sqlite(folder: Path, task: Task, ended: Ended) -> APScheduler3:
    """Make it over a SQLite file, by its own defaults."""
    store = SQLAlchemyJobStore(f"sqlite:///{folder}/apscheduler.sqlite")
    return APScheduler3(store, task, ended)
