"""What a look at the jobs of a `schedule` loop takes."""

import time
from pathlib import Path
from statistics import median
from typing import Protocol, cast

from benchmarks import tasks
from benchmarks.contenders import Make
from benchmarks.measures import Measured, unheard

JOBS = 10_000
DUE = JOBS // 100
# More than the interval of those that are due at each look.
APART = 1.05


class Loop(Protocol):
    """The jobs of one process, and the verb of its loop."""

    def about(self) -> dict[str, str]:
        """Return its version."""

    def add_second(self) -> None:
        """Add a job of each second."""

    def add_hours(self, count: int) -> None:
        """Add jobs of each hour."""

    def run_pending(self) -> None:
        """Run what is due."""


def pending(make: Make, folder: Path, size: int) -> tuple[Loop, Measured]:
    """Return the median of ``size`` calls of run_pending(): of 10,000 jobs every 100th is due.

    It is due again a second later. The runs, of a task that does nothing, are a part of
    it: a job that ran has to be given its next time.
    """
    loop = cast(Loop, make(folder, tasks.nothing, unheard))
    for _ in range(DUE):
        loop.add_second()
        loop.add_hours(JOBS // DUE - 1)
    calls = [_call(loop) for _ in range(size)]
    return loop, {"µs a call": median(calls) * 1e6}


def _call(loop: Loop) -> float:
    time.sleep(APART)
    begun = time.perf_counter()
    loop.run_pending()
    return time.perf_counter() - begun
