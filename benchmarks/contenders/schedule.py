"""schedule: jobs run inline, in the thread that calls ``run_pending()``; no threads, no store.

Its documentation's loop sleeps a second after each call; the one here sleeps for ``idle_seconds``,
which the documentation shows for who wants to sleep until the next job. A one-off is a job that
returns ``CancelJob``; its instant is set in ``next_run``, since there is no unit for one.
"""

import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import Any

from schedule import CancelJob, Job, Scheduler

from benchmarks.contenders import Ended, Task


class Schedule:
    """One Scheduler, and a thread that calls it."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Take the task; what it returns is passed on inline."""
        del folder
        self._task = task
        self._ended = ended
        self._scheduler = Scheduler()
        self._running = True

    def about(self) -> dict[str, str]:
        """Return the version."""
        return {"versions": f"schedule {version('schedule')}", "durability": "none: memory"}

    def prepare(self) -> None:
        """Need nothing."""

    def start(self) -> None:
        """Start the thread."""
        Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """End after the call that is under way."""
        self._running = False

    def add(self, at: float) -> None:
        """Add a one-off."""
        job = self._scheduler.every().hour
        job.do(self._once, job).next_run = _moment(at)

    def add_many(self, count: int, at: float) -> None:
        """Add one-offs, one by one."""
        for _ in range(count):
            self.add(at)

    def add_intervals(self, count: int, interval: float, start: float, apart: float) -> None:
        """Add schedules; each counts its interval from when it ran."""
        for number in range(count):
            job: Any = self._scheduler.every(interval)  # type: ignore[arg-type]  # as it may be
            job.seconds.do(self._again, job).next_run = _moment(start + number * apart)

    def _once(self, job: Job) -> type[CancelJob]:
        self._again(job)
        return CancelJob

    def _again(self, job: Job) -> None:
        assert job.next_run is not None
        self._ended(job.next_run.timestamp(), self._task())

    def _run(self) -> None:
        while self._running:
            self._scheduler.run_pending()
            idle = self._scheduler.idle_seconds
            if idle is None:
                return
            if idle > 0:
                time.sleep(idle)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at)  # noqa: DTZ006 - local and naive, as all of that library's


make = Schedule
