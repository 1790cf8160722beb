"""Claiming: due runs and due schedules become this node's, in one transaction.

Oldest first, page by page: what cannot be taken in one page (a full task, a run that waits for
another of its schedule) is excluded from the next, so nothing that is full holds up the rest.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, select, update

from pyramid_scheduler.errors import FaultyTrigger, InvalidValue
from pyramid_scheduler.interfaces import Claimed, ClaimRequest
from pyramid_scheduler.model import (
    Active,
    Definition,
    Kind,
    OnCrash,
    Overlap,
    Task,
)
from pyramid_scheduler.rules.definitions import rested
from pyramid_scheduler.rules.limiting import Group, group_of, key_of, uniqueness, without_equals
from pyramid_scheduler.rules.overlapping import Unended, met
from pyramid_scheduler.rules.planning import Plan, dues, plan
from pyramid_scheduler.rules.room import RoomLeft, Use
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.due import (
    SCHEDULE_COLUMNS,
    Conditions,
    active_runs,
    is_due,
    keys_due,
    next_due,
    pending_pages,
    schedule_pages,
)
from pyramid_scheduler.stores.sql.limiting import (
    equal_run,
    keys_open,
    keys_with_room,
    limited_tasks,
    running_by_group,
    started_by_key,
)
from pyramid_scheduler.stores.sql.locking import hold_limits
from pyramid_scheduler.stores.sql.replacing import stop_others
from pyramid_scheduler.stores.sql.rows import (
    is_sound,
    leave_alone,
    readable_owing,
    readable_schedule,
    schedule_row,
)
from pyramid_scheduler.stores.sql.schema import schedule
from pyramid_scheduler.stores.sql.skipping import write_skips
from pyramid_scheduler.stores.sql.taking import NewlyOwed, Takings

PAGE = 1000
# When to look again at what another one held: it may not take it (us).
SOON = 50_000
NONE_ACTIVE = Active()


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
        self._limited = limited_tasks(request)
        held = hold_limits(connection, dialect, self._limited, self._horizon)
        self._held = {name: self._limited[name] for name in held}
        self._passed_over = [name for name in self._limited if name not in held]
        used = running_by_group(connection, self._held)
        self._room = RoomLeft(request.tasks, request.rooms, used, self._passed_over)
        self._takings = Takings(connection, dialect, request.node, now)
        self._seen: set[str] = set()
        self._cancelled: set[str] = set()
        self._going: set[str] = set()
        self._faulty: set[str] = set()
        self._new: set[str] = set()
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
        opens = keys_open(self._connection, self._held.values(), self._now)
        again = [later, self._room.opens(), opens]
        if self._dialect.locks_rows and self._left_to_others():
            again.append(self._now + SOON)
        next_look = min((at for at in again if at is not None), default=None)
        return Claimed(self._takings.claims, self._now, next_look, more)

    def _take_all(self, horizon: int, priority: int | None = None) -> None:
        """Take page by page until the room or the work is at its end, of one priority or of all."""
        pending = pending_pages(horizon, self._keys_with_room())
        schedules = schedule_pages(horizon)
        size = 0
        while tasks := self._tasks_of(priority):
            # Where one page left room, much of what is due has to wait: the next one is larger.
            size = min(PAGE, max(self._room.most() + 10, 2 * size))
            waiting = pending.read(self._connection, tasks, size)
            owing = schedules.read(self._connection, tasks, size)
            self._take_page(waiting, owing)
            if self._again and schedules.over:
                self._again, schedules = False, schedule_pages(horizon)
            elif pending.over and schedules.over:
                break

    def _keys_with_room(self) -> Conditions:
        return keys_with_room(self._held.values(), self._now)

    def _tasks_of(self, priority: int | None) -> list[str]:
        known = self._request.tasks
        return [name for name in self._room.tasks() if priority in (None, known[name].priority)]

    def _left_to_others(self) -> bool:
        """Return whether there is something due that others held, and may give back."""
        tasks = [*self._room.tasks(), *self._passed_over]
        if not tasks:
            return False
        most = len(self._seen) + 1
        due = keys_due(self._connection, tasks, self._now, most, self._keys_with_room())
        return bool(due - self._seen)

    def _take_page(self, waiting: Sequence[Row[Any]], owing: Sequence[Row[Any]]) -> None:
        unended = active_runs(self._connection, [row.name for row in owing])
        page: list[Any] = sorted([*waiting, *owing], key=itemgetter(2))
        keys = self._keys(page) if self._held else {}
        for row in page:
            name, task, due = (
                row[0],
                row[1],
                row[2],
            )  # by their names it would take ten times as long
            if not self._room.fits(task, early=due > self._now):
                continue
            self._seen.add(name)
            if name in self._faulty:
                continue
            if _owes(row):
                self._take_schedule(row, unended.get(name, {}), keys.get(name))
            elif not self._has_to_wait(row) and is_sound(row):
                self._take_run(row, unended[row.schedule], keys.get(name))
        self._takings.write()

    def _has_to_wait(self, row: Row[Any]) -> bool:
        """Return whether a run that waited as the page was read is to begin no more since then.

        Two of one schedule are on one page if it had another task when the older one was made.
        """
        if row.schedule in self._cancelled and row.kind != Kind.BACKFILL:
            return True
        return row.serial and row.schedule in self._going

    def _keys(self, page: Sequence[Row[Any]]) -> dict[str, str | None]:
        """Return the keys of what is on a page, by its name; know what has begun of those.

        What its task makes no key of is left alone.
        """
        keys: dict[str, str | None] = {}
        wanted: dict[str, set[str]] = {}
        for row in page:
            task = self._held.get(row.task)
            if task is None:
                continue
            try:
                key = keys[row[0]] = _key_of(row, task)
            except InvalidValue as error:
                self._leave_alone(row, error)
                continue
            group = group_of(task, key) if task.rate is not None else None
            if group is not None and not self._room.has_counted(group):
                wanted.setdefault(task.name, set()).add(group.key)
        for name, some in wanted.items():
            self._count_starts(self._held[name], some)
        return keys

    def _count_starts(self, task: Task, keys: set[str]) -> None:
        started = started_by_key(self._connection, task, keys, self._now)
        for key in keys:
            self._room.count(Group(task.name, key), started.get(key, Use()))

    def _leave_alone(self, row: Row[Any], error: InvalidValue) -> None:
        name = row[0]
        self._faulty.add(name)
        # Of many runs it is said once: what is to be mended is their task.
        leave_alone(name if _owes(row) else f"of a run of {row.task}", error)

    def _take_run(self, row: Row[Any], unended: Counter[Unended], key: str | None) -> None:
        if key is not None and not self._room.fits(row.task, key, early=row.due > self._now):
            if row.key is None:
                self._takings.limit_by(row.id, key)
            return
        self._room.take(row.task, key, max(row.due, self._now))
        # Of another version of the task it may have a key that this one knows nothing of.
        self._takings.take(row, self._request.tasks[row.task], key or row.key)
        if row.schedule is not None:
            self._going.add(row.schedule)
        unended[Unended(row.task, row.kind, "pending")] -= 1
        unended[Unended(row.task, row.kind, "running")] += 1

    def _take_schedule(
        self, row: Row[Any], unended: Mapping[Unended, int], key: str | None
    ) -> None:
        if row.paused_at is not None:
            self._end_pause(row.name)
            return
        known = readable_owing(row)
        if known is None:
            return
        definition = known.definition
        name, task = definition.name, self._request.tasks[definition.task]
        horizon = self._now if task.on_crash is OnCrash.FAIL else self._horizon
        others = met(definition, unended) if unended else NONE_ACTIVE
        try:
            planned = plan(known, self._now, horizon, others)
            same = None
            if planned is not None and task.unique is not None:
                planned, same = self._without_equals(definition, task, key, planned)
            starts = dues(known, planned.runs) if planned else []
        except FaultyTrigger as error:
            leave_alone(name, error)
            return
        early = known.next_fire > self._now
        if planned is None or self._waits_for_key(task.name, key, planned, early=early):
            return
        if same is not None and planned.runs:
            self._new.add(same)
        self._takings.advance(name, known.next_fire, planned)
        # Where runs may overlap, the next one may lie within the lookahead too.
        soon = planned.next_fire is not None and planned.next_fire <= horizon
        self._again = self._again or soon
        if planned.skips:
            write_skips(self._connection, known.last_fire, planned.skips)
        if planned.stop_others:
            others = self._stop_others(definition)
        serial = definition.overlap is not Overlap.ALLOW
        owed = NewlyOwed(definition, task, key, same, serial)
        self._add_runs(owed, zip(planned.runs, starts, strict=True), horizon, others)

    def _waits_for_key(self, task: str, key: str | None, planned: Plan, *, early: bool) -> bool:
        """Return whether a schedule is left as it is, as one is whose task has no room.

        A one-off waits as a run, which need not be read again until its key has room.
        """
        recurs = planned.next_fire is not None and bool(planned.runs)
        return recurs and not self._room.fits(task, key, early=early)

    def _without_equals(
        self, definition: Definition, task: Task, key: str | None, planned: Plan
    ) -> tuple[Plan | None, str | None]:
        """Return what is left of ``planned`` without runs that equal others, and what they share.

        None: whether that of a fire time to come does is known when it has come.
        """
        unique = uniqueness(task, key, definition.arguments)
        if unique is None:
            return planned, None

        replaced = definition.name if planned.stop_others else ""

        def equals(fire: int) -> bool:
            if unique.same in self._new:
                return True
            return equal_run(self._connection, unique, fire, replaced) is not None

        left = without_equals(definition.name, planned, equals)
        early = bool(planned.runs) and planned.runs[0] > self._now
        return (None if early and not left.runs else left), unique.same

    def _end_pause(self, name: str) -> None:
        """Let a schedule go on whose pause is over; what it owes then is on another page."""
        rows = self._connection.execute(select(schedule).where(schedule.c.name == name))
        known = readable_schedule(rows.one())
        if known is None:
            return
        try:
            revised = rested(known, self._now)
        except FaultyTrigger as error:
            leave_alone(known.name, error)
            return
        if revised is not None:
            write_skips(self._connection, known.last_fire, revised.skips)
            moved = schedule_row(revised.schedule)
            self._connection.execute(update(schedule).where(schedule.c.name == known.name), moved)
            self._again = True

    def _stop_others(self, of: Definition) -> Active:
        self._takings.write()  # what was taken a moment ago runs, and is asked to stop as well
        self._cancelled.add(of.name)
        stop_others(self._connection, of.name, self._now)
        return met(of, active_runs(self._connection, [of.name])[of.name])

    def _add_runs(
        self, of: NewlyOwed, owed: Iterable[tuple[int, int]], horizon: int, others: Active
    ) -> None:
        """Add a run for each fire time and due; those that may begin by ``horizon`` are claimed."""
        name = of.task.name
        for number, (fire, due) in enumerate(owed):
            free = not of.serial or (number == 0 and others == NONE_ACTIVE)
            early = due > self._now
            claimed = free and due <= horizon and self._room.fits(name, of.key, early=early)
            self._takings.add(self._new_id(), of, fire, due, claimed=claimed)
            if claimed:
                self._going.add(of.definition.name)
                self._room.take(name, of.key, max(due, self._now))


def _owes(row: Row[Any]) -> bool:
    """Return whether it is that of a schedule, not of a run."""
    return len(row) == SCHEDULE_COLUMNS


def _key_of(row: Row[Any], task: Task) -> str | None:
    """Return the key of a run that waits, or of those that a schedule makes. Raises InvalidValue.

    A run need not have one yet: who made it may not have known its task.
    """
    if task.key is None:
        return None
    if not _owes(row):
        return row.key or key_of(task, row.arguments, f"run {row.id}")
    known = readable_owing(row)
    arguments = "" if known is None else known.definition.arguments
    return key_of(task, arguments, f"schedule {row.name}")
