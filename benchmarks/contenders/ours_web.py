"""Ours in the process of a web application: a tiny one of Pyramid on waitress (``serving``)."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks.contenders import Ended, Task


class OursWeb:
    """The application, its engine over a store of ``kind``."""

    def __init__(self, kind: str, folder: Path, task: Task, ended: Ended) -> None:
        """Start nothing; task and listener are the application's own."""
        del task, ended
        self._kind = kind
        self._folder = folder

    def about(self) -> dict[str, str]:
        """Return versions and durability."""
        names = ("pyramid-scheduler", "pyramid", "waitress")
        durability = {"memory": "none: memory", "sqlite": "as ours, SQLite"}
        versions = ", ".join(f"{name} {version(name)}" for name in names)
        return {"versions": versions, "durability": durability[self._kind]}

    @contextmanager
    def serving(self, runs: int) -> Iterator[str]:
        """Serve with ``runs`` in each second; give the address. With none there is no engine."""
        command = [sys.executable, "-m", "benchmarks.serving", self._store(runs), str(runs)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                yield f"http://127.0.0.1:{int(server.stdout.readline())}"
            finally:
                server.kill()

    def _store(self, runs: int) -> str:
        """Return the address of a store that is empty."""
        if not runs:
            return ""
        return "memory://" if self._kind == "memory" else f"sqlite:///{self._folder}/{runs}.sqlite"


in_memory = partial(OursWeb, "memory")
on_sqlite = partial(OursWeb, "sqlite")
