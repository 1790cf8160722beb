"""One suite over every store.

A new store adds a factory to STORES: it takes an empty folder, a clock and a maker of ids, and
returns a store that nobody has opened; it calls ``pytest.skip`` with the reason where the store
cannot be had.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.interfaces import Store
from pyramid_scheduler.stores import make_store
from tests import mariadb as maria
from tests import postgresql as postgres
from tests.clock import HandClock
from tests.conformance.scene import Scene

NewId = Callable[[], str]
Factory = Callable[[Path, HandClock, NewId], Store]


def memory(folder: Path, clock: HandClock, new_id: NewId) -> Store:
    return make_store("memory://", clock=clock, new_id=new_id)


def sqlite(folder: Path, clock: HandClock, new_id: NewId) -> Store:
    try:
        return make_store(f"sqlite:///{folder}/store.sqlite", clock=clock, new_id=new_id)
    except ImportError as error:
        pytest.skip(f"the SQLite store cannot be imported: {error}")


def postgresql(folder: Path, clock: HandClock, new_id: NewId) -> Store:
    found = postgres.server()
    return postgres.by_hand(found.address(found.new_schema()), clock, new_id)


def mariadb(folder: Path, clock: HandClock, new_id: NewId) -> Store:
    found = maria.server()
    return maria.by_hand(found.address(found.new_schema()), clock, new_id)


def mariadb_made(folder: Path, clock: HandClock, new_id: NewId) -> Store:
    found = maria.server()
    return maria.by_hand(found.address(found.emptied()), clock, new_id)


STORES: dict[str, Factory] = {
    "memory": memory, "sqlite": sqlite, "postgresql": postgresql, "mariadb": mariadb,
}  # fmt: skip
# Where it takes long to make the tables: how to have them, empty, for who does not ask for none.
MADE: dict[str, Factory] = {"mariadb": mariadb_made}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=STORES)
def unopened(request: pytest.FixtureRequest, clock: HandClock, tmp_path: Path) -> Iterator[Store]:
    factories = {**STORES, **MADE} if "store" in request.fixturenames else STORES
    store = factories[request.param](tmp_path, clock, id_maker(clock.now, Random(1)))
    yield store
    store.close()


@pytest.fixture
def store(unopened: Store) -> Store:
    unopened.open()
    return unopened


@pytest.fixture
def scene(store: Store, clock: HandClock) -> Scene:
    """A store that a node called "a" has joined, which declares nothing."""
    scene = Scene(store, clock)
    scene.join("a")
    return scene
