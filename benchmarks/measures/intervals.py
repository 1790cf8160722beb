"""How many schedules of a second a contender keeps up with."""

import time
from math import sqrt
from pathlib import Path
from threading import Event

from benchmarks import tasks
from benchmarks.contenders import Make
from benchmarks.measures import Measured, Told
from benchmarks.schemas import another_schema

FIRST = 100
STEP = 4
# The greatest number that was held and the least that was not are no further apart than this.
RESOLUTION = 1.2
LATE = 1.0
# Of the firings that are owed so many are not late: it is p99 that is asked for.
ON_TIME = 0.99
LEAD = 1.0
# In a shorter rung hardly anything can be late by its end: it is only shown that it runs.
SHORTEST = 2.0


class Ladder:
    """The numbers to be tried: quickly up until one is not held, then between the two."""

    def __init__(self) -> None:
        """Begin with FIRST."""
        self.held = 0
        self._failed: int | None = None
        self.number = FIRST

    def tried(self, *, holds: bool) -> None:
        """Take note of whether the number is held; go on to the next."""
        if holds:
            self.held = self.number
        else:
            self._failed = self.number
        if self._failed is None:
            self.number *= STEP
        elif not self.held:
            self.number //= STEP
        else:
            self.number = round(sqrt(self.held * self._failed))

    @property
    def ended(self) -> bool:
        """Return whether there is nothing left to be tried."""
        if self._failed is None:
            return False
        return self.number == 0 or 0 < self._failed <= max(self.held * RESOLUTION, self.held + 1)


def intervals(make: Make, folder: Path, size: float) -> tuple[Told, Measured]:
    """Return the greatest number of schedules of 1 s of which p99 begins within 1 s.

    Each rung lasts ``size`` seconds, with a contender of its own over an empty store, the schedules
    spread over the second. A firing that is left out, since a later one is due as well, is one
    that was late.
    """
    ladder = Ladder()
    while not ladder.ended:
        rung = folder / f"rung_{ladder.number}"
        rung.mkdir()
        with another_schema(rung.name):
            told, holds = _rung(make, rung, ladder.number, size)
        ladder.tried(holds=holds)
        if size < SHORTEST:
            break
    return told, {"schedules": ladder.held}


def _rung(make: Make, folder: Path, number: int, seconds: float) -> tuple[Told, bool]:
    """Return whether the firings of the second half of ``seconds`` are on time.

    In the first half those fall behind that cannot keep up.
    """
    heard: list[tuple[float, float]] = []
    contender = make(folder, tasks.now, lambda *run: heard.append(run))
    contender.prepare()
    start = time.time() + LEAD
    contender.add_intervals(number, 1.0, start, 1.0 / number)
    contender.start()
    # Adding them may take longer than the lead: what was owed meanwhile is not what is asked.
    end = max(start, time.time()) + LEAD + seconds
    Event().wait(end + LATE - time.time())
    told = Told(contender)
    contender.stop()
    first, owed = end - seconds / 2, number * seconds / 2
    on_time = sum(first <= due < end and began - due <= LATE for due, began in list(heard))
    # One more or less is due by where the half happens to begin.
    return told, on_time + 1 >= owed * ON_TIME
