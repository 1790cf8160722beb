"""How much several processes run over one store, and whether all of them do."""

from pathlib import Path
from typing import Any

from benchmarks import tasks
from benchmarks.contenders import Make
from benchmarks.measures import Measured, unheard


def several(make: Make, folder: Path, size: int) -> tuple[Any, Measured]:
    """Return how many one-offs run in a second, by whom, and how many of them not exactly once."""
    contender: Any = make(folder, tasks.nothing, unheard)
    result = contender.play(size)
    if not result.ready:
        raise RuntimeError("not all processes waited when the runs were due")
    return contender, {
        "runs/s": size / result.seconds,
        "share of the least busy %": result.share * 100,
        "twice": float(result.twice),
        "never": float(result.never),
    }
