"""Several applications in one database: by the prefix of the tables' names, or by the schema."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from random import Random

import pytest
from pyramid.config import Configurator

from pyramid_scheduler.errors import StoreUnavailable
from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.interfaces import RunFilter, Store
from pyramid_scheduler.stores import make_store
from pyramid_scheduler.stores.sql.schema import VERSIONS, metadata
from tests import mariadb, postgresql
from tests.clock import HandClock
from tests.conformance.scene import Scene, every
from tests.stores.test_migrating import WRITTEN

PATIENCE = 60  # s
FOUND = {
    "sqlite": "select name from sqlite_master",
    "postgresql": "select relname from pg_class where relnamespace = current_schema::regnamespace",
    "mariadb": "select table_name from information_schema.tables where table_schema = database()",
}
Make = Callable[..., Store]


@pytest.fixture(params=FOUND)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Database:
    """An empty database of some kind."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._kind, self._file = kind, folder / "store.sqlite"
        self.address = f"sqlite:///{self._file}"
        if kind != "sqlite":
            self._server = (postgresql if kind == "postgresql" else mariadb).server()
            self._schema = self._server.new_schema()
            self.address = self._server.address(self._schema)

    def names(self) -> list[str]:
        """The tables in it, and the indexes where they have names of their own."""
        if self._kind != "sqlite":
            return [name for (name,) in self._server.sql(FOUND[self._kind], self._schema)]
        with sqlite3.connect(self._file) as file:
            found = file.execute(FOUND[self._kind]).fetchall()
        return [name for (name,) in found if not name.startswith("sqlite_")]


@pytest.fixture
def database(kind: str, tmp_path: Path) -> Database:
    return Database(kind, tmp_path)


@pytest.fixture
def make(database: Database) -> Iterator[Make]:
    """Make a store in the database, as other applications and processes would."""
    made: list[Store] = []

    def make_one(prefix: str, **options: str) -> Store:
        clock = HandClock()
        # A prefix is a part of the ids, so that none of them can be the other's.
        new_id = id_maker(clock.now, Random(prefix))
        made.append(
            make_store(database.address, clock=clock, new_id=new_id, table_prefix=prefix, **options)  # type: ignore[arg-type]
        )
        return made[-1]

    yield make_one
    for store in made:
        store.close()


def scene_of(store: Store, node: str = "a") -> Scene:
    store.open()
    scene = Scene(store, HandClock())
    scene.join(node, every(10))
    return scene


# The last of them is a name of ours already, with which others of ours begin.
PREFIXES = ("shop_", "scheduler_", "scheduler_run_")


def test_applications_with_other_prefixes_live_side_by_side(make: Make, database: Database) -> None:
    shop, plain, nasty = (scene_of(make(prefix), f"{prefix}node") for prefix in PREFIXES)
    shop.ask("r", at=-1_000_000_000)

    assert [claim.run_id for claim in plain.claim("scheduler_node")] == []
    assert shop.claim_one("shop_node").run_id == "r"
    nasty.store.pause("beat")
    shop.beat("shop_node", r=1)
    shop.store.leave("shop_node")
    shop.store.purge(0, 10)

    assert [node.id for node in plain.store.nodes()] == ["scheduler_node"]
    assert nasty.store.runs(RunFilter()) == plain.store.runs(RunFilter()) == []
    assert [scene.store.schedules()[0].pause is None for scene in (shop, plain, nasty)] == [
        True, True, False,
    ]  # fmt: skip
    wanted = {prefix + name.removeprefix("scheduler_") for prefix in PREFIXES
              for name in metadata.tables}  # fmt: skip
    assert wanted <= set(database.names())


def test_nothing_has_another_prefix(make: Make, database: Database) -> None:
    scene = scene_of(make("shop_"))
    assert make("shop_").open(create=False)
    assert not make("scheduler_").open(create=False), "there is nothing of that name"
    assert scene.store.migrate() == VERSIONS[-1]
    assert {name for name in database.names() if not name.startswith("shop_")} == set()


