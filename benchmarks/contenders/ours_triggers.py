"""Ours: the triggers alone, without a scheduler around them."""

from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import count
from pathlib import Path

from benchmarks.contenders import Ended, Task
from pyramid_scheduler.model import Trigger
from pyramid_scheduler.triggers import CalendarTrigger, CronTrigger, IntervalTrigger

START = datetime(2026, 1, 1, tzinfo=UTC)


class OursTriggers:
    """CronTrigger, asked by datetimes, as a person would."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Need none of these."""
        del folder, task, ended
        self._names = count()

    def about(self) -> dict[str, str]:
        """Return the version."""
        return {"versions": f"pyramid-scheduler {version('pyramid-scheduler')}", "durability": ""}

    def read(self, expression: str) -> CronTrigger:
        """Return a trigger that was never read before: what was is kept, by the name too."""
        return CronTrigger(expression, timezone="Europe/Berlin", name=str(next(self._names)))

    def chain(self, trigger: Trigger, length: int) -> None:
        """Ask for one fire time after the other."""
        fire: datetime | None = START
        for _ in range(length):
            fire = trigger.next(fire or START)

    def others(self) -> list[Trigger]:
        """Return a trigger of each other kind."""
        calendar = CalendarTrigger(months=1, on="last friday", at="17:30", timezone="Europe/Berlin")
        return [IntervalTrigger(timedelta(minutes=90), START), calendar]


make = OursTriggers
