"""The traditional way: the ``schedule`` library's language, for a loop of one's own.

::

    from pyramid_scheduler import schedule

    schedule.every(10).minutes.do(job)
    schedule.every().day.at("10:30").do(job, "an argument")
    while True:
        schedule.run_pending()
        time.sleep(1)

In this process, in its local time, in memory; for one thread. What must survive a restart, or
happen once among many processes, is the engine's. The words are those of the library (version
1.2.2, https://schedule.readthedocs.io, the oracle of our tests); it differs where that one hurts:

- **No drift.** Seconds, minutes and hours are elapsed time, counted from ``do()``: a job of 10
  seconds that takes 2 runs at 10, 20, 30, not at 10, 22, 34.
- **No burst.** After a stall, of the loop or of the job itself, a job runs once, however many of
  its times have passed, and keeps its beat.
- **A job that raises** hides nothing and holds up nobody. It is armed for its next time before it
  is called, the other due jobs are run, then ``run_pending()`` raises its exception. If several
  raise, the first is raised, each further one is logged at ERROR. KeyboardInterrupt and SystemExit
  leave at once, and what they kept from running stays due.
- **Summer time.** Intervals do not see it. Days and weeks keep the time of day: one that a change
  skips is later by the length of the gap (02:30 is 03:30, on that day only), one that passes twice
  is the first pass.
- **A clock that is set back** does not silence an interval: what was left to wait is left to wait.
  A time of day follows the clock, and none comes twice.
- A job that another one clears in the same pass does not begin.
- What cannot be meant is refused in the step that says it, in one sentence.
"""

from datetime import datetime

from pyramid_scheduler.schedule.job import (
    IntervalError,
    Job,
    ScheduleError,
    ScheduleTypeError,
    ScheduleValueError,
)
from pyramid_scheduler.schedule.scheduler import Scheduler

__all__ = [
    "IntervalError",
    "Job",
    "ScheduleError",
    "ScheduleTypeError",
    "ScheduleValueError",
    "Scheduler",
    "clear",
    "default_scheduler",
    "every",
    "idle_seconds",
    "jobs",
    "next_run",
    "run_pending",
]

#: The scheduler behind this module: its jobs, and its verbs.
default_scheduler = Scheduler()
jobs = default_scheduler.jobs
every = default_scheduler.every
run_pending = default_scheduler.run_pending
clear = default_scheduler.clear


def next_run() -> datetime | None:
    """When the next job is due, local and naive as in the library; None without jobs."""
    return default_scheduler.next_run


def idle_seconds() -> float | None:
    """Seconds until the next job is due, below 0 if it is late; None without jobs."""
    return default_scheduler.idle_seconds
