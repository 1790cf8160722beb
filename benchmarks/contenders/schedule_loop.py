"""Two of a kind: the `schedule` library and our drop-in for it, each the loop of its own docs.

Nobody is told of the end of a run: neither has events. Each is given a scheduler of its own, which
is what the functions of both modules ask.
"""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import schedule

from benchmarks.contenders import Ended, Task
from pyramid_scheduler import schedule as drop_in


class ScheduleLoop:
    """A scheduler of the module ``library``, which both name alike."""

    def __init__(self, library: Any, distribution: str, task: Task) -> None:
        """Begin without jobs."""
        self._scheduler = library.Scheduler()
        self._distribution = distribution
        self._task = task

    def about(self) -> dict[str, str]:
        """Return the version."""
        versions = f"{self._distribution} {version(self._distribution)}"
        return {"versions": versions, "durability": "none: memory"}

    def add_second(self) -> None:
        """Add a job of each second."""
        self._scheduler.every().second.do(self._task)

    def add_hours(self, count: int) -> None:
        """Add jobs of each hour."""
        for _ in range(count):
            self._scheduler.every().hour.do(self._task)

    def run_pending(self) -> None:
        """Run what is due."""
        self._scheduler.run_pending()


def ours(folder: Path, task: Task, ended: Ended) -> ScheduleLoop:
    """Make our drop-in."""
    del folder, ended
    return ScheduleLoop(drop_in, "pyramid-scheduler", task)


def theirs(folder: Path, task: Task, ended: Ended) -> ScheduleLoop:
    """Make the library."""
    del folder, ended
    return ScheduleLoop(schedule, "schedule", task)
