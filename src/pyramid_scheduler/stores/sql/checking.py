"""What a database says of its own state: who holds what, what waits, what its tables lack."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Inspector,
    Table,
    UniqueConstraint,
    exists,
    func,
    inspect,
    not_,
    select,
)

from pyramid_scheduler.model import Checkup, Pile
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.naming import renamed
from pyramid_scheduler.stores.sql.reading import nodes
from pyramid_scheduler.stores.sql.schema import PENDING, RUNNING, metadata, node, run, schedule

# Asked of each run in the statement that counts it: a node may end between two statements.
_OWNED = exists().where(node.c.id == run.c.node, node.c.alive)


def checkup(connection: Connection, dialect: Dialect) -> Checkup:
    """Return what there is to judge by."""
    now = dialect.now(connection)
    found = inspect(connection)
    missing = list(_missing(found, dialect))
    if missing:
        return Checkup(now, missing, unreadable=True)
    due = (run.c.state == PENDING, run.c.due <= now)
    return Checkup(
        now,
        list(_lacks(connection, found, dialect)),
        _piles(connection, run.c.node, run.c.claimed_at, run.c.state == RUNNING),
        _piles(connection, run.c.task, run.c.due, *due),
        _piles(connection, schedule.c.task, schedule.c.wake, schedule.c.wake.is_not(None)),
        _piles(connection, run.c.node, run.c.claimed_at, run.c.state == RUNNING, not_(_OWNED)),
        nodes(connection),
    )


def _piles(
    connection: Connection,
    name: ColumnElement[Any],
    instant: ColumnElement[Any],
    *which: ColumnElement[bool],
) -> list[Pile]:
    query = select(name, func.count(), func.min(instant)).where(*which).group_by(name)
    return [Pile(*row) for row in connection.execute(query.order_by(name))]


def _missing(found: Inspector, dialect: Dialect) -> Iterator[str]:
    """Return, in words, which tables and columns are not there of those that this version makes."""
    there = set(found.get_table_names())
    for table in metadata.sorted_tables:
        name = renamed(table.name, dialect.prefix)
        if name not in there:
            yield f"there is no table {name}"
            continue
        columns = {column["name"] for column in found.get_columns(name)}
        yield from (
            f"{name} has no column {one.name}" for one in table.c if one.name not in columns
        )


def _lacks(connection: Connection, found: Inspector, dialect: Dialect) -> Iterator[str]:
    """Return, in words, which indexes and keys are not there."""
    # Not by reflection: SQLite's knows no index of an expression.
    indexes = {
        renamed(str(index.name), dialect.prefix)
        for table in metadata.sorted_tables
        for index in table.indexes
    }
    there = set(connection.scalars(dialect.indexes, {"names": sorted(indexes)}))
    yield from (f"there is no index {one}" for one in sorted(indexes - there))
    for table in metadata.sorted_tables:
        name = renamed(table.name, dialect.prefix)
        if not found.get_pk_constraint(name)["constrained_columns"]:
            yield f"{name} has no primary key"
        yield from _missing_keys(table, name, found)


def _missing_keys(table: Table, name: str, found: Inspector) -> Iterator[str]:
    for wanted in table.constraints:
        if isinstance(wanted, UniqueConstraint):
            names = wanted.columns.keys()
            keys = found.get_unique_constraints(name)
            if not any(set(key["column_names"]) == set(names) for key in keys):
                yield f"{name} has no unique key of {', '.join(names)}"
