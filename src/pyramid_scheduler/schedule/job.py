"""How a job is said: the chain from ``every()`` to ``do()``, and what it refuses."""

import datetime
import functools
import inspect
import re
import reprlib
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, Self, overload

from pyramid_scheduler.errors import InvalidValue, SchedulerError
from pyramid_scheduler.schedule.beat import UNITS, Beat, Elapsed, beat_from, local, period_of

LEAST, LONGEST = timedelta(microseconds=1), timedelta(days=36_525)
MOST = LONGEST // UNITS["seconds"]

_HOUR = "(?P<hour>[01][0-9]|2[0-3])"
_MINUTE, _SECOND = "(?P<minute>[0-5][0-9])", "(?P<second>[0-5][0-9])"
# By unit: what is allowed, then a pattern for each way to write it.
_TIMES = {
    "days": ("'HH:MM' or 'HH:MM:SS', '00:00' to '23:59:59'", f"{_HOUR}:{_MINUTE}(:{_SECOND})?"),
    "hours": ("':MM' or 'MM:SS', ':00' to '59:59'", f":{_MINUTE}", f"{_MINUTE}:{_SECOND}"),
    "minutes": ("':SS', ':00' to ':59'", f":{_SECOND}"),
}


class ScheduleError(SchedulerError):
    """Anything that ``pyramid_scheduler.schedule`` raises on purpose."""


class ScheduleValueError(ScheduleError, InvalidValue):
    """A step of a chain that cannot be meant. The message says what can."""


class IntervalError(ScheduleValueError):
    """An interval that is no number above 0, or does not fit what comes after it."""


class ScheduleTypeError(ScheduleError, TypeError):
    """A time that is no string, or a job that a plain call would not run."""


class Agenda(Protocol):
    """Where a job goes when its chain ends."""

    def add(self, job: "Job") -> None:
        """Take the job in and start it."""
        ...


class Unit:
    """A step of the chain such as ``.minutes``, known by the name that the class gives it."""

    def __set_name__(self, owner: "type[Job]", name: str) -> None:
        self._name = name

    @overload
    def __get__(self, job: None, owner: "type[Job]") -> Self: ...
    @overload
    def __get__(self, job: "Job", owner: "type[Job]") -> "Job": ...
    def __get__(self, job: "Job | None", owner: "type[Job]") -> "Job | Self":
        return self if job is None else job.counted_in(self._name)


