"""Limits of tasks and the order of a schedule's runs, in the whole cluster (point 7)."""

import pytest

from pyramid_scheduler.model import Misfire, Overlap
from tests.conformance.scene import Scene, every, fires, once, task

ONE = task("one", max_running=1)
TWO = task("two", max_running=2)


def test_a_limit_counts_the_runs_of_all_nodes(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r1", "r2", "r3", task="two")
    assert len(scene.claim("a", TWO, idle=1)) == 1
    assert len(scene.claim("b", TWO)) == 1
    assert scene.claim("a", TWO) == []


def test_a_limit_counts_what_one_claim_takes(scene: Scene) -> None:
    scene.ask(*(f"r{number}" for number in range(10)), task="two")
    assert len(scene.claim("a", TWO)) == 2


def test_a_limit_counts_the_runs_of_all_schedules_and_those_asked_for(scene: Scene) -> None:
    scene.store.put_schedule([once(1, "x", task="two"), once(2, "y", task="two")], replace=False)
    scene.ask("r", task="two", at=0)
    scene.clock.advance(5)
    assert fires(scene.claim("a", TWO)) == [0, 1]


def test_a_run_that_ends_makes_room_for_the_next(scene: Scene) -> None:
    scene.ask("r1", "r2", task="one")
    claim = scene.claim_one("a", ONE)
    scene.finish(claim)
    assert scene.claim_one("a", ONE).run_id == "r2"


def test_what_limits_hold_back_is_not_called_more(scene: Scene) -> None:
    scene.ask("r1", "r2", task="one")
    claimed = scene.look("a", ONE)
    assert len(claimed.claims) == 1
    assert claimed.more is False
    assert scene.look("a", ONE).more is False


def test_a_full_task_never_holds_up_another(scene: Scene) -> None:
    scene.ask(*(f"r{number}" for number in range(2500)), task="one", at=0)
    scene.ask("late", at=1)
    scene.clock.advance(2)
    claims = scene.claim("a", ONE, task())
    assert [claim.task for claim in claims] == ["one", "job"]


def test_a_schedule_whose_task_is_full_is_left_as_it_is(scene: Scene) -> None:
    scene.join("b", every(10, task="one"))
    scene.ask("long", task="one")
    long = scene.claim_one("a", ONE)
    scene.clock.advance(35)
    assert scene.claim("a", ONE) == []
    assert scene.next_fire() == 10
    scene.finish(long)
    assert fires(scene.claim("a", ONE)) == [30]
    assert scene.skips() == [("misfire", 10, 20, 2)]


def test_of_many_owed_at_once_those_within_the_limit_begin(scene: Scene) -> None:
    allow = every(10, task="two", misfire=Misfire.ALL, overlap=Overlap.ALLOW)
    scene.join("b", allow)
    scene.clock.advance(40)
    assert fires(scene.claim("a", TWO)) == [10, 20]
    assert scene.states() == {10: "running", 20: "running", 30: "pending", 40: "pending"}


@pytest.mark.parametrize("overlap", [Overlap.SKIP, Overlap.QUEUE, Overlap.CANCEL])
def test_runs_made_up_together_go_one_after_the_other_oldest_first(
    scene: Scene, overlap: Overlap
) -> None:
    scene.join("b", every(10, misfire=Misfire.ALL, overlap=overlap))
    scene.clock.advance(35)
    seen = []
    while claims := scene.claim():
        assert len(claims) == 1
        assert scene.claim() == [], "one of them runs"
        seen += fires(claims)
        scene.finish(claims[0])
    assert seen == [10, 20, 30]


def test_runs_that_may_overlap_are_claimed_together(scene: Scene) -> None:
    scene.join("b", every(10, misfire=Misfire.ALL, overlap=Overlap.ALLOW))
    scene.clock.advance(35)
    assert fires(scene.claim()) == [10, 20, 30]


def test_a_serial_run_that_waits_does_not_hold_up_its_task(scene: Scene) -> None:
    scene.join("b", every(10, misfire=Misfire.ALL))
    scene.clock.advance(35)
    assert fires(scene.claim()) == [10]
    scene.ask("r")
    claimed = scene.look()
    assert [claim.run_id for claim in claimed.claims] == ["r"]
    assert claimed.more is False


def test_a_run_given_back_goes_before_later_ones_of_its_schedule(scene: Scene) -> None:
    scene.join("b", every(10, misfire=Misfire.ALL))
    scene.clock.advance(35)
    scene.release(scene.claim_one())
    assert fires(scene.claim()) == [10]


def test_a_run_recovered_goes_before_later_ones_of_its_schedule(scene: Scene) -> None:
    scene.join("code", every(10, misfire=Misfire.ALL))
    scene.join("b")
    scene.clock.advance(35)
    scene.claim_one("b")
    scene.clock.advance(1)
    scene.dies("b")
    assert fires(scene.claim()) == [10]
