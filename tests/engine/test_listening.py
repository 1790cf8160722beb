"""How often the loop looks at its store: rarely where it hears of changes, else all the time."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.engine.scene import OPTIONS, Driven, Faulty, Scene, every


class Belled(Faulty):
    """A store that tells of changes when the test says so."""

    works = True

    def listen(self, heard: Callable[[], None]) -> bool:
        self.heard = heard
        return self.works

    def unlisten(self, heard: Callable[[], None]) -> None:
        assert heard == self.heard

    @property
    def looks(self) -> int:
        """How often it was looked at since this was asked last."""
        looks = self.calls.count("revision")
        self.calls.clear()
        return looks


@pytest.fixture
def store(scene: Scene) -> Belled:
    scene.store = Belled(scene.store._store)
    return scene.store


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def engine(scene: Scene, store: Belled) -> Driven:
    engine = scene.engine(definitions=[every(3600)])
    assert store.looks
    return engine


def test_at_rest_it_looks_with_its_beats(engine: Driven, store: Belled) -> None:
    engine.turn_through(30, step=0.1)
    assert store.calls.count("beat") == 6
    assert store.looks == 6


def test_what_it_hears_it_looks_at_at_once(engine: Driven, scene: Scene, store: Belled) -> None:
    engine.turn(1)
    scene.ask("r")
    store.heard()
    engine.turn()
    engine.work()
    assert scene.run("r").state == "succeeded"


def test_what_is_heard_before_it_can_be_read_is_seen_within_a_second(
    engine: Driven, scene: Scene, store: Belled
) -> None:
    engine.turn(1)
    store.heard()
    engine.turn()
    scene.ask("r")  # the commit that was rung for, by a process that died in it
    engine.work_through(1, step=0.1)
    assert scene.run("r").state == "succeeded"


def test_after_a_while_without_a_ring_it_rests_again(engine: Driven, store: Belled) -> None:
    store.heard()
    engine.turn_through(10, step=0.1)
    assert store.looks > 5
    engine.turn_through(30, step=0.1)
    assert store.looks <= 6


def test_where_nothing_is_heard_it_looks_all_the_time(
    engine: Driven, scene: Scene, store: Belled
) -> None:
    store.works = False
    engine.turn_through(10, step=0.1)
    assert store.looks
    scene.ask("r")
    engine.work_through(1, step=0.1)
    assert scene.run("r").state == "succeeded"
    engine.turn_through(10, step=0.1)
    assert store.looks >= 10


def test_who_is_told_not_to_listen_looks_all_the_time(scene: Scene) -> None:
    scene.store = Belled(scene.store._store)
    engine = scene.engine(definitions=[every(3600)], options=replace(OPTIONS, listen=False))
    assert scene.store.looks
    engine.turn_through(10, step=0.1)
    assert scene.store.looks >= 10
    assert not hasattr(scene.store, "heard")


def test_what_stopped_telling_is_asked_again_with_the_next_beat(
    engine: Driven, store: Belled
) -> None:
    del store.heard
    engine.turn_through(5, step=0.5)
    assert store.heard == engine.loop.hear
