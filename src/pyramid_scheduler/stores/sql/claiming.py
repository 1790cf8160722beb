"""Claiming: due runs and due schedules become this node's, in one transaction.

Oldest first, page by page: what cannot be taken in one page (a full task, a run that waits for
another of its schedule) is excluded from the next, so nothing that is full holds up the rest.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from heapq import merge
from typing import Any

from sqlalchemy import Connection, Row, Update, bindparam, select, update

from pyramid_scheduler.errors import FaultyTrigger, Unreadable
from pyramid_scheduler.interfaces import Claimed, ClaimRequest
from pyramid_scheduler.model import (
    Active,
    Claim,
    Definition,
    Kind,
    OnCrash,
    Overlap,
    Reason,
    Schedule,
)
from pyramid_scheduler.rules.definitions import rested
from pyramid_scheduler.rules.planning import dues, plan
from pyramid_scheduler.rules.room import RoomLeft
from pyramid_scheduler.stores.sql.database import Conflict
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.due import (
    active_runs,
    is_due,
    keys_due,
    next_due,
    pending_pages,
    running_by_task,
    schedule_pages,
)
from pyramid_scheduler.stores.sql.locking import hold_limits
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.rows import leave_alone, readable_schedule, schedule_row
from pyramid_scheduler.stores.sql.schema import PENDING, RUNNING, run, schedule
from pyramid_scheduler.stores.sql.skipping import write_skips

log = logging.getLogger("pyramid_scheduler")

PAGE = 1000
# When to look again at what another one held: it may not take it (us).
SOON = 50_000
_KINDS = frozenset(kind.value for kind in Kind)

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
    )
)
# The compare-and-set on the next fire time is what makes a fire time one run.
_ADVANCE = (
    update(schedule)
    .where(schedule.c.name == bindparam("of"), schedule.c.next_fire == bindparam("expected"))
    .values(next_fire=bindparam("to"), wake=bindparam("to"), last_fire=bindparam("done"))
)
_CANCEL_WAITING = (
    update(run)
    .where(run.c.schedule == bindparam("of"), run.c.state == PENDING)
    .values(state="cancelled", reason=Reason.OVERLAP, finished_at=bindparam("at"))
)
_STOP_RUNNING = (
    update(run)
    .where(run.c.schedule == bindparam("of"), run.c.state == RUNNING)
    .where(run.c.stop_requested.is_(False))
    .values(stop_requested=True, reason=Reason.OVERLAP)
)


class Claiming:
    """One claim transaction."""

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        request: ClaimRequest,
        now: int,
        new_id: Callable[[], str],
    ) -> None:
        """Count what runs of the limited tasks; nothing is taken yet."""
        self._connection = connection
        self._dialect = dialect
        self._request = request
        self._now = now
        self._new_id = new_id
        self._horizon = now + request.lookahead
        limits = {
            task.name: task.max_running
            for task in request.tasks.values()
            if task.max_running is not None
        }
        held = hold_limits(connection, dialect, limits, self._horizon)
        running = running_by_task(connection, held)
        full = {name: limits[name] for name in limits.keys() - held}
        self._room = RoomLeft(request.tasks, request.rooms, {**running, **full})
        self._passed_over = list(full)
        self._seen: set[str] = set()
        self._taken: list[dict[str, Any]] = []
        self._inserted: list[dict[str, Any]] = []
        self._advanced: list[dict[str, Any]] = []
        self._claims: list[Claim] = []
        self._cancelled: set[str] = set()
        self._again = False

    def claim(self) -> Claimed:
        """Take what is due by priority, then what is to come, as far as the room goes."""
        priorities = sorted({task.priority for task in self._request.tasks.values()}, reverse=True)
        if len(priorities) > 1:
            for priority in priorities:
                self._take_all(self._now, priority)
        self._take_all(self._horizon)
        more = is_due(self._connection, self._room.crowded(), self._now)
        later = next_due(self._connection, list(self._request.tasks), self._now)
        if self._dialect.locks_rows and self._left_to_others():
            later = min(later or self._now + SOON, self._now + SOON)
        return Claimed(self._claims, self._now, later, more)

    def _take_all(self, horizon: int, priority: int | None = None) -> None:
        """Take page by page until the room or the work is at its end, of one priority or of all."""
        pending, schedules = pending_pages(horizon), schedule_pages(horizon)
        while tasks := self._tasks_of(priority):
            size = min(PAGE, self._room.most() + 10)
            waiting = pending.read(self._connection, tasks, size)
            owing = schedules.read(self._connection, tasks, size)
            self._take_page(waiting, owing)
            if self._again and schedules.over:
                self._again, schedules = False, schedule_pages(horizon)
            elif pending.over and schedules.over:
                break

    def _tasks_of(self, priority: int | None) -> list[str]:
        known = self._request.tasks
        return [name for name in self._room.tasks() if priority in (None, known[name].priority)]

    def _left_to_others(self) -> bool:
        """Return whether there is something due that others held, and may give back."""
        tasks = [*self._room.tasks(), *self._passed_over]
        known = len(self._seen)
        return bool(tasks) and bool(
            keys_due(self._connection, tasks, self._now, known + 1) - self._seen
        )

    def _take_page(self, waiting: Sequence[Row[Any]], owing: Sequence[Row[Any]]) -> None:
        active = active_runs(self._connection, [row.name for row in owing])
        for row in merge(waiting, owing, key=lambda row: row.due):
            early = row.due > self._now
            if not self._room.fits(row.task, early=early):
                continue
            if hasattr(row, "definition"):
                self._seen.add(row.name)
                self._take_schedule(row, active)
                continue
            self._seen.add(row.id)
            if row.schedule not in self._cancelled and _is_sound(row):
                self._take_run(row)
                if row.schedule in active:
                    pending, running = active[row.schedule]
                    active[row.schedule] = Active(pending - 1, running + 1)
        self._write_page()

    def _take_run(self, row: Row[Any]) -> None:
        task = self._request.tasks[row.task]
        self._room.take(row.task)
        self._taken.append({
            "of": row.id,
            "old_token": row.token,
            "new_token": row.token + 1,
            "by": self._request.node,
            "at": self._now,
            "crash": task.on_crash.value,
            "crashes_allowed": task.max_crashes,
            "then_run": task.on_failure,
        })  # fmt: skip
        self._claims.append(
            Claim(row.id, Kind(row.kind), row.schedule, row.task, row.fire_time, row.due,
                  row.attempt + 1, row.token + 1, row.arguments, row.attempt - row.crashes,
                  self._request.node)
        )  # fmt: skip

    def _take_schedule(self, row: Row[Any], active: dict[str, Active]) -> None:
        known = readable_schedule(row)
        if known is None:
            return
        if known.pause is not None:
            self._end_pause(known)
            return
        on_crash = self._request.tasks[row.task].on_crash
        horizon = self._now if on_crash is OnCrash.FAIL else self._horizon
        others = active.get(row.name, Active())
        try:
            planned = plan(known, self._now, horizon, others)
            starts = dues(known, planned.runs) if planned else []
        except FaultyTrigger as error:
            leave_alone(row.name, error)
            return
        if planned is None:
            return
        self._advanced.append({
            "of": row.name,
            "expected": row.next_fire,
            "to": planned.next_fire,
            "done": planned.last_fire,
        })  # fmt: skip
        # Where runs may overlap, the next one may lie within the lookahead too.
        soon = planned.next_fire is not None and planned.next_fire <= horizon
        self._again = self._again or soon
        if planned.skips:
            write_skips(self._connection, row.last_fire, planned.skips)
        if planned.stop_others:
            others = self._stop_others(row.name)
        self._add_runs(known.definition, zip(planned.runs, starts, strict=True), horizon, others)

    def _end_pause(self, known: Schedule) -> None:
        """Let a schedule go on whose pause is over; what it owes then is on another page."""
        try:
            revised = rested(known, self._now)
        except FaultyTrigger as error:
            leave_alone(known.name, error)
            return
        if revised is not None:
            write_skips(self._connection, known.last_fire, revised.skips)
            row = schedule_row(revised.schedule)
            self._connection.execute(update(schedule).where(schedule.c.name == known.name), row)
            self._again = True

    def _stop_others(self, name: str) -> Active:
        """Cancel the schedule's runs that wait, ask those that run to stop; return what is left."""
        self._write_page()  # what was taken a moment ago runs, and is asked to stop as well
        self._cancelled.add(name)
        self._connection.execute(_CANCEL_WAITING, {"of": name, "at": self._now})
        if self._connection.execute(_STOP_RUNNING, {"of": name}).rowcount:
            revise(self._connection)  # the nodes that run them have to hear of it
        return active_runs(self._connection, [name]).get(name, Active())

    def _add_runs(
        self,
        definition: Definition,
        owed: Iterable[tuple[int, int]],
        horizon: int,
        others: Active,
    ) -> None:
        """Add a run for each fire time and due; those that may begin by ``horizon`` are claimed."""
        serial = definition.overlap is not Overlap.ALLOW
        task = self._request.tasks[definition.task]
        for number, (fire, due) in enumerate(owed):
            free = not serial or (number == 0 and others == Active())
            early = due > self._now
            claimed = free and due <= horizon and self._room.fits(task.name, early=early)
            run_id = self._new_id()
            self._inserted.append({
                "id": run_id,
                "kind": "scheduled",
                "schedule": definition.name,
                "task": task.name,
                "fire_time": fire,
                "due": due,
                "state": "running" if claimed else "pending",
                "attempt": int(claimed),
                "crashes": 0,
                "token": int(claimed),
                "node": self._request.node if claimed else None,
                "claimed_at": self._now if claimed else None,
                "stop_requested": False,
                "on_crash": task.on_crash.value,
                "max_crashes": task.max_crashes,
                "on_failure": task.on_failure,
                "serial": serial,
                "arguments": definition.arguments,
            })  # fmt: skip
            if claimed:
                self._room.take(task.name)
                self._claims.append(
                    Claim(run_id, Kind.SCHEDULED, definition.name, task.name, fire, due, 1, 1,
                          definition.arguments, node=self._request.node)
                )  # fmt: skip

    def _write_page(self) -> None:
        self._compare_and_set(_TAKE, self._taken)
        self._compare_and_set(_ADVANCE, self._advanced)
        if self._inserted:
            self._insert_runs()
        self._taken, self._advanced, self._inserted = [], [], []

    def _compare_and_set(self, statement: Update, rows: list[dict[str, Any]]) -> None:
        if rows and self._connection.execute(statement, rows).rowcount != len(rows):
            # Nothing of this claim is to be: leaving the transaction by an error undoes it all.
            raise Conflict("a claim met another one's change; it is tried again")

    def _insert_runs(self) -> None:
        """Insert the runs; the unique key of (schedule, fire time) is the second line of defence.

        It should never have anything to do: a run that is there already is not made again, and
        that is worth an ERROR.
        """
        result = self._connection.execute(self._dialect.insert_new(run), self._inserted)
        if result.rowcount == len(self._inserted):
            return
        ids = [row["id"] for row in self._inserted]
        there = set(self._connection.scalars(select(run.c.id).where(run.c.id.in_(ids))))
        for row in self._inserted:
            if row["id"] not in there:
                log.error("a run of %s for %d is there already: not made again",
                          row["schedule"], row["fire_time"])  # fmt: skip
        new = set(ids)
        self._claims = [c for c in self._claims if c.run_id not in new or c.run_id in there]


def _is_sound(row: Row[Any]) -> bool:
    """Return whether a waiting run can be claimed; one that cannot be read harms no other."""
    numbers = (row.token, row.attempt, row.crashes, row.fire_time, row.due)
    sound = row.kind in _KINDS and all(isinstance(one, int) and one < 2**62 for one in numbers)
    if not sound:
        leave_alone(f"of run {row.id}", Unreadable("its row cannot be read by this process"))
    return sound
