"""The base class of triggers, with all that a trigger can be combined into.

The combinations are triggers themselves and so derive from the class here. They stand in
:mod:`pyramid_scheduler.triggers.combined`; this module finds them by their kind, as a row does.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pyramid_scheduler import model
from pyramid_scheduler.triggers.calendars import Calendar
from pyramid_scheduler.triggers.kinds import find_kind
from pyramid_scheduler.triggers.local import local_moment


class Trigger(model.Trigger):
    """A trigger that can be combined with others. Derive your own from this one.

    Each combination is a frozen value and a trigger too, so combinations can be combined, up to
    100 triggers in all and 20 of them around each other. What they are given is checked when they
    are made: anything that cannot be taken is an InvalidValue.

    Local times, days and dates are read in ``timezone`` where it is given, else in the zone that
    the trigger has, else in UTC.

    A combination looks 100 years and 10,000 steps ahead; one that has found no fire time by then
    fires no more. Of what fires every minute, nothing is walked through in vain: a window that is
    closed is one step, and so is a day that is left out.
    """

    def clocks(self, fire: int, zone: ZoneInfo) -> tuple[time, ...]:
        """Return the times of day that the fire time ``fire`` stands for, by the clock of ``zone``.

        That is what the clock shows then; of what is fired instead of a time in a gap, that time.
        Whoever moves a fire time to another day asks for it.
        """
        return (local_moment(fire, zone).time(),)

    def __or__(self, other: object) -> "Trigger":
        """Return what fires whenever one of the two does; where both do, it fires once."""
        if not isinstance(other, model.Trigger):
            return NotImplemented
        return _made("any", triggers=(self, other))

    def __and__(self, other: object) -> "Trigger":
        """Return what fires when both do, at the same instant."""
        if not isinstance(other, model.Trigger):
            return NotImplemented
        return _made("all", triggers=(self, other))

    def between(
        self, start: time | str, end: time | str, timezone: str | ZoneInfo | None = None
    ) -> "Trigger":
        """Return what fires with this one from ``start`` to ``end`` of the day, both included.

        ``between("22:00", "06:00")`` is the night: a window may go over midnight.
        """
        return _made("between", trigger=self, start=start, end=end, timezone=timezone)

    def on(self, days: str | Iterable[str], timezone: str | ZoneInfo | None = None) -> "Trigger":
        """Return what fires with this one on these days: ``"mon-fri"``, ``["sat", "sun"]``."""
        return _made("on", trigger=self, days=days, timezone=timezone)

    def only(self, calendar: Calendar | str, timezone: str | ZoneInfo | None = None) -> "Trigger":
        """Return what fires with this one on the days of ``calendar``, a value or its name."""
        return _made("only", trigger=self, calendar=calendar, timezone=timezone)

    def excluding(
        self, calendar: Calendar | str, timezone: str | ZoneInfo | None = None
    ) -> "Trigger":
        """Return what fires with this one but on the days of ``calendar``, a value or its name."""
        return _made("excluding", trigger=self, calendar=calendar, timezone=timezone)

    def shifted_to_business_day(
        self,
        direction: Literal["next", "previous"],
        calendar: Calendar | str | None = None,
        timezone: str | ZoneInfo | None = None,
    ) -> "Trigger":
        """Return what fires with this one, on a business day at the same time of day.

        A fire time on a Saturday, a Sunday or a day of ``calendar`` is moved to the next or the
        previous day that is none of these; several that are moved onto one instant fire once.
        """
        return _made(
            "shifted", trigger=self, direction=direction, calendar=calendar, timezone=timezone
        )

    def jitter(
        self, spread: timedelta | float | str, mode: Literal["random", "stable"] = "random"
    ) -> "Trigger":
        """Return this trigger, its runs due up to ``spread`` later (seconds, timedelta, "30s").

        The fire time stays as it is. ``"stable"`` is one delay per schedule, ``"random"`` another
        at each fire time; both follow from the schedule's name, so that every process agrees.
        """
        return _made("jitter", trigger=self, spread=spread, mode=mode)

    def starting(self, start: datetime | str) -> "Trigger":
        """Return what fires with this one from ``start`` on, inclusive; what counts, from then.

        A start or an end without an offset is read in this trigger's zone, if it has just one.
        """
        return _made("starting", trigger=self, start=start)

    def until(self, end: date | str) -> "Trigger":
        """Return what fires with this one up to ``end``, inclusive; a date is that whole day."""
        return _made("until", trigger=self, end=end)

    def times(self, count: int) -> "Trigger":
        """Return the first ``count`` (up to 10,000) fire times of this one.

        It says from when: by ``starting(...)``, or by an anchor or a start of its own.
        """
        return _made("times", trigger=self, count=count)


def _made(kind: str, **fields: Any) -> Trigger:
    make: Any = find_kind(kind)
    made: Trigger = make(**fields)
    return made
