"""Nodes: joining, beating, leaving, dying, and what each of them declares."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    delete,
    exists,
    insert,
    literal_column,
    not_,
    select,
    update,
)

from pyramid_scheduler.errors import FaultyTrigger, NodeLost, Unreadable
from pyramid_scheduler.interfaces import Beat, OwnRun, Pulse, Reconciliation, Recovered
from pyramid_scheduler.model import Definition, Node, Origin, Schedule
from pyramid_scheduler.rules.definitions import Revised, Seen, dealt_with, in_force, reconciled
from pyramid_scheduler.rules.planning import following
from pyramid_scheduler.stores.sql.database import Bare
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.due import chunks, fire_times_that_ran
from pyramid_scheduler.stores.sql.ending import Endings
from pyramid_scheduler.stores.sql.numbers import raise_number, read_number, revise
from pyramid_scheduler.stores.sql.rows import (
    digest,
    dump_definition,
    leave_alone,
    load_definition,
    pause_of,
    readable_schedule,
    schedule_row,
)
from pyramid_scheduler.stores.sql.schema import (
    CODE,
    RUNNING,
    SEEN,
    declaration,
    definition,
    node,
    run,
    schedule,
)
from pyramid_scheduler.stores.sql.skipping import write_skips

log = logging.getLogger("pyramid_scheduler")

_ALIVE = select(node.c.alive).where(node.c.id == bindparam("of"))
_KEEP_ALIVE = _ALIVE.with_for_update(read=True)
_BEAT = (
    update(node)
    .where(node.c.id == bindparam("of"), node.c.alive)
    .values(
        beats=node.c.beats + literal_column("1"),
        beaten_at=bindparam("at"),
        clock_offset=bindparam("clock"),
    )
)
_BEGUN = (
    update(run)
    .where(
        run.c.id == bindparam("of"),
        run.c.node.is_not_distinct_from(bindparam("by")),  # for the reason that `ending` gives
        run.c.state == RUNNING,
    )
    .values(started_at=bindparam("started"))
)
_FREE = run.alias("free")
# Of a transactional run the application's transaction may have the row until it is committed.
# Not by MySQL: there an UPDATE must not read its own table in a subquery.
_BEGUN_IF_FREE = _BEGUN.where(
    select(_FREE.c.id)
    .where(_FREE.c.id == run.c.id)
    .correlate(run)
    .with_for_update(skip_locked=True)
    .exists()
)
# What a beat tells of a node; that it is alive goes without saying.
_TOLD = [column.name for column in node.c if column is not node.c.alive]
_ALL_ALIVE = select(*(node.c[name] for name in _TOLD)).where(node.c.alive)
_OWN = select(run.c.id, run.c.token, run.c.stop_requested).where(
    run.c.node == bindparam("by"), run.c.state == RUNNING
)
_MARK_DEAD = (
    update(node)
    .where(node.c.id == bindparam("of"), node.c.alive, node.c.beats == bindparam("seen"))
    .values(alive=False)
)
_ITS, _ITS_OWN = declaration.alias("its"), schedule.alias("its_own")
_ITS_TASKS = select(_ITS_OWN.c.task).where(
    _ITS_OWN.c.name == _ITS.c.schedule, _ITS.c.node == bindparam("of")
)
_OTHERS_OF_ITS_TASKS = (
    select(declaration.c.node)
    .join(schedule, schedule.c.name == declaration.c.schedule)
    .where(declaration.c.node != bindparam("of"), schedule.c.task.in_(_ITS_TASKS))
    .limit(1)
)
_LOCKED = select(schedule).where(schedule.c.name == bindparam("of")).with_for_update()


def require_alive(
    connection: Connection, dialect: Dialect, name: str, *, keep: bool = False
) -> int:
    """Return the store's clock if the node called ``name`` is alive. Raises NodeLost.

    With ``keep`` it is not marked dead before the transaction has ended.
    """
    alive, now = dialect.scalar_and_now(connection, _KEEP_ALIVE if keep else _ALIVE, {"of": name})
    if not alive:
        raise NodeLost(f"node {name} has been marked dead")
    return now


def join(
    connection: Connection,
    new: Node,
    definitions: Collection[Definition],
    now: int,
    endings: Endings,
) -> Reconciliation:
    """Add ``new`` as alive; write what it declares and reconcile every schedule by it."""
    _forget(connection, new.id)  # a join may be tried again: its answer may have been lost
    connection.execute(delete(node).where(node.c.id == new.id))
    row = {column: getattr(new, column) for column in node.c.keys()}  # noqa: SIM118
    connection.execute(
        insert(node).values({**row, "alive": True, "joined_at": now, "beaten_at": now})
    )
    if adopted := endings.adopt():
        log.warning("%d runs of nodes that are not there any more are taken over", len(adopted))
    _declare(connection, new.id, definitions)
    return _reconcile(connection, now, park=True)


def leave(connection: Connection, name: str, now: int, endings: Endings) -> None:
    """Mark the node as gone and forget what it declared.

    What only it declared is parked if others of its application go on: they are of another version.
    Otherwise the application may be stopping, and what it owes meanwhile is to be made up.
    """
    others_go_on = connection.execute(_OTHERS_OF_ITS_TASKS, {"of": name}).first() is not None
    connection.execute(update(node).where(node.c.id == name).values(alive=False))
    endings.let_go(name)  # a node that is gone has no run, ever
    _forget(connection, name)
    _reconcile(connection, now, park=others_go_on)
    revise(connection)


def beat(connection: Bare, dialect: Dialect, one: Beat, now: int) -> Pulse:
    """Advance the counter; return who is alive and what runs here.

    A beat waits for nobody who works on a run: when that began is written with its end as well.
    """
    values = {"of": one.node, "at": now, "clock": one.clock_offset}
    if connection.execute(_BEAT, values).rowcount != 1:
        raise NodeLost(f"node {one.node} has been marked dead")
    begun = [{"of": of, "by": one.node, "started": at} for of, at in one.begun.items()]
    if begun:
        shared = dialect.locks_rows and dialect.guest is not None
        connection.execute_all(_BEGUN_IF_FREE if shared else _BEGUN, begun)
    alive = connection.execute(_ALL_ALIVE, {})
    nodes = [Node(**dict(zip(_TOLD, row, strict=True))) for row in alive]
    own = connection.execute(_OWN, {"by": one.node})
    return Pulse(nodes, [OwnRun(run_id, token, bool(stop)) for run_id, token, stop in own], now)


def recover(
    connection: Connection, name: str, beats: int, now: int, endings: Endings
) -> Sequence[Recovered]:
    """Mark the node dead if its counter still stands at ``beats``; take over what it had."""
    if connection.execute(_MARK_DEAD, {"of": name, "seen": beats}).rowcount == 1:
        _forget(connection, name)
        _reconcile(connection, now, park=True)
    elif connection.execute(_ALIVE, {"of": name}).scalar() is not False:
        return []  # it beat after all, or nobody knows it
    return endings.recover(name)


def _declare(connection: Connection, name: str, definitions: Collection[Definition]) -> None:
    texts = {one.name: dump_definition(one) for one in definitions}
    digests = {one: digest(text) for one, text in texts.items()}
    seen_before = connection.execute(select(definition.c.schedule, definition.c.digest))
    known = {(row.schedule, row.digest) for row in seen_before}
    new = [one for one in texts if (one, digests[one]) not in known]
    if new:
        raise_number(connection, SEEN)
        seen = read_number(connection, SEEN)
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

    ``park`` says whether what no live node declares is parked. A definition in force that this
    process cannot read is a newer version's, whose nodes have reconciled by it.
    """
    declared = _declared(connection)
    rows = _concerned(connection, declared)
    changes = Reconciliation([], [], [], [])
    for name in {**rows, **declared} if park else declared:
        newest = in_force(declared.get(name, ()))
        if newest is None and name in declared:
            continue
        try:
            old = _known(rows[name], newest, now) if name in rows else None
            revised = reconciled(old, newest, now)
            if revised is not None and old is not None:
                # Only what is to change is locked, and read again: a claim may have moved it.
                row = connection.execute(_LOCKED, {"of": name}).one()
                old = _known(row, newest, now)
                revised = reconciled(old, newest, now)
            if revised is not None:
                ran = fire_times_that_ran(connection, [revised.schedule])
                revised = dealt_with(revised, ran[name])
        except FaultyTrigger as error:
            leave_alone(name, error)
            continue
        if revised is not None:
            _write(connection, old, revised)
            _note(changes, name, old, revised.schedule)
    if any(changes):
        revise(connection)
    return changes


