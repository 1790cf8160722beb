"""What asking a trigger for its fire times takes."""

import time
from pathlib import Path
from typing import cast

from benchmarks import tasks
from benchmarks.contenders import Expressions, Make
from benchmarks.measures import Measured, unheard

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
    contender = cast(Expressions, make(folder, tasks.nothing, unheard))
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
    contender = cast(Expressions, make(folder, tasks.nothing, unheard))
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
