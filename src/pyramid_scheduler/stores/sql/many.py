"""Many rows by one statement."""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql.dml import Insert, Update

# An option of the engines of our own whose dialect has a better way than SQLAlchemy's.
WHOLE = "pyramid_scheduler_whole"


def write_rows(
    connection: Connection, statement: Insert | Update, rows: list[dict[str, Any]]
) -> int:
    """Execute ``statement`` for all of ``rows``, alike; return how many rows it concerned.

    On a connection of the application's it is executed as by any driver.
    """
    whole = connection.get_execution_options().get(WHOLE)
    if whole is None:
        return connection.execute(statement, rows).rowcount
    count: int = whole(connection, statement, rows)
    return count
