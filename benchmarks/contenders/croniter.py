"""croniter: an object that moves from fire time to fire time."""

from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from croniter import croniter

from benchmarks.contenders import Ended, Task

START = datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))


class Croniter:
    """Its get_next()."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Need none of these."""
        del folder, task, ended

    def about(self) -> dict[str, str]:
        """Return the version."""
        return {"versions": f"croniter {version('croniter')}", "durability": ""}

    def forget(self) -> None:
        """Have nothing to drop: it keeps nothing."""

    def read(self, expression: str) -> croniter:
        """Return an object that stands at the start."""
        return croniter(expression, START, ret_type=datetime)

    def chain(self, read: croniter, length: int) -> None:
        """Ask for one fire time after the other."""
        for _ in range(length):
            read.get_next()


make = Croniter
