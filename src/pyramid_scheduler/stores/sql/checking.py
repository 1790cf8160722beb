"""What a database says of its own state: who holds what, what waits, what its tables lack."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Inspector,
    Table,
    UniqueConstraint,
    func,
    inspect,
    select,
)

from pyramid_scheduler.model import Checkup, Pile
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.naming import renamed
from pyramid_scheduler.stores.sql.schema import PENDING, RUNNING, metadata, run, schedule


def checkup(connection: Connection, dialect: Dialect) -> Checkup:
    """Return what there is to judge by."""
    now = dialect.now(connection)
    due = (run.c.state == PENDING, run.c.due <= now)
    return Checkup(
        now,
        list(_lacks(connection, dialect)),
        _piles(connection, run.c.node, run.c.claimed_at, run.c.state == RUNNING),
        _piles(connection, run.c.task, run.c.due, *due),
        _piles(connection, schedule.c.task, schedule.c.wake, schedule.c.wake.is_not(None)),
    )


def _piles(
    connection: Connection,
    name: ColumnElement[Any],
    instant: ColumnElement[Any],
    *which: ColumnElement[bool],
) -> list[Pile]:
    query = select(name, func.count(), func.min(instant)).where(*which).group_by(name)
    return [Pile(*row) for row in connection.execute(query.order_by(name))]


def _lacks(connection: Connection, dialect: Dialect) -> Iterator[str]:
    """Return, in words, what is not there of the tables that this version makes."""
    found = inspect(connection)
    there = set(found.get_table_names())
    # Not by reflection: SQLite's knows no index of an expression.
    indexes = set(connection.exec_driver_sql(dialect.indexes).scalars())
    for table in metadata.sorted_tables:
        name = renamed(table.name, dialect.prefix)
        if name not in there:
            yield f"there is no table {name}"
            continue
        wanted = {renamed(str(index.name), dialect.prefix) for index in table.indexes}
        yield from (f"there is no index {one}" for one in sorted(wanted - indexes))
        yield from _lacks_of(table, name, found)


def _lacks_of(table: Table, name: str, found: Inspector) -> Iterator[str]:
    columns = {column["name"] for column in found.get_columns(name)}
    for column in table.c:
        if column.name not in columns:
            yield f"{name} has no column {column.name}"
    if not found.get_pk_constraint(name)["constrained_columns"]:
        yield f"{name} has no primary key"
    for wanted in table.constraints:
        if not isinstance(wanted, UniqueConstraint):
            continue
        names = wanted.columns.keys()
        keys = found.get_unique_constraints(name)
        if not any(set(key["column_names"]) == set(names) for key in keys):
            yield f"{name} has no unique key of {', '.join(names)}"
