"""The database servers that contenders are measured on: those of the tests, but durable."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests import mariadb, postgresql


class NoServerError(Exception):
    """There is none on this machine; the text says why."""


def server_of(contender: str) -> str | None:
    """Return which server ``contender`` is over: its name says it."""
    return next((name for name in ("PostgreSQL", "MariaDB") if name in contender), None)


@contextmanager
def new_database(name: str) -> Iterator[str]:
    """Give the address of an empty database, dropped in the end. Raises NoServerError.

    What was written before is on the disk by now, so that nobody pays for another.
    """
    server = _server(name)
    database = server.new_schema()
    if name == "PostgreSQL":
        server.sql("checkpoint")
    try:
        yield server.address(database)
    finally:
        cascade = " cascade" if name == "PostgreSQL" else ""
        server.sql(f"drop schema {database}{cascade}")


def _server(name: str) -> Any:
    try:
        return _durable() if name == "PostgreSQL" else mariadb.server()
    except pytest.skip.Exception as error:
        raise NoServerError(str(error)) from error


def _durable() -> Any:
    """Return PostgreSQL, told to wait for the disk, as it does unless it is told not to."""
    server = postgresql.server()
    if server.sql("show fsync") == [("off",)]:
        server.sql("alter system reset fsync")
        server.sql("select pg_reload_conf()")
    return server
