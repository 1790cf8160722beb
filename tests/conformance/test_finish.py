"""Writing how a run ended: fenced by node and token, answered one by one (point 2)."""

import json

import pytest

from pyramid_scheduler.errors import NodeLost
from pyramid_scheduler.instants import moment
from pyramid_scheduler.interfaces import Written
from pyramid_scheduler.model import ErrorInfo, Finish, OnCrash, Outcome, RunState
from tests.conformance.scene import Scene, every, instant, task

WRITTEN, ALREADY, REFUSED = Written.WRITTEN, Written.ALREADY, Written.REFUSED
SUCCEEDED, FAILED, CANCELLED = RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED
OOPS = ErrorInfo("builtins.ValueError", "oops", "Traceback ...")


def test_an_outcome_is_written(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    outcome = Outcome(SUCCEEDED, instant(1), instant(2), '{"answer":42}')
    assert list(scene.store.finish("a", [Finish("r", claim.token, outcome)])) == [WRITTEN]
    run = scene.run("r")
    assert (run.state, run.result, run.error) == (SUCCEEDED, {"answer": 42}, None)
    assert (run.started_at, run.finished_at) == (moment(instant(1)), moment(instant(2)))
    assert (run.node, run.attempt, run.token) == ("a", 1, 1)
    assert list(scene.beat("a").own) == []


def test_a_failure_keeps_its_error(scene: Scene) -> None:
    scene.ask("r")
    assert scene.finish(scene.claim_one(), state=FAILED, error=OOPS) is WRITTEN
    run = scene.run("r")
    assert (run.state, run.error, run.result) == (FAILED, OOPS, None)


def test_many_are_answered_one_by_one_in_their_order(scene: Scene) -> None:
    scene.ask("r1", "r2", "r3")
    one, two, three = scene.claim()
    scene.finish(two)
    outcome = Outcome(SUCCEEDED, instant(0), instant(0))
    finishes = [Finish(one.run_id, one.token, outcome), Finish(two.run_id, two.token, outcome),
                Finish("nobody", 1, outcome), Finish(three.run_id, 7, outcome)]  # fmt: skip
    answers = list(scene.store.finish("a", finishes))
    assert answers == [WRITTEN, ALREADY, REFUSED, REFUSED]
    assert scene.run(three).state is RunState.RUNNING
    assert scene.run(one).state is SUCCEEDED


def test_nothing_to_write_is_fine(scene: Scene) -> None:
    assert list(scene.store.finish("a", [])) == []


def test_the_same_outcome_told_again_is_already_written(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    assert scene.finish(claim) is WRITTEN
    assert scene.finish(claim, state=FAILED) is ALREADY
    assert scene.run("r").state is SUCCEEDED


def test_another_node_is_refused(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    claim = scene.claim_one("a")
    assert scene.finish(claim, "b") is REFUSED
    assert scene.run("r").state is RunState.RUNNING


def test_another_node_is_refused_when_it_has_ended_too(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    claim = scene.claim_one("a")
    scene.finish(claim, "a")
    assert scene.finish(claim, "b") is REFUSED


def test_a_former_claim_of_the_same_node_is_refused(scene: Scene) -> None:
    scene.ask("r")
    ghost = scene.claim_one()
    scene.release(ghost)
    claim = scene.claim_one()
    assert claim.token == ghost.token + 1
    assert scene.finish(ghost, state=FAILED) is REFUSED
    assert scene.run("r").state is RunState.RUNNING
    assert scene.finish(claim) is WRITTEN


def test_a_claim_given_back_is_refused(scene: Scene) -> None:
    scene.ask("r")
    ghost = scene.claim_one()
    scene.release(ghost)
    assert scene.finish(ghost) is REFUSED
    assert scene.run("r").state is RunState.PENDING


def test_a_dead_node_writes_nothing(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r1", "r2")
    claims = scene.claim("b")
    scene.dies("b")
    with pytest.raises(NodeLost):
        scene.finish(claims[0], "b")
    assert scene.run("r1").state is RunState.PENDING


def test_a_node_nobody_knows_writes_nothing(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    with pytest.raises(NodeLost):
        scene.finish(claim, "nobody")


@pytest.mark.parametrize("state", [SUCCEEDED, FAILED, CANCELLED])
def test_a_run_asked_to_stop_ends_as_cancelled_whatever_it_did(
    scene: Scene, state: RunState
) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    scene.store.cancel("r")
    assert scene.finish(claim, state=state, result="7", error=OOPS) is Written.CANCELLED
    run = scene.run("r")
    assert (run.state, run.reason) == (CANCELLED, "cancelled")
    assert (run.result, run.error) == (7, OOPS)
    assert scene.finish(claim, state=state) is ALREADY


def test_the_error_of_a_run_is_that_of_its_last_attempt(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    scene.claim_one("b")
    scene.dies("b")
    claim = scene.claim_one()
    scene.store.cancel("r")
    assert scene.finish(claim, state=CANCELLED) is Written.CANCELLED
    assert scene.run("r").error is None
    (crashed,) = scene.store.attempts("r")
    assert crashed.error is not None


def test_a_run_that_gave_up_since_its_process_exits_is_owed_again_by_retry(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    assert scene.finish(claim, state=CANCELLED) is WRITTEN
    run = scene.run("r")
    assert (run.state, run.attempt, run.node) == (RunState.PENDING, 0, None)
    (attempt,) = scene.store.attempts("r")
    assert (attempt.ending, attempt.number, attempt.token) == ("released", 1, 1)
    again = scene.claim_one()
    assert (again.attempt, again.token) == (1, 2)


def test_a_run_that_gave_up_since_its_process_exits_has_failed_by_fail(scene: Scene) -> None:
    """At most once means at most once: it had begun."""
    known = task(on_crash=OnCrash.FAIL)
    scene.ask("r")
    claim = scene.claim_one("a", known)
    assert scene.finish(claim, state=CANCELLED) is WRITTEN
    run = scene.run("r")
    assert (run.state, run.reason, run.attempt) == (FAILED, "shutdown", 1)
    assert run.finished_at is not None
    assert list(scene.store.attempts("r")) == []
    assert scene.claim("a", known) == []
    assert scene.finish(claim, state=CANCELLED) is ALREADY


def test_outcomes_and_runs_that_gave_up_may_come_together(scene: Scene) -> None:
    never = task("never", on_crash=OnCrash.FAIL)
    scene.ask("done", "again")
    scene.ask("never", task="never")
    claims = {claim.run_id: claim for claim in scene.claim("a", task(), never)}
    states = {"done": SUCCEEDED, "again": CANCELLED, "never": CANCELLED}
    answers = scene.store.finish("a", [
        Finish(name, claims[name].token, Outcome(state, instant(0), instant(0)))
        for name, state in states.items()
    ])  # fmt: skip
    assert list(answers) == [WRITTEN] * 3
    assert [str(scene.run(name).state) for name in states] == ["succeeded", "pending", "failed"]


def test_that_it_gave_up_may_be_told_twice(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    assert scene.finish(claim, state=CANCELLED) is WRITTEN
    assert scene.finish(claim, state=CANCELLED) is ALREADY
    assert len(scene.store.attempts("r")) == 1


def test_attempts_are_those_that_ended_before_the_run_did(scene: Scene) -> None:
    scene.ask("r")
    scene.finish(scene.claim_one())
    assert list(scene.store.attempts("r")) == []


def test_an_outcome_and_the_next_fire_time_stand_together(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(10)
    claim = scene.claim_one()
    assert scene.next_fire() == 20, "the claim has moved it, not the outcome"
    scene.finish(claim)
    assert scene.next_fire() == 20


@pytest.mark.parametrize("result", ['"\u00e9\U0001f600"', "[1,2.5,null,true]", '""', "0", "null"])
def test_a_result_comes_back_as_it_went_in(scene: Scene, result: str) -> None:
    scene.ask("r")
    scene.finish(scene.claim_one(), result=result)
    assert scene.run("r").result == json.loads(result)
