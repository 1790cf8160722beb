"""WHEN: pure triggers, frozen values without a clock, and how they are written as JSON.

A new trigger is a subclass of :class:`Trigger`, in a module here or of one's own, that is decorated
with :func:`register`. What is named here is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pyramid_scheduler.triggers.kinds import dump_trigger, load_trigger, register

if TYPE_CHECKING:
    from pyramid_scheduler.triggers.calendar import CalendarTrigger
    from pyramid_scheduler.triggers.calendars import Calendar, declare_calendar
    from pyramid_scheduler.triggers.combining import Trigger
    from pyramid_scheduler.triggers.cron import CronTrigger
    from pyramid_scheduler.triggers.interval import IntervalTrigger
    from pyramid_scheduler.triggers.irregular import IrregularTrigger
    from pyramid_scheduler.triggers.once import OnceTrigger
    from pyramid_scheduler.triggers.phrases import parse_phrase
    from pyramid_scheduler.triggers.rrule import RRuleTrigger

__all__ = [
    "Calendar",
    "CalendarTrigger",
    "CronTrigger",
    "IntervalTrigger",
    "IrregularTrigger",
    "OnceTrigger",
    "RRuleTrigger",
    "Trigger",
    "declare_calendar",
    "dump_trigger",
    "load_trigger",
    "parse_phrase",
    "register",
]

_HOMES = {
    "Calendar": "calendars",
    "CalendarTrigger": "calendar",
    "CronTrigger": "cron",
    "IntervalTrigger": "interval",
    "IrregularTrigger": "irregular",
    "OnceTrigger": "once",
    "RRuleTrigger": "rrule",
    "Trigger": "combining",
    "declare_calendar": "calendars",
    "parse_phrase": "phrases",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
