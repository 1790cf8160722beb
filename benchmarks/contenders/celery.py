"""Celery beat: its service with the default scheduler, which keeps when each task ran in a file.

Beat has no one-offs and runs nothing: it sends messages when they are due, to workers behind a
broker. Nothing of that happens while it is idle, so that the broker in memory makes no difference.
"""

from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from threading import Thread

from celery import Celery

from benchmarks.contenders import Ended, Task

HOUR = timedelta(hours=1)


class Beat:
    """The service, in a thread as ``celery worker --beat`` has it."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Take the folder of its file."""
        del task, ended
        self._app = Celery("benchmark", broker="memory://")
        self._file = str(folder / "celerybeat-schedule")

    def about(self) -> dict[str, str]:
        """Return the version."""
        return {"versions": f"celery {version('celery')}", "durability": "shelve, every 3 minutes"}

    def prepare(self) -> None:
        """Need nothing."""

    def start(self) -> None:
        """Start it."""
        service = self._app.Beat(schedule=self._file).Service(
            app=self._app, schedule_filename=self._file
        )
        Thread(target=service.start, daemon=True).start()

    def stop(self) -> None:
        """Leave it to the end of the process."""

    def add_many(self, count: int, at: float) -> None:
        """Add schedules of an hour, which is what they are due in where it is idle."""
        del at
        entry = {"task": "task", "schedule": HOUR}
        self._app.conf.beat_schedule = {str(number): dict(entry) for number in range(count)}


make = Beat
