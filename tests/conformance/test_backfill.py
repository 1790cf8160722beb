"""Fire times that passed without a run, made up when somebody asks; never one twice (point 1)."""

import pytest

from pyramid_scheduler.errors import UnknownSchedule
from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import Claim, Kind, Overlap
from tests.conformance.scene import Scene, every, instant, once, seconds


def ask(scene: Scene, *fires: float, at_once: bool = False, dry_run: bool = False) -> list[float]:
    found = scene.store.backfill(
        "beat", [instant(fire) for fire in fires], at_once=at_once, dry_run=dry_run
    )
    return [seconds(fire) for fire in found]


def skipping(scene: Scene, **options: object) -> None:
    """The schedule has skipped 10 and 20 s and run 30 s; its next fire time is 40 s."""
    scene.join("a", every(10, **options))
    scene.clock.advance(35)
    scene.finish(scene.claim_one())


def test_what_was_skipped_has_a_run_now(scene: Scene) -> None:
    skipping(scene)
    assert ask(scene, 10, 20) == [10, 20]
    runs = scene.store.runs(RunFilter(schedule="beat"))
    made_up = {run.fire_time: run for run in runs if run.kind is Kind.BACKFILL}
    assert len(made_up) == 2
    claim = scene.claim_one()
    assert (claim.kind, claim.fire_time, claim.due) == (Kind.BACKFILL, instant(10), instant(35))
    assert scene.claim() == [], "one after the other, as its schedule says"
    scene.finish(claim)
    assert scene.claim_one().fire_time == instant(20)


def test_what_has_a_run_is_left_alone(scene: Scene) -> None:
    skipping(scene)
    assert ask(scene, 20, 30) == [20]
    assert ask(scene, 10, 20, 30) == [10]
    assert ask(scene, 10, 20, 30) == []


def test_what_is_to_come_is_left_to_the_schedule(scene: Scene) -> None:
    skipping(scene)
    scene.clock.advance(10)  # 40 s is owed, and not yet claimed
    assert ask(scene, 20, 40, 50) == [20]


def test_what_was_before_the_schedule_may_be_made_up(scene: Scene) -> None:
    skipping(scene)
    assert ask(scene, -20, -10) == [-20, -10]


def test_a_schedule_that_is_over_has_a_past_too(scene: Scene) -> None:
    scene.join("a", once(10, "beat"))
    scene.clock.advance(10)
    scene.finish(scene.claim_one())
    assert ask(scene, 5, 10, 50) == [5]


def test_they_run_at_once_if_that_is_asked_for(scene: Scene) -> None:
    skipping(scene)
    ask(scene, 10, 20, at_once=True)
    assert [seconds(claim.fire_time) for claim in scene.claim()] == [10, 20]


def test_and_if_the_schedule_lets_them(scene: Scene) -> None:
    skipping(scene, overlap=Overlap.ALLOW)
    ask(scene, 10, 20)
    assert len(scene.claim()) == 2


def test_a_dry_run_adds_nothing(scene: Scene) -> None:
    skipping(scene)
    before = scene.store.revision()
    assert ask(scene, 10, 20, dry_run=True) == [10, 20]
    assert len(scene.store.runs(RunFilter())) == 1
    assert scene.store.revision() == before


def test_they_wait_for_what_runs_and_the_next_is_skipped_as_ever(scene: Scene) -> None:
    skipping(scene)
    ask(scene, 10)
    claim = scene.claim_one()
    scene.clock.advance(10)
    assert scene.claim() == []
    assert [skip.reason for skip in scene.store.skips("beat")] == ["misfire", "overlap"]
    scene.finish(claim)


def test_nothing_that_is_made_up_is_replaced(scene: Scene) -> None:
    skipping(scene, overlap=Overlap.CANCEL)
    ask(scene, 10, 20)
    claim = scene.claim_one()
    scene.clock.advance(5)
    assert scene.claim() == []
    assert scene.states() == {10: "running", 20: "pending", 30: "succeeded", 40: "pending"}
    assert scene.run(claim).stop_requested is False
    scene.clock.advance(10)
    assert scene.claim() == []
    assert scene.states()[40] == "cancelled", "by 50 s: of what comes one waits"
    one_after_the_other(scene, claim, [20, 50])


def test_what_replaces_others_leaves_room_for_what_is_made_up(scene: Scene) -> None:
    skipping(scene, overlap=Overlap.CANCEL)
    scene.clock.advance(6)
    ask(scene, 10)
    claim = scene.claim_one()
    assert (claim.kind, claim.fire_time) == (Kind.BACKFILL, instant(10))
    assert scene.run(claim).stop_requested is False
    one_after_the_other(scene, claim, [40])


def test_what_is_made_up_is_not_the_one_that_queues(scene: Scene) -> None:
    skipping(scene, overlap=Overlap.QUEUE)
    ask(scene, 10, 20)
    claim = scene.claim_one()
    scene.clock.advance(5)
    assert scene.claim() == []
    scene.clock.advance(10)
    assert scene.claim() == []
    assert scene.states() == {10: "running", 20: "pending", 30: "succeeded", 40: "pending"}
    assert scene.skips() == [("misfire", 10, 20, 2), ("overlap", 50, 50, 1)]
    one_after_the_other(scene, claim, [20, 40])


def one_after_the_other(scene: Scene, claim: Claim, fires: list[float]) -> None:
    """After ``claim`` has ended, those of ``fires`` begin as soon as the one before has."""
    for fire in fires:
        scene.finish(claim)
        claim = scene.claim_one()
        assert seconds(claim.fire_time) == fire
    scene.finish(claim)
    assert scene.claim() == []


def test_many_at_a_time(scene: Scene) -> None:
    scene.join("a", every(1))
    scene.clock.advance(5000)
    scene.finish(scene.claim_one())
    fires = [float(fire) for fire in range(1, 2501)]
    assert ask(scene, *fires) == fires


def test_a_schedule_that_nobody_knows_has_no_past(scene: Scene) -> None:
    with pytest.raises(UnknownSchedule):
        ask(scene, 10)
