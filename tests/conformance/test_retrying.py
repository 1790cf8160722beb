"""A failed run that is tried again: the same run, one attempt more (point 3)."""

import pytest

from pyramid_scheduler.errors import UnknownRun, WrongState
from pyramid_scheduler.instants import SECOND, moment
from pyramid_scheduler.interfaces import RunFilter, Written
from pyramid_scheduler.model import (
    Claim,
    ErrorInfo,
    Finish,
    OnCrash,
    Outcome,
    Overlap,
    RunState,
)
from tests.conformance.scene import Scene, every, instant, task

WRITTEN = Written.WRITTEN
OOPS = ErrorInfo("builtins.ValueError", "oops", "Traceback ...")


def fail(scene: Scene, claim: Claim, after: float = 30) -> Written:
    now = scene.clock.now()
    wait = round(after * SECOND)
    outcome = Outcome(RunState.FAILED, now, now, None, OOPS, wait)
    (answer,) = scene.store.finish("a", [Finish(claim.run_id, claim.token, outcome)])
    return answer


def test_it_is_owed_again_later_and_its_attempt_is_kept(scene: Scene) -> None:
    scene.ask("r")
    first = scene.claim_one()
    scene.clock.advance(5)
    assert fail(scene, first) is WRITTEN
    run = scene.run("r")
    assert (run.state, run.attempt, run.node) == (RunState.PENDING, 1, None)
    assert (run.fire_time, run.due) == (moment(instant(0)), moment(instant(35)))
    assert (run.error, run.finished_at, run.started_at) == (OOPS, None, None)
    (attempt,) = scene.store.attempts("r")
    assert (attempt.ending, attempt.number, attempt.token) == ("failed", 1, 1)
    assert (attempt.error, attempt.node) == (OOPS, "a")
    assert (attempt.claimed_at, attempt.started_at, attempt.ended_at) == (
        moment(instant(0)), moment(instant(5)), moment(instant(5)),
    )  # fmt: skip


def test_nobody_claims_it_before_it_is_due(scene: Scene) -> None:
    scene.ask("r")
    fail(scene, scene.claim_one())
    claimed = scene.look()
    assert (list(claimed.claims), claimed.next_due) == ([], instant(30))
    scene.clock.advance(30)
    again = scene.claim_one()
    assert (again.run_id, again.attempt, again.token, again.failures) == ("r", 2, 2, 1)
    assert again.fire_time == instant(0)


def test_the_last_attempt_ends_the_run(scene: Scene) -> None:
    scene.ask("r")
    fail(scene, scene.claim_one())
    scene.clock.advance(30)
    assert scene.finish(scene.claim_one(), result="7") is WRITTEN
    run = scene.run("r")
    assert (run.state, run.attempt, run.error, run.result) == (RunState.SUCCEEDED, 2, None, 7)


