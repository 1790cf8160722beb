"""Limits as the engine meets them: what follows a run, a failing schedule, a rate."""

import logging
from typing import Any

import pytest

from pyramid_scheduler.events import SchedulePaused, TaskFailed
from pyramid_scheduler.model import Overlap, Rate, Run, RunState, ScheduleState, UniqueBy
from tests.engine.scene import Scene, every, make_task


def fails(run: object, request: object) -> None:
    raise ValueError("oops")


def followed(**options: Any) -> list[Run]:
    """Let two runs end that are followed by a task with these options; return what follows."""
    scene = Scene()
    first = make_task("first", lambda run, request: "ann", then="next")
    engine = scene.engine(first, make_task("next", **options))
    scene.ask("r1", "r2", task="first")
    engine.wake()
    engine.work()
    return [run for run in scene.runs() if run.task == "next"]


def test_what_follows_a_run_has_the_key_of_its_result() -> None:
    runs = followed(key=lambda result: f"of {result}", max_running=1)
    assert [run.key for run in runs] == ["of ann", "of ann"]


def test_what_follows_a_run_is_compared() -> None:
    runs = followed(unique=UniqueBy.TASK)
    assert sorted(str(run.state) for run in runs) == ["running", "skipped"]


def test_what_follows_a_run_and_has_no_key_is_there_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    runs = followed(key=lambda result: 1 / 0, max_running=1)
    assert [(run.state, run.key) for run in runs] == [(RunState.PENDING, None)] * 2
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert [text.split(" has no key: ")[0] for text in said[:2]] == [
        "the run that follows run r1",
        "the run that follows run r2",
    ]
    assert "key: it raised ZeroDivisionError: division by zero" in said[0]


def test_an_event_tells_of_a_schedule_that_is_paused() -> None:
    scene = Scene()
    engine = scene.engine(make_task(call=fails), definitions=[every(10, pause_after=2)])
    engine.work_through(60)
    (paused,) = scene.heard.of(SchedulePaused)
    failed = scene.heard.of(TaskFailed)
    assert len(failed) == 2
    assert (paused.schedule, paused.claim) == ("job", failed[1].claim)
    assert paused.outcome.error.message == "oops"
    assert scene.store.schedules()[0].state is ScheduleState.PAUSED


def test_it_waits_for_a_rate_without_asking_all_the_time() -> None:
    scene = Scene()
    engine = scene.engine(make_task(rate=Rate(2, 30)))
    scene.ask(*(f"r{number}" for number in range(6)))
    engine.wake()
    engine.work()
    scene.store.calls.clear()
    ended: list[float] = []
    for second in range(1, 64):
        engine.turn(1)
        engine.work()
        ended += [second] * (sum(run.state.ended for run in scene.runs()) - 2 - len(ended))
    assert ended == [31, 31, 62, 62]
    assert scene.store.calls.count("claim") < 15


def test_a_rate_is_waited_for_by_what_recurs_as_well() -> None:
    scene = Scene()
    known = make_task(rate=Rate(1, 10))
    engine = scene.engine(known, definitions=[every(3, overlap=Overlap.ALLOW)])
    engine.work_through(60)
    begun = [run.claimed_at for run in scene.runs() if run.claimed_at is not None]
    assert len(begun) in (5, 6)
