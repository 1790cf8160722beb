"""What the package adds to the time that an application takes to start."""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Protocol, cast

from benchmarks import tasks
from benchmarks.contenders import Make
from benchmarks.measures import Measured, unheard


class Starting(Protocol):
    """An application, made in a fresh process."""

    def about(self) -> dict[str, str]:
        """Return its versions."""

    def commands(self, folder: Path) -> tuple[list[str], list[str]]:
        """Return what makes it without the package, and with it; each says its seconds."""


def starting(make: Make, folder: Path, size: int) -> tuple[Starting, Measured]:
    """Return how many ms more an application takes to be made with the package, of ``size`` each.

    In turns. The first of each, which may have modules to compile, is not counted.
    """
    application = cast(Starting, make(folder, tasks.nothing, unheard))
    commands = application.commands(folder)
    rounds = [[_seconds(command) for command in commands] for _ in range(size + 1)][1:]
    without, having = (median(values) * 1000 for values in zip(*rounds, strict=True))
    return application, {"ms added": having - without, "ms without": without}


def _seconds(command: list[str]) -> float:
    # An application that is installed is compiled: so is this one from its second process on, also
    # where the surroundings say that nothing shall be kept.
    kept = {key: said for key, said in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        env=kept,
        text=True,
        timeout=60,
        check=True,
    )
    return float(done.stdout)
