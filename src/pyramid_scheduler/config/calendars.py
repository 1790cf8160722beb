"""``config.add_calendar``: the calendars that triggers name."""

from typing import Any

from pyramid.config import PHASE1_CONFIG

from pyramid_scheduler.config.refusing import refusing
from pyramid_scheduler.declaring import known_options
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.reading import read_name
from pyramid_scheduler.triggers import Calendar, declare_calendar

CALENDARS = "calendars"
_DAYS = ("dates", "ranges", "weekdays", "country", "subdivision", "language")


def add_calendar(config: Any, name: str, calendar: Calendar | None = None, **days: Any) -> None:
    """Declare a calendar, for triggers to name: ``trigger.excluding("kr-holidays")``.

    Parameters
    ----------
    name : by which triggers, and so the rows of the store, know it
    calendar : the days; or say them in place, as :class:`~pyramid_scheduler.triggers.Calendar`
        takes them: ``config.add_calendar("kr-holidays", country="KR")``

    All applications of a process share their calendars: of one name, the last declared counts,
    and a WARNING tells of it.

    Raises ConfigurationError at once for what is no calendar.
    """
    info = config.action_info
    with refusing(info):
        where = f"calendar {read_name(name, 'calendar')!r}"
        said = known_options(days, dict.fromkeys(_DAYS), where)
        if (calendar is None) is not bool(said):
            raise InvalidValue(f"{where}: give either a Calendar or its days: {', '.join(_DAYS)}")
        declared = Calendar(**said) if calendar is None else calendar
    intr = config.introspectable(CALENDARS, name, name, "calendar")
    intr["calendar"] = declared

    def register() -> None:
        with refusing(info if config.autocommit else None):
            declare_calendar(name, declared)

    # Before the schedules, which are checked for the calendars that their triggers name.
    config.action(("calendar", name), register, order=PHASE1_CONFIG, introspectables=(intr,))
