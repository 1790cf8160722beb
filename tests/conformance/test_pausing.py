"""A schedule that fails so many times in a row is paused."""

import logging

import pytest

from pyramid_scheduler.interfaces import Written
from pyramid_scheduler.model import (
    Claim,
    ErrorInfo,
    Finish,
    OnCrash,
    Outcome,
    Overlap,
    RunState,
    ScheduleState,
)
from tests.conformance.scene import Scene, every, task

OOPS = ErrorInfo("builtins.ValueError", "oops", "Traceback ...")


def end(scene: Scene, claim: Claim, state: RunState, retry_after: int | None = None) -> Written:
    now = scene.clock.now()
    error = None if state is RunState.SUCCEEDED else OOPS
    outcome = Outcome(state, now, now, error=error, retry_after=retry_after)
    (answer,) = scene.store.finish("a", [Finish(claim.run_id, claim.token, outcome)])
    return answer


def fire(scene: Scene, state: RunState = RunState.FAILED) -> Written:
    """Let ten seconds pass, and what fires then end."""
    scene.clock.advance(10)
    return end(scene, scene.claim_one(), state)


def is_paused(scene: Scene) -> bool:
    return scene.schedule().state is ScheduleState.PAUSED


def test_after_so_many_failures_in_a_row_it_is_paused(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.join("b", every(10, pause_after=3))
    assert [fire(scene) for _ in range(3)] == [Written.WRITTEN, Written.WRITTEN, Written.PAUSED]
    pause = scene.schedule().pause
    assert pause is not None
    (run, *_) = reversed(scene.runs().values())
    assert pause == (
        scene.clock.now(),
        f"3 failures in a row, the last: run {run.id}, builtins.ValueError: oops",
        "pyramid_scheduler",
        None,
    )
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in said] == [f"schedule beat is paused: {pause.note}"]
    scene.clock.advance(100)
    assert scene.claim() == []


def test_one_success_in_between_begins_anew(scene: Scene) -> None:
    scene.join("b", every(10, pause_after=2))
    fire(scene)
    fire(scene, RunState.SUCCEEDED)
    assert fire(scene) is Written.WRITTEN
    assert fire(scene) is Written.PAUSED


def test_without_the_option_it_goes_on(scene: Scene) -> None:
    scene.join("b", every(10))
    assert [fire(scene) for _ in range(5)] == [Written.WRITTEN] * 5


def test_who_resumes_it_counts_anew(scene: Scene) -> None:
    scene.join("b", every(10, pause_after=2))
    for _ in range(2):
        fire(scene)
        fire(scene)
        assert is_paused(scene)
        scene.store.resume("beat")
        assert not is_paused(scene)


def test_a_run_of_before_the_resumption_does_not_count(scene: Scene) -> None:
    scene.join("b", every(10, pause_after=1, overlap=Overlap.ALLOW))
    scene.clock.advance(10)
    long = scene.claim_one()
    assert fire(scene) is Written.PAUSED
    scene.store.resume("beat")
    assert end(scene, long, RunState.FAILED) is Written.WRITTEN
    assert not is_paused(scene)


def test_an_attempt_that_is_tried_again_is_no_failure(scene: Scene) -> None:
    scene.join("b", every(10, pause_after=1))
    scene.clock.advance(10)
    assert end(scene, scene.claim_one(), RunState.FAILED, 0) is Written.WRITTEN
    assert not is_paused(scene)
    assert end(scene, scene.claim_one(), RunState.FAILED) is Written.PAUSED


def test_runs_that_were_asked_for_do_not_count(scene: Scene) -> None:
    scene.join("b", every(10, pause_after=1))
    scene.ask("r")
    assert end(scene, scene.claim_one(), RunState.FAILED) is Written.WRITTEN


def test_a_refused_outcome_pauses_nothing(scene: Scene) -> None:
    scene.join("b", every(10, pause_after=1))
    scene.clock.advance(10)
    claim = scene.claim_one()
    scene.release(claim)
    assert end(scene, claim, RunState.FAILED) is Written.REFUSED
    assert not is_paused(scene)


def test_the_death_of_its_node_is_a_failure_where_it_is_one_for_the_run(scene: Scene) -> None:
    scene.join("code", every(10, pause_after=1))
    scene.join("b")
    scene.clock.advance(10)
    scene.claim_one("b", task(on_crash=OnCrash.FAIL))
    scene.dies("b")
    pause = scene.schedule().pause
    assert pause is not None
    assert "pyramid_scheduler.errors.NodeLost" in pause.note


def test_many_failures_in_one_batch(scene: Scene) -> None:
    scene.join("b", *(every(10, f"s{number}", pause_after=1) for number in range(3)))
    scene.clock.advance(10)
    claims, now = scene.claim(), scene.clock.now()
    failed = Outcome(RunState.FAILED, now, now, error=OOPS)
    answers = scene.store.finish("a", [Finish(one.run_id, one.token, failed) for one in claims])
    assert list(answers) == [Written.PAUSED] * 3
    assert {one.state for one in scene.store.schedules()} == {ScheduleState.PAUSED}


def test_others_hear_of_it(scene: Scene) -> None:
    scene.join("b", every(10, pause_after=1))
    scene.clock.advance(10)
    claim, before = scene.claim_one(), scene.store.revision()
    end(scene, claim, RunState.FAILED)
    assert scene.store.revision() != before
