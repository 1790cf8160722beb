"""Nodes: joining, beating, leaving, dying, and what each of them declares."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, insert, not_, select, update

from pyramid_scheduler.errors import NodeLost
from pyramid_scheduler.interfaces import Beat, OwnRun, Pulse, Reconciliation
from pyramid_scheduler.model import Definition, Node, Origin, Schedule
from pyramid_scheduler.rules.definitions import Seen, in_force, reconciled
from pyramid_scheduler.stores.sql import ending
from pyramid_scheduler.stores.sql.numbers import raise_number, revise
from pyramid_scheduler.stores.sql.rows import (
    digest,
    dump_definition,
    load_definition,
    node_of,
    schedule_of,
    schedule_row,
)
from pyramid_scheduler.stores.sql.schema import (
    RUNNING,
    SEEN,
    declaration,
    definition,
    node,
    run,
    schedule,
)
from pyramid_scheduler.stores.sql.skipping import write_skips

_ALIVE = select(node.c.alive).where(node.c.id == bindparam("of"))
_BEAT = (
    update(node)
    .where(node.c.id == bindparam("of"), node.c.alive)
    .values(beats=node.c.beats + 1, beaten_at=bindparam("at"), clock_offset=bindparam("clock"))
)
_BEGUN = (
    update(run)
    .where(run.c.id == bindparam("of"), run.c.node == bindparam("by"), run.c.state == RUNNING)
    .values(started_at=bindparam("started"))
)
_ALL_ALIVE = select(node).where(node.c.alive)
_OWN = select(run.c.id, run.c.token, run.c.stop_requested).where(
    run.c.node == bindparam("by"), run.c.state == RUNNING
)
_MARK_DEAD = (
    update(node)
    .where(node.c.id == bindparam("of"), node.c.alive, node.c.beats == bindparam("seen"))
    .values(alive=False)
)


def require_alive(connection: Connection, name: str) -> None:
    """Raise NodeLost unless the node called ``name`` is alive."""
    if not connection.execute(_ALIVE, {"of": name}).scalar():
        raise NodeLost(f"node {name} has been marked dead")


def join(
    connection: Connection, new: Node, definitions: Collection[Definition], now: int
) -> Reconciliation:
    """Add ``new`` as alive; write what it declares and reconcile every schedule by it."""
    _forget(connection, new.id)  # a join may be tried again: its answer may have been lost
    connection.execute(delete(node).where(node.c.id == new.id))
    row = {column: getattr(new, column) for column in node.c.keys()}  # noqa: SIM118
    connection.execute(
        insert(node).values({**row, "alive": True, "joined_at": now, "beaten_at": now})
    )
    _declare(connection, new.id, definitions)
    return _reconcile(connection, now, park=True)


def leave(connection: Connection, name: str, now: int) -> None:
    """Mark the node as gone and forget what it declared; what only it declared is not parked.

    The whole application may be stopping, and what it owes meanwhile is to be made up.
    """
    ending.let_go(connection, name, now)  # a node that is gone has no run, ever
    connection.execute(update(node).where(node.c.id == name).values(alive=False))
    _forget(connection, name)
    _reconcile(connection, now, park=False)
    revise(connection)


def beat(connection: Connection, one: Beat, now: int) -> Pulse:
    """Advance the counter; return who is alive and what runs here."""
    values = {"of": one.node, "at": now, "clock": one.clock_offset}
    if connection.execute(_BEAT, values).rowcount != 1:
        raise NodeLost(f"node {one.node} has been marked dead")
    if one.begun:
        begun = [{"of": of, "by": one.node, "started": at} for of, at in one.begun.items()]
        connection.execute(_BEGUN, begun)
    alive = [node_of(row) for row in connection.execute(_ALL_ALIVE)]
    own = connection.execute(_OWN, {"by": one.node})
    return Pulse(alive, [OwnRun(row.id, row.token, row.stop_requested) for row in own])


def recover(connection: Connection, name: str, beats: int, now: int) -> Sequence[str]:
    """Mark the node dead if its counter still stands at ``beats``; take over what it had."""
    if connection.execute(_MARK_DEAD, {"of": name, "seen": beats}).rowcount == 1:
        _forget(connection, name)
        _reconcile(connection, now, park=True)
    elif connection.execute(_ALIVE, {"of": name}).scalar() is not False:
        return []  # it beat after all, or nobody knows it
    return ending.recover(connection, name, now)


def _declare(connection: Connection, name: str, definitions: Collection[Definition]) -> None:
    texts = {one.name: dump_definition(one) for one in definitions}
    digests = {one: digest(text) for one, text in texts.items()}
    seen_before = connection.execute(select(definition.c.schedule, definition.c.digest))
    known = {(row.schedule, row.digest) for row in seen_before}
    new = [one for one in texts if (one, digests[one]) not in known]
    if new:
        seen = raise_number(connection, SEEN) + 1
        rows = [
            {"schedule": one, "digest": digests[one], "definition": texts[one], "seen": seen}
            for one in new
        ]
        connection.execute(insert(definition), rows)
    if texts:
        links = [{"node": name, "schedule": one, "digest": digests[one]} for one in texts]
        connection.execute(insert(declaration), links)


def _forget(connection: Connection, name: str) -> None:
    """Forget what a node declared; a definition is forgotten with its last live node."""
    connection.execute(delete(declaration).where(declaration.c.node == name))
    declared = exists().where(
        declaration.c.schedule == definition.c.schedule,
        declaration.c.digest == definition.c.digest,
    )
    connection.execute(delete(definition).where(not_(declared)))


def _reconcile(connection: Connection, now: int, *, park: bool) -> Reconciliation:
    """Bring every schedule that code declares, or declared, in line with what live nodes say.

    ``park`` says whether what no live node declares is parked.
    """
    declared: dict[str, list[Seen]] = {}
    rows = connection.execute(select(definition)).all()
    for row in rows:
        seen = Seen(row.seen, load_definition(row.definition))
        declared.setdefault(row.schedule, []).append(seen)
    known = _code_schedules(connection, declared)
    added: list[str] = []
    changed: list[str] = []
    parked: list[str] = []
    for name in {**known, **declared}:
        old = known.get(name)
        if name not in declared and not park:
            continue
        revised = reconciled(old, in_force(declared.get(name, ())), now)
        if revised is None:
            continue
        _write(connection, old, revised.schedule)
        write_skips(connection, old.last_fire if old else None, revised.skips)
        (parked if revised.schedule.parked else changed if old else added).append(name)
    if added or changed or parked:
        revise(connection)
    return Reconciliation(added, changed, parked)


def _code_schedules(connection: Connection, names: Iterable[str]) -> dict[str, Schedule]:
    """Return the schedules of origin CODE, and those that are declared under ``names``."""
    concerned = schedule.c.origin == Origin.CODE.value
    found = {row.name: row for row in connection.execute(select(schedule).where(concerned))}
    others = [name for name in names if name not in found]
    by_name = select(schedule).where(schedule.c.name.in_(bindparam("names", expanding=True)))
    if others:
        for row in connection.execute(by_name, {"names": others}):
            found[row.name] = row
    return {name: schedule_of(row) for name, row in found.items()}


def _write(connection: Connection, old: Schedule | None, new: Schedule) -> None:
    row: dict[str, Any] = schedule_row(new)
    if old is None:
        connection.execute(insert(schedule), [row])
    else:
        connection.execute(update(schedule).where(schedule.c.name == new.name).values(row))
