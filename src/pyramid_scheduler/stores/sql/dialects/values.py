"""Many rows by one statement, where a statement takes a table of values.

``executemany`` steps through a statement once for every row, and lets go of the interpreter each
time: where other threads compute, each step may wait for it as long as one of them likes. One
statement with the values of many rows is one step, and is quicker in itself.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from sqlite3 import sqlite_version_info
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, column, text
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.sql.dml import Insert, Update
from sqlalchemy.sql.visitors import replacement_traverse

from pyramid_scheduler.stores.sql.naming import rename

# Statements of few sizes only, so that the driver has them ready; the largest has fewer parameters
# than any version takes that takes the rest.
SIZES = (256, 64, 16, 4, 1)
# The first version in which an UPDATE reads from other tables.
SUPPORTED = sqlite_version_info >= (3, 33)


class Whole(NamedTuple):
    """A statement for so many rows: its text, and the names of a row's values as it takes them."""

    text: str
    names: tuple[str, ...]


def execute_values(
    prefix: str, connection: Connection, statement: Insert | Update, rows: Sequence[dict[str, Any]]
) -> int:
    """Execute ``statement`` for all of ``rows``; return how many rows of the table it concerned."""
    names, count = tuple(rows[0]), 0
    for part in _parts(rows):
        whole = _whole(statement, names, len(part), prefix)
        values = tuple(chain.from_iterable(map(itemgetter(*whole.names), part)))
        count += connection.exec_driver_sql(whole.text, values).rowcount
    return count


def _parts(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


@lru_cache(maxsize=256)
def _whole(statement: Insert | Update, names: tuple[str, ...], size: int, prefix: str) -> Whole:
    dialect = SQLiteDialect(paramstyle="qmark")
    rename(dialect, prefix)
    one = f"({', '.join('?' * len(names))})"
    many = ", ".join([one] * size)
    if isinstance(statement, Insert):
        compiled = statement.compile(dialect=dialect, column_keys=names)
        return Whole(str(compiled).replace(one, many), tuple(compiled.positiontup or ()))
    columns = ", ".join(f'column{number} AS "{name}"' for number, name in enumerate(names, 1))
    given = text(f"SELECT {columns} FROM (VALUES {many})").columns(*map(column, names))
    table = given.subquery("given")

    def column_of(element: object, **_: object) -> Any:
        known = isinstance(element, BindParameter) and element.key in names
        return table.c[element.key] if known else None  # type: ignore[attr-defined]

    whole = replacement_traverse(statement, {}, column_of)
    literal = {"literal_binds": True}  # what is left has the same value in all rows
    return Whole(str(whole.compile(dialect=dialect, compile_kwargs=literal)), names)  # type: ignore[attr-defined]