class Job:
    """One recurring call, said as a chain: ``every(n)``, a unit, perhaps ``at()``, then ``do()``.

    Parameters:
      interval: how many units, an int or float above 0; with its unit at least a microsecond and
        at most 36,525 days; with ``at()`` a whole number.
      scheduler: whose job it will be; ``scheduler.every(n)`` fills it in.

    ``second`` to ``week`` are for an interval of 1, ``seconds`` to ``weeks`` for any.
    Raises: a :class:`ScheduleError` in the step that cannot be meant, with what is allowed there.
    """

    second, seconds = Unit(), Unit()
    minute, minutes = Unit(), Unit()
    hour, hours = Unit(), Unit()
    day, days = Unit(), Unit()
    week, weeks = Unit(), Unit()

    def __init__(self, interval: float = 1, scheduler: Agenda | None = None) -> None:
        _refuse_interval(interval)
        self.interval = interval
        self.scheduler = scheduler
        self.unit: str | None = None
        self.at_time: datetime.time | None = None
        self.job_func: functools.partial[object] | None = None
        #: When it is due next: microseconds since 1970; None before ``do()``.
        self.due: int | None = None
        self._beat: Beat | None = None

    def __repr__(self) -> str:
        unit = f".{self.unit}" if self.unit else ""
        at = f".at('{self.at_time}')" if self.at_time is not None else ""
        do = f".do({_name(self.job_func.func)})" if self.job_func else ""
        return f"every({self.interval}){unit}{at}{do}"

    @property
    def next_run(self) -> datetime.datetime | None:
        """When it is due next, local and naive as in the library; None before ``do()``."""
        return None if self.due is None else local(self.due)

    def counted_in(self, word: str) -> Self:
        """Count the interval in ``word``, such as ``"minutes"``; ``every(n).minutes`` says it."""
        where = f"{self}.{word}"
        unit = word if word in UNITS else f"{word}s"
        self._refuse_more(where)
        if self.unit is not None:
            raise ScheduleValueError(f"{where}: the unit is {self.unit} already; give one")
        if word != unit and self.interval != 1:
            raise IntervalError(f"{where}: {word} is for every(1); say {self}.{unit}")
        if not LEAST <= period_of(self.interval, unit) <= LONGEST:
            raise IntervalError(f"{where}: not between a microsecond and {LONGEST.days} days")
        self.unit = unit
        return self

    def at(self, time_str: str) -> Self:
        """Run at this moment of a day, an hour or a minute on the local clock.

        With an interval of 1 the first is the next such moment; else that of the present day, hour
        or minute, plus the interval. The moment of an hour or a minute is found once, in ``do()``,
        and counted on from there in elapsed time.

        Parameters:
          time_str: ``HH:MM`` or ``HH:MM:SS`` after days, ``:MM`` or ``MM:SS`` after hours, ``:SS``
            after minutes.

        Raises ScheduleValueError, IntervalError, ScheduleTypeError: no such time, a unit that has
        no such moments (seconds, weeks), an interval that is not whole, no string.
        """
        where = f"{self}.at({reprlib.repr(time_str)})"
        self._refuse_more(where)
        if not isinstance(time_str, str):
            raise ScheduleTypeError(f"{where}: the time is a string, such as '10:30'")
        if self.unit not in _TIMES:
            raise ScheduleValueError(
                f"{where}: at() comes after days, hours or minutes, such as every().day.at('10:30')"
            )
        if self.interval % 1:
            raise IntervalError(f"{where}: with at() the interval is a whole number")
        self.at_time = _time_of_day(time_str, self.unit, where)
        return self

    def do(self, job_func: Callable[..., object], *args: object, **kwargs: object) -> Self:
        """End the chain: ``run_pending()`` calls ``job_func(*args, **kwargs)`` when it is due.

        What the job returns is not looked at.

        Raises ScheduleValueError, ScheduleTypeError, ScheduleError: no unit; ``job_func`` is not
        callable, ``async def`` or a generator; a chain that has ended before; no scheduler.
        """
        where = f"{self}.do({_name(job_func)})"
        self._refuse_more(where)
        if self.unit is None:
            raise ScheduleValueError(
                f"{where}: the unit is missing: seconds, minutes, hours, days or weeks, such as"
                " every(10).minutes.do(job)"
            )
        _refuse_uncallable(job_func, where)
        if self.scheduler is None:
            raise ScheduleError(f"{where}: it has no scheduler; begin with schedule.every()")
        self.job_func = functools.partial(job_func, *args, **kwargs)
        self.scheduler.add(self)
        return self

    def start(self, now: int) -> int:
        """Find the beat of a chain that has ended at the instant ``now``; return its first."""
        self._beat = beat_from(now, self.interval, self.unit or "", self.at_time)
        return self.arm(now)

    def arm(self, now: int) -> int:
        """Make it due at its first beat after the instant ``now``, and return that."""
        assert self._beat is not None, "start() comes before arm()"
        self.due = self._beat.next(now)
        return self.due

    def set_back(self, by: int) -> None:
        """The clock went back ``by`` microseconds: an interval waits what was left to wait."""
        if isinstance(self._beat, Elapsed) and self.at_time is None and self.due is not None:
            self._beat = self._beat.earlier(by)
            self.due -= by

    def _refuse_more(self, where: str) -> None:
        if self.job_func is not None:
            raise ScheduleError(f"{where}: do() was the end of this chain; begin one with every()")


def _time_of_day(text: str, unit: str, where: str) -> datetime.time:
    allowed, *patterns = _TIMES[unit]
    for found in filter(None, (re.fullmatch(pattern, text) for pattern in patterns)):
        parts = found.groupdict()
        hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
        return datetime.time(hour, minute, second)
    raise ScheduleValueError(f"{where}: after {unit} a time is {allowed}")


def _refuse_interval(interval: object) -> None:
    # A bool is an int to Python; NaN fails every comparison, so it is refused as well.
    number = interval if isinstance(interval, int | float) and interval is not True else 0
    if 0 < number <= MOST:
        return
    # Python refuses to write an int of thousands of digits.
    huge = isinstance(interval, int) and abs(interval) > MOST**9
    given = "..." if huge else reprlib.repr(interval)
    raise IntervalError(
        f"every({given}): the interval is a number above 0, at most {MOST}, such as every(10)"
    )


def _refuse_uncallable(job_func: object, where: str) -> None:
    if not callable(job_func):
        raise ScheduleTypeError(f"{where}: cannot be called; pass the function itself: do(job)")
    for called in (job_func, type(job_func).__call__):
        if inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called):
            raise ScheduleTypeError(f"{where}: nobody would await an async def; pass a plain one")
        if inspect.isgeneratorfunction(called):
            raise ScheduleTypeError(f"{where}: nobody would iterate a generator; pass a plain def")


def _name(job_func: object) -> str:
    return str(getattr(job_func, "__qualname__", None) or reprlib.repr(job_func))
