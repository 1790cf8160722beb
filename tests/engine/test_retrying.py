"""A run that fails and is tried again, as the engine goes through it."""

import logging

import pytest

from pyramid_scheduler import Backoff, Retry
from pyramid_scheduler.events import TaskFailed, TaskRetried, TaskSucceeded
from pyramid_scheduler.execution import CurrentRun
from pyramid_scheduler.model import RunState, Task
from tests.engine.scene import Scene, make_task


def failing(times: int, error: Exception, **options: object) -> Task:
    """A task that fails so many times before it succeeds."""

    def call(run: CurrentRun, request: object) -> int:
        if run.attempt <= times:
            raise error
        return run.attempt

    return make_task(call=call, backoff=Backoff.exponential(10), **options)


def test_it_is_tried_again_after_each_wait_until_it_succeeds() -> None:
    scene = Scene()
    engine = scene.engine(failing(2, OSError("away"), retries=3))
    scene.ask("r")
    engine.wake()
    engine.work_through(9, step=0.5)
    assert (scene.run("r").state, scene.run("r").attempt) == (RunState.PENDING, 1)
    engine.work_through(22, step=0.5)
    assert (scene.run("r").state, scene.run("r").result) == (RunState.SUCCEEDED, 3)
    first, second = scene.store.attempts("r")
    assert (second.started_at - first.started_at).total_seconds() == pytest.approx(10, abs=0.6)
    assert scene.heard.of(TaskFailed) == []
    assert [event.outcome.retry_after for event in scene.heard.of(TaskRetried)] == [
        10_000_000, 20_000_000,
    ]  # fmt: skip
    assert len(scene.heard.of(TaskSucceeded)) == 1


def test_it_fails_for_good_with_its_last_attempt(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    engine = scene.engine(failing(9, OSError("away"), retries=2))
    scene.ask("r")
    engine.wake()
    engine.work_through(40, step=0.5)
    run = scene.run("r")
    assert (run.state, run.attempt, len(scene.store.attempts("r"))) == (RunState.FAILED, 3, 2)
    (failed,) = scene.heard.of(TaskFailed)
    assert failed.error.message == "away"
    told = [record for record in caplog.records if "failed: run r" in record.message]
    assert [record.levelno for record in told] == [logging.WARNING, logging.WARNING, logging.ERROR]
    assert "attempt 1; it is tried again in 10 s" in told[0].message


def test_a_task_asks_for_another_attempt_itself() -> None:
    scene = Scene()
    engine = scene.engine(failing(1, Retry("not yet", after="3s")))
    scene.ask("r")
    engine.wake()
    engine.work_through(5, step=0.5)
    assert scene.run("r").state is RunState.SUCCEEDED
