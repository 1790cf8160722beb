"""Each measure, over any contender. A size is how many, or for how many seconds."""

import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import quantiles
from threading import Event

from benchmarks import tasks
from benchmarks.contenders import Contender, Make

PATIENCE = 300.0
TOMORROW = 86_400.0
HOUR = 3_600.0
SETTLED = 2.0

Measured = dict[str, float]


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


def _unheard(fire_time: float, returned: float) -> None:
    """Be told of the end of a run, in vain."""


def sustained(make: Make, folder: Path, size: int) -> tuple[Contender, Measured]:
    """Return how many one-offs run in a second when ``size`` are owed already."""
    countdown = Countdown(size)
    contender = make(folder, tasks.nothing, countdown.ended)
    contender.prepare()
    contender.add_many(size, time.time() - 1)
    begun = time.time()
    contender.start()
    return contender, {"runs/s": size / (countdown.wait() - begun)}


def burst(make: Make, folder: Path, size: int) -> tuple[Contender, Measured]:
    """Return how long after the instant at which ``size`` one-offs are due the last has ended."""
    countdown = Countdown(size)
    contender = make(folder, tasks.nothing, countdown.ended)
    contender.prepare()
    at = time.time() + _time_to_add(make, folder, size) + 1.0
    contender.add_many(size, at)
    contender.start()
    if time.time() > at:
        raise RuntimeError(f"{size} were not added in time")
    return contender, {"s": countdown.wait() - at}


def _time_to_add(make: Make, folder: Path, size: int) -> float:
    """Return in how many seconds ``size`` one-offs will surely be added, from a sample of them."""
    sample = max(20, size // 100)
    (folder / "sample").mkdir()
    contender = make(folder / "sample", tasks.nothing, _unheard)
    contender.prepare()
    begun = time.perf_counter()
    contender.add_many(sample, time.time() + TOMORROW)
    taken = time.perf_counter() - begun
    contender.stop()
    return 2 * taken * size / sample


def adding(make: Make, folder: Path, size: int) -> tuple[Contender, Measured]:
    """Return how many one-offs are added in a second, one by one."""
    contender = make(folder, tasks.nothing, _unheard)
    contender.prepare()
    at = time.time() + TOMORROW
    begun = time.perf_counter()
    for _ in range(size):
        contender.add(at)
    return contender, {"schedules/s": size / (time.perf_counter() - begun)}


def adding_in_bulk(make: Make, folder: Path, size: int) -> tuple[Contender, Measured]:
    """Return how many one-offs are added in a second, in the quickest way there is."""
    contender = make(folder, tasks.nothing, _unheard)
    contender.prepare()
    begun = time.perf_counter()
    contender.add_many(size, time.time() + TOMORROW)
    return contender, {"schedules/s": size / (time.perf_counter() - begun)}


def lateness(make: Make, folder: Path, size: float) -> tuple[Contender, Measured]:
    """Return by how much the firings of ``size`` seconds were late, 100 of them in each."""
    heard: list[tuple[float, float]] = []
    contender = make(folder, tasks.now, lambda *run: heard.append(run))
    contender.prepare()
    start = time.time() + 1.0
    contender.add_intervals(10, 0.1, start, 0.01)
    contender.start()
    end = start + size
    Event().wait(end + 1.0 - time.time())
    late = [(began - due) * 1000 for due, began in list(heard) if start <= due < end - 0.001]
    hundredths = quantiles(late, n=100)
    return contender, {
        "p50 ms": hundredths[49],
        "p99 ms": hundredths[98],
        "fired %": len(late) / size,
    }


def idle(make: Make, folder: Path, size: float) -> tuple[Contender, Measured]:
    """Return the CPU that ``size`` seconds take with 1,000 schedules due in an hour."""
    contender = make(folder, tasks.nothing, _unheard)
    contender.prepare()
    contender.add_many(1000, time.time() + HOUR)
    contender.start()
    Event().wait(SETTLED)
    before = time.process_time()
    Event().wait(size)
    return contender, {"CPU ms": (time.process_time() - before) * 1000}


MEASURES: dict[str, Callable[..., tuple[Contender, Measured]]] = {
    "sustained": sustained,
    "burst": burst,
    "adding": adding,
    "adding in bulk": adding_in_bulk,
    "lateness": lateness,
    "idle": idle,
}
