"""A scheduler for Pyramid applications: tasks run on time, once, inside the application.

    from pyramid_scheduler import task

    @task(interval=10)
    def job(): ...

and ``config.include('pyramid_scheduler')``, ``config.scan()``. What is public is named here and
loaded when it is first used: ``from pyramid_scheduler import schedule`` costs no Pyramid.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyramid_scheduler import schedule as schedule
    from pyramid_scheduler.client import RunHandle, Scheduler
    from pyramid_scheduler.config import includeme
    from pyramid_scheduler.config.current import scheduler
    from pyramid_scheduler.config.decorator import task
    from pyramid_scheduler.errors import SchedulerError
    from pyramid_scheduler.execution import CurrentRun, StopRun, current_run
    from pyramid_scheduler.fluent import every, repeat
    from pyramid_scheduler.model import (
        Backoff,
        Misfire,
        OnCrash,
        Overlap,
        Rate,
        Retry,
        Run,
        RunState,
        Schedule,
        ScheduleState,
        UniqueBy,
    )
    from pyramid_scheduler.triggers import (
        Calendar,
        CalendarTrigger,
        CronTrigger,
        IntervalTrigger,
        IrregularTrigger,
        OnceTrigger,
        RRuleTrigger,
        Trigger,
    )

__all__ = [
    "Backoff",
    "Calendar",
    "CalendarTrigger",
    "CronTrigger",
    "CurrentRun",
    "IntervalTrigger",
    "IrregularTrigger",
    "Misfire",
    "OnCrash",
    "OnceTrigger",
    "Overlap",
    "RRuleTrigger",
    "Rate",
    "Retry",
    "Run",
    "RunHandle",
    "RunState",
    "Schedule",
    "ScheduleState",
    "Scheduler",
    "SchedulerError",
    "StopRun",
    "Trigger",
    "UniqueBy",
    "current_run",
    "every",
    "includeme",
    "repeat",
    "schedule",
    "scheduler",
    "task",
]

_HOMES = {
    "includeme": "config",
    "scheduler": "config.current",
    "task": "config.decorator",
    "RunHandle": "client",
    "Scheduler": "client",
    "SchedulerError": "errors",
    "CurrentRun": "execution",
    "StopRun": "execution",
    "current_run": "execution",
    "every": "fluent",
    "repeat": "fluent",
    "Backoff": "model",
    "Misfire": "model",
    "OnCrash": "model",
    "Overlap": "model",
    "Rate": "model",
    "Retry": "model",
    "Run": "model",
    "RunState": "model",
    "Schedule": "model",
    "ScheduleState": "model",
    "UniqueBy": "model",
    "Calendar": "triggers",
    "CalendarTrigger": "triggers",
    "CronTrigger": "triggers",
    "IntervalTrigger": "triggers",
    "IrregularTrigger": "triggers",
    "OnceTrigger": "triggers",
    "RRuleTrigger": "triggers",
    "Trigger": "triggers",
}


def __getattr__(name: str) -> Any:
    if name == "schedule":
        return import_module(f"{__name__}.schedule")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
