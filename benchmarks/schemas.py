"""Further empty databases, for a contender that needs more than the one it was given.

It is given one where it is over a server: its address is in the environment.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.contenders import ADDRESS

PATH = re.compile(r"search_path%3D(\w+)")


@contextmanager
def another_schema(suffix: str) -> Iterator[None]:
    """Have the address be that of an empty schema; dropped in the end. Nothing where there is none.

    The driver is the one that the contender uses.
    """
    address = os.environ.get(ADDRESS)
    if not address:
        yield
        return
    name = f"{PATH.findall(address)[0]}_{suffix}"
    execute(address, f"create schema {name}")
    os.environ[ADDRESS] = PATH.sub(f"search_path%3D{name}", address)
    try:
        yield
    finally:
        os.environ[ADDRESS] = address
        execute(address, f"drop schema {name} cascade")


def execute(address: str, statement: str) -> None:
    """Execute ``statement`` of PostgreSQL's, outside of any transaction."""
    import psycopg  # noqa: PLC0415 - where there is a server, so is its driver

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)
