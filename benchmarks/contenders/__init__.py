"""Who is measured. Each contender is a small module; this is what they have in common."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

# By name: the module, and what makes the contender in it. Imported only where it is measured.
CONTENDERS = {
    "ours, memory": "benchmarks.contenders.ours:in_memory",
    "ours, SQLite": "benchmarks.contenders.ours:on_sqlite",
    "ours, PostgreSQL": "benchmarks.contenders.ours:on_server",
    "ours, MariaDB": "benchmarks.contenders.ours:on_server",
    "APScheduler 3, memory": "benchmarks.contenders.apscheduler3:in_memory",
    "APScheduler 3, SQLite": "benchmarks.contenders.apscheduler3:on_sqlite",
    "APScheduler 3, PostgreSQL": "benchmarks.contenders.apscheduler3:on_postgresql",
    "APScheduler 4, memory": "benchmarks.contenders.apscheduler4:in_memory",
    "APScheduler 4 sync, memory": "benchmarks.contenders.apscheduler4:in_memory_sync",
    "APScheduler 4, SQLite": "benchmarks.contenders.apscheduler4:on_sqlite",
    "APScheduler 4, PostgreSQL": "benchmarks.contenders.apscheduler4:on_postgresql",
    "huey, SQLite": "benchmarks.contenders.huey:make",
    "procrastinate, PostgreSQL": "benchmarks.contenders.procrastinate:make",
    "schedule": "benchmarks.contenders.schedule:make",
    "Celery beat": "benchmarks.contenders.celery:make",
    "limit, heap and queue": "benchmarks.contenders.bare_queue:with_queue",
    "limit, heap and thread pool": "benchmarks.contenders.bare_queue:with_pool",
    "limit, SQLite": "benchmarks.contenders.bare_sql:on_sqlite",
    "limit, PostgreSQL": "benchmarks.contenders.bare_sql:on_postgresql",
    "ours, PostgreSQL, 1 process": "benchmarks.contenders.several:one",
    "ours, PostgreSQL, 2 processes": "benchmarks.contenders.several:two",
    "ours, PostgreSQL, 4 processes": "benchmarks.contenders.several:four",
    "our store, SQLite": "benchmarks.contenders.ours_store:on_sqlite",
    "our store, PostgreSQL": "benchmarks.contenders.ours_store:on_postgresql",
    "ours, run_pending": "benchmarks.contenders.schedule_loop:ours",
    "schedule, run_pending": "benchmarks.contenders.schedule_loop:theirs",
    "ours in waitress, memory": "benchmarks.contenders.ours_web:in_memory",
    "ours in waitress, SQLite": "benchmarks.contenders.ours_web:on_sqlite",
    "ours, start-up": "benchmarks.contenders.ours_starting:make",
    "ours, triggers": "benchmarks.contenders.ours_triggers:make",
    "cronsim": "benchmarks.contenders.cronsim:make",
    "croniter": "benchmarks.contenders.croniter:make",
    "APScheduler 3, cron": "benchmarks.contenders.apscheduler3_cron:make",
    "bare wait": "benchmarks.contenders.bare_wait:make",
}

# In the environment: the address of an empty database, for those that are over a server.
ADDRESS = "BENCHMARK_ADDRESS"

Task = Callable[[], float]
# Called at the end of each run with its fire time and with what the task returned.
Ended = Callable[[float, float], None]


class Described(Protocol):
    """What is measured, whatever it can do."""

    def about(self) -> dict[str, str]:
        """Return its versions, and how durable its store is as it is set up here."""


class Contender(Protocol):
    """A scheduler with 4 workers and one listener. One that cannot do a thing lacks the method.

    Times are seconds; an instant is one of ``time.time()``.
    """

    def about(self) -> dict[str, str]:
        """Return its versions, and how durable its store is as it is set up here."""

    def prepare(self) -> None:
        """Make it ready to be given schedules; nothing runs."""

    def start(self) -> None:
        """Let what is due run."""

    def stop(self) -> None:
        """End it; what is due no longer matters."""

    def add(self, at: float) -> None:
        """Add one one-off."""

    def add_many(self, count: int, at: float) -> None:
        """Add ``count`` one-offs, in the quickest way there is."""

    def add_intervals(self, count: int, interval: float, start: float, apart: float) -> None:
        """Add schedules of ``interval``; each starts ``apart`` after the one before."""

    def add_each(self, instants: list[float]) -> None:
        """Add a one-off for each instant: where there are no such short intervals."""

    def readable(self) -> int:
        """Return how many ends of runs anybody can read in the store, where there is one."""


class Expressions(Protocol):
    """What reads cron expressions and says when they fire from 2026-01-01 on in Europe/Berlin."""

    def about(self) -> dict[str, str]:
        """Return its version."""

    def forget(self) -> None:
        """Drop whatever is kept of what was read, so that it is read as if for the first time."""

    def read(self, expression: str) -> Any:
        """Return what was read."""

    def chain(self, read: Any, length: int) -> None:
        """Ask what was read for so many fire times, one after the other."""

    def others(self) -> list[Any]:
        """Return what else ``chain`` takes, one of a kind."""


# What makes one: its folder, the task, and what it calls at the end of each run. The task is a
# function of a module: some stores keep it by its import path.
Make = Callable[[Path, Task, Ended], Contender]


def module_of(name: str) -> str:
    """Return the last name of the module that has the contender called ``name``."""
    return CONTENDERS[name].partition(":")[0].rpartition(".")[2]


def find(name: str) -> Make:
    """Return what makes the contender called ``name``."""
    module, _, function = CONTENDERS[name].partition(":")
    return cast(Make, getattr(import_module(module), function))
