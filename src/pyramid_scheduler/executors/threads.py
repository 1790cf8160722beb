"""In threads of this process, named after the application."""

from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread

from pyramid_scheduler.execution import execute, timed_out
from pyramid_scheduler.interfaces import Clock, RunReport, StopFlag
from pyramid_scheduler.model import Claim, Outcome, RunState, Task

Submitted = tuple[Task, Claim, StopFlag]


class Worker:
    """One thread: the run that it has under a time-out, and how many runs it has done.

    ``lost``: the time of that run is over, yet it goes on. ``gone``: it ends, since it was told to
    or another has its place.
    """

    __slots__ = ("claim", "done", "gone", "lost")

    def __init__(self) -> None:
        """Begin without anything."""
        self.claim: Claim | None = None
        self.done = 0
        self.lost = False
        self.gone = False


class ThreadExecutor:
    """Runs tasks in ``threads`` daemon threads.

    No thread can be killed: beside one whose run has timed out another is started, up to
    ``threads`` of them. With still more lost it takes nothing, until some of these runs have ended.

    Not a ThreadPoolExecutor: that one drains its whole queue when the interpreter exits, before
    anything could give the queued runs back (``concurrent.futures.thread._python_exit``).
    """

    def __init__(self, threads: int, clock: Clock, name: str) -> None:
        """Make it for ``threads`` runs at a time; ``name`` begins the threads' names."""
        self._count = threads
        self._clock = clock
        self._name = name
        self._report: RunReport
        self._queue: SimpleQueue[Submitted | None] = SimpleQueue()
        self._submitted = 0
        self._workers: list[Worker] = []
        self._started = 0
        self._done_by_gone = 0
        self._lock = Lock()  # of how many runs were submitted, of the workers and of those lost

    def start(self, report: RunReport) -> None:
        """Start the threads."""
        self._report = report
        for _ in range(self._count):
            self._add_worker()

    def submit(self, task: Task, claim: Claim, stop: StopFlag) -> None:
        """Queue the run."""
        with self._lock:
            self._submitted += 1
        self._queue.put((task, claim, stop))

    def idle(self) -> int:
        """Return how many threads wait for work."""
        # Each worker's count has one writer, and needs no lock.
        with self._lock:
            done = self._done_by_gone + sum(worker.done for worker in self._workers)
            return max(0, len(self._workers) - (self._submitted - done))

    def abandon(self, task: Task, claim: Claim, began: int) -> None:
        """Report that the run has timed out, and start another thread in place of its own.

        Of one that has ended meanwhile there is nothing to report: it has said so itself.
        """
        with self._lock:
            worker = next((one for one in self._workers if one.claim is claim), None)
            if worker is None:
                return
            worker.lost = True
            if len(self._workers) < self._wanted():
                self._add_worker()
        self._report.ended(claim, timed_out(task, claim, began, self._clock))

    @property
    def exhausted(self) -> bool:
        """Return whether more threads are lost than may be replaced."""
        return self._lost() > self._count

    def stop(self) -> None:
        """Let each thread end after what it does now and what was queued before."""
        for _ in list(self._workers):
            self._queue.put(None)

    def _lost(self) -> int:
        return sum(worker.lost for worker in self._workers)

    def _wanted(self) -> int:
        return self._count + min(self._lost(), self._count)

    def _add_worker(self) -> None:
        worker = Worker()
        self._workers.append(worker)
        self._started += 1
        name = f"{self._name}-{self._started}"
        Thread(target=self._work, args=(worker,), name=name, daemon=True).start()

    def _work(self, worker: Worker) -> None:
        while not worker.gone:
            # No thread ever dies, whatever happens around a task and in what hears of it.
            with suppress(BaseException):
                self._serve(worker)

    def _serve(self, worker: Worker) -> None:
        """Do one run after the other, until the thread is to end or something raises."""
        while not worker.gone:
            item = self._queue.get()
            if item is None:
                worker.gone = True
            else:
                self._run(*item, worker)

    def _run(self, task: Task, claim: Claim, stop: StopFlag, worker: Worker) -> None:
        began, outcome = False, None
        try:
            if task.timeout is not None:
                worker.claim = claim
            began = self._report.begins(claim)
            if began:
                outcome = execute(task, claim, stop, self._clock)
        finally:
            # Before the report, which wakes the engine: it has to find this thread idle.
            if worker.claim is None:
                worker.done += 1
            else:
                self._settle(worker)
            if began:
                self._report.ended(claim, outcome or self._cut_off())

    def _cut_off(self) -> Outcome:
        """Return how a run ended around which something raised: it began, and so it ends."""
        now = self._clock.now()
        return Outcome(RunState.FAILED, now, now)

    def _settle(self, worker: Worker) -> None:
        """Let a thread that was lost take its place again, or go if another has it."""
        with self._lock:
            worker.claim, worker.lost = None, False
            worker.done += 1
            if len(self._workers) > self._wanted():
                worker.gone = True
                self._workers.remove(worker)
                self._done_by_gone += worker.done
