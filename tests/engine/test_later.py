"""An outcome that needs a lock which somebody else has: it is asked for until it is free."""

from collections.abc import Sequence

from pyramid_scheduler.errors import StoreUnavailable
from pyramid_scheduler.events import TaskSucceeded
from pyramid_scheduler.interfaces import Written
from pyramid_scheduler.model import Finish, RunState
from tests.engine.scene import Driven, Scene


class Kept:
    """The verb ``finish`` of a store where somebody keeps a lock, for ever if not told otherwise.

    Who waits for it has it, unless ``too_long``.
    """

    def __init__(self, scene: Scene) -> None:
        self.kept = True
        self.too_long = False
        self._finish = scene.store._store.finish
        scene.store._store.finish = self  # type: ignore[method-assign, assignment]

    def __call__(
        self, node: str, finishes: Sequence[Finish], *, waits: bool = False
    ) -> Sequence[Written]:
        if waits and self.too_long:
            raise StoreUnavailable("a lock was not had in time")
        if self.kept and not waits:
            return [Written.LATER] * len(finishes)
        return self._finish(node, finishes)


def ended(scene: Scene) -> Driven:
    """An engine whose run r has just ended."""
    engine = scene.engine()
    scene.ask("r")
    engine.wake()
    engine.work()
    return engine


def exits(engine: Driven) -> None:
    """The process of ``engine`` exits, and has no time to wait for what still runs."""
    engine.loop.stop(engine.scene.clock.monotonic(), exiting=True)
    engine.loop._run()


def test_it_is_written_at_most_50_ms_after_the_lock_is_free() -> None:
    scene = Scene()
    lock = Kept(scene)
    engine = ended(scene)
    for _ in range(10):
        assert engine.loop._time_to_wait() <= 0.05
        engine.turn(engine.loop._time_to_wait())
        assert scene.run("r").state is RunState.RUNNING
    lock.kept = False
    engine.turn(engine.loop._time_to_wait())
    assert scene.run("r").state is RunState.SUCCEEDED
    assert len(scene.heard.of(TaskSucceeded)) == 1
    assert engine.loop._time_to_wait() > 0.05


def test_while_the_store_is_away_it_is_not_asked_more_often_for_that() -> None:
    scene = Scene()
    Kept(scene)
    engine = ended(scene)
    scene.store.before = {"beat", "revision", "finish"}
    engine.turn_through(30)
    engine.loop._retry_at = scene.clock.monotonic() + 5
    assert engine.loop._time_to_wait() == 5


def test_a_process_that_exits_waits_for_the_lock_and_nothing_is_done_again() -> None:
    scene = Scene()
    Kept(scene)
    engine = ended(scene)
    exits(engine)
    assert scene.run("r").state is RunState.SUCCEEDED
    assert not any(node.alive for node in scene.store.nodes())


def test_a_process_that_exits_leaves_although_the_lock_is_kept_for_too_long() -> None:
    scene = Scene()
    Kept(scene).too_long = True
    engine = ended(scene)
    exits(engine)
    assert scene.run("r").state is RunState.PENDING
    assert not any(node.alive for node in scene.store.nodes())