def test_a_change_is_seen_by_its_own_application(make: Make) -> None:
    shop, same, plain = (make(prefix) for prefix in ("shop_", "shop_", "scheduler_"))
    for number, store in enumerate((shop, same, plain)):
        scene_of(store, f"n{number}")
    before = [store.revision() for store in (shop, same, plain)]
    shop.pause("beat")
    after = [store.revision() for store in (shop, same, plain)]
    assert [one != other for one, other in zip(before, after, strict=True)] == [True, True, False]


def test_nobody_hears_of_another_applications_change() -> None:
    found = postgresql.server()
    address, clock = found.address(found.new_schema()), HandClock()
    shop, plain = (make_store(address, clock=clock, table_prefix=one) for one in PREFIXES[:2])
    heard: SimpleQueue[str] = SimpleQueue()
    for number, (store, name) in enumerate(((shop, "shop"), (plain, "plain"))):
        scene_of(store, f"n{number}")
        assert store.listen(lambda name=name: heard.put(name))  # type: ignore[misc]
    for store in (shop, plain):
        store.pause("beat")
        found.sql("select 1")
    assert {heard.get(timeout=PATIENCE), heard.get(timeout=PATIENCE)} == {"shop", "plain"}
    for store in (shop, plain):
        store.close()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_older_store_of_another_prefix_is_brought_up_to_date(
    prefix: str, tmp_path: Path
) -> None:
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(re.sub(r"\bscheduler_", prefix, WRITTEN.read_text()))
    store = make_store(f"sqlite:///{path}", clock=HandClock(), table_prefix=prefix)
    assert store.migrate() == "0002"
    assert [one.name for one in store.schedules()] == ["beat", "other"] if store.open() else False
    with sqlite3.connect(path) as new:
        names = [name for (name,) in new.execute(FOUND["sqlite"])]
    assert {name for name in names if not name.startswith((prefix, "sqlite_"))} == set()
    store.close()


def test_the_setting_is_heeded(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    config = Configurator(
        settings={
            "scheduler.store": f"sqlite:///{path}",
            "scheduler.table_prefix": "shop_",
            "scheduler.autostart": "false",
        }
    )
    config.include("pyramid_scheduler")
    config.make_wsgi_app()
    config.registry.scheduler.store.migrate()
    with sqlite3.connect(path) as made:
        names = [name for (name,) in made.execute(FOUND["sqlite"])]
    assert "shop_run" in names
    assert not [name for name in names if name.startswith("scheduler_")]


# PostgreSQL's schemas.


def in_schema(schema: str, user: str = "postgres") -> Store:
    address = postgresql.server().address("public").replace("postgres:@", f"{user}:@")
    return make_store(address, clock=HandClock(), schema=schema)


@pytest.fixture
def fresh() -> str:
    """A schema that there is not."""
    found = postgresql.server()
    schema = found.new_schema()
    found.sql(f"drop schema {schema}")
    return schema


def test_a_schema_is_made_by_who_starts_and_by_nobody_who_reads(fresh: str) -> None:
    store = in_schema(fresh)
    assert store.open(create=False) is False
    scene_of(store)
    ((count,),) = postgresql.server().sql(
        f"select count(*) from pg_tables where schemaname = '{fresh}'"
    )
    assert count == len(metadata.tables)
    other = in_schema(fresh)
    assert other.open(create=False) is True
    other.close()
    store.close()


def test_a_schema_that_may_not_be_made_is_told_of_and_may_be_made_by_another(fresh: str) -> None:
    found = postgresql.server()
    found.sql("drop role if exists bob; create role bob login")
    store = in_schema(fresh, "bob")
    with pytest.raises(StoreUnavailable, match="permission denied"):
        store.open()
    found.sql(f"create schema {fresh} authorization bob")
    assert store.open()
    store.close()


def test_two_schemas_are_two_stores(fresh: str) -> None:
    one, other = in_schema(fresh), in_schema(postgresql.server().new_schema())
    scene_of(one)
    other.open()
    assert other.nodes() == []
    one.close()
    other.close()
