"""The limit of lateness: a thread that waits for the next instant, and calls the task itself."""

import time
from pathlib import Path
from threading import Condition, Thread

from benchmarks.contenders import Ended, Task


class BareWait:
    """One thread over ``Condition.wait``."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Take the task."""
        del folder
        self._ended = ended
        self._task = task
        self._condition = Condition()
        self._running = True
        self._thread = Thread(target=self._run, daemon=True)
        self._grid = (0, 0.0, 0.0, 0.0)

    def about(self) -> dict[str, str]:
        """Return nothing but that there is no store."""
        return {"versions": "", "durability": "none: no store"}

    def prepare(self) -> None:
        """Need nothing."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        with self._condition:
            self._running = False
            self._condition.notify()
        self._thread.join()

    def add_intervals(self, count: int, interval: float, start: float, apart: float) -> None:
        """Take note of them."""
        self._grid = (count, interval, start, apart)

    def _run(self) -> None:
        count, interval, start, apart = self._grid
        turn = 0
        while self._running:
            number = turn % count
            instant = start + number * apart + turn // count * interval
            with self._condition:
                self._condition.wait(max(0.0, instant - time.time()))
            if self._running:
                self._ended(instant, self._task())
            turn += 1


make = BareWait