def test_crashes_are_counted_apart(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    scene.claim_one("b")
    scene.dies("b")
    claim = scene.claim_one()
    assert (claim.attempt, claim.failures) == (2, 0)
    fail(scene, claim, after=0)
    again = scene.claim_one()
    assert (again.attempt, again.failures) == (3, 1)
    assert [one.ending for one in scene.store.attempts("r")] == ["abandoned", "failed"]


def test_what_is_given_back_is_no_failure(scene: Scene) -> None:
    scene.ask("r")
    fail(scene, scene.claim_one(), after=0)
    scene.release(scene.claim_one())
    again = scene.claim_one()
    assert (again.attempt, again.failures) == (2, 1)


def test_it_may_be_told_twice(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    assert fail(scene, claim) is WRITTEN
    assert fail(scene, claim) is Written.ALREADY
    assert len(scene.store.attempts("r")) == 1


def test_a_ghost_asks_for_no_other_attempt(scene: Scene) -> None:
    scene.ask("r")
    ghost = scene.claim_one()
    scene.release(ghost)
    scene.claim_one()
    assert fail(scene, ghost) is Written.REFUSED
    assert scene.run("r").state is RunState.RUNNING


def test_one_that_was_asked_to_stop_is_cancelled_instead(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    scene.store.cancel("r")
    assert fail(scene, claim) is Written.CANCELLED
    assert scene.run("r").state is RunState.CANCELLED


def test_while_it_waits_it_can_be_cancelled(scene: Scene) -> None:
    scene.ask("r")
    fail(scene, scene.claim_one())
    assert scene.store.cancel("r") is RunState.CANCELLED
    scene.clock.advance(30)
    assert scene.claim() == []


def test_it_may_be_of_a_task_that_runs_at_most_once_after_a_crash(scene: Scene) -> None:
    """It is known how the attempt ended: to try again is no second execution by accident."""
    known = task(on_crash=OnCrash.FAIL)
    scene.ask("r")
    fail(scene, scene.claim_one("a", known), after=0)
    assert scene.claim_one("a", known).attempt == 2


def test_others_hear_of_it(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    before = scene.store.revision()
    fail(scene, claim)
    assert scene.store.revision() != before


@pytest.mark.parametrize("overlap", [Overlap.SKIP, Overlap.QUEUE, Overlap.ALLOW])
def test_it_goes_on_for_the_overlap_of_its_schedule(scene: Scene, overlap: Overlap) -> None:
    scene.join("a", every(10, overlap=overlap))
    scene.clock.advance(10)
    fail(scene, scene.claim_one(), after=15)
    scene.clock.advance(10)
    claims = scene.claim()
    assert len(claims) == (overlap is Overlap.ALLOW)
    assert len(scene.store.skips("beat")) == (overlap is not Overlap.ALLOW)
    scene.clock.advance(5)
    assert [claim.attempt for claim in scene.claim()] == [2]


def test_it_waits_its_turn_no_longer_than_its_own_schedule_lets_it(scene: Scene) -> None:
    """A run that waits for another attempt holds no place among those that run."""
    known = task(max_running=1)
    scene.ask("r1", "r2")
    first = scene.claim_one("a", known)
    fail(scene, first)
    assert [claim.run_id for claim in scene.claim("a", known)] == [
        {"r1": "r2", "r2": "r1"}[first.run_id]
    ]


def test_many_outcomes_come_together(scene: Scene) -> None:
    scene.ask("r1", "r2", "r3")
    claims = scene.claim()
    now = scene.clock.now()
    waits = [None, SECOND, 2 * SECOND]
    answers = scene.store.finish("a", [
        Finish(claim.run_id, claim.token, Outcome(RunState.FAILED, now, now, None, OOPS, wait))
        for claim, wait in zip(claims, waits, strict=True)
    ])  # fmt: skip
    assert list(answers) == [WRITTEN] * 3
    states = [str(scene.run(claim).state) for claim in claims]
    assert states == ["failed", "pending", "pending"]


def test_its_schedule_may_be_gone(scene: Scene) -> None:
    scene.join("a", every(10))
    scene.clock.advance(10)
    claim = scene.claim_one()
    scene.store.remove_schedule("beat")
    assert fail(scene, claim, after=0) is WRITTEN
    assert scene.claim_one().attempt == 2


def test_a_person_has_a_failed_run_tried_again(scene: Scene) -> None:
    scene.ask("r")
    scene.finish(scene.claim_one(), state=RunState.FAILED, error=OOPS)
    scene.clock.advance(60)
    scene.store.retry("r")
    run = scene.run("r")
    assert (run.state, run.attempt, run.due) == (RunState.PENDING, 1, moment(instant(60)))
    assert (run.finished_at, run.node) == (None, None)
    (attempt,) = scene.store.attempts("r")
    assert (attempt.ending, attempt.number, attempt.error) == ("failed", 1, OOPS)
    again = scene.claim_one()
    assert (again.attempt, again.token) == (2, 2)
    assert scene.finish(again) is WRITTEN


def test_a_person_has_a_cancelled_run_tried_again(scene: Scene) -> None:
    scene.ask("running", "waiting")
    claim = scene.claim_one(idle=1)
    other = {"running": "waiting", "waiting": "running"}[claim.run_id]
    for run_id in ("running", "waiting"):
        scene.store.cancel(run_id)
    assert scene.finish(claim) is Written.CANCELLED
    for run_id in ("running", "waiting"):
        scene.store.retry(run_id)
    assert {one.run_id: one.attempt for one in scene.claim()} == {claim.run_id: 2, other: 1}
    assert [one.ending for one in scene.store.attempts(claim.run_id)] == ["cancelled"]
    assert list(scene.store.attempts(other)) == []
    assert not scene.run(other).stop_requested


def test_a_run_that_is_tried_again_goes_on_for_its_schedule(scene: Scene) -> None:
    scene.join("a", every(10))
    scene.clock.advance(10)
    scene.finish(scene.claim_one(), state=RunState.FAILED)
    scene.store.retry(scene.store.runs(RunFilter())[0].id)
    scene.clock.advance(10)
    assert [claim.attempt for claim in scene.claim()] == [2]
    assert [skip.reason for skip in scene.store.skips("beat")] == ["overlap"]


def test_only_what_failed_or_was_cancelled_is_tried_again(scene: Scene) -> None:
    scene.ask("r")
    with pytest.raises(WrongState, match="run 'r' is pending: only failed and cancelled ones"):
        scene.store.retry("r")
    claim = scene.claim_one()
    with pytest.raises(WrongState, match="running"):
        scene.store.retry("r")
    scene.finish(claim)
    with pytest.raises(WrongState, match="succeeded"):
        scene.store.retry("r")
    with pytest.raises(UnknownRun):
        scene.store.retry("nobody")


def test_what_is_tried_again_is_not_deleted_as_ended(scene: Scene) -> None:
    scene.ask("r")
    scene.finish(scene.claim_one(), state=RunState.FAILED)
    scene.store.retry("r")
    scene.store.purge(scene.clock.now() + 1, 100)
    assert scene.run("r").state is RunState.PENDING
    scene.finish(scene.claim_one())
    scene.store.purge(scene.clock.now() + 1, 100)
    with pytest.raises(UnknownRun):
        scene.store.run("r")
