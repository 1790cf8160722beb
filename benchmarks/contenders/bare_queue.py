"""The limit of memory: a heap, one thread that hands over what is due, and 4 workers; no ledger.

Two ways to hand over: ``queue.SimpleQueue``, the quickest that the standard library has between
threads, and ``ThreadPoolExecutor``, what most schedulers are made of.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from heapq import heapify, heappop, heappush
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Thread

from benchmarks.contenders import Ended, Task

WORKERS = 4


class BareQueue:
    """A heap of instants; ``hand_over`` gives one that is due to a worker."""

    def __init__(self, hand_over: Callable[[float], object]) -> None:
        """Take how it is done."""
        self._hand_over = hand_over
        self._heap: list[float] = []
        self._condition = Condition()
        self._running = True
        self._thread = Thread(target=self._run, daemon=True)

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

    def add(self, at: float) -> None:
        """Add a one-off."""
        with self._condition:
            heappush(self._heap, at)
            self._condition.notify()

    def add_many(self, count: int, at: float) -> None:
        """Add one-offs."""
        with self._condition:
            self._heap += [at] * count
            heapify(self._heap)
            self._condition.notify()

    def _run(self) -> None:
        while self._running:
            with self._condition:
                self._condition.wait(self._pause())
                due = self._due()
            for at in due:
                self._hand_over(at)

    def _pause(self) -> float | None:
        return max(0.0, self._heap[0] - time.time()) if self._heap else None

    def _due(self) -> list[float]:
        heap, now, due = self._heap, time.time(), []
        while heap and heap[0] <= now:
            due.append(heappop(heap))
        return due


def with_queue(folder: Path, task: Task, ended: Ended) -> BareQueue:
    """Make it with workers that wait for a queue."""
    del folder
    queue: SimpleQueue[float] = SimpleQueue()

    def work() -> None:
        while True:
            at = queue.get()
            ended(at, task())

    for _ in range(WORKERS):
        Thread(target=work, daemon=True).start()
    return BareQueue(queue.put)


def with_pool(folder: Path, task: Task, ended: Ended) -> BareQueue:
    """Make it with a pool."""
    del folder
    pool = ThreadPoolExecutor(WORKERS)

    def work(at: float) -> None:
        ended(at, task())

    return BareQueue(lambda at: pool.submit(work, at))
