"""Many rows by one statement, where a statement takes arrays.

A statement that is executed for a thousand rows one by one is sent, planned and answered a thousand
times. ``unnest`` makes a table of as many arrays as it has parameters, and one statement does all.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Connection,
    Executable,
    String,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.dml import Insert, Update
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine

Rows = list[dict[str, Any]]


def by_arrays(
    connection: Connection, statement: Executable, rows: Rows, row: dict[str, Any], options: object
) -> tuple[Executable, Rows, dict[str, Any]]:
    """Give SQLAlchemy, for a ``statement`` of many ``rows``, the one that takes them all."""
    del connection, options
    if len(rows) > 1 and isinstance(statement, Insert | Update):
        whole, arrays = of_arrays(statement, rows)
        return whole, [], arrays
    return statement, rows, row


def of_arrays(statement: Insert | Update, rows: Rows) -> tuple[Executable, dict[str, Any]]:
    """Return the statement that does ``statement`` for all ``rows``, and its parameters.

    What is the same in all rows is sent once. The rest is written as PostgreSQL reads arrays: the
    driver would look at every element anew, which takes longer than all that the server does.
    """
    names = tuple(rows[0])
    columns = dict(zip(names, zip(*(row.values() for row in rows), strict=True), strict=True))
    # The first is what tells one row from another.
    various = (names[0], *(name for name in names[1:] if _differ(columns[name])))
    values = {name: columns[name][0] for name in names}
    values |= {name: array_of(columns[name]) for name in various}
    return _whole(statement, names, various), values


def _differ(values: tuple[Any, ...]) -> bool:
    return values.count(values[0]) != len(values)


def array_of(values: Iterable[str | int | bool | None]) -> str:
    """Return ``values`` as PostgreSQL reads an array."""
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: str | int | bool | None) -> str:
    if isinstance(value, str):
        if '"' in value or "\\" in value:
            value = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{value}"'
    return "NULL" if value is None else str(value)


@lru_cache(maxsize=512)
def _whole(
    statement: Insert | Update, names: tuple[str, ...], various: tuple[str, ...]
) -> Executable:
    if isinstance(statement, Insert):
        types = {name: statement.table.c[name].type for name in names}
        given = _table({name: types[name] for name in various})
        values = (
            given.c[name] if name in various else bindparam(name, type_=types[name])
            for name in names
        )
        return statement.from_select(list(names), select(*values))
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    # Only a compiled statement knows what column a parameter is written to.
    binds = statement.compile(dialect=dialect).binds
    given = _table({name: binds[name].type for name in various})

    def column_of(element: object, **_: object) -> Any:
        known = isinstance(element, BindParameter) and element.key in various
        return given.c[element.key] if known else None  # type: ignore[attr-defined]

    return replacement_traverse(statement, {}, column_of)  # type: ignore[return-value]


def _table(types: dict[str, TypeEngine[Any]]) -> TableValuedAlias:
    # A cast to a type of a length would cut off what is longer, without a word.
    plain = {name: Text() if isinstance(type_, String) else type_ for name, type_ in types.items()}
    arrays = [cast(bindparam(name, type_=Text()), ARRAY(type_)) for name, type_ in plain.items()]
    columns = [column(name, type_) for name, type_ in plain.items()]
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived()
