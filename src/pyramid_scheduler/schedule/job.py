"""One recurring call: what its chain says, and when it runs."""

import datetime
import functools
import logging
import random
from collections.abc import Callable
from typing import Any, ClassVar, Protocol, Self

from pyramid_scheduler.instants import MICROSECOND
from pyramid_scheduler.language import (
    UNITS,
    WEEKDAYS,
    Chain,
    ScheduleError,
    ScheduleTypeError,
    ScheduleValueError,
)
from pyramid_scheduler.schedule.beat import Beat, face, instant, machine_clock
from pyramid_scheduler.showing import shown

# The library's own, so that a program which turns its logs up or down still does.
logger = logging.getLogger("schedule")

# Thousands of jobs say few different things.
_shared_beat = functools.lru_cache(maxsize=1000, typed=True)(Beat)

_UNTIL = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M")


class CancelJob:
    """What a job returns, the class or an instance, to be taken off the schedule."""


class Agenda(Protocol):
    """Where a job goes when its chain ends."""

    jobs: "list[Job]"

    def now(self) -> int:
        """Return the present instant."""
        ...


class Job(Chain):
    """One recurring call, said as a chain: ``every(n)``, a unit, perhaps ``at()``, then ``do()``.

    Parameters
    ----------
    interval : how many units, a number above 0
    scheduler : whose job it will be; ``scheduler.every(n)`` fills it in

    Its attributes are those of the library, and may be written as well: what is written holds from
    the next run on. ``next_run`` and ``last_run`` are local and naive.
    """

    #: Another object whenever any job became due earlier than it was, or lost its time: who keeps
    #: jobs in order has to look at all of them again.
    moved: ClassVar[object] = object()

    def __init__(self, interval: float, scheduler: Agenda | None = None) -> None:
        super().__init__(interval)
        self.scheduler = scheduler
        self.job_func: functools.partial[Any] | None = None
        #: After this moment it does not run, and is taken off; a naive one is local time.
        self.cancel_after: datetime.datetime | None = None
        self._due: int | None = None
        self._ran: datetime.datetime | int | None = None
        self._read: tuple[object, ...] = ()

    def __lt__(self, other: "Job") -> bool:
        """Whether it is due before another one."""
        assert self.due is not None, "do() comes first"
        assert other.due is not None, "do() comes first"
        return self.due < other.due

    def __str__(self) -> str:
        args, keywords = (self.job_func.args, self.job_func.keywords) if self.job_func else ((), {})
        return (
            f"Job(interval={self.interval}, unit={self.unit}, do={self._name()},"
            f" args={args}, kwargs={keywords})"
        )

    def __repr__(self) -> str:
        unit = self.unit[:-1] if self.unit and self.interval == 1 else self.unit
        to = f"to {self.latest} " if self.latest is not None and self.at_time is None else ""
        at = f" at {self.at_time}" if self.at_time is not None else ""
        times = f"(last run: {_said(self.last_run)}, next run: {_said(self.next_run)})"
        return f"Every {self.interval} {to}{unit}{at} do {self._call()} {times}"

    def _name(self) -> str:
        return str(getattr(self.job_func, "__name__", None) or repr(self.job_func))

    def _call(self) -> str:
        if self.job_func is None:
            return "[None]"
        args = [str(one) if isinstance(one, Job) else repr(one) for one in self.job_func.args]
        keywords = [f"{name}={value!r}" for name, value in self.job_func.keywords.items()]
        return f"{self._name()}({', '.join(args + keywords)})"

    @property
    def due(self) -> int | None:
        """When it is due next: an instant; None before ``do()``."""
        return self._due

    @due.setter
    def due(self, due: int | None) -> None:
        if self._due is not None and (due is None or due < self._due):
            Job.moved = object()
        self._due = due

    @property
    def next_run(self) -> datetime.datetime | None:
        """When it is due next, local and naive; None before ``do()``."""
        return None if self.due is None else face(self.due)

    @next_run.setter
    def next_run(self, moment: datetime.datetime | None) -> None:
        self.due = None if moment is None else instant(moment)

    @property
    def last_run(self) -> datetime.datetime | None:
        """When its last run ended, local and naive; None before the first."""
        # Most programs never ask, and what the clock showed takes longer than to note the instant.
        return face(self._ran) if isinstance(self._ran, int) else self._ran

    @last_run.setter
    def last_run(self, moment: datetime.datetime | None) -> None:
        self._ran = moment

    @property
    def should_run(self) -> bool:
        """Whether it is due now."""
        assert self.due is not None, "do() comes first"
        return self._now() >= self.due

    def until(
        self, until_time: datetime.datetime | datetime.timedelta | datetime.time | str
    ) -> Self:
        """Run no more after a moment: the job is taken off once its next run would be later.

        Parameters
        ----------
        until_time : a datetime (local if it is naive), a duration from now, a time of the present
            day, or one of these as ``YYYY-MM-DD HH:MM:SS``, ``YYYY-MM-DD HH:MM``, ``YYYY-MM-DD``,
            ``HH:MM:SS``, ``HH:MM``

        Raises ScheduleValueError, ScheduleTypeError.
        """
        now = self._now()
        end = _read_until(until_time, now)
        if instant(end) < now:
            raise ScheduleValueError("Cannot schedule a job to run until a time in the past")
        self.cancel_after = end
        return self

    def do(self, job_func: Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """End the chain: the scheduler calls ``job_func(*args, **kwargs)`` when it is due.

        Raises ScheduleError, TypeError: no unit, no scheduler, nothing that can be called.
        """
        self.job_func = functools.partial(job_func, *args, **kwargs)
        functools.update_wrapper(self.job_func, job_func)
        self._schedule_next_run()
        if self.scheduler is None:
            raise ScheduleError(
                "Unable to a add job to schedule. Job is not associated with an scheduler"
            )
        self.scheduler.jobs.append(self)
        return self

    def run(self) -> Any:
        """Run it now and find its next time; return what it returned, or CancelJob after its end.

        One that raises stays due.
        """
        if self.cancel_after is not None and self._is_overdue(self._now()):
            logger.debug("Cancelling job %s", self)
            return CancelJob
        logger.debug("Running job %s", self)
        assert self.job_func is not None, "do() comes first"
        answer = self.job_func()
        self._ran = self._now()
        self._schedule_next_run()
        if self.cancel_after is not None and self._is_overdue(self.due):
            logger.debug("Cancelling job %s", self)
            return CancelJob
        return answer

    def set_back(self, by: int, now: int) -> None:
        """The clock went back ``by`` microseconds and shows ``now``.

        What waits for a time waits what was left to wait. What waits for a time of day follows the
        clock, and none comes twice, unless so much has been taken back that it would fall silent.
        """
        if self.due is None or self.unit not in UNITS:
            return
        if self.at_time is None and self.start_day is None:
            self.due -= by
        elif by >= self._beat(self.interval).period() // MICROSECOND:
            self.due = min(self.due, self._beat(self.interval).next(now))

    # Programs that catch what jobs raise override Scheduler._run_job, and call this one.
    def _schedule_next_run(self) -> None:
        interval = self.interval if self.latest is None else self._chosen(self.latest)
        self.due = self._beat(interval).next(self._now())

    def _chosen(self, latest: int) -> float:
        """Return a random whole number from the interval to the latest."""
        if not (isinstance(self.interval, int) and isinstance(latest, int)):
            raise ScheduleTypeError(
                f"every({shown(self.interval)}).to({shown(latest)}): a random interval has"
                " whole numbers"
            )
        if latest < self.interval:
            raise ScheduleError("`latest` is greater than `interval`")
        return random.randint(self.interval, latest)

    def _beat(self, interval: float) -> Beat:
        # A program may write any of these, and seldom does: it is read again only then.
        said = (interval, self.unit, self.at_time, self.at_time_zone, self.start_day)
        if said != self._read:
            self._last_beat, self._read = self._read_beat(interval), said
        return self._last_beat

    def _read_beat(self, interval: float) -> Beat:
        if self.unit not in UNITS:
            raise ScheduleValueError(
                "Invalid unit (valid units are `seconds`, `minutes`, `hours`, `days`, and `weeks`)"
            )
        if self.start_day is None:
            weekday = None
        elif self.unit != "weeks":
            raise ScheduleValueError("`unit` should be 'weeks'")
        elif self.start_day not in WEEKDAYS:
            raise ScheduleValueError(f"Invalid start day (valid start days are {WEEKDAYS})")
        else:
            weekday = WEEKDAYS.index(self.start_day)
        said = (interval, self.unit, self.at_time, self.at_time_zone, weekday)
        try:
            return _shared_beat(*said)
        except TypeError:  # an interval that is no number, a zone that has no hash
            return Beat(*said)

    def _is_overdue(self, when: int | None) -> bool:
        if self.cancel_after is None or when is None:
            return False
        return when > instant(self.cancel_after)

    def _now(self) -> int:
        return machine_clock() if self.scheduler is None else self.scheduler.now()


def _said(moment: datetime.datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else "[never]"


def _read_until(value: object, now: int) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.timedelta):
        return _later(value, now)
    if isinstance(value, datetime.time):
        return datetime.datetime.combine(face(now), value)
    if isinstance(value, str):
        return _parse_until(value, now)
    raise ScheduleTypeError(
        "until() takes a string, datetime.datetime, datetime.timedelta, datetime.time parameter"
    )


def _later(duration: datetime.timedelta, now: int) -> datetime.datetime:
    try:
        return face(now + duration // MICROSECOND)
    except (OverflowError, ValueError):
        raise ScheduleValueError(f"until(): {duration.days} days from now is no date") from None


def _parse_until(text: str, now: int) -> datetime.datetime:
    for form in _UNTIL:
        try:
            found = datetime.datetime.strptime(text, form)
        except ValueError:
            continue
        return found if "-" in text else datetime.datetime.combine(face(now), found.time())
    raise ScheduleValueError("Invalid string format for until()")
