"""A drop-in for the ``schedule`` library: change the import line, and nothing else.

::

    from pyramid_scheduler import schedule

    schedule.every(10).minutes.do(job)
    schedule.every().monday.at("10:30", "Europe/London").do(job, "an argument").tag("reports")
    while True:
        schedule.run_pending()
        time.sleep(1)

In this process, in its local time, in memory; for one thread. What must survive a restart, or
happen once among many processes, is the engine's: ``pyramid_scheduler.every``.

It is the library in version 1.2.2 (https://schedule.readthedocs.io), in all of its public names,
messages and log lines. As there, a job is counted from when its last run ended, after a stall it
runs once, one that raises stays due, and what it raised leaves ``run_pending()``. It differs where
the library hurts and no program is the worse for it:

- **Changes of the clock, local and in named zones.** Seconds, minutes and single hours are time
  that really passes: half an hour is half an hour on the night that summer time ends, not an hour
  and a half, and ``every().hour.at(":30")`` runs in both passes of the hour that comes twice. Days
  and weeks keep the time of day, and so do several hours (4 hours after 00:00 is 04:00, as in the
  library): a time that a change skips is later by the length of the gap (02:30 is 03:30), one that
  passes twice is its first pass. ``idle_seconds()`` counts time that really passes.
- **A clock that is set back** does not silence a job: what was left to wait is left to wait. A time
  of day follows the clock, and none comes twice.
- **A job that raises** does not keep the other due jobs of its pass from running; then
  ``run_pending()`` raises. If several raise, the first is raised, each further one logged at ERROR.
  KeyboardInterrupt and SystemExit leave at once.
- **A job that another one cancels** in the same pass does not begin.
- **Thousands of jobs** cost what those cost that are due: the others are not looked at.
- **Zones** need no pytz. Its names and objects are taken, and ``zoneinfo``'s; ``job.at_time_zone``
  is a ZoneInfo then.
- An interval that is no length of time (0 and below, where the library hangs; NaN) is an
  IntervalError. So is one beyond the year 9999. ``until()`` takes aware datetimes too. Every
  exception is a SchedulerError as well.
"""

import datetime
from collections.abc import Hashable

from pyramid_scheduler.language import (
    IntervalError,
    ScheduleError,
    ScheduleTypeError,
    ScheduleValueError,
    repeat,
)
from pyramid_scheduler.schedule.job import CancelJob, Job
from pyramid_scheduler.schedule.scheduler import Scheduler

__all__ = [
    "CancelJob",
    "IntervalError",
    "Job",
    "ScheduleError",
    "ScheduleTypeError",
    "ScheduleValueError",
    "Scheduler",
    "cancel_job",
    "clear",
    "default_scheduler",
    "every",
    "get_jobs",
    "idle_seconds",
    "jobs",
    "next_run",
    "repeat",
    "run_all",
    "run_pending",
]

#: The scheduler behind this module. The functions ask for it anew each time, so that a program may
#: put one of its own in its place.
default_scheduler = Scheduler()
jobs = default_scheduler.jobs


def every(interval: float = 1) -> Job:
    """Begin a chain: :meth:`Scheduler.every` of the module's scheduler."""
    return default_scheduler.every(interval)


def run_pending() -> None:
    """Run what is due: :meth:`Scheduler.run_pending` of the module's scheduler."""
    default_scheduler.run_pending()


def run_all(delay_seconds: float = 0) -> None:
    """Run all jobs: :meth:`Scheduler.run_all` of the module's scheduler."""
    default_scheduler.run_all(delay_seconds=delay_seconds)


def get_jobs(tag: Hashable | None = None) -> list[Job]:
    """Return the jobs: :meth:`Scheduler.get_jobs` of the module's scheduler."""
    return default_scheduler.get_jobs(tag)


def clear(tag: Hashable | None = None) -> None:
    """Take off jobs: :meth:`Scheduler.clear` of the module's scheduler."""
    default_scheduler.clear(tag)


def cancel_job(job: Job) -> None:
    """Take off a job: :meth:`Scheduler.cancel_job` of the module's scheduler."""
    default_scheduler.cancel_job(job)


def next_run(tag: Hashable | None = None) -> datetime.datetime | None:
    """Return when the next job is due: :meth:`Scheduler.get_next_run` of the module's scheduler."""
    return default_scheduler.get_next_run(tag)


def idle_seconds() -> float | None:
    """Return how long until then: :attr:`Scheduler.idle_seconds` of the module's scheduler."""
    return default_scheduler.idle_seconds
