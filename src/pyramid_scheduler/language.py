"""The words of ``every(...)``: the chain that the drop-in and the engine's fluent form share.

The steps, their attributes, their exceptions and the words of these are those of the ``schedule``
library, version 1.2.2: programs read the ones and catch the others.
"""

import datetime
import re
import sys
from collections.abc import Callable, Hashable
from typing import Any, NoReturn, Self, TypeVar, overload
from zoneinfo import ZoneInfo, available_timezones

from pyramid_scheduler.errors import InvalidValue, SchedulerError
from pyramid_scheduler.instants import read_zone

UNITS = ("seconds", "minutes", "hours", "days", "weeks")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# By what repeats: the name of such a job, the valid format, and a pattern for each way to write it.
_DAILY = (
    "a daily job (valid format is HH:MM(:SS)?)",
    r"(?P<hour>[0-2]\d):(?P<minute>[0-5]\d)(:(?P<second>[0-5]\d))?$",
)
_TIMES = {
    "days": _DAILY,
    "weekdays": _DAILY,
    "hours": (
        "an hourly job (valid format is (MM)?:SS)",
        r":(?P<minute>[0-5]\d)$",
        r"(?P<minute>[0-5]\d):(?P<second>[0-5]\d)$",
    ),
    "minutes": ("a minutely job (valid format is :SS)", r":(?P<second>[0-5]\d)$"),
}


class ScheduleError(SchedulerError):
    """Anything that a chain, or the drop-in's scheduler, raises on purpose."""


class ScheduleValueError(ScheduleError, InvalidValue):
    """A step of a chain that cannot be meant. The message says what can."""


class IntervalError(ScheduleValueError):
    """An interval that is no length of time, or does not fit the word that comes after it."""


class ScheduleTypeError(ScheduleValueError, TypeError):
    """A value of a type that the step does not take."""


AnyChain = TypeVar("AnyChain", bound="Chain")
Func = TypeVar("Func", bound=Callable[..., Any])


class Word:
    """A step that takes no argument, such as ``.minutes``."""

    @overload
    def __get__(self, chain: None, owner: type) -> Self: ...
    @overload
    def __get__(self, chain: AnyChain, owner: type) -> AnyChain: ...
    def __get__(self, chain: "AnyChain | None", owner: type) -> "AnyChain | Self":
        if chain is None:
            return self
        self._say(chain)
        chain.said()
        return chain

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def _say(self, chain: "Chain") -> None:
        raise NotImplementedError


class Unit(Word):
    """A unit of time: ``.minutes``, and ``.minute`` for an interval of 1."""

    def _say(self, chain: "Chain") -> None:
        unit = self._name if self._name in UNITS else f"{self._name}s"
        if unit != self._name and chain.interval != 1:
            raise IntervalError(f"Use {unit} instead of {self._name}")
        chain.unit = unit


class Weekday(Word):
    """A day of the week: once a week, on that day."""

    def _say(self, chain: "Chain") -> None:
        if chain.interval != 1:
            raise IntervalError(
                f"Scheduling .{self._name}() jobs is only allowed for weekly jobs. Using"
                f" .{self._name}() on a job scheduled to run every 2 or more weeks is not"
                " supported."
            )
        chain.start_day = self._name
        chain.unit = "weeks"


