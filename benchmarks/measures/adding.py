"""How fast one-offs are added."""

import time
from pathlib import Path

from benchmarks import tasks
from benchmarks.contenders import Contender, Make
from benchmarks.measures import TOMORROW, Measured, unheard


def adding(make: Make, folder: Path, size: int) -> tuple[Contender, Measured]:
    """Return how many one-offs are added in a second, one by one."""
    contender = make(folder, tasks.nothing, unheard)
    contender.prepare()
    at = time.time() + TOMORROW
    begun = time.perf_counter()
    for _ in range(size):
        contender.add(at)
    return contender, {"schedules/s": size / (time.perf_counter() - begun)}


def adding_in_bulk(make: Make, folder: Path, size: int) -> tuple[Contender, Measured]:
    """Return how many one-offs are added in a second, in the quickest way there is."""
    contender = make(folder, tasks.nothing, unheard)
    contender.prepare()
    begun = time.perf_counter()
    contender.add_many(size, time.time() + TOMORROW)
    return contender, {"schedules/s": size / (time.perf_counter() - begun)}
