"""What the limits of tasks leave: what runs, what has begun within a rate, which runs are equal."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    not_,
    or_,
    select,
)

from pyramid_scheduler.interfaces import ClaimRequest
from pyramid_scheduler.model import Claim, Task, Uniqueness
from pyramid_scheduler.rules.limiting import Group, group_of
from pyramid_scheduler.rules.room import Use
from pyramid_scheduler.stores.sql.due import Conditions
from pyramid_scheduler.stores.sql.schema import PENDING, RUNNING, run, start

_RUNNING_BY_KEY = (
    select(run.c.task, run.c.key, func.count())
    .where(run.c.state == RUNNING, run.c.task.in_(bindparam("tasks", expanding=True)))
    .group_by(run.c.task, run.c.key)
)
_STARTED = (
    select(start.c.key, func.count(), func.min(start.c.at))
    .where(
        start.c.task == bindparam("of"),
        start.c.key.in_(bindparam("keys", expanding=True)),
        start.c.at.between(bindparam("since"), bindparam("until")),
    )
    .group_by(start.c.key)
)
_FORGET = delete(start).where(start.c.task == bindparam("of"), start.c.until < bindparam("now"))
_EQUAL = (
    select(run.c.id)
    .where(
        run.c.same == bindparam("same"),
        or_(
            and_(
                run.c.state.in_([PENDING, RUNNING]),
                run.c.schedule.is_distinct_from(bindparam("replaced")),
            ),
            and_(run.c.state == "succeeded", run.c.fire_time >= bindparam("since")),
        ),
    )
    .limit(1)
)
NEVER = 2**62  # later than any instant
_running = run.alias("running")


def limited_tasks(request: ClaimRequest) -> dict[str, Task]:
    """Return the tasks of which a claim has to count something, by name."""
    return {
        name: task
        for name, task in request.tasks.items()
        if task.max_running is not None or task.rate is not None or task.unique is not None
    }


def running_by_group(connection: Connection, tasks: Mapping[str, Task]) -> dict[Group, Use]:
    """Return how many runs of ``tasks`` run in the whole cluster, where any do."""
    # Of a task with a rate only what has begun is counted, and it is read when it is wanted.
    names = [name for name, task in tasks.items() if task.max_running is not None]
    if not names:
        return {}
    counts = Counter[Group]()
    for name, key, count in connection.execute(_RUNNING_BY_KEY, {"tasks": names}):
        group = group_of(tasks[name], key)
        if group is not None:
            counts[group] += count
    return {group: Use(count) for group, count in counts.items()}


def started_by_key(
    connection: Connection, task: Task, keys: Collection[str], now: int
) -> dict[str, Use]:
    """Return by key how many runs of ``task`` have begun within its rate's span, and the oldest.

    What is later than now was claimed ahead; what is a whole span later is of a clock that was set
    back since, and would hold up the task until that clock is there again.
    """
    assert task.rate is not None, "nothing else is counted by when it began"
    span = task.rate.span
    values = {"of": task.name, "keys": list(keys), "since": now - span, "until": now + span}
    return {row[0]: Use(0, row[1], row[2]) for row in connection.execute(_STARTED, values)}


def keys_with_room(tasks: Iterable[Task], now: int) -> Conditions:
    """Return the conditions that a waiting run is of no key that is full, of the tasks with keys.

    However many runs of a full key wait, none of them is read.
    """
    return [
        not_(and_(run.c.task == task.name, run.c.key.is_not(None), run.c.key.in_(full)))
        for task in tasks
        if task.key is not None
        for full in _full_keys(task, now)
    ]


def _full_keys(task: Task, now: int) -> Iterable[Any]:
    if task.max_running is not None:
        yield (
            select(_running.c.key)
            .where(_running.c.state == RUNNING, _running.c.task == task.name)
            .where(_running.c.key.is_not(None))
            .group_by(_running.c.key)
            .having(func.count() >= task.max_running)
        )
    if task.rate is not None:
        yield (
            select(start.c.key)
            .where(*_within_span(task, now))
            .group_by(start.c.key)
            .having(func.count() >= task.rate.count)
        )


def _within_span(task: Task, now: int) -> list[ColumnElement[bool]]:
    assert task.rate is not None, "who asks has looked"
    span = task.rate.span
    return [start.c.task == task.name, start.c.at.between(now - span, now + span)]


def keys_open(connection: Connection, tasks: Iterable[Task], now: int) -> int | None:
    """Return when the first key of ``tasks`` whose rate is used up has room again."""
    instants = []
    for task in tasks:
        if task.key is not None and task.rate is not None:
            oldest = (
                select(func.min(start.c.at).label("at"))
                .where(*_within_span(task, now))
                .group_by(start.c.key)
                .having(func.count() >= task.rate.count)
                .subquery()
            )
            first: int | None = connection.scalar(select(func.min(oldest.c.at)))
            if first is not None:
                instants.append(first + task.rate.span + 1)
    return min(instants, default=None)


def write_starts(
    connection: Connection, claims: Iterable[tuple[Claim, Task, str | None]], now: int
) -> None:
    """Keep when the runs of ``claims``, each with its task and key, begin; forget what is over."""
    rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for claim, task, key in claims:
        group = group_of(task, key) if task.rate is not None else None
        if group is not None and task.rate is not None:
            at = max(now, claim.due)
            rows[task.name].append({
                "run_id": claim.run_id,
                "token": claim.token,
                "task": group.task,
                "key": group.key,
                "at": at,
                "until": at + task.rate.span,
            })  # fmt: skip
    for name, new in rows.items():
        connection.execute(_FORGET, {"of": name, "now": now})
        connection.execute(insert(start), new)


def equal_run(
    connection: Connection, unique: Uniqueness, fire: int, replaced: str = ""
) -> str | None:
    """Return the id of a run that one owed at ``fire`` would equal, None when there is none.

    The runs of the schedule ``replaced`` that have not ended make place for it.
    """
    since = NEVER if unique.within is None else fire - unique.within
    values = {"same": unique.same, "since": since, "replaced": replaced}
    found: str | None = connection.scalar(_EQUAL, values)
    return found
