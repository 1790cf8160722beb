"""The jobs, and the verbs of the loop."""

import datetime
import time
from collections.abc import Callable, Hashable
from typing import Any

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.schedule.beat import machine_clock
from pyramid_scheduler.schedule.job import CancelJob, Job, logger
from pyramid_scheduler.schedule.turns import Jobs


class Scheduler:
    """Jobs, and the verb of the loop: :meth:`run_pending`. The module has one of its own.

    Parameters
    ----------
    clock : answers the present instant, in microseconds since 1970 UTC. The default is the clock
        of the machine; tests pass one that they turn by hand.
    """

    def __init__(self, clock: Callable[[], int] = machine_clock) -> None:
        #: The jobs, in the order of ``do()``. A program may take out what it does not want.
        self.jobs: list[Job] = Jobs()
        self._clock = clock
        self._seen = clock()

    def every(self, interval: float = 1) -> Job:
        """Begin a chain; see :class:`Job`."""
        return Job(interval, self)

    def run_pending(self) -> None:
        """Run every job that is due, once: the longest due first, then in the order of ``do()``.

        Raises: what the first job that raised has raised, after all others have had their turn.
        """
        failures: list[Exception] = []
        # A list that a program put in place of ours tells nobody what becomes of it.
        jobs = self.jobs if isinstance(self.jobs, Jobs) else Jobs(self.jobs)
        with jobs.due(self.now()) as due:
            for job in due:
                # One that an earlier one has cancelled does not begin.
                if jobs.holds(job) if jobs is self.jobs else job in self.jobs:
                    self._attempt(job, failures)
        if failures:
            raise failures[0]

    def run_all(self, delay_seconds: float = 0) -> None:
        """Run all jobs, whether they are due or not, ``delay_seconds`` after one another."""
        logger.debug(
            "Running *all* %i jobs with %is delay in between", len(self.jobs), delay_seconds
        )
        for job in self.jobs[:]:
            self._run_job(job)
            time.sleep(delay_seconds)

    def get_jobs(self, tag: Hashable | None = None) -> list[Job]:
        """Return the jobs, or those that bear ``tag``."""
        return [job for job in self.jobs if tag is None or tag in job.tags]

    def clear(self, tag: Hashable | None = None) -> None:
        """Take off all jobs, or those that bear ``tag``."""
        if tag is None:
            logger.debug("Deleting *all* jobs")
            self.jobs.clear()
        else:
            logger.debug('Deleting all jobs tagged "%s"', tag)
            self.jobs[:] = [job for job in self.jobs if tag not in job.tags]

    def cancel_job(self, job: Job) -> None:
        """Take off ``job``; what is no job of this scheduler is none of its business."""
        try:
            logger.debug('Cancelling job "%s"', job)
            self.jobs.remove(job)
        except ValueError:
            logger.debug('Cancelling not-scheduled job "%s"', job)

    def get_next_run(self, tag: Hashable | None = None) -> datetime.datetime | None:
        """Return when the next job, or the next that bears ``tag``, is due: local and naive."""
        self.now()
        first = min(self.get_jobs(tag), default=None)
        return None if first is None else first.next_run

    next_run = property(get_next_run)

    @property
    def idle_seconds(self) -> float | None:
        """Seconds until the next job is due, below 0 if it is late; None without jobs."""
        now = self.now()
        first = min(self.jobs, default=None)
        return None if first is None or first.due is None else (first.due - now) / SECOND

    def now(self) -> int:
        """Return the present instant; see to the jobs if the clock was set back meanwhile."""
        now = self._clock()
        back, self._seen = self._seen - now, now
        if back > 0:
            for job in self.jobs:
                job.set_back(back, now)
        return now

    def _attempt(self, job: Job, failures: list[Exception]) -> None:
        try:
            self._run_job(job)
        except Exception as error:  # noqa: BLE001 - run_pending() raises the first
            if failures:
                logger.exception("%s raised, after another job of the same pass", job)
            failures.append(error)

    # A well-known way to catch what jobs raise is to override this.
    def _run_job(self, job: Job) -> Any:
        answer = job.run()
        if answer is CancelJob or isinstance(answer, CancelJob):
            self.cancel_job(job)
