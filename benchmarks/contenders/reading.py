"""A connection beside a contender's own: what anybody can read in its store."""

import sqlite3
from typing import Any


class Reader:
    """A connection to the database at ``address``, each query in a transaction of its own."""

    def __init__(self, address: str) -> None:
        """Connect."""
        if address.startswith("sqlite:///"):
            path = address.removeprefix("sqlite:///")
            self._connection: Any = sqlite3.connect(path, isolation_level=None)
            self._said = ("PRAGMA {}", ("journal_mode", "synchronous"))
        else:
            import psycopg  # noqa: PLC0415 - where it is needed

            self._connection = psycopg.connect(address, autocommit=True)
            self._said = ("SHOW {}", ("fsync", "synchronous_commit"))

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def value(self, query: str) -> Any:
        """Return the first column of the first row."""
        return self._connection.execute(query).fetchone()[0]

    def durability(self) -> str:
        """Return how durable what a new connection writes is, which changes nothing of that."""
        asked, names = self._said
        return ", ".join(f"{name}={self.value(asked.format(name))}" for name in names)
