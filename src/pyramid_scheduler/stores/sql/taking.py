"""What a claim takes, written a page at a time: runs, new and waiting, and schedules moved on."""

import logging
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Update, bindparam, select, update

from pyramid_scheduler.model import Claim, Definition, Kind, Task
from pyramid_scheduler.rules.planning import Plan
from pyramid_scheduler.stores.sql.database import Conflict
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.limiting import write_starts
from pyramid_scheduler.stores.sql.many import write_rows
from pyramid_scheduler.stores.sql.schema import PENDING, run, schedule

log = logging.getLogger("pyramid_scheduler")

_TAKE = (
    update(run)
    .where(run.c.id == bindparam("of"), run.c.token == bindparam("old_token"))
    .where(run.c.state == PENDING)
    .values(
        state="running",
        node=bindparam("by"),
        token=bindparam("new_token"),
        attempt=run.c.attempt + 1,
        claimed_at=bindparam("at"),
        started_at=None,
        on_crash=bindparam("crash"),
        max_crashes=bindparam("crashes_allowed"),
        on_failure=bindparam("then_run"),
        key=bindparam("limited_by"),
    )
)
# The compare-and-set on the next fire time is what makes a fire time one run.
_ADVANCE = (
    update(schedule)
    .where(schedule.c.name == bindparam("of"), schedule.c.next_fire == bindparam("expected"))
    .values(next_fire=bindparam("to"), wake=bindparam("to"), last_fire=bindparam("done"))
)
_LIMIT_BY = update(run).where(run.c.id == bindparam("of")).values(key=bindparam("limited_by"))


class NewlyOwed(NamedTuple):
    """What the runs of one schedule have in common that a claim makes."""

    definition: Definition
    task: Task
    key: str | None
    same: str | None
    serial: bool


class Takings:
    """What one claim of the node called ``node`` takes at its ``now``; :meth:`write` writes it."""

    def __init__(self, connection: Connection, dialect: Dialect, node: str, now: int) -> None:
        """Begin with nothing."""
        self.claims: list[Claim] = []
        self._connection = connection
        self._dialect = dialect
        self._node = node
        self._now = now
        self._taken: list[dict[str, Any]] = []
        self._inserted: list[dict[str, Any]] = []
        self._advanced: list[dict[str, Any]] = []
        self._limited: list[dict[str, Any]] = []
        self._starts: list[tuple[Claim, Task, str | None]] = []
        self._blanks: dict[tuple[str, bool], dict[str, Any]] = {}

    def take(self, row: Row[Any], task: Task, key: str | None) -> None:
        """Take a run that waits."""
        self._taken.append({
            "of": row.id,
            "old_token": row.token,
            "new_token": row.token + 1,
            "by": self._node,
            "at": self._now,
            "crash": task.on_crash.value,
            "crashes_allowed": task.max_crashes,
            "then_run": task.on_failure,
            "limited_by": key,
        })  # fmt: skip
        claim = Claim(
            row.id, Kind(row.kind), row.schedule, row.task, row.fire_time, row.due,
            row.attempt + 1, row.token + 1, row.arguments, row.attempt - row.crashes,
            self._node,
        )  # fmt: skip
        self._claim(claim, task, key)

    def add(self, run_id: str, of: NewlyOwed, fire: int, due: int, *, claimed: bool) -> None:
        """Add the run of a fire time, and claim it if it may begin."""
        definition, task = of.definition, of.task
        row = self._blank(task, claimed=claimed).copy()
        row["id"] = run_id
        row["schedule"] = definition.name
        row["fire_time"] = fire
        row["due"] = due
        row["serial"] = of.serial
        row["arguments"] = definition.arguments
        row["key"] = of.key
        row["same"] = of.same
        self._inserted.append(row)
        if claimed:
            claim = Claim(run_id, Kind.SCHEDULED, definition.name, task.name, fire, due, 1, 1,
                          definition.arguments, 0, self._node)  # fmt: skip
            self._claim(claim, task, of.key)

    def _blank(self, task: Task, *, claimed: bool) -> dict[str, Any]:
        """Return what all rows of runs of ``task`` have in common that this claim inserts."""
        row = self._blanks.get((task.name, claimed))
        if row is None:
            row = self._blanks[task.name, claimed] = {
                "id": "",
                "kind": "scheduled",
                "schedule": "",
                "task": task.name,
                "fire_time": 0,
                "due": 0,
                "state": "running" if claimed else "pending",
                "attempt": int(claimed),
                "crashes": 0,
                "token": int(claimed),
                "node": self._node if claimed else None,
                "claimed_at": self._now if claimed else None,
                "stop_requested": False,
                "on_crash": task.on_crash.value,
                "max_crashes": task.max_crashes,
                "on_failure": task.on_failure,
                "serial": False,
                "arguments": "",
                "key": None,
                "same": None,
            }
        return row

    def _claim(self, claim: Claim, task: Task, key: str | None) -> None:
        self.claims.append(claim)
        if task.rate is not None:
            self._starts.append((claim, task, key))

    def advance(self, name: str, expected: int, planned: Plan) -> None:
        """Move the schedule called ``name`` on from the fire time that is ``expected``."""
        self._advanced.append({
            "of": name,
            "expected": expected,
            "to": planned.next_fire,
            "done": planned.last_fire,
        })  # fmt: skip

    def limit_by(self, run_id: str, key: str) -> None:
        """Give a run that goes on waiting its key."""
        self._limited.append({"of": run_id, "limited_by": key})

    def write(self) -> None:
        """Write what was taken since this was last asked."""
        self._compare_and_set(_TAKE, self._taken)
        self._compare_and_set(_ADVANCE, self._advanced)
        if self._inserted:
            self._insert_runs()
        if self._limited:
            write_rows(self._connection, _LIMIT_BY, self._limited)
        if self._starts:
            write_starts(self._connection, self._starts, self._now)
        self._taken, self._advanced, self._inserted = [], [], []
        self._limited, self._starts = [], []

    def _compare_and_set(self, statement: Update, rows: list[dict[str, Any]]) -> None:
        if rows and write_rows(self._connection, statement, rows) != len(rows):
            # Nothing of this claim is to be: leaving the transaction by an error undoes it all.
            raise Conflict("a claim met another one's change; it is tried again")

    def _insert_runs(self) -> None:
        """Insert the runs; the unique key of (schedule, fire time) is the second line of defence.

        It should never have anything to do: a run that is there already is not made again, and
        that is worth an ERROR.
        """
        written = write_rows(self._connection, self._dialect.insert_new(run), self._inserted)
        if written == len(self._inserted):
            return
        ids = [row["id"] for row in self._inserted]
        there = set(self._connection.scalars(select(run.c.id).where(run.c.id.in_(ids))))
        for row in self._inserted:
            if row["id"] not in there:
                log.error("a run of %s for %d is there already: not made again",
                          row["schedule"], row["fire_time"])  # fmt: skip
        new = set(ids)
        self.claims = [c for c in self.claims if c.run_id not in new or c.run_id in there]
