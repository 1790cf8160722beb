"""Every so many days, weeks, months or years, at local times of the day."""

from pyramid_scheduler.triggers.calendar.trigger import CalendarTrigger

__all__ = ["CalendarTrigger"]
