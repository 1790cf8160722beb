"""A store that an older version wrote: brought up to date, or refused with what to do."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from pyramid_scheduler.errors import SchemaMismatch, StoreUnavailable
from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.interfaces import RunFilter, Store
from pyramid_scheduler.stores import make_store
from pyramid_scheduler.stores.sql import migrating
from pyramid_scheduler.stores.sql.schema import VERSIONS, metadata
from tests.clock import HandClock
from tests.conformance.scene import Scene, every, instant
from tests.postgresql import by_hand, server

WRITTEN = Path(__file__).with_name("version_0002.sql")
STEPS = Path(migrating.__file__).parent / "migrations" / "versions"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file as version 0002 wrote it: two schedules, one of them paused, three runs, two skips."""
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(WRITTEN.read_text())
    return path


def store_at(path: Path, clock: HandClock | None = None) -> Store:
    clock = clock or HandClock()
    new_id = id_maker(clock.now, Random(1))
    return make_store(f"sqlite:///{path}", clock=clock, new_id=new_id)


def shape(path: Path) -> dict[str, Any]:
    """The columns of each table, and how each index was made."""
    with sqlite3.connect(path) as made:
        tables = [name for (name,) in made.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        )]  # fmt: skip
        columns = {
            table: sorted(row[1:4] for row in made.execute(f"PRAGMA table_info({table})"))
            for table in tables
        }
        indexes = made.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'")
        return columns | {
            name: sql and sql.replace("COALESCE", "coalesce") for name, sql in indexes
        }


def written(path: Path) -> list[str]:
    with sqlite3.connect(path) as there:
        return list(there.iterdump())


def test_what_was_migrated_is_like_what_is_made_anew(path: Path, tmp_path: Path) -> None:
    store_at(path).open()
    store_at(tmp_path / "new.sqlite").open()
    assert shape(path) == shape(tmp_path / "new.sqlite")


def test_a_file_is_migrated_by_whoever_opens_it_and_nothing_is_lost(path: Path) -> None:
    clock = HandClock()
    store = store_at(path, clock)
    assert store.open()
    scene = Scene(store, clock)
    assert {run.id: run.state for run in store.runs(RunFilter())} == {
        "run-0": "succeeded", "run-1": "running", "asked": "pending",
    }  # fmt: skip
    assert [one.name for one in store.schedules()] == ["beat", "other"]
    assert len(store.skips()) == 2
    clock.advance(36)
    scene.join("b", every(10), every(7, "other"))
    scene.dies("a")
    assert {claim.run_id for claim in scene.claim("b")} == {"asked", "run-1"}
    clock.advance(10)
    store.resume("other")
    assert store.schedules()[1].next_fire == instant(49)


def test_to_open_it_again_migrates_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_at(path).open()
    monkeypatch.setattr(migrating, "migrate", None)
    store = store_at(path)
    assert store.open()
    assert store.migrate() == VERSIONS[-1]


def test_who_only_reads_changes_nothing_and_says_what_to_do(path: Path) -> None:
    before = written(path)
    with pytest.raises(SchemaMismatch, match=r"has schema version 0002, .* 'pscheduler migrate'"):
        store_at(path).open(create=False)
    assert written(path) == before


def test_graces_are_known_as_before(path: Path) -> None:
    with sqlite3.connect(path) as old:
        for table in ("scheduler_schedule", "scheduler_definition"):
            old.execute(
                f"UPDATE {table} SET definition = replace(definition, '\"grace\":null', ?)",
                ['"grace":90000000'],
            )
        old.execute("UPDATE scheduler_schedule SET definition = 'bog' WHERE name = 'other'")
    store = store_at(path)
    store.open()
    assert store.longest_grace() == 90 * SECOND
    store.close()


def test_several_that_migrate_at_once_do_no_harm(path: Path) -> None:
    stores = [store_at(path) for _ in range(4)]
    threads = [Thread(target=store.open) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for store in stores:
        assert len(store.schedules()) == 2


def test_a_migration_that_fails_leaves_everything_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(path) as old:
        old.execute("CREATE INDEX scheduler_skip_old ON scheduler_skip (first)")
    before = written(path)
    with pytest.raises(StoreUnavailable, match="scheduler_skip_old already exists"):
        store_at(path).open()
    assert written(path) == before


@pytest.mark.parametrize(
    ("version", "says"), [("9999", "upgrade pyramid-scheduler"), ("0001", "remove the store")]
)
def test_a_version_that_nobody_knows_is_refused(path: Path, version: str, says: str) -> None:
    store_at(path).open()
    with sqlite3.connect(path) as old:
        old.execute("UPDATE scheduler_version SET version_num = ?", [version])
    for ask in (Store.open, Store.migrate):
        refused: Callable[..., Any] = getattr(store_at(path), ask.__name__)
        with pytest.raises(SchemaMismatch, match=f"{path} has schema version {version}.*{says}"):
            refused()


def test_the_steps_are_those_that_are_named() -> None:
    found = sorted(re.sub(r"\D", "", path.stem) for path in STEPS.glob("v*.py"))
    assert found == sorted(VERSIONS)


def test_a_server_is_migrated_by_the_command_only() -> None:
    known = server()
    schema = known.new_schema()
    engine = create_engine(known.address(schema).replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        metadata.create_all(connection)
        for statement in (
            "alter table scheduler_run drop column on_failure, drop column key, drop column same,"
            " drop column equals",
            "alter table scheduler_schedule drop column paused_until, drop column pause_note,"
            " drop column paused_by, drop column pause_after, drop column resumed,"
            " drop column grace",
            "drop table scheduler_limit, scheduler_version, scheduler_start",
            "drop index scheduler_schedule_over, scheduler_schedule_code, scheduler_skip_old,"
            " scheduler_node_alive",
            "insert into scheduler_number values ('schema', 2), ('revision', 0), ('seen', 0)",
        ):
            connection.execute(text(statement))
    engine.dispose()
    clock = HandClock()
    store = by_hand(known.address(schema), clock, id_maker(clock.now, Random(1)))
    with pytest.raises(SchemaMismatch, match=r"0002, this package needs .* 'pscheduler migrate'"):
        store.open()
    assert store.migrate() == "0002"
    assert store.open()
    Scene(store, clock).join("a", every(10))
    assert store.migrate() == VERSIONS[-1]
    store.close()
