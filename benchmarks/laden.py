"""A contender whose store has something in it before it is measured: what its figures grow with."""

import sys
import time
from pathlib import Path
from typing import Any, cast

from benchmarks.contenders import Contender, Ended, Make, Task
from benchmarks.filled import fill
from benchmarks.measures import TOMORROW

# Whose the runs are that have ended.
SCHEDULES = 100


def laden(make: Make, *, schedules: int = 0, runs: int = 0) -> Make:
    """Return what makes the contender with so many schedules that are due tomorrow, and ended runs.

    It has to bear being made ready twice, as ours does. Runs are for ours over SQL alone, and are
    all that can be read in its store: of those that are measured afterwards the end is only heard.
    """

    def make_laden(folder: Path, task: Task, ended: Ended) -> Contender:
        contender: Any = make(folder, task, ended)
        contender.prepare()
        if schedules:
            contender.add_many(schedules, time.time() + TOMORROW)
        if runs:
            fill(contender._scheduler.store, SCHEDULES, runs)
            # To count a million of them takes as long as what is measured.
            contender.readable = lambda: sys.maxsize
        return cast(Contender, contender)

    return make_laden
