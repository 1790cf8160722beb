"""cronsim: an iterator over fire times."""

from datetime import datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from cronsim import CronSim

from benchmarks.contenders import Ended, Task

START = datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))


class Cronsim:
    """Its iterator."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Need none of these."""
        del folder, task, ended

    def about(self) -> dict[str, str]:
        """Return the version."""
        return {"versions": f"cronsim {version('cronsim')}", "durability": ""}

    def forget(self) -> None:
        """Have nothing to drop: it keeps nothing."""

    def read(self, expression: str) -> CronSim:
        """Return an iterator."""
        return CronSim(expression, START)

    def chain(self, read: CronSim, length: int) -> None:
        """Ask for one fire time after the other."""
        for _ in islice(read, length):
            pass


make = Cronsim
