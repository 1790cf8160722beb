"""What a claim and its end cost in a store that is full, and in one that is not."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Protocol, cast

from benchmarks import tasks
from benchmarks.contenders import Described, Make
from benchmarks.measures import Measured, unheard
from benchmarks.schemas import another_schema

SMALL = 1000
CLAIMED = 500
# The first one of each store reads what none has read before; it is not counted.
ROUNDS = 11


class Claiming(Protocol):
    """A store, asked without an engine."""

    def about(self) -> dict[str, str]:
        """Return its versions, and how durable it is."""

    def fill(self, schedules: int, runs: int) -> None:
        """Add schedules that are not due, and runs that have ended."""

    def owe(self, count: int) -> None:
        """Add one-offs that are due."""

    def claim(self, count: int) -> Sequence[Any]:
        """Take what is due, ``count`` at the most."""

    def finish(self, claims: Sequence[Any]) -> None:
        """Write that what was taken has succeeded."""

    def stop(self) -> None:
        """Let go of the store."""


def claiming(make: Make, folder: Path, size: int) -> tuple[Described, Measured]:
    """Return the median ms of a claim of 500 due one-offs, and of writing their end.

    Of 1,000 schedules without any history, and of ``size`` schedules with ten times as many runs;
    in turns, so that whatever slows the machine down slows both down. ``full / small`` is of
    what multiple of the small store's the two are together in the full one.
    """
    with (
        _filled(make, folder / "small", SMALL, 0) as small,
        _filled(make, folder / "full", size, 10 * size) as full,
    ):
        rounds = [(_round(small), _round(full)) for _ in range(ROUNDS)][1:]
    (claim, finish), (claim_full, finish_full) = (
        (median(claims) * 1000, median(finishes) * 1000)
        for claims, finishes in (zip(*side, strict=True) for side in zip(*rounds, strict=True))
    )
    return full, {
        "claim ms, small": claim,
        "claim ms, full": claim_full,
        "finish ms, small": finish,
        "finish ms, full": finish_full,
        "full / small": (claim_full + finish_full) / (claim + finish),
    }


@contextmanager
def _filled(make: Make, folder: Path, schedules: int, runs: int) -> Iterator[Claiming]:
    folder.mkdir()
    with another_schema(folder.name):
        store = cast(Claiming, make(folder, tasks.nothing, unheard))
        store.fill(schedules, runs)
        yield store
        store.stop()


def _round(store: Claiming) -> tuple[float, float]:
    """Return the seconds of a claim, and of the end of what it took."""
    store.owe(CLAIMED)
    begun = time.perf_counter()
    claims = store.claim(CLAIMED)
    claimed = time.perf_counter()
    store.finish(claims)
    finished = time.perf_counter()
    if len(claims) != CLAIMED:
        raise RuntimeError(f"{len(claims)} were claimed, not {CLAIMED}")
    return claimed - begun, finished - claimed
