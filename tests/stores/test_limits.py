"""What limits cost in a database: nothing is read in vain, nothing is kept for ever."""

import sqlite3
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.model import NewRun, Rate, Task
from pyramid_scheduler.stores import make_store
from pyramid_scheduler.stores.sql.due import Pages
from tests.clock import HandClock
from tests.conformance.scene import Scene, instant, task


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def scene(path: Path) -> Scene:
    clock = HandClock()
    store = make_store(f"sqlite:///{path}", clock=clock, new_id=id_maker(clock.now, Random(1)))
    store.open()
    scene = Scene(store, clock)
    scene.join("a")
    return scene


def keyed(**limits: Any) -> Task:
    return task("keyed", key=lambda of: of, **limits)


def ask(scene: Scene, count: int, of: str) -> None:
    now = scene.clock.now()
    scene.store.enqueue(
        [NewRun(f"{of}{number}", "keyed", now, f'[["{of}"],{{}}]', key=of)
         for number in range(count)]
    )  # fmt: skip


def started(path: Path) -> int:
    """How many starts are kept."""
    with sqlite3.connect(path) as there:
        (kept,) = there.execute("SELECT count(*) FROM scheduler_start").fetchone()
    return int(kept)


@pytest.mark.parametrize(
    "known", [keyed(max_running=2), keyed(rate=Rate(2, 60))], ids=["max_running", "rate"]
)
def test_of_the_runs_that_wait_for_a_full_key_none_is_read(
    scene: Scene, known: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(scene, 10_000, "a")
    assert len(scene.claim("a", known)) == 2
    read: list[Any] = []
    plain = Pages.read

    def spied(self: Pages, *args: Any) -> Any:
        rows = plain(self, *args)
        read.extend(rows)
        return rows

    monkeypatch.setattr(Pages, "read", spied)
    assert scene.claim("a", known) == []
    assert read == []
    ask(scene, 1, "b")
    assert [claim.run_id for claim in scene.claim("a", known)] == ["b0"]
    assert [row.id for row in read] == ["b0"]


def test_what_no_rate_counts_any_more_is_not_kept(scene: Scene, path: Path) -> None:
    known = keyed(rate=Rate(3, 10))
    for turn in range(5):
        ask(scene, 3, f"k{turn}-")
        assert len(scene.claim("a", known)) == 3
        scene.clock.advance(11)
    assert started(path) == 3


def test_of_a_task_that_has_a_rate_no_more_the_retention_deletes_it(
    scene: Scene, path: Path
) -> None:
    ask(scene, 3, "a")
    scene.claim("a", keyed(rate=Rate(3, 10)))
    scene.store.purge(instant(10), 500)
    assert started(path) == 3, "a rate may count them"
    assert [scene.store.purge(instant(10) + 1, 2) for _ in range(3)] == [2, 1, 0]
    assert started(path) == 0


def test_a_key_that_this_version_of_the_task_knows_nothing_of_is_kept(scene: Scene) -> None:
    ask(scene, 1, "a")
    scene.claim_one("a", task("keyed"))
    assert scene.run("a0").key == "a"