class Chain:
    """What is said from ``every(n)`` on, in attributes that a program may read.

    ``interval`` of ``unit``, or a random whole number of them up to ``latest``; on ``start_day``
    if that is a weekday's name; at ``at_time`` on the clock of ``at_time_zone``.
    """

    second, seconds = Unit(), Unit()
    minute, minutes = Unit(), Unit()
    hour, hours = Unit(), Unit()
    day, days = Unit(), Unit()
    week, weeks = Unit(), Unit()
    monday, tuesday, wednesday = Weekday(), Weekday(), Weekday()
    thursday, friday = Weekday(), Weekday()
    saturday, sunday = Weekday(), Weekday()

    def __init__(self, interval: float = 1) -> None:
        self.interval = interval
        self.latest: int | None = None
        self.unit: str | None = None
        self.at_time: datetime.time | None = None
        self.at_time_zone: datetime.tzinfo | None = None
        self.start_day: str | None = None
        self.tags: set[Hashable] = set()

    def at(self, time_str: str, tz: "str | datetime.tzinfo | None" = None) -> Self:
        """Run at this time of a day, an hour or a minute.

        Parameters
        ----------
        time_str : ``HH:MM`` or ``HH:MM:SS`` after days and weekdays, ``:MM`` or ``MM:SS`` after
            hours, ``:SS`` after minutes
        tz : on whose clock: a name of the IANA database, a ZoneInfo, a zone of pytz or a fixed
            offset; without it the local one

        Raises ScheduleValueError, ScheduleTypeError. A zone that nobody knows is pytz's own
        UnknownTimeZoneError besides, in a program that has imported pytz.
        """
        kind = "weekdays" if self.start_day else self.unit
        if kind not in _TIMES:
            raise ScheduleValueError(
                "Invalid unit (valid units are `days`, `hours`, and `minutes`)"
            )
        if tz is not None:
            self.at_time_zone = _read_zone(tz)
        if not isinstance(time_str, str):
            raise ScheduleTypeError("at() should be passed a string")
        self.at_time = _read_time(time_str, kind)
        self.said()
        return self

    def to(self, latest: int) -> Self:
        """Wait a random whole number of units each time, from the interval up to ``latest``."""
        self.latest = latest
        self.said()
        return self

    def tag(self, *tags: Hashable) -> Self:
        """Add words to find it by. Raises ScheduleTypeError: one is not hashable."""
        if not all(isinstance(tag, Hashable) for tag in tags):
            raise ScheduleTypeError("Tags must be hashable")
        self.tags.update(tags)
        self.said()
        return self

    def said(self) -> None:
        """Take note that a step was said: a chain may act on those that follow its ``do()``."""

    def do(self, job_func: Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """End the chain: ``job_func(*args, **kwargs)`` is what runs."""
        raise NotImplementedError


def repeat(job: Chain, *args: Any, **kwargs: Any) -> Callable[[Func], Func]:
    """Decorate a function with a chain: ``@repeat(every(10).minutes)``; it is returned unchanged.

    ``args`` and ``kwargs`` are what it is called with.
    """

    def end(decorated: Func) -> Func:
        job.do(decorated, *args, **kwargs)
        return decorated

    return end


def _read_time(text: str, kind: str) -> datetime.time:
    valid, *patterns = _TIMES[kind]
    for found in filter(None, (re.match(pattern, text) for pattern in patterns)):
        said = {name: int(digits) for name, digits in found.groupdict(0).items()}
        if said.get("hour", 0) > 23:
            raise ScheduleValueError(
                f"Invalid number of hours ({said['hour']} is not between 0 and 23)"
            )
        return datetime.time(said.get("hour", 0), said.get("minute", 0), said.get("second", 0))
    raise ScheduleValueError(f"Invalid time format for {valid}")


def _read_zone(given: object) -> datetime.tzinfo:
    """Return a ZoneInfo, or a zone of one fixed offset as it was given."""
    if isinstance(given, ZoneInfo):
        return given
    # A zone of pytz bears its name, and is known by it: pytz itself is not needed.
    name = given if isinstance(given, str) else getattr(given, "zone", None)
    if isinstance(name, str):
        return _find_zone(name)
    if isinstance(given, datetime.tzinfo) and given.utcoffset(None) is not None:
        return given
    raise ScheduleValueError("Timezone must be string or pytz.timezone object")


def _find_zone(name: str) -> ZoneInfo:
    try:
        return read_zone(name, "at()")
    except InvalidValue as error:
        # pytz does not mind how the letters are written.
        for known in available_timezones():
            if known.lower() == name.lower():
                return ZoneInfo(known)
        _refuse_zone(str(error))


def _refuse_zone(message: str) -> NoReturn:
    """Raise what a program expects that catches an unknown zone: with pytz, that is pytz's own."""
    theirs = getattr(sys.modules.get("pytz"), "UnknownTimeZoneError", None)
    if theirs is None:
        raise ScheduleValueError(message)
    raise type("UnknownZone", (ScheduleValueError, theirs), {})(message)
