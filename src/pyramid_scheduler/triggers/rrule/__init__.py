"""Recurrence rules of iCalendar, RFC 5545."""

from pyramid_scheduler.triggers.rrule.trigger import RRuleTrigger

__all__ = ["RRuleTrigger"]
