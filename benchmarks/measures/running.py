"""How much a contender runs, and how late: owed one-offs, a burst of them, intervals."""

import time
from pathlib import Path
from statistics import quantiles
from threading import Event

from benchmarks import tasks
from benchmarks.contenders import Contender, Make
from benchmarks.measures import TOMORROW, Countdown, Measured, unheard


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
    contender = make(folder / "sample", tasks.nothing, unheard)
    contender.prepare()
    begun = time.perf_counter()
    contender.add_many(sample, time.time() + TOMORROW)
    taken = time.perf_counter() - begun
    contender.stop()
    return 2 * taken * size / sample


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
