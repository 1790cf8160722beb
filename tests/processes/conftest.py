"""A crowd for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import mariadb as maria
from tests.processes.crowd import Crowd, MakeCrowd, new_store


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """The address of a file that there is not yet."""
    return new_store("SQLite", tmp_path)


@pytest.fixture
def postgresql(tmp_path: Path) -> str:
    """The address of an empty schema."""
    return new_store("PostgreSQL", tmp_path)


@pytest.fixture
def mariadb() -> str:
    """The address of an empty database."""
    found = maria.server()
    return found.address(found.new_schema())


@pytest.fixture
def crowd(tmp_path: Path, sqlite: str) -> Iterator[MakeCrowd]:
    """Make crowds over a SQLite file, or over ``address``; none of them outlives the test."""
    made: list[Crowd] = []

    def make(address: str = sqlite, **options: float) -> Crowd:
        made.append(Crowd(tmp_path, address, **options))
        return made[-1]

    yield make
    for one in made:
        one.clear()
