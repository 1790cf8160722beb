"""How much several processes run over one store, and whether all of them do."""

from pathlib import Path
from typing import Any

from benchmarks import tasks
from benchmarks.contenders import Make
from benchmarks.measures import Measured, unheard

LEAST = 0.001  # s; when it was too early, all may be over before it is looked at


def several(make: Make, folder: Path, size: int) -> tuple[Any, Measured]:
    """Return how many one-offs run in a second, by whom, and how many of them not exactly once.

    Runs a second mean something only if it was not too early: if all processes waited by then.
    """
    contender: Any = make(folder, tasks.nothing, unheard)
    result = contender.play(size)
    return contender, {
        "runs/s": size / max(result.seconds, LEAST),
        "share of the least busy %": result.share * 100,
        "twice": float(result.twice),
        "never": float(result.never),
        "too early": float(not result.ready),
    }
