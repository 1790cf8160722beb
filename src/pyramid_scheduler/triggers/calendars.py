"""Calendars: sets of days, such as holidays, that triggers leave out, or keep to.

A trigger that names a calendar is written as JSON with the name only: the calendar is declared by
the application, in every process alike.
"""

import logging
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pyramid_scheduler.errors import InvalidValue, UnknownName, nearest
from pyramid_scheduler.model import Trigger
from pyramid_scheduler.reading import read_name
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.civil import read_date
from pyramid_scheduler.triggers.holidays import Holidays
from pyramid_scheduler.triggers.kinds import parts_of
from pyramid_scheduler.triggers.weekdays import WEEKEND, read_weekdays, write_weekdays

log = logging.getLogger("pyramid_scheduler")

_DECLARED: dict[str, "Calendar"] = {}


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Calendar:
    """A set of days: ``day in calendar``. Two are joined by ``|``.

    Parameters
    ----------
    dates : single days, dates or texts such as ``"2030-12-24"``
    ranges : pairs of the first and the last day, both included
    weekdays : days of every week, such as ``"sat, sun"``
    country, subdivision, language : the public holidays of
        :class:`~pyramid_scheduler.triggers.holidays.Holidays`

    Raises InvalidValue.
    """

    dates: frozenset[date]
    ranges: tuple[tuple[date, date], ...]
    weekdays: tuple[int, ...]
    holidays: tuple[Holidays, ...]

    def __init__(
        self,
        *,
        dates: Iterable[date | str] = (),
        ranges: Iterable[tuple[date | str, date | str]] = (),
        weekdays: str | Iterable[str] = (),
        country: str | None = None,
        subdivision: str | None = None,
        language: str | None = None,
    ) -> None:
        holidays = () if country is None else (Holidays(country, subdivision, language),)
        if country is None and (subdivision is not None or language is not None):
            raise InvalidValue("calendar: subdivision and language are those of a country: say it")
        self._hold(
            frozenset(read_date(day, "calendar: dates") for day in _several(dates, "dates")),
            _joined([_read_range(one) for one in _several(ranges, "ranges")]),
            read_weekdays(weekdays, "calendar: weekdays") if weekdays else (),
            holidays,
        )

    def _hold(
        self,
        dates: frozenset[date],
        ranges: tuple[tuple[date, date], ...],
        weekdays: tuple[int, ...],
        holidays: tuple[Holidays, ...],
    ) -> None:
        object.__setattr__(self, "dates", dates)
        object.__setattr__(self, "ranges", ranges)
        object.__setattr__(self, "weekdays", weekdays)
        object.__setattr__(self, "holidays", holidays)

    def __contains__(self, day: date) -> bool:
        return (
            day.weekday() in self.weekdays
            or day in self.dates
            or self._in_a_range(day)
            or self.name_of(day) is not None
        )

    def __or__(self, other: "Calendar") -> "Calendar":
        """Return the calendar of the days of both."""
        if not isinstance(other, Calendar):
            return NotImplemented
        both = object.__new__(Calendar)
        both._hold(
            self.dates | other.dates,
            _joined([*self.ranges, *other.ranges]),
            tuple(sorted({*self.weekdays, *other.weekdays})),
            tuple(dict.fromkeys((*self.holidays, *other.holidays))),
        )
        return both

    def __repr__(self) -> str:
        return _written(self)

    def _in_a_range(self, day: date) -> bool:
        place = bisect_right(self.ranges, (day, date.max)) - 1
        return place >= 0 and day <= self.ranges[place][1]

    def name_of(self, day: date) -> str | None:
        """Return how the public holiday of ``day`` is called, None if it is none."""
        for holidays in self.holidays:
            if name := holidays.name_of(day):
                return name
        return None


def _written(calendar: Calendar) -> str:
    """Return how ``calendar`` is written in code."""
    said = {
        "dates": [day.isoformat() for day in sorted(calendar.dates)],
        "ranges": [(first.isoformat(), last.isoformat()) for first, last in calendar.ranges],
        "weekdays": write_weekdays(calendar.weekdays),
    }
    days = ", ".join(f"{key}={value!r}" for key, value in said.items() if value)
    parts = [f"Calendar({days})"] if days or not calendar.holidays else []
    return " | ".join([*parts, *(holidays.written() for holidays in calendar.holidays)])


