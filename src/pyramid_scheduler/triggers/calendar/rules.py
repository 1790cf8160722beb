"""On which days a CalendarTrigger fires: every so many days, weeks, months or years, and which."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any, ClassVar

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.reading import read_choice
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.calendar import periods
from pyramid_scheduler.triggers.calendar.days import BUSINESS_DAY, DAY, DayOfMonth, read_day
from pyramid_scheduler.triggers.calendars import (
    Calendar,
    calendar_of,
    is_business_day,
    read_calendar,
    said_calendar,
)
from pyramid_scheduler.triggers.civil import read_parts
from pyramid_scheduler.triggers.spoken import counted, listed
from pyramid_scheduler.triggers.weekdays import read_weekdays, say_weekdays, write_weekdays

_MOST_DAYS = 366


class Missing(StrEnum):
    """What becomes of a day 31 in a month of 30 days: its last day instead, or nothing."""

    LAST = "last"
    SKIP = "skip"


@dataclass(frozen=True)
class Rule(ABC):
    """Every ``every`` periods."""

    unit: ClassVar[str]

    every: int

    @property
    @abstractmethod
    def needs_start(self) -> bool:
        """Return whether the days depend on where one begins to count."""

    @abstractmethod
    def dates(self, start: date, begin: date) -> Iterator[date]:
        """Yield the days from ``begin`` on, which is not before ``start``, for a hundred years."""

    def known_calendar(self) -> Calendar | None:
        """Return the calendar that it goes by, as it is declared now.

        Raises UnknownName.
        """
        return None

    def said(self) -> dict[str, Any]:
        """Return the keywords that say this."""
        return {f"{self.unit}s": self.every}

    def words(self) -> str:
        """Return it in words."""
        return f"every {counted(self.every, self.unit)}"


class Daily(Rule):
    """Every so many days."""

    unit = "day"

    @property
    def needs_start(self) -> bool:
        """Return whether it is not each day."""
        return self.every > 1

    def dates(self, start: date, begin: date) -> Iterator[date]:
        """Yield the days."""
        return periods.days(self.every, start, begin)


@dataclass(frozen=True)
class Weekly(Rule):
    """Some days of every so many weeks; without any, the day of the week of the start."""

    unit = "week"

    on: tuple[int, ...]

    @property
    def needs_start(self) -> bool:
        """Return whether it is not each week, or no day is said."""
        return self.every > 1 or not self.on

    def dates(self, start: date, begin: date) -> Iterator[date]:
        """Yield the days."""
        return periods.weeks(self.every, self.on or (start.weekday(),), start, begin)

    def said(self) -> dict[str, Any]:
        """Return the keywords that say this."""
        return {**super().said(), **({"on": write_weekdays(self.on)} if self.on else {})}

    def words(self) -> str:
        """Return it in words."""
        if not self.on:
            return super().words()
        days = say_weekdays(self.on)
        return f"every {days}" if self.every == 1 else f"{super().words()} on {days}"


@dataclass(frozen=True)
class Monthly(Rule):
    """Some days of every so many months; without any, the day of the month of the start."""

    unit = "month"

    on: tuple[DayOfMonth, ...]
    missing: Missing
    calendar: Calendar | str | None

    @property
    def needs_start(self) -> bool:
        """Return whether it is not each month, or no day is said."""
        return self.every > 1 or not self.on

    def dates(self, start: date, begin: date) -> Iterator[date]:
        """Yield the days."""
        return periods.months(self.every, self._days(start), start, begin)

    def known_calendar(self) -> Calendar | None:
        """Return the one whose days are no business days."""
        return None if self.calendar is None else calendar_of(self.calendar)

    def _days(self, start: date) -> periods.DaysOfMonth:
        on = self.on or (self.day_of(start),)
        return partial(_days_of, on, self.missing is Missing.LAST, self.known_calendar())

    def day_of(self, start: date) -> DayOfMonth:
        """Return the day that is meant where none is said."""
        return DayOfMonth(start.day, DAY)

    def said(self) -> dict[str, Any]:
        """Return the keywords that say this, but for those that go without saying."""
        said = super().said()
        if self.on:
            said["on"] = ", ".join(map(str, self.on))
        if self.missing is not Missing.LAST:
            said["missing"] = str(self.missing)
        if self.calendar is not None:
            said["calendar"] = self.calendar
        return said

    def words(self) -> str:
        """Return it in words."""
        on = f" on the {listed([str(day) for day in self.on])}" if self.on else ""
        but = "" if self.calendar is None else f", without {said_calendar(self.calendar)}"
        return f"{super().words()}{on}{but}"


def _days_of(
    on: tuple[DayOfMonth, ...], clamp: bool, calendar: Calendar | None, year: int, month: int
) -> list[date]:
    """Return the days ``on`` of a month, in order."""
    # Months repeat themselves every 400 years, days of the week included; holidays do not.
    alike = 2000 + year % 400 if calendar is None else year
    return [date(year, month, day) for day in _numbers(on, clamp, calendar, alike, month)]


@lru_cache(maxsize=8192)  # the months of 400 years, and others
def _numbers(
    on: tuple[DayOfMonth, ...], clamp: bool, calendar: Calendar | None, year: int, month: int
) -> tuple[int, ...]:
    """Return the same as numbers; kept, for each month is asked for again."""
    is_business = partial(is_business_day, calendar=calendar)
    said = [day for day in on if day.month is None or day.month == month]
    found = {day.of(year, month, clamp, is_business) for day in said}
    return tuple(sorted(day.day for day in found if day is not None))


class Yearly(Monthly):
    """Some days of every so many years; without any, the day of the start."""

    unit = "year"

    def dates(self, start: date, begin: date) -> Iterator[date]:
        """Yield the days."""
        months = sorted({day.month or start.month for day in self.on} or {start.month})
        return periods.years(self.every, months, self._days(start), start, begin)

    def day_of(self, start: date) -> DayOfMonth:
        """Return the day that is meant where none is said."""
        return DayOfMonth(start.day, DAY, start.month)


def read_rule(
    unit: str, every: int, on: object, missing: object, calendar: object, where: str
) -> Rule:
    """Return what was said about the days.

    Raises InvalidValue: a day that is none, or an option that would change nothing.
    """
    read_missing = read_choice(missing, f"{where}: missing", Missing)
    if unit in ("months", "years"):
        kind = Monthly if unit == "months" else Yearly
        days = tuple(
            read_day(one, f"{where}: on", with_month=unit == "years") for one in _several(on, where)
        )
        read = None if calendar is None else read_calendar(calendar, where)
        if calendar is not None and all(day.what != BUSINESS_DAY for day in days):
            raise InvalidValue(
                f"{where}: calendar= says what is no business day, and on= names no business day;"
                " to leave days out, say .excluding(calendar)"
            )
        return kind(every, tuple(dict.fromkeys(days)), read_missing, read)
    if calendar is not None or read_missing is not Missing.LAST:
        raise InvalidValue(f"{where}: calendar= and missing= are for days of months and years")
    if unit == "weeks":
        return Weekly(every, () if on is None else read_weekdays(on, f"{where}: on"))
    if on is not None:
        raise InvalidValue(
            f"{where}: on={shown(on)} needs weeks=1, months=1 or years=1, of which it says the days"
        )
    return Daily(every)


def _several(on: object, where: str) -> list[object]:
    return [] if on is None else read_parts(on, f"{where}: on", _MOST_DAYS)
