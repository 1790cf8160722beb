"""Ours on PostgreSQL, some processes over one store, as ``each_once`` has them."""

import os
import sys
from pathlib import Path

from benchmarks.contenders import ADDRESS, Ended, Task
from benchmarks.each_once.__main__ import Result, play

AHEAD, EACH = 6.0, 2.0  # s: what starting may take, and of each process
ADDED = 8_000.0  # one-offs a second, at the least


class Several:
    """So many processes; each of the runs writes a line."""

    def __init__(self, processes: int, folder: Path) -> None:
        """Take how many, and where they write."""
        self._processes = processes
        self._folder = folder

    def about(self) -> dict[str, str]:
        """Return nothing: what each is over is said of the contender that is one of them."""
        return {"versions": "as ours, PostgreSQL", "durability": "as ours, PostgreSQL"}

    def play(self, size: int) -> Result:
        """Have them run ``size`` one-offs that are due at one instant, all of them waiting."""
        ahead = AHEAD + EACH * self._processes + size / ADDED
        address = os.environ[ADDRESS]
        return play("ours", sys.executable, address, self._folder, size, ahead, self._processes)


def one(folder: Path, task: Task, ended: Ended) -> Several:
    """Make one."""
    del task, ended
    return Several(1, folder)


def two(folder: Path, task: Task, ended: Ended) -> Several:
    """Make two."""
    del task, ended
    return Several(2, folder)


def four(folder: Path, task: Task, ended: Ended) -> Several:
    """Make four."""
    del task, ended
    return Several(4, folder)
