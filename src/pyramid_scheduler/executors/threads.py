"""In threads of this process, named after the application."""

from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

from pyramid_scheduler.execution import execute
from pyramid_scheduler.interfaces import Clock, RunReport, StopFlag
from pyramid_scheduler.model import Claim, Outcome, RunState, Task

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
        self._done = [0] * threads  # by thread: each has one writer, and needs no lock

    def start(self, report: RunReport) -> None:
        """Start the threads."""
        for number in range(self._count):
            Thread(
                target=self._work,
                args=(report, number),
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

    def _work(self, report: RunReport, number: int) -> None:
        while (item := self._queue.get()) is not None:
            # No thread ever dies, whatever happens around a task and in what hears of it.
            with suppress(BaseException):
                self._run(*item, report, number)

    def _run(
        self, task: Task, claim: Claim, stop: StopFlag, report: RunReport, number: int
    ) -> None:
        outcome = None
        try:
            if report.begins(claim):
                now = self._clock.now()  # a run that began ends, whatever happens
                outcome = Outcome(RunState.FAILED, now, now)
                outcome = execute(task, claim, stop, self._clock)
        finally:
            # Before the report, which wakes the engine: it has to find this thread idle.
            self._done[number] += 1
            if outcome is not None:
                report.ended(claim, outcome)
