"""How much a contender runs, and how late: owed one-offs, a burst of them, intervals."""

import time
from pathlib import Path
from statistics import quantiles
from threading import Event

from benchmarks import tasks
from benchmarks.contenders import Contender, Make
from benchmarks.measures import PATIENCE, TOMORROW, Countdown, Measured, unheard

READ_AGAIN = 0.01
APART = 0.01
SLOWLY = 0.2  # s that adding the one-offs of a second may take
MARGIN = 1.3  # of the time that adding takes


def sustained(make: Make, folder: Path, size: int) -> tuple[Contender, Measured]:
    """Return how many one-offs run in a second when ``size`` are owed already.

    From the start of the engine until the last end was heard, and, where there is a store, can be
    read in it as well, by a connection of its own.
    """
    countdown = Countdown(size)
    contender = make(folder, tasks.nothing, countdown.ended)
    contender.prepare()
    contender.add_many(size, time.time() - 1)
    begun = time.time()
    contender.start()
    over = countdown.wait()
    return contender, {"runs/s": size / (_read(contender, size, over) - begun)}


def _read(contender: Contender, size: int, over: float) -> float:
    """Return when all could be read in the store; ``over`` where there is none."""
    if not hasattr(contender, "readable"):
        return over
    latest = over + PATIENCE
    while contender.readable() < size:
        if time.time() > latest:
            raise TimeoutError(f"only {contender.readable()} of {size} can be read in the store")
        Event().wait(READ_AGAIN)
    return time.time()


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
    sample = max(20, size // 50)
    (folder / "sample").mkdir()
    contender = make(folder / "sample", tasks.nothing, unheard)
    contender.prepare()
    begun = time.perf_counter()
    contender.add_many(sample, time.time() + TOMORROW)
    taken = time.perf_counter() - begun
    contender.stop()
    return MARGIN * taken * size / sample


def lateness(make: Make, folder: Path, size: float) -> tuple[Contender, Measured]:
    """Return by how much the firings of ``size`` seconds were late, 100 of them in each.

    They are of ten schedules that take turns, or one-offs where no interval is so short.
    """
    heard: list[tuple[float, float]] = []
    contender = make(folder, tasks.now, lambda *run: heard.append(run))
    contender.prepare()
    rest = 1.0
    start = time.time() + rest
    if hasattr(contender, "add_intervals"):
        contender.add_intervals(10, 10 * APART, start, APART)
    else:
        rest = 3.0
        start += size * SLOWLY
        contender.add_each([start + number * APART for number in range(round(size / APART))])
    contender.start()
    if time.time() > start:
        raise RuntimeError("they were not added in time")
    end = start + size
    Event().wait(end + rest - time.time())
    late = [(began - due) * 1000 for due, began in list(heard) if start <= due < end - 0.001]
    hundredths = quantiles(late, n=100)
    return contender, {
        "p50 ms": hundredths[49],
        "p99 ms": hundredths[98],
        "fired %": len(late) / size,
    }
