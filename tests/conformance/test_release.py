"""Giving back claims, and leaving (the contract's point 13)."""

import pytest

from pyramid_scheduler.model import OnCrash, RunState
from tests.conformance.scene import Scene, every, instant, task

PENDING = RunState.PENDING


def test_a_claim_not_begun_is_given_back_without_spending_an_attempt(scene: Scene) -> None:
    scene.ask("r", at=0)
    scene.clock.advance(3)
    claim = scene.claim_one()
    scene.clock.advance(3)
    scene.release(claim)
    run = scene.run("r")
    assert (run.state, run.reason, run.attempt, run.token) == (PENDING, None, 0, 1)
    assert (run.node, run.claimed_at, run.started_at) == (None, None, None)
    assert list(scene.store.attempts("r")) == [], "nothing was tried"
    again = scene.claim_one()
    assert (again.attempt, again.token) == (1, 2)
    assert (again.fire_time, again.due) == (instant(0), instant(0))


def test_any_node_may_claim_what_was_given_back(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    scene.release(scene.claim_one("a"))
    assert scene.claim_one("b").token == 2
    assert list(scene.beat("a").own) == []


def test_only_the_owner_can_give_back(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    claim = scene.claim_one("a")
    scene.release(claim, "b")
    scene.release(claim._replace(token=9), "a")
    scene.store.release("nobody", {"r": 1})
    scene.store.release("a", {"unknown": 1})
    assert scene.run("r").state is RunState.RUNNING


def test_what_has_ended_is_not_given_back(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    scene.finish(claim)
    scene.release(claim)
    assert scene.run("r").state is RunState.SUCCEEDED
    scene.store.leave("a")
    assert scene.run("r").state is RunState.SUCCEEDED


def test_giving_back_twice_is_giving_back_once(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    scene.release(claim)
    scene.release(claim)
    assert scene.run("r").attempt == 0
    assert scene.claim_one().attempt == 1


def test_a_run_may_be_given_back_often_and_never_spends_an_attempt(scene: Scene) -> None:
    scene.ask("r")
    for token in range(1, 6):
        claim = scene.claim_one()
        assert (claim.attempt, claim.token) == (1, token)
        scene.release(claim)


def test_a_run_that_surely_has_not_begun_is_owed_again_by_fail_too(scene: Scene) -> None:
    scene.ask("r")
    scene.release(scene.claim_one("a", task(on_crash=OnCrash.FAIL)))
    assert scene.state("r") == (PENDING, None)


@pytest.mark.parametrize("on_crash", OnCrash)
def test_a_run_asked_to_stop_is_cancelled_when_given_back(scene: Scene, on_crash: OnCrash) -> None:
    scene.ask("r")
    claim = scene.claim_one("a", task(on_crash=on_crash))
    scene.store.cancel("r")
    scene.release(claim)
    assert scene.state("r") == (RunState.CANCELLED, "cancelled")
    assert scene.claim() == []


def test_a_run_of_a_schedule_keeps_its_fire_time(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(10)
    claim = scene.claim_one()
    scene.release(claim)
    again = scene.claim_one()
    assert (again.run_id, again.fire_time) == (claim.run_id, instant(10))
    assert scene.states() == {10: "running"}


# leaving: what a node still has may have begun


def test_a_run_of_a_node_that_leaves_is_owed_again_by_retry(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    scene.claim_one("b")
    scene.beat("b", r=instant(1))
    scene.clock.advance(2)
    scene.store.leave("b")
    run = scene.run("r")
    assert (run.state, run.attempt, run.crashes, run.due) == (PENDING, 0, 0, run.fire_time)
    assert (run.node, run.claimed_at, run.started_at) == (None, None, None)
    (attempt,) = scene.store.attempts("r")
    assert (attempt.run_id, attempt.number, attempt.token) == ("r", 1, 1)
    assert (attempt.node, attempt.ending, attempt.error) == ("b", "released", None)
    assert attempt.started_at is not None
    assert attempt.ended_at > attempt.started_at
    assert scene.claim_one("a").token == 2


def test_a_run_of_a_node_that_leaves_has_failed_by_fail(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    scene.claim_one("b", task(on_crash=OnCrash.FAIL))
    scene.store.leave("b")
    assert scene.state("r") == (RunState.FAILED, "shutdown")
    assert scene.run("r").finished_at is not None
    assert scene.claim("a", task(on_crash=OnCrash.FAIL)) == []


@pytest.mark.parametrize("on_crash", OnCrash)
def test_a_run_asked_to_stop_is_cancelled_when_its_node_leaves(
    scene: Scene, on_crash: OnCrash
) -> None:
    scene.join("b")
    scene.ask("r")
    scene.claim_one("b", task(on_crash=on_crash))
    scene.store.cancel("r")
    scene.store.leave("b")
    assert scene.state("r") == (RunState.CANCELLED, "cancelled")
    assert scene.claim() == []


def test_a_node_that_leaves_has_no_run_any_more(scene: Scene) -> None:
    scene.join("b")
    scene.ask("again")
    scene.claim_one("b", task())
    scene.ask("never")
    scene.claim_one("b", task(on_crash=OnCrash.FAIL))
    scene.store.leave("b")
    assert scene.state("again") == (PENDING, None)
    assert scene.state("never") == (RunState.FAILED, "shutdown")
