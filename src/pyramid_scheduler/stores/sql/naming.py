"""The tables by other names, so that several applications can share a database.

Statements are made once, of the names in ``schema``, which begin with TABLE_PREFIX. A dialect of
SQLAlchemy that was told to ``rename`` writes another prefix wherever it writes one of them: of
tables, indexes and constraints, in statements, in DDL and in Alembic's steps.
"""

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import quoted_name

from pyramid_scheduler.stores import TABLE_PREFIX


class Renamed(quoted_name):
    """A name that has the prefix that is wanted, and is written as it is."""


def renamed(name: str, prefix: str) -> str:
    """Return what the table or index called ``name`` in ``schema`` is called with ``prefix``."""
    if not name.startswith(TABLE_PREFIX) or isinstance(name, Renamed):
        return name
    return Renamed(prefix + name.removeprefix(TABLE_PREFIX), quote=None)


def rename(dialect: Dialect, prefix: str) -> None:
    """Have ``dialect`` begin the names of our tables and indexes with ``prefix``."""
    preparer = dialect.identifier_preparer
    plain = preparer.quote
    if prefix != TABLE_PREFIX:
        preparer.quote = lambda ident: plain(renamed(ident, prefix))  # type: ignore[method-assign]


class Texts:
    """Statements as a driver reads them, each compiled once, for who goes past SQLAlchemy."""

    def __init__(self, dialect: Dialect, prefix: str) -> None:
        """Take a dialect of its own, whose parameters are by name."""
        rename(dialect, prefix)
        self._dialect = dialect
        self._known: dict[Executable, str] = {}

    def __call__(self, statement: Executable) -> str:
        """Return the text of ``statement``."""
        if statement not in self._known:
            compiled = statement.compile(dialect=self._dialect)  # type: ignore[attr-defined]
            self._known[statement] = str(compiled)
        return self._known[statement]
