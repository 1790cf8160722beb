"""In threads of this process, named after the application."""

import logging
from queue import SimpleQueue
from threading import Thread

from pyramid_scheduler.execution import execute
from pyramid_scheduler.interfaces import Clock, RunReport, StopFlag
from pyramid_scheduler.model import Claim, Task

log = logging.getLogger("pyramid_scheduler")

Submitted = tuple[Task, Claim, StopFlag]


class ThreadExecutor:
    """Runs tasks in ``threads`` daemon threads.

    Not a ThreadPoolExecutor: that one drains its whole queue when the interpreter exits, before
    anything could give the queued runs back (``concurrent.futures.thread._python_exit``).
    """

    def __init__(self, threads: int, clock: Clock, name: str) -> None:
        """Make it for ``threads`` runs at a time; ``name`` begins the threads' names."""
        self._count = threads
        self._clock = clock
        self._name = name
        self._queue: SimpleQueue[Submitted | None] = SimpleQueue()
        self._submitted = 0
        self._done = [0] * threads

    def start(self, report: RunReport) -> None:
        """Start the threads anew: a fork keeps none, and none of a queue's locks can be trusted."""
        self._queue = SimpleQueue()
        self._submitted = 0
        self._done = [0] * self._count
        for number in range(self._count):
            Thread(
                target=self._work,
                args=(self._queue, report, self._done, number),
                name=f"{self._name}-{number + 1}",
                daemon=True,
            ).start()

    def submit(self, task: Task, claim: Claim, stop: StopFlag) -> None:
        """Queue the run."""
        self._submitted += 1
        self._queue.put((task, claim, stop))

    def idle(self) -> int:
        """Return how many threads wait for work."""
        return max(0, self._count - (self._submitted - sum(self._done)))

    def stop(self) -> None:
        """Let each thread end after what it does now and what was queued before."""
        for _ in range(self._count):
            self._queue.put(None)

    def _work(
        self,
        queue: "SimpleQueue[Submitted | None]",
        report: RunReport,
        done: list[int],
        number: int,
    ) -> None:
        while (item := queue.get()) is not None:
            try:
                self._run(*item, report, done, number)
            except BaseException:  # no thread ever dies unseen, nor for a bug of ours
                log.critical("the scheduler failed around a run of %s", item[0].name, exc_info=True)

    def _run(
        self,
        task: Task,
        claim: Claim,
        stop: StopFlag,
        report: RunReport,
        done: list[int],
        number: int,
    ) -> None:
        # A slot of its own per thread: `done[number] += 1` has one writer and needs no lock.
        if not report.begins(claim):
            done[number] += 1
            return
        outcome = execute(task, claim, stop, self._clock)
        # Before the report, which wakes the engine: it has to find this thread idle.
        done[number] += 1
        report.ended(claim, outcome)