def _declared(connection: Connection) -> dict[str, list[Seen]]:
    """Return what live nodes declare; where the newest cannot be read, an empty list."""
    declared: dict[str, list[Seen]] = {}
    for row in connection.execute(select(definition).order_by(definition.c.seen)):
        try:
            seen = Seen(row.seen, load_definition(row.definition))
        except Unreadable:
            declared[row.schedule] = []
        else:
            declared.setdefault(row.schedule, []).append(seen)
    return declared


def _concerned(connection: Connection, names: Iterable[str]) -> dict[str, Row[Any]]:
    """Return the rows of schedules of origin CODE, and of those declared under ``names``."""
    of_code = select(schedule).where(schedule.c.origin == CODE)
    found = {row.name: row for row in connection.execute(of_code)}
    by_name = select(schedule).where(schedule.c.name.in_(bindparam("names", expanding=True)))
    for others in chunks([name for name in names if name not in found]):
        found |= {row.name: row for row in connection.execute(by_name, {"names": others})}
    return found


def _known(row: Row[Any], declared: Definition | None, now: int) -> Schedule | None:
    """Return the schedule in ``row``; one that cannot be read as ``declared`` would have it.

    So a rollback from a version with another kind of trigger takes effect.
    """
    known = readable_schedule(row)
    if known is not None or declared is None:
        return known
    stand_in = Schedule(
        definition=declared,
        origin=Origin.CODE,
        anchor=row.anchor,
        next_fire=None,
        last_fire=row.last_fire,
        pause=pause_of(row),
        parked=True,
    )
    dealt_with = now if row.last_fire is None else max(now, row.last_fire)
    return replace(stand_in, next_fire=following(stand_in, dealt_with))


def _note(changes: Reconciliation, name: str, old: Schedule | None, new: Schedule) -> None:
    which = changes.parked if new.parked else changes.changed if old else changes.added
    which.append(name)


def _write(connection: Connection, old: Schedule | None, revised: Revised) -> None:
    row: dict[str, Any] = schedule_row(revised.schedule)
    if old is None:
        connection.execute(insert(schedule), [row])
    else:
        connection.execute(update(schedule).where(schedule.c.name == old.name).values(row))
    write_skips(connection, old.last_fire if old else None, revised.skips)
