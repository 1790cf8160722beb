"""WHEN: pure triggers, frozen values without a clock, and how they are written as JSON.

A new trigger is a subclass of :class:`Trigger`, in a module here or of one's own, that is decorated
with :func:`register`.
"""

from pyramid_scheduler.triggers.calendar import CalendarTrigger
from pyramid_scheduler.triggers.calendars import Calendar, declare_calendar
from pyramid_scheduler.triggers.combined import filtered, jittered, several, shifted, spans
from pyramid_scheduler.triggers.combining import Trigger
from pyramid_scheduler.triggers.cron import CronTrigger
from pyramid_scheduler.triggers.interval import IntervalTrigger
from pyramid_scheduler.triggers.irregular import IrregularTrigger
from pyramid_scheduler.triggers.kinds import dump_trigger, load_trigger, register
from pyramid_scheduler.triggers.once import OnceTrigger
from pyramid_scheduler.triggers.phrases import parse_phrase
from pyramid_scheduler.triggers.rrule import RRuleTrigger

# The combinations are found by their kind, once their modules are loaded.
COMBINATIONS = (filtered, jittered, several, shifted, spans)

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
