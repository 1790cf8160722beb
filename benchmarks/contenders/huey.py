"""huey on SQLite: its consumer with four threads, by its defaults, in this process.

Its periodic tasks are of minutes: what fires more often is a one-off for each instant. What ended
is heard by its signal, which it sends once the result is in its store.
"""

import logging
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from threading import local
from typing import Any

from huey import SqliteHuey
from huey.signals import SIGNAL_COMPLETE

from benchmarks.contenders import Ended, Task


class Huey:
    """A queue in a file, and its consumer."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Set it up; nothing starts."""
        logging.getLogger("huey").setLevel(logging.CRITICAL)
        self._file = str(folder / "huey.sqlite")
        self._huey = SqliteHuey(filename=self._file)
        self._ended = ended
        self._mine = local()  # the signal is sent by the thread that called the task
        self._job: Any = self._huey.task()(self._called(task))
        self._huey.signal(SIGNAL_COMPLETE)(self._heard)

    def _called(self, task: Task) -> Any:
        def job(at: float) -> float:
            self._mine.at, self._mine.returned = at, task()
            return float(self._mine.returned)

        return job

    def _heard(self, signal: str, task: Any) -> None:
        del signal, task
        self._ended(self._mine.at, self._mine.returned)

    def about(self) -> dict[str, str]:
        """Return version and durability."""
        asked = ("journal_mode", "synchronous")
        said = [f"{name}={self._value(f'PRAGMA {name}')}" for name in asked]
        return {"versions": f"huey {version('huey')}", "durability": ", ".join(said)}

    def _value(self, query: str) -> Any:
        return self._huey.storage.sql(query, results=True)[0][0]

    def prepare(self) -> None:
        """Need nothing: the file is there."""

    def start(self) -> None:
        """Start the consumer."""
        self._huey.create_consumer(workers=4, periodic=False).start()

    def stop(self) -> None:
        """Leave it to the end of the process."""

    def add(self, at: float) -> None:
        """Add a one-off."""
        self._job.schedule((at,), eta=datetime.fromtimestamp(at, UTC))

    def add_many(self, count: int, at: float) -> None:
        """Add one-offs; it has no way to add many at once."""
        for _ in range(count):
            self.add(at)

    def add_each(self, instants: list[float]) -> None:
        """Add a one-off for each."""
        for at in instants:
            self.add(at)

    def readable(self) -> int:
        """Return how many results are in its store."""
        with sqlite3.connect(self._file) as connection:
            found: int = connection.execute("SELECT count(*) FROM kv").fetchone()[0]
        return found


make = Huey
