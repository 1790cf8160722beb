"""What is alike in all databases that are servers: their time decides, and they are never made."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import Pool, QueuePool

from pyramid_scheduler.interfaces import Clock
from pyramid_scheduler.stores.sql.dialects.dialect import Executes


class Server:
    """A database of a server for several hosts; ``time`` is how it tells the time (us)."""

    time: ColumnElement[int]
    clock: Clock | None = None
    embedded = False
    locks_rows = True

    def __init__(self, address: str, statement_timeout: float, prefix: str) -> None:
        """Take ``scheme://user:password@host/database``; time in seconds."""
        self.url = make_url(address)
        self.address = _shown(self.url)
        self.timeout = statement_timeout
        self.prefix = prefix

    def exists(self) -> bool:
        """Return True: whether there are tables is seen when it is connected to."""
        return True

    def identity(self) -> None:
        """Return nothing: a server's database is not replaced behind its connections."""

    def create(self) -> None:
        """Do nothing: a database is made by who administers the server."""

    def pooling(self, pool: type[Pool]) -> dict[str, Any]:
        """Return the options of ``pool``; a ``QueuePool`` is one connection."""
        if pool is not QueuePool:
            return {"poolclass": pool}
        # A firewall may have cut off what was idle, a restart what was not.
        return {"poolclass": pool, "pool_size": 1, "max_overflow": 0, "pool_pre_ping": True,
                "pool_timeout": self.timeout}  # fmt: skip

    def now(self, connection: Executes | None) -> int:
        """Return the server's clock."""
        assert connection is not None, "a server has to be asked"
        return int(connection.execute(_now(self.time), {}).fetchone()[0])

    def scalar_and_now(
        self, connection: Connection, statement: "Select[Any]", values: Mapping[str, Any]
    ) -> tuple[Any, int]:
        """Return what ``statement`` selects, None and 0 for no row, and the server's clock."""
        row = connection.execute(_with(self.time, statement), values).one_or_none()
        return (None, 0) if row is None else (row[0], row[1])


@cache
def _now(clock: ColumnElement[int]) -> "Select[Any]":
    return select(clock.label("now"))


@cache
def _with(clock: ColumnElement[int], statement: "Select[Any]") -> "Select[Any]":
    return statement.add_columns(clock.label("now"))


def _shown(url: URL) -> str:
    """Return ``url`` without its password, and without a query, whatever is in that."""
    plain = URL.create(
        url.drivername, url.username, host=url.host, port=url.port, database=url.database
    )
    return plain.render_as_string()
