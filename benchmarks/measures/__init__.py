"""Each measure, over any contender. A size is how many, or for how many seconds.

A measure is a function of what makes the contender, an empty folder and the size. It returns the
contender and its figures.
"""

import time
from collections.abc import Callable
from importlib import import_module
from itertools import count
from threading import Event
from typing import cast

from benchmarks.contenders import Described

# By name: the module, and the function in it. Imported only where it is measured: what the one
# needs is not there in the environment that the other is measured in.
MEASURES = {
    "sustained": "benchmarks.measures.running:sustained",
    "burst": "benchmarks.measures.running:burst",
    "intervals": "benchmarks.measures.intervals:intervals",
    "lateness": "benchmarks.measures.running:lateness",
    "adding": "benchmarks.measures.adding:adding",
    "adding in bulk": "benchmarks.measures.adding:adding_in_bulk",
    "several processes": "benchmarks.measures.processes:several",
    "idle": "benchmarks.measures.idle:idle",
    "claim cost": "benchmarks.measures.claiming:claiming",
    "memory": "benchmarks.measures.memory:memory",
    "run_pending": "benchmarks.measures.pending:pending",
    "web": "benchmarks.measures.web:web",
    "start-up": "benchmarks.measures.starting:starting",
    "triggers": "benchmarks.measures.triggers:triggers",
    "a million fire times": "benchmarks.measures.triggers:a_million",
}

PATIENCE = 300.0
TOMORROW = 86_400.0

Measured = dict[str, float]
Measuring = Callable[..., tuple[Described, Measured]]


def find(name: str) -> Measuring:
    """Return the measure called ``name``."""
    module, _, function = MEASURES[name].partition(":")
    return cast(Measuring, getattr(import_module(module), function))


class Told:
    """What a contender has said about itself before it was stopped."""

    def __init__(self, contender: Described) -> None:
        """Ask it."""
        self._about = contender.about()

    def about(self) -> dict[str, str]:
        """Return its versions, and how durable its store is."""
        return self._about


class Countdown:
    """Hears of the end of each run; knows when the last of ``size`` was heard of."""

    def __init__(self, size: int) -> None:
        """Wait for ``size`` of them."""
        self._size = size
        self._ended = count(1)  # its next() is one step for the interpreter: many threads may
        self._over = Event()
        self._at = 0.0

    def ended(self, fire_time: float, returned: float) -> None:
        """Take note of an end; from any thread."""
        del fire_time, returned
        if next(self._ended) == self._size:
            self._at = time.time()
            self._over.set()

    def wait(self) -> float:
        """Return the instant of the last one."""
        if not self._over.wait(PATIENCE):
            raise TimeoutError(f"only {next(self._ended) - 1} of {self._size} ended")
        return self._at


def unheard(fire_time: float, returned: float) -> None:
    """Be told of the end of a run, in vain."""
