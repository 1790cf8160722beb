"""What is due: the pages that a claim reads, oldest first, and when it is worth reading again."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)

from pyramid_scheduler.model import Schedule
from pyramid_scheduler.rules.overlapping import Unended
from pyramid_scheduler.stores.sql.schema import PENDING, RUNNING, run, schedule

Value = TypeVar("Value")

_other = run.alias("other")
_of_same = _other.c.schedule == run.c.schedule
# Two, each of one state, since MariaDB would go through all that the schedule ever ran for an OR.
# What waits for a task that the schedule had before may never begin: nobody may know it any more.
_WAITS_FOR_ANOTHER = and_(
    run.c.serial,
    or_(
        exists().where(_of_same, _other.c.state == RUNNING),
        exists().where(
            _of_same,
            _other.c.state == PENDING,
            _other.c.fire_time < run.c.fire_time,
            _other.c.task == run.c.task,
        ),
    ),
)


def _of_tasks(task: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that it is one of ``tasks``, in words that a planner makes nothing of.

    One that believes that few rows are theirs reads all that is due and sorts it, for a page of it.
    """
    wanted = task.in_(bindparam("tasks", expanding=True))
    return case((wanted, literal_column("1"))).is_not(None)


def _after(due: ColumnElement[int], key: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a row comes later than the last one of the page before.

    As one comparison, which an index answers; two that are joined by OR it does not.
    """
    last = tuple_(bindparam("last_due", type_=due.type), bindparam("last_key", type_=key.type))
    return tuple_(due, key) > last


# Both begin alike: who it is, its task, and when it is due.
_PENDING_PAGE: Select[Any] = (
    select(run.c.id, run.c.task, run.c.due, run.c.kind, run.c.schedule, run.c.fire_time,
           run.c.attempt, run.c.crashes, run.c.token, run.c.arguments, run.c.serial, run.c.key)
    .where(
        run.c.state == PENDING,
        run.c.due <= bindparam("horizon"),
        _of_tasks(run.c.task),
        _after(run.c.due, run.c.id),
        not_(_WAITS_FOR_ANOTHER),
    )
    .order_by(run.c.due, run.c.id)
    .limit(bindparam("page"))
)  # fmt: skip
_SCHEDULE_PAGE: Select[Any] = (
    select(schedule.c.name, schedule.c.task, schedule.c.wake.label("due"), schedule.c.next_fire,
           schedule.c.last_fire, schedule.c.anchor, schedule.c.definition, schedule.c.origin,
           schedule.c.paused_at)
    .where(
        schedule.c.wake <= bindparam("horizon"),
        _of_tasks(schedule.c.task),
        _after(schedule.c.wake, schedule.c.name),
    )
    .order_by(schedule.c.wake, schedule.c.name)
    .limit(bindparam("page"))
)  # fmt: skip
SCHEDULE_COLUMNS = len(_SCHEDULE_PAGE.selected_columns)
_ACTIVE = (
    select(run.c.schedule, run.c.task, run.c.kind, run.c.state, func.count())
    .where(
        run.c.state.in_([PENDING, RUNNING]),
        run.c.schedule.in_(bindparam("names", expanding=True)),
    )
    .group_by(run.c.schedule, run.c.task, run.c.kind, run.c.state)
)


Conditions = Sequence[ColumnElement[bool]]


class Cursor(NamedTuple):
    """Where a page begins: after this instant and key."""

    due: int
    key: str


EVER = -(2**62)  # earlier than any instant
START = Cursor(EVER, "")


class Pages:
    """One kind of what is due, page by page, up to ``horizon``."""

    def __init__(self, statement: "Select[Any]", key: str, horizon: int) -> None:
        """Begin at the oldest; ``key`` is the column that orders what is due together."""
        self._statement = statement
        self._key = key
        self._horizon = horizon
        self._cursor: Cursor | None = START

    @property
    def over(self) -> bool:
        """Return whether the last page has been read."""
        return self._cursor is None

    def read(self, connection: Connection, tasks: list[str], size: int) -> Sequence[Row[Any]]:
        """Return the next ``size`` rows of ``tasks``."""
        if self._cursor is None:
            return []
        values = {
            "horizon": self._horizon,
            "tasks": tasks,
            "page": size,
            "last_due": self._cursor.due,
            "last_key": self._cursor.key,
        }
        rows = connection.execute(self._statement, values).all()
        full = len(rows) == size
        self._cursor = Cursor(rows[-1].due, getattr(rows[-1], self._key)) if full else None
        return rows


_TAKE_PENDING = _PENDING_PAGE.with_for_update(of=run, skip_locked=True)
_TAKE_SCHEDULES = _SCHEDULE_PAGE.with_for_update(of=schedule, skip_locked=True)


def pending_pages(horizon: int, conditions: Conditions) -> Pages:
    """Return the pages of runs that wait and that ``conditions`` let through, each locked.

    One that another holds is passed over.
    """
    # A statement made anew has to be looked up anew, which costs as much as executing it.
    statement = _TAKE_PENDING.where(*conditions) if conditions else _TAKE_PENDING
    return Pages(statement, "id", horizon)


def schedule_pages(horizon: int) -> Pages:
    """Return the pages of schedules that owe something, locked likewise."""
    return Pages(_TAKE_SCHEDULES, "name", horizon)


def keys_due(
    connection: Connection, tasks: list[str], now: int, size: int, conditions: Conditions
) -> set[str]:
    """Return ids and names of what ``tasks`` owe, whoever holds it: ``size`` of each at most."""
    page = _PENDING_PAGE.where(*conditions) if conditions else _PENDING_PAGE
    runs = Pages(page, "id", now).read(connection, tasks, size)
    schedules = Pages(_SCHEDULE_PAGE, "name", now).read(connection, tasks, size)
    return {row.id for row in runs} | {row.name for row in schedules}


def active_runs(connection: Connection, names: list[str]) -> defaultdict[str, Counter[Unended]]:
    """Return how many runs of each of the schedules ``names`` wait and run."""
    counts: defaultdict[str, Counter[Unended]] = defaultdict(Counter)
    if names:
        for name, task, kind, state, count in connection.execute(_ACTIVE, {"names": names}):
            counts[name][Unended(task, kind, state)] = count
    return counts


_RAN = select(run.c.schedule, run.c.fire_time).where(
    run.c.schedule.in_(bindparam("names", expanding=True)), run.c.fire_time >= bindparam("since")
)


def fire_times_that_ran(
    connection: Connection, known: Sequence[Schedule]
) -> defaultdict[str, set[int]]:
    """Return, by schedule, the fire times from its next one on that have a run already."""
    coming = {one.name: one.next_fire for one in known if one.next_fire is not None}
    ran: defaultdict[str, set[int]] = defaultdict(set)
    for names in chunks(list(coming)):
        values = {"names": names, "since": min(coming[name] for name in names)}
        for row in connection.execute(_RAN, values):
            ran[row.schedule].add(row.fire_time)
    return ran


def chunks(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Return ``values`` by the thousand: a statement takes only so many parameters."""
    return (values[start : start + 1000] for start in range(0, len(values), 1000))


# The first in the order of an index, which a minimum is to most databases, but not to MariaDB.
_NEXT_WAKE = (
    select(schedule.c.wake)
    .where(schedule.c.wake > bindparam("after"), _of_tasks(schedule.c.task))
    .order_by(schedule.c.wake)
    .limit(1)
)
_NEXT_PENDING = (
    select(run.c.due)
    .where(run.c.state == PENDING, run.c.due > bindparam("after"), _of_tasks(run.c.task))
    .order_by(run.c.due)
    .limit(1)
)

_NEXT = select(_NEXT_WAKE.scalar_subquery(), _NEXT_PENDING.scalar_subquery())


def is_due(connection: Connection, tasks: Sequence[str], now: int) -> bool:
    """Return whether one of ``tasks`` is owed at ``now``."""
    due = next_due(connection, tasks, EVER) if tasks else None
    return due is not None and due <= now


def next_due(connection: Connection, tasks: Sequence[str], after: int) -> int | None:
    """Return the earliest instant later than ``after`` at which one of ``tasks`` is owed."""
    found = connection.execute(_NEXT, {"tasks": list(tasks), "after": after}).one()
    return min((due for due in found if isinstance(due, int)), default=None)
