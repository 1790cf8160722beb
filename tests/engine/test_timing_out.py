"""A run that takes longer than its task allows: failed, asked to stop, and refused afterwards."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from pyramid_scheduler import Backoff
from pyramid_scheduler.events import RunRefused, TaskFailed, TaskRetried
from pyramid_scheduler.execution import CurrentRun
from pyramid_scheduler.model import Finish, Outcome, Overlap, RunState, Task
from tests.engine.scene import Driven, Scene, every, make_task


def slow(**options: Any) -> Task:
    return make_task(timeout=timedelta(seconds=10), **options)


def begun(scene: Scene, *tasks: Task, **options: Any) -> Driven:
    engine = scene.engine(*tasks, **options)
    scene.ask("r")
    engine.wake()
    assert engine.executor.begin() == [True]
    return engine


def test_at_its_time_out_it_has_failed_and_is_asked_to_stop() -> None:
    scene = Scene()
    engine = begun(scene, slow())
    ((_, _, stop),) = engine.executor.begun
    engine.turn_through(9.5, step=0.5)
    assert not stop.is_set()
    assert scene.run("r").state is RunState.RUNNING
    engine.turn(0.5)
    assert stop.is_set()
    run = scene.run("r")
    assert (run.state, run.reason) == (RunState.FAILED, "timeout")
    assert run.error is not None
    assert run.error.message == "it had not ended 0:00:10 after it began"
    assert len(engine.executor.abandoned) == 1
    assert len(scene.heard.of(TaskFailed)) == 1


def test_its_late_result_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    engine = begun(scene, slow())
    engine.turn_through(11)
    with caplog.at_level(logging.WARNING, logger="pyramid_scheduler"):
        engine.work()
    assert scene.run("r").state is RunState.FAILED
    assert len(scene.heard.of(RunRefused)) == 1
    assert "after its time-out: run r" in caplog.text


def test_what_ends_in_time_is_what_it_gave() -> None:
    scene = Scene()
    engine = begun(scene, slow())
    engine.turn(9.9)
    engine.work()
    engine.turn_through(5)
    assert scene.run("r").state is RunState.SUCCEEDED
    assert (engine.executor.abandoned, scene.heard.of(RunRefused)) == ([], [])


def test_what_ends_in_the_last_moment_is_not_timed_out_as_well() -> None:
    scene = Scene()
    engine = begun(scene, slow())
    scene.clock.advance(10)
    engine.executor.end(scene.clock)
    engine.turn()
    assert scene.run("r").state is RunState.SUCCEEDED
    assert engine.executor.abandoned == []


def test_what_its_own_transaction_wrote_in_time_is_not_timed_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()

    def commits(run: CurrentRun, request: object) -> None:
        outcome = Outcome(RunState.SUCCEEDED, run.started_at, run.started_at)
        scene.store.finish(run.node, [Finish(run.id, run.token, outcome)])
        run.written = outcome._replace(written=True)

    engine = begun(scene, slow(call=commits, transactional=True))
    engine.work()
    assert engine.loop._work._deadlines.first() is None
    engine.turn_through(12)
    assert scene.run("r").state is RunState.SUCCEEDED
    assert (engine.executor.abandoned, caplog.text) == ([], "")


def dead_by_others(scene: Scene, engine: Driven) -> None:
    """Have somebody mark the node of ``engine`` as dead, and the engine find that out."""
    (pulse,) = [one for one in scene.store.nodes() if one.id == engine.node]
    scene.store.recover(engine.node, pulse.beats)
    engine.turn_through(6)


def test_a_lost_run_that_has_ended_is_not_timed_out(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    engine = begun(scene, slow())
    dead_by_others(scene, engine)
    engine.executor.end(scene.clock)
    engine.turn()
    caplog.clear()
    engine.turn_through(12)
    assert (engine.executor.abandoned, scene.heard.of(TaskFailed)) == ([], [])
    assert "failed" not in caplog.text


def test_a_lost_run_that_goes_on_beyond_its_time_has_its_thread_replaced() -> None:
    scene = Scene()
    engine = begun(scene, slow())
    dead_by_others(scene, engine)
    engine.turn_through(12)
    assert len(engine.executor.abandoned) == 1
    assert scene.heard.of(TaskFailed) == []


def test_it_is_tried_again_like_any_failure() -> None:
    scene = Scene()
    engine = begun(scene, slow(retries=1, backoff=Backoff.constant(5)))
    engine.turn_through(11)
    run = scene.run("r")
    assert (run.state, run.attempt) == (RunState.PENDING, 1)
    assert len(scene.heard.of(TaskRetried)) == 1
    engine.turn_through(6)
    assert engine.executor.begin() == [True]
    engine.work()
    assert scene.run("r").state is RunState.SUCCEEDED
    assert [one.ending for one in scene.store.attempts("r")] == ["failed"]


def test_it_counts_no_more_for_what_may_run_at_once() -> None:
    scene = Scene()
    engine = begun(scene, slow(max_running=1))
    scene.ask("next")
    engine.wake()
    assert engine.executor.begin() == []
    engine.turn_through(11)
    assert engine.executor.begin() == [True]


def test_it_counts_no_more_for_the_overlap_of_its_schedule() -> None:
    scene = Scene()
    engine = scene.engine(slow(), definitions=[every(8, overlap=Overlap.SKIP)])
    engine.turn_through(8)
    assert engine.executor.begin() == [True]
    engine.turn_through(9)
    assert [skip.reason for skip in scene.store.skips("job")] == ["overlap"]
    engine.turn_through(8)
    assert engine.executor.begin() == [True], "the one of 8 s has timed out at 18 s"


def test_it_times_out_though_the_store_is_away() -> None:
    scene = Scene()
    engine = begun(scene, slow())
    scene.store.before = {"beat", "revision", "claim", "finish"}
    engine.turn_through(12)
    ((_, _, stop),) = engine.executor.begun
    assert stop.is_set()
    scene.store.before = set()
    engine.turn_through(60)
    assert scene.run("r").state is RunState.FAILED


def test_a_node_whose_slots_are_lost_claims_nothing_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()
    engine = begun(scene, slow(), threads=1)
    for name in ("r2", "r3"):
        engine.turn_through(11)
        engine.executor.begun.clear()
        scene.ask(name)
        engine.wake()
        engine.executor.begin()
    assert "claims nothing for it until some have ended" in caplog.text
    assert scene.run("r3").state is RunState.PENDING
