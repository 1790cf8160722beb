"""APScheduler 3: its CronTrigger alone.

It counts the days of the week from Monday, and joins the two day fields by AND: what it finds is
not always what was meant, but it is found by the same work.
"""

from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from benchmarks.contenders import Ended, Task

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 1, 1, tzinfo=BERLIN)


class APScheduler3Cron:
    """Its CronTrigger."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Need none of these."""
        del folder, task, ended

    def about(self) -> dict[str, str]:
        """Return the version."""
        return {"versions": f"APScheduler {version('APScheduler')}", "durability": ""}

    def forget(self) -> None:
        """Have nothing to drop: it keeps nothing."""

    def read(self, expression: str) -> CronTrigger:
        """Return a trigger."""
        return CronTrigger.from_crontab(expression, timezone=BERLIN)

    def chain(self, trigger: CronTrigger, length: int) -> None:
        """Ask for one fire time after the other."""
        before, fire = None, START
        for _ in range(length):
            before = fire = trigger.get_next_fire_time(before, fire)


make = APScheduler3Cron
