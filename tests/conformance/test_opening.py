"""What a store is before anything is in it."""

import pytest

from pyramid_scheduler.interfaces import RunFilter, Store
from tests.clock import HandClock
from tests.conformance.scene import Scene, every


def test_an_open_store_is_empty_and_can_be_read(store: Store) -> None:
    assert list(store.schedules()) == []
    assert list(store.runs(RunFilter())) == []
    assert list(store.skips()) == []
    assert list(store.nodes()) == []


def test_opening_twice_is_nothing(store: Store) -> None:
    assert store.open() is True
    assert store.open(create=False) is True


def test_a_store_that_was_closed_may_be_opened_again(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.store.close()
    assert scene.store.open() is True
    assert scene.next_fire() == 10


def test_closing_twice_is_nothing(store: Store) -> None:
    store.close()
    store.close()


def test_a_store_says_where_it_is_and_whether_processes_meet_in_it(unopened: Store) -> None:
    assert "://" in unopened.address
    assert isinstance(unopened.shared, bool)


def test_reading_does_not_create_what_is_not_there(unopened: Store) -> None:
    if not unopened.shared:
        pytest.skip("a store in memory is always there")
    assert unopened.open(create=False) is False
    assert unopened.open(create=False) is False
    assert unopened.open() is True
    assert unopened.open(create=False) is True


def test_a_child_process_goes_on_with_the_store(scene: Scene) -> None:
    scene.ask("r")
    scene.store.after_fork()
    scene.store.open()
    assert scene.claim_one().run_id == "r"


def test_the_stores_clock_decides_what_is_due(scene: Scene, clock: HandClock) -> None:
    assert scene.store.now() == clock.now()
    assert scene.look().now == clock.now()
