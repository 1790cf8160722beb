"""WHEN: pure triggers, frozen values without a clock, and how they are written as JSON.

A new trigger is a module here with a subclass of :class:`pyramid_scheduler.model.Trigger` that
is decorated with :func:`register`.
"""

from pyramid_scheduler.triggers.cron import CronTrigger
from pyramid_scheduler.triggers.interval import IntervalTrigger
from pyramid_scheduler.triggers.kinds import dump_trigger, load_trigger, register
from pyramid_scheduler.triggers.once import OnceTrigger

__all__ = [
    "CronTrigger",
    "IntervalTrigger",
    "OnceTrigger",
    "dump_trigger",
    "load_trigger",
    "register",
]
