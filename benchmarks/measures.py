"""Each measure, over any contender. A size is how many, or for how many seconds."""

import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import quantiles
from threading import Event
from typing import cast

from benchmarks import tasks
from benchmarks.contenders import Contender, Expressions, Make

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


# How many fire times each expression has at the least from 2026 until 2099, which is chained.
EXPRESSIONS = {
    "*/5 * * * *": 2_000,
    "0 9 * * 1-5": 2_000,
    "30 2 1 * *": 800,
    "0 0 29 2 *": 18,
    "15 14 1-7 * 1": 2_000,
}


def triggers(make: Make, folder: Path, size: float) -> tuple[Expressions, Measured]:
    """Return what a fire time of a chain takes, and reading with the first one, by expression."""
    contender = cast(Expressions, make(folder, tasks.nothing, _unheard))
    figures = {}
    for expression, length in EXPRESSIONS.items():
        figures[f"{expression} next µs"] = _chained(contender, expression, length, size)
        figures[f"{expression} first µs"] = _first(contender, expression, size)
    return contender, figures


def _chained(contender: Expressions, expression: str, length: int, seconds: float) -> float:
    """Return the microseconds of a fire time, of chains that take ``seconds``; reading is none."""
    taken, count = 0.0, 0
    while taken < seconds:
        contender.forget()
        read = contender.read(expression)
        begun = time.perf_counter()
        contender.chain(read, length)
        taken += time.perf_counter() - begun
        count += length
    return taken / count * 1e6


def _first(contender: Expressions, expression: str, seconds: float) -> float:
    """Return the microseconds of reading what was never read before, and of its fire time."""
    taken, count = 0.0, 0
    while taken < seconds:
        contender.forget()
        begun = time.perf_counter()
        contender.chain(contender.read(expression), 1)
        taken += time.perf_counter() - begun
        count += 1
    return taken / count * 1e6


def a_million(make: Make, folder: Path, size: int) -> tuple[Expressions, Measured]:
    """Return how long ``size`` fire times take, of all kinds of triggers in equal parts."""
    contender = cast(Expressions, make(folder, tasks.nothing, _unheard))
    others = contender.others()
    part = size // (len(others) + 1)
    begun = time.perf_counter()
    for expression, length in EXPRESSIONS.items():
        read, share = contender.read(expression), part // len(EXPRESSIONS)
        for done in range(0, share, length):
            contender.chain(read, min(length, share - done))
    for other in others:
        contender.chain(other, part)
    return contender, {"s": time.perf_counter() - begun}


MEASURES: dict[str, Callable[..., tuple[Contender | Expressions, Measured]]] = {
    "sustained": sustained,
    "burst": burst,
    "adding": adding,
    "adding in bulk": adding_in_bulk,
    "lateness": lateness,
    "idle": idle,
    "triggers": triggers,
    "a million fire times": a_million,
}
