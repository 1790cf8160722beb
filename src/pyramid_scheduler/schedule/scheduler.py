"""The verb of the loop: which jobs are due, and what becomes of them."""

import logging
from collections.abc import Callable
from datetime import datetime
from heapq import heapify, heappush, heapreplace
from itertools import count

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.schedule.beat import local, machine_clock
from pyramid_scheduler.schedule.job import Job

logger = logging.getLogger(__name__)

# When it is due; its place in the order of do(); the job.
Entry = tuple[int, int, Job]


class Scheduler:
    """Jobs, and the verb of the loop: :meth:`run_pending`. The module has one of its own.

    A pass costs what is due, not what is declared: the jobs lie in a heap by when they are due.

    Parameters:
      clock: answers the present instant in microseconds since 1970, UTC. The default is the clock
        of the machine; tests pass one that they turn by hand.
    """

    def __init__(self, clock: Callable[[], int] = machine_clock) -> None:
        #: The jobs, in the order of ``do()``. This list is the truth, the heap is its index.
        self.jobs: list[Job] = []
        self._clock = clock
        self._seen = clock()
        self._places = count()
        self._heap: list[Entry] = []
        self._indexed = 0

    def every(self, interval: float = 1) -> Job:
        """Begin a chain. See :class:`Job` for what ``interval`` may be and what is raised."""
        return Job(interval, self)

    def add(self, job: Job) -> None:
        """Take in and start a job whose chain has ended; ``do()`` calls this."""
        entry = (job.start(self._now()), next(self._places), job)
        self.jobs.append(job)
        self._indexed += 1
        heappush(self._heap, entry)

    def run_pending(self) -> None:
        """Run every job that is due, once: the longest due first, then in the order of ``do()``.

        Raises: what a job raised, after the other due jobs have run (see the package's text).
        """
        failures: list[Exception] = []
        now = limit = self._now()
        while self._heap and self._heap[0][0] <= limit:
            self._run_first(now, failures)
            now = self._now()
            # A clock that is set back in a pass must not make what just ran due in it again.
            limit = min(limit, now)
        if failures:
            raise failures[0]

    def clear(self) -> None:
        """Forget all jobs."""
        self.jobs.clear()
        self._reindex()

    @property
    def next_run(self) -> datetime | None:
        """When the next job is due, local and naive as in the library; None without jobs."""
        due = self._next_due()
        return None if due is None else local(due)

    @property
    def idle_seconds(self) -> float | None:
        """Seconds until the next job is due, below 0 if it is late; None without jobs."""
        now, due = self._now(), self._next_due()
        return None if due is None else (due - now) / SECOND

    def _next_due(self) -> int | None:
        return min((job.due for job in self.jobs if job.due is not None), default=None)

    def _now(self) -> int:
        now = self._clock()
        if now < self._seen:
            for job in self.jobs:
                job.set_back(self._seen - now)
        # The library's users take jobs out of the list by hand, so its length is looked at.
        if now < self._seen or len(self.jobs) != self._indexed:
            self._reindex()
        self._seen = now
        return now

    def _run_first(self, now: int, failures: list[Exception]) -> None:
        _, place, job = self._heap[0]
        assert job.job_func is not None, "do() comes before add()"
        # Armed before it is called: what leaves the call, an exception or a signal, finds it armed.
        heapreplace(self._heap, (job.arm(now), place, job))
        try:
            job.job_func()
        except Exception as error:  # run_pending() raises the first
            if failures:
                logger.exception("%s raised, after another job of the same pass", job)
            failures.append(error)

    def _reindex(self) -> None:
        self._heap[:] = [
            (job.due, next(self._places), job) for job in self.jobs if job.due is not None
        ]
        heapify(self._heap)
        self._indexed = len(self.jobs)
