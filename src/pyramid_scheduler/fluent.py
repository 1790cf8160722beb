"""``every(10).minutes.do(job)``: the language of the ``schedule`` library, on the engine.

::

    from pyramid_scheduler import every, repeat

    every(10).to(15).seconds.do(job)
    every().monday.at("13:15", "Europe/London").do(job, x=1).tag("a").until("2030-01-01")

    @repeat(every().day.at("06:00"))
    def report(): ...

Where the library's job lives in one process, this is a schedule: it survives restarts, and fires
once across all processes. So a few things mean more here than there:

- **Where it is said.** In a module, outside of functions, it is a declaration like ``@task``, and
  ``config.scan()`` finds it, or ``scheduler.register_task(job)``. In a function that configures an
  application it is declared there, and in force with the commit. In an application that has been
  made it is a schedule at run time: the function has to be a task already, and to say the same
  again, after a restart or in another process, is to say it once.
- **Names.** A schedule has a name: that of its task, ``module.function``. What needs another (a
  second schedule of one function, a lambda) is given one: ``every().hour.named("hourly").do(job)``.
- **Arguments** are JSON.
- **Counting.** Seconds, minutes, hours, and days and weeks without ``at()`` are elapsed time, from
  the first declaration on, without drift. Days and weekdays with ``at()`` are those of a calendar,
  in the zone given or that of the schedule; a weekday without ``at()`` begins at midnight. A time
  that the clock skips comes at the first instant after the gap, one that it shows twice comes once,
  in the first pass. ``hours.at()`` and ``minutes.at()`` come at that moment of each hour or minute;
  of every so many, they are counted from the year 2000.
- ``tag()`` gives words to the task.
- ``until()`` is an instant, no duration: each start of each process would say another end.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Self
from zoneinfo import ZoneInfo

import venusian
from pyramid.config import PHASE0_CONFIG

from pyramid_scheduler.config.callables import default_name, read_callee
from pyramid_scheduler.config.current import current_wiring, scheduler
from pyramid_scheduler.config.decorator import check_included, note
from pyramid_scheduler.config.places import Place, caller
from pyramid_scheduler.config.refusing import refusing
from pyramid_scheduler.errors import InvalidValue, NoScheduler
from pyramid_scheduler.language import (
    UNITS,
    Chain,
    IntervalError,
    ScheduleValueError,
    repeat,
)
from pyramid_scheduler.model import Trigger
from pyramid_scheduler.reading import read_count, read_schedule_id
from pyramid_scheduler.registry import only_name
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers import (
    CalendarTrigger,
    CronTrigger,
    IntervalTrigger,
    IrregularTrigger,
)

__all__ = ["Every", "every", "repeat"]

# Before all tasks and schedules, which are what this declares; and those first that say how a task
# is, so that those which only say when find it.
_TAGGED, _PLAIN = PHASE0_CONFIG - 2, PHASE0_CONFIG - 1

# From where every so many hours or minutes are counted that have an at().
_BEGIN = date(2000, 1, 1)
_UTC = ZoneInfo("UTC")

# Where what stands in a module waits for a scan.
_ANCHOR = "__pyramid_scheduler_every__"


@dataclass(frozen=True, slots=True)
class When:
    """What a chain says about when, without a zone; it becomes a trigger in that of the schedule.

    Raises InvalidValue: it cannot be meant.
    """

    interval: float
    unit: str
    latest: int | None
    at: time | None
    weekday: str | None

    def __post_init__(self) -> None:
        """Refuse at once what no zone could make good."""
        self.in_zone(_UTC)

    def in_zone(self, zone: ZoneInfo) -> Trigger:
        """Return the trigger that this is where the clock of ``zone`` counts."""
        if self.latest is not None:
            return self._irregular(self.latest)
        if self.weekday is not None:
            return CalendarTrigger(weeks=1, on=self.weekday, at=self.at or time(), timezone=zone)
        if self.at is None:
            return IntervalTrigger(self._lasting())
        if self.unit == "days":
            return CalendarTrigger(days=self._whole(), at=self.at, timezone=zone)
        if self.unit == "hours" and self.interval == 1:
            return CronTrigger(f"{self.at.second} {self.at.minute} * * * *", timezone=zone)
        begin = datetime.combine(_BEGIN, self.at, zone)
        return IntervalTrigger(self._lasting(self._whole()), begin)

    def _irregular(self, latest: int) -> Trigger:
        if self.at is not None or self.weekday is not None:
            raise ScheduleValueError("to() is for elapsed time: it has no at() and no weekday")
        return IrregularTrigger(self._whole(), latest, self._lasting(1))

    def _whole(self) -> int:
        return read_count(self.interval, "every() with at() or to()")

    def _lasting(self, many: float | None = None) -> timedelta:
        many = self.interval if many is None else many
        try:
            return timedelta(**{self.unit: many})
        except (OverflowError, TypeError, ValueError):
            raise IntervalError(
                f"every({shown(many)}).{self.unit}: the interval is a number above 0, such as"
                " every(10)"
            ) from None


class Every(Chain):
    """A schedule, said as a chain: ``every(n)``, a unit, perhaps ``at()``, then ``do()``.

    Steps that follow ``do()`` count as well: what has been declared is declared anew.
    Each step raises an InvalidValue for what it cannot take; what only the application can know
    (another schedule of that name, arguments that do not fit) is Pyramid's ConfigurationError at
    the commit, which names the line of ``do()``.
    """

    def __init__(self, interval: float) -> None:
        super().__init__(interval)
        self.name: str | None = None
        self.end: datetime | None = None
        self._func: Callable[..., Any] | None = None
        self._arguments: dict[str, Any] = {}
        self._place = Place("", 0, "", "")
        self._awaits_scan = False

    def named(self, name: str) -> Self:
        """Name the schedule, before ``do()``; without this it bears the name of its task."""
        if self._func is not None:
            raise ScheduleValueError(f"named({shown(name)}): it comes before do()")
        self.name = read_schedule_id(name, "named()")
        return self

    def until(self, end: datetime | str) -> Self:
        """Fire no more after ``end``.

        Parameters
        ----------
        end : a datetime, or ``YYYY-MM-DD``, ``YYYY-MM-DD HH:MM``, ``YYYY-MM-DD HH:MM:SS``; what has
            no zone is in that of the schedule. No duration: each start of each process would say
            another end
        """
        self.end = _read_end(end)
        self.said()
        return self

    def do(self, job_func: Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """End the chain: a run calls ``job_func(*args, **kwargs)``, in whichever process.

        ``args`` and ``kwargs`` are plain JSON values.

        Raises NoScheduler: it is said in a function, and nothing says in which application.
        """
        read_callee(job_func, None, "do()")
        here = caller()
        self._func, self._place = job_func, here.place
        self._arguments = {"args": list(args), "kwargs": kwargs}
        # What a script says is meant for its application, if it has made it by then.
        self._awaits_scan = here.module is not None and (here.module != "__main__" or _alone())
        if self._awaits_scan:
            with suppress(AttributeError):  # a builtin or a bound method: the scan finds it
                note(job_func, self)
            anchor = here.frame.f_globals.setdefault(_ANCHOR, _Anchor())
            venusian.attach(anchor, self._found, category="pyramid", depth=here.depth)
        self.said()
        return self

    def said(self) -> None:
        """Declare it, or declare it anew, once it has its ``do()``."""
        if self._func is None:
            return
        when = self._when()
        if self._awaits_scan:
            return
        wiring = current_wiring()
        if wiring.sealed:
            self._schedule(self._func, when)
        else:
            self.declare(wiring.own, self._func, self._place)

    def declare(self, config: Any, func: Callable[..., Any], place: Place) -> None:
        """Declare ``func`` as a task, if it is none yet, and this as its schedule, at the commit.

        Only then is known what follows ``do()``, and what else is said of the function.
        """
        order = _TAGGED if self.tags else _PLAIN
        config.action(None, lambda: self._declare(config, func, place), order=order)

    def _found(self, context: Any, name: str, anchor: object) -> None:
        """Answer a scan."""
        del name, anchor
        assert self._func is not None, "do() attached it"
        self.declare(context.config, self._func, self._place)

    def _declare(self, config: Any, func: Callable[..., Any], place: Place) -> None:
        with refusing(place):
            wiring = check_included(config)
            known = only_name(func, wiring.names(func))
            task = known or self._task_name(func)
            when = self._when()
        if known is None or self.tags:
            config.add_task(func, task, tags=list(self.tags) or None, _info=tuple(place))
        config.add_schedule(task, name=self.name or task, _info=tuple(place), **when)

    def _task_name(self, func: Callable[..., Any]) -> str:
        try:
            return default_name(read_callee(func, None, "do()"), "do()")
        except InvalidValue as error:
            if self.name is not None:
                return self.name
            raise InvalidValue(f"{error}, which is .named('...') here") from None

    def _schedule(self, func: Callable[..., Any], when: dict[str, Any]) -> None:
        """Make the schedule at run time; one that is there already is the same, or is replaced."""
        if self.tags:
            raise ScheduleValueError(
                "tag(): the application is made, and tags are its tasks': say them there, tags="
            )
        task = scheduler.declared.find(func).name
        # Kept, so that what follows do() changes this one.
        self.name = self.name or f"{task[:180]}:{_digest(when)}"
        scheduler.schedule(task, id=self.name, replace=True, **when)

    def _when(self) -> dict[str, Any]:
        """Return what ``config.add_schedule`` takes to say when."""
        if self.unit not in UNITS:
            raise ScheduleValueError(
                f"every({shown(self.interval)}).do(): the unit is missing: {', '.join(UNITS)}"
            )
        zone = self.at_time_zone
        if zone is not None and not isinstance(zone, ZoneInfo):
            raise ScheduleValueError(f"at(): {shown(zone)} has no name: give a zone that has one")
        return {
            "trigger": When(self.interval, self.unit, self.latest, self.at_time, self.start_day),
            "timezone": None if zone is None else zone.key or "",
            "end": self.end,
            **self._arguments,
        }


def _alone() -> bool:
    """Return whether there is no application that could be meant here."""
    try:
        current_wiring()
    except NoScheduler:
        return True
    return False


class _Anchor:
    """What a scan finds in a module in which something was said."""


def every(interval: float = 1) -> Every:
    """Begin to say a schedule: ``every(10).minutes.do(job)``; see :mod:`pyramid_scheduler.fluent`.

    ``interval`` is a number above 0, with its unit 0.1 s to 365,000 days.
    """
    return Every(interval)


def _read_end(end: object) -> datetime:
    if isinstance(end, datetime):
        return end
    if isinstance(end, str):
        for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"):
            with suppress(ValueError):
                return datetime.strptime(end, form)  # noqa: DTZ007 - its zone is the schedule's
    raise ScheduleValueError(
        f"until(): {shown(end)} is neither a datetime nor a text such as '2030-01-31' or"
        " '2030-01-31 12:30'"
    )


def _digest(when: dict[str, Any]) -> str:
    """Return what tells apart the schedules of one task that bear no name: when, and arguments."""
    said = {**when, "trigger": astuple(when["trigger"]), "end": None}
    return sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()[:8]
