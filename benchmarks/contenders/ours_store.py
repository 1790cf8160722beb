"""Ours: a store of SQL alone, asked as an engine asks it, without an engine.

The verbs are those of the conformance suite; the store is made as an application's is, but for its
patience: it is filled by statements that take long.
"""

import os
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from typing import Any

from benchmarks import tasks
from benchmarks.contenders import ADDRESS, Ended
from benchmarks.contenders import Task as Func
from benchmarks.filled import TASK, fill
from pyramid_scheduler.engine import SystemClock
from pyramid_scheduler.instants import moment
from pyramid_scheduler.interfaces import ClaimRequest, Room, Written
from pyramid_scheduler.model import Claim, Definition, Finish, Node, Outcome, RunState, Task
from pyramid_scheduler.stores import make_store
from pyramid_scheduler.triggers import OnceTrigger

JOB = Task(name=TASK, func=tasks.nothing, signature=signature(tasks.nothing), call=tasks.nothing)
PATIENCE = 600.0
NODE = "a"
# By kind: how a setting is asked for, and which say how durable a commit is.
DURABILITY = {
    "sqlite": ("PRAGMA", ("journal_mode", "synchronous")),
    "postgresql": ("SHOW", ("fsync", "synchronous_commit")),
}


class OursStore:
    """The store at ``address``, a database of ``kind``."""

    def __init__(self, kind: str, address: str) -> None:
        """Open it, and have a node join."""
        self._kind = kind
        # Its verbs are public, the connection that it is filled by is not.
        self._store: Any = make_store(address, clock=SystemClock(), statement_timeout=PATIENCE)
        self._store.open()
        self._store.join(Node(id=NODE, host="here", pid=1, version="1"), [])
        self._owed = 0
        self._durability = self._read_durability()

    def about(self) -> dict[str, str]:
        """Return versions and durability."""
        names = ("pyramid-scheduler", "SQLAlchemy")
        versions = ", ".join(f"{name} {version(name)}" for name in names)
        return {"versions": versions, "durability": self._durability}

    def _read_durability(self) -> str:
        named, settings = DURABILITY[self._kind]
        with self._store._database.read() as connection:
            asked = [connection.exec_driver_sql(f"{named} {one}").scalar() for one in settings]
        return ", ".join(f"{one}={said}" for one, said in zip(settings, asked, strict=True))

    def fill(self, schedules: int, runs: int) -> None:
        """Add schedules that are not due, and runs that have ended."""
        fill(self._store, schedules, runs)

    def owe(self, count: int) -> None:
        """Add one-offs that are due."""
        due = OnceTrigger(moment(self._store.now()))
        names = (f"owed{number}" for number in range(self._owed, self._owed + count))
        self._owed += count
        self._put(names, due)

    def _put(self, names: Iterable[str], trigger: OnceTrigger) -> None:
        made = [Definition(name=name, task=JOB.name, trigger=trigger) for name in names]
        self._store.put_schedule(made, replace=False)

    def claim(self, count: int) -> Sequence[Claim]:
        """Take what is due, as a node that can start ``count`` runs."""
        request = ClaimRequest(NODE, {JOB.name: JOB}, {JOB.executor: Room(count)}, lookahead=0)
        claimed: Sequence[Claim] = self._store.claim(request).claims
        return claimed

    def finish(self, claims: Sequence[Claim]) -> None:
        """Write that all have succeeded."""
        now = self._store.now()
        outcome = Outcome(RunState.SUCCEEDED, now, now)
        written = self._store.finish(
            NODE, [Finish(claim.run_id, claim.token, outcome) for claim in claims]
        )
        assert set(written) == {Written.WRITTEN}

    def stop(self) -> None:
        """Let go of it."""
        self._store.close()


def on_sqlite(folder: Path, task: Func, ended: Ended) -> OursStore:
    """Make it over a SQLite file."""
    del task, ended
    return OursStore("sqlite", f"sqlite:///{folder}/ours.sqlite")


def on_postgresql(folder: Path, task: Func, ended: Ended) -> OursStore:
    """Make it over PostgreSQL."""
    del folder, task, ended
    return OursStore("postgresql", os.environ[ADDRESS])
