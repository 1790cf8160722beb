"""Ours: the triggers alone, without a scheduler around them."""

import gc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import _lru_cache_wrapper
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.contenders import Ended, Task
from pyramid_scheduler.model import Trigger
from pyramid_scheduler.triggers import CalendarTrigger, CronTrigger, IntervalTrigger

START = datetime(2026, 1, 1, tzinfo=UTC)
CRON = CronTrigger.__module__.rpartition(".")[0]
# The only one whose caches know of zones and nothing else, as a test beside the others holds.
ZONED = f"{CRON}.zoned"


def caches(*, of_zones: bool = False) -> Iterator["_lru_cache_wrapper[Any]"]:
    """Yield all caches of cron's modules, wherever they are: those of texts, or those of zones."""
    for value in gc.get_objects():
        if type(value) is _lru_cache_wrapper:
            module = value.__module__
            if module.startswith(CRON) and (module == ZONED) == of_zones:
                yield value


class OursTriggers:
    """CronTrigger, asked by datetimes, as a person would."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Need none of these."""
        del folder, task, ended
        self._kept = [*caches()]

    def about(self) -> dict[str, str]:
        """Return the version."""
        return {"versions": f"pyramid-scheduler {version('pyramid-scheduler')}", "durability": ""}

    def forget(self) -> None:
        """Clear the caches, but for what is known of the zone: cronsim is given its own as well."""
        for cache in self._kept:
            cache.cache_clear()

    def read(self, expression: str) -> CronTrigger:
        """Return a trigger."""
        return CronTrigger(expression, timezone="Europe/Berlin")

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
