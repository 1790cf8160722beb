"""Claiming ahead of the fire time, and ahead of an idle thread (the contract's point 10)."""

from pyramid_scheduler.model import OnCrash, Overlap, RunState
from tests.conformance.scene import Scene, every, fires, instant, once, task

CAREFUL = task("careful", on_crash=OnCrash.FAIL)


def test_a_schedule_may_be_claimed_within_the_lookahead(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(9.4)
    assert scene.claim(lookahead=0.5) == []
    scene.clock.advance(0.1)
    claim = scene.claim_one(lookahead=0.5)
    assert (claim.fire_time, claim.due) == (instant(10), instant(10))
    assert scene.next_fire() == 20


def test_a_fire_time_claimed_ahead_is_not_claimed_again_when_it_comes(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(9.6)
    scene.finish(scene.claim_one(lookahead=0.5))
    scene.clock.advance(1)
    assert scene.claim() == []
    assert scene.states() == {10: "succeeded"}


def test_a_run_that_was_asked_for_may_be_claimed_ahead(scene: Scene) -> None:
    scene.ask("r", at=0.5)
    assert fires(scene.claim(lookahead=0.5)) == [0.5]


def test_only_one_fire_time_to_come_is_claimed_ahead(scene: Scene) -> None:
    scene.join("b", every(0.1, overlap=Overlap.SKIP))
    assert fires(scene.claim(lookahead=0.5)) == [0.1]
    assert scene.claim(lookahead=0.5) == []
    assert scene.next_fire() == 0.2


def test_several_are_claimed_ahead_where_runs_may_overlap(scene: Scene) -> None:
    scene.join("b", every(0.1, overlap=Overlap.ALLOW))
    claims = [claim for _ in range(4) for claim in scene.claim(lookahead=0.3)]
    assert fires(claims) == [0.1, 0.2, 0.3]


def test_whether_it_overlaps_is_decided_at_the_fire_time_not_before(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(10)
    claim = scene.claim_one()
    scene.clock.advance(9.8)
    claimed = scene.look(lookahead=0.5)
    assert list(claimed.claims) == []
    assert claimed.next_due == instant(20)
    scene.finish(claim)
    assert fires(scene.claim(lookahead=0.5)) == [20]
    assert scene.skips() == []


def test_no_more_is_claimed_ahead_of_its_time_than_can_start_at_once(scene: Scene) -> None:
    scene.ask("r1", "r2", "r3", at=0.4)
    assert len(scene.claim(idle=2, ahead=10, lookahead=0.5)) == 2
    assert scene.claim(idle=0, ahead=10, lookahead=0.5) == []


def test_what_is_due_takes_the_idle_threads_first(scene: Scene) -> None:
    scene.ask("soon", at=0.4)
    scene.ask("now1", "now2", at=0)
    claims = scene.claim(idle=2, ahead=5, lookahead=0.5)
    assert [claim.run_id for claim in claims] == ["now1", "now2"]


def test_what_is_due_may_queue_behind_the_idle_threads(scene: Scene) -> None:
    scene.ask("r1", "r2", "r3", "r4")
    assert len(scene.claim(idle=1, ahead=2)) == 3


def test_a_run_that_must_not_run_twice_is_never_claimed_ahead_of_its_time(scene: Scene) -> None:
    scene.join("b", every(10, task="careful"))
    scene.ask("r", task="careful", at=9.9)
    scene.clock.advance(9.8)
    claimed = scene.look("a", CAREFUL, lookahead=0.5)
    assert list(claimed.claims) == []
    assert claimed.next_due == instant(9.9)
    assert scene.next_fire() == 10
    scene.clock.advance(0.2)
    assert fires(scene.claim("a", CAREFUL, lookahead=0.5)) == [9.9, 10]


def test_a_run_that_must_not_run_twice_never_queues_behind_the_idle_threads(scene: Scene) -> None:
    scene.ask("r1", "r2", "r3", task="careful")
    claimed = scene.look("a", CAREFUL, idle=2, ahead=10)
    assert len(claimed.claims) == 2
    assert claimed.more is True
    assert scene.claim("a", CAREFUL, idle=0, ahead=10) == []


def test_a_schedule_that_must_not_run_twice_never_queues_either(scene: Scene) -> None:
    scene.store.put_schedule([once(1, task="careful")], replace=False)
    scene.clock.advance(2)
    assert scene.claim("a", CAREFUL, idle=0, ahead=10) == []
    assert scene.next_fire("once") == 1


def test_a_careful_task_that_has_no_room_does_not_hold_up_others(scene: Scene) -> None:
    scene.ask("careful", task="careful", at=0)
    scene.ask("plain", at=1)
    scene.clock.advance(2)
    assert scene.claim_one("a", CAREFUL, task(), idle=0, ahead=1).run_id == "plain"


def test_what_was_claimed_ahead_can_be_given_back_and_waits_for_its_time(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(9.6)
    claim = scene.claim_one(lookahead=0.5)
    scene.release(claim)
    assert scene.state(claim) == (RunState.PENDING, None)
    assert scene.claim() == []
    scene.clock.advance(0.4)
    assert scene.claim_one().run_id == claim.run_id


def test_a_schedule_changed_after_a_claim_ahead_does_not_fire_again_then(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(9.6)
    scene.finish(scene.claim_one(lookahead=0.5))
    scene.join("c", every(10, arguments="[[1],{}]"))
    assert scene.next_fire() == 20
    scene.clock.advance(1)
    assert scene.claim() == []
