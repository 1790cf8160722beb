"""A database that the store and the application share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.postgresql import server
from tests.transactions.scene import Make, Scene


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/shop.sqlite"
    found = server()
    return found.address(found.new_schema())


@pytest.fixture
def make(address: str) -> Iterator[Make]:
    """Make applications whose sessions are zope.sqlalchemy's, and whose store is in their database.

    Unless it is said otherwise, by the options of a scene.
    """
    made: list[Scene] = []

    def one(**options: Any) -> Scene:
        made.append(Scene(address, **options))
        return made[-1]

    yield one
    for scene in made:
        scene.close()


@pytest.fixture
def scene(make: Make) -> Scene:
    """The usual one."""
    return make()