def is_business_day(day: date, calendar: Calendar | None) -> bool:
    """Return whether ``day`` is from Monday to Friday, and not in ``calendar``."""
    return day.weekday() not in WEEKEND and (calendar is None or day not in calendar)


def declare_calendar(name: str, calendar: Calendar) -> None:
    """Make ``calendar`` known by ``name`` to the triggers of this process.

    Another calendar that had the name has it no longer, and that is worth a WARNING.

    Raises InvalidValue: the name is none.
    """
    read_name(name, "calendar")
    if not isinstance(calendar, Calendar):
        raise InvalidValue(f"calendar {name!r}: {shown(calendar)} is not a Calendar")
    if _DECLARED.get(name, calendar) != calendar:
        log.warning("calendar %s is another one from now on, in this whole process", name)
    _DECLARED[name] = calendar


def find_calendar(name: str) -> Calendar:
    """Return the calendar that was declared as ``name``.

    Raises UnknownName.
    """
    if name not in _DECLARED:
        raise UnknownName(
            f"no calendar is called {name!r}{nearest(name, _DECLARED)}: declare it with"
            " config.add_calendar"
        )
    return _DECLARED[name]


def read_calendar(value: object, where: str) -> Calendar | str:
    """Return the calendar that a trigger is given, by its name if it has one already.

    It is looked up only when the trigger is asked: it may be declared later than the trigger.

    Raises InvalidValue.
    """
    if isinstance(value, Calendar):
        return _name_of(value) or value
    if isinstance(value, str):
        return read_name(value, f"{where}: calendar")
    raise InvalidValue(f"{where}: {shown(value)} is neither a Calendar nor the name of one")


def calendar_of(calendar: Calendar | str) -> Calendar:
    """Return the calendar that :func:`read_calendar` gave, or that its name stands for.

    Raises UnknownName.
    """
    return find_calendar(calendar) if isinstance(calendar, str) else calendar


def written_calendar(calendar: Calendar | str) -> str:
    """Return the name by which a row knows ``calendar``.

    Raises InvalidValue: it has none.
    """
    name = calendar if isinstance(calendar, str) else _name_of(calendar)
    if name is None:
        raise InvalidValue(
            "a trigger's calendar has no name, and a row can hold nothing else: declare it with"
            " config.add_calendar(name, calendar)"
        )
    return name


def loaded_calendar(name: str) -> str:
    """Return the name that a row holds, known to this process.

    Raises UnknownName.
    """
    find_calendar(name)
    return name


def check_calendars(trigger: Trigger) -> None:
    """Check that every calendar in ``trigger`` is declared, so that a row can hold the trigger.

    Raises UnknownName, or InvalidValue for a calendar without a name.
    """
    # In somebody's own trigger the word may mean anything.
    ours = type(trigger).__module__.startswith(f"{__package__}.")
    own = getattr(trigger, "calendar", None) if ours else None
    if own is not None:
        find_calendar(written_calendar(own))
    for part in parts_of(trigger):
        check_calendars(part)


def said_calendar(calendar: Calendar | str) -> str:
    """Return the name of ``calendar``, or words for one without."""
    return calendar if isinstance(calendar, str) else "a calendar"


def _name_of(calendar: Calendar) -> str | None:
    return next((name for name, known in _DECLARED.items() if known == calendar), None)


def _several(value: object, what: str) -> Iterable[object]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InvalidValue(f"calendar: {what}: {shown(value)} is not a list")
    return value


def _joined(ranges: list[tuple[date, date]]) -> tuple[tuple[date, date], ...]:
    """Return ``ranges`` in order, as one where they overlap."""
    joined: list[tuple[date, date]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


def _read_range(value: object) -> tuple[date, date]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise InvalidValue(f"calendar: ranges: {shown(value)} is not a pair of two days")
    first, last = (read_date(day, "calendar: ranges") for day in value)
    if last < first:
        raise InvalidValue(f"calendar: ranges: {last} is before {first}")
    return first, last
