"""A connection of PyMySQL that lets nothing pass in silence."""

from collections.abc import Mapping
from typing import Any

import pymysql
from pymysql.constants import ER
from pymysql.cursors import Cursor
from pymysql.err import error_map

# That something is there already, or is not there any more, as a DDL statement wants it.
_DONE = {
    ER.TABLE_EXISTS_ERROR, ER.DUP_FIELDNAME, ER.DUP_KEYNAME, ER.BAD_TABLE_ERROR,
    ER.CANT_DROP_FIELD_OR_KEY,
}  # fmt: skip
_IGNORING = ("INSERT IGNORE", b"INSERT IGNORE")


class StrictCursor(Cursor):  # type: ignore[misc]  # PyMySQL has no types
    """A cursor whose INSERT IGNORE ignores that a key is there already, and nothing else.

    The server would cut off what is too long for its column, and make a warning of it.
    """

    def execute(self, query: str | bytes, args: object = None) -> int:
        """Execute ``query``; return how many rows were found or written."""
        try:
            count: int = super().execute(query, args)
        except pymysql.Error as error:
            if not (self.connection.remakes and error.args[0] in _DONE):
                raise
            return 0
        if self.warning_count and query[:13] in _IGNORING:
            self._refuse(self.connection.show_warnings())
        return count

    @staticmethod
    def _refuse(warnings: list[tuple[str, int, str]]) -> None:
        for _, code, message in warnings:
            error = error_map.get(code, pymysql.Warning)
            if code != ER.DUP_ENTRY and issubclass(
                error, pymysql.DataError | pymysql.IntegrityError
            ):
                raise error(code, message)


class Strict(pymysql.Connection):  # type: ignore[misc]  # PyMySQL has no types
    """A connection; one that ``remakes`` takes what DDL would do and finds done as done by it.

    DDL is committed as it goes. Who makes the tables anew after one who died half-way meets what
    that one has made.
    """

    remakes = False

    def execute(self, statement: str, values: Mapping[str, Any] | None = None) -> Cursor:
        """Execute ``statement``; return the cursor with its rows."""
        cursor: Cursor = self.cursor()
        cursor.execute(statement, values)
        return cursor
