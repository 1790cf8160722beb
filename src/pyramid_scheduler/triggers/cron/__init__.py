"""Cron expressions: the trigger, and what it is made of.

``expression`` reads a text by means of ``fields`` and ``spread``; ``wall`` searches among the
times that a clock shows, by means of ``months``; ``zoned`` makes instants of them; ``trigger`` is
the value; ``words`` says it in a language.
"""

from pyramid_scheduler.triggers.cron.trigger import CronTrigger

__all__ = ["CronTrigger"]
