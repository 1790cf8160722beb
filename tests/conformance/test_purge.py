"""Forgetting what ended long ago: the retention."""

from datetime import timedelta

import pytest

from pyramid_scheduler.errors import UnknownRun
from pyramid_scheduler.instants import moment
from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import Misfire, Overlap, RunState
from tests.conformance.scene import Scene, every, instant, once


def purge(scene: Scene, before: float, limit: int = 1000) -> int:
    return scene.store.purge(instant(before), limit)


def beats(scene: Scene, count: int) -> None:
    """Let the schedule run ``count`` times."""
    for _ in range(count):
        scene.clock.advance(10)
        scene.finish(scene.claim_one())


def test_it_says_for_how_long_a_schedule_needs_its_runs(scene: Scene) -> None:
    assert scene.store.longest_grace() == 0
    long, longer = timedelta(seconds=5), timedelta(days=40)
    scene.join("b", every(10, "any"), every(10, "long", grace=long))
    assert scene.store.longest_grace() == 5_000_000
    scene.store.put_schedule([every(10, "longer", grace=longer)], replace=False)
    assert scene.store.longest_grace() == 40 * 86_400 * 1_000_000
    scene.store.remove_schedule("longer")
    assert scene.store.longest_grace() == 5_000_000


def test_runs_that_ended_before_are_deleted(scene: Scene) -> None:
    scene.ask("old")
    scene.finish(scene.claim_one())
    scene.clock.advance(10)
    scene.ask("young")
    scene.finish(scene.claim_one())
    assert purge(scene, 5) == 1
    assert [run.id for run in scene.store.runs(RunFilter())] == ["young"]
    with pytest.raises(UnknownRun):
        scene.run("old")
    assert purge(scene, 5) == 0


def test_what_ended_exactly_then_is_kept(scene: Scene) -> None:
    scene.ask("r")
    scene.finish(scene.claim_one())
    assert purge(scene, 0) == 0
    assert purge(scene, 0.000001) == 1


def test_what_has_not_ended_is_kept_however_old(scene: Scene) -> None:
    scene.ask("running")
    scene.claim_one()
    scene.ask("waiting")
    assert purge(scene, 1_000_000) == 0
    assert scene.run("running").state is RunState.RUNNING
    assert scene.run("waiting").state is RunState.PENDING


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_however_it_ended_it_is_deleted(scene: Scene, how: str) -> None:
    scene.ask("r")
    if how == "cancelled":
        scene.store.cancel("r")
    else:
        scene.finish(scene.claim_one(), state=RunState.FAILED)
    assert purge(scene, 1) == 1


def test_no_more_than_the_limit_is_deleted_oldest_first(scene: Scene) -> None:
    for number in range(5):
        scene.ask(f"r{number}")
        scene.finish(scene.claim_one())
        scene.clock.advance(1)
    assert purge(scene, 99, limit=2) == 2
    assert [run.id for run in scene.store.runs(RunFilter())] == ["r4", "r3", "r2"]
    assert purge(scene, 99, limit=2) == 2
    assert purge(scene, 99, limit=2) == 1
    assert purge(scene, 99, limit=2) == 0


def test_attempts_go_with_their_run(scene: Scene) -> None:
    scene.ask("r")
    scene.finish(scene.claim_one(), state=RunState.CANCELLED)
    scene.finish(scene.claim_one())
    assert len(scene.store.attempts("r")) == 1
    assert purge(scene, 1) == 1
    assert list(scene.store.attempts("r")) == []


def test_the_last_run_of_a_schedule_is_kept(scene: Scene) -> None:
    scene.join("b", every(10))
    beats(scene, 3)
    assert purge(scene, 1_000_000) == 2
    assert list(scene.runs()) == [30]
    beats(scene, 1)
    assert purge(scene, 1_000_000) == 1
    assert list(scene.runs()) == [40]


def test_the_last_one_is_that_of_the_newest_fire_time_whenever_it_was_made(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(35)
    scene.finish(scene.claim_one())
    scene.store.backfill("beat", [instant(10), instant(20)], at_once=True, dry_run=False)
    for claim in scene.claim():
        scene.finish(claim)
    assert purge(scene, 1_000_000) == 3, "two runs and a skip"
    assert list(scene.runs()) == [30]


def test_kept_last_runs_do_not_hold_up_the_rest(scene: Scene) -> None:
    for number in range(20):
        scene.store.put_schedule([every(10, f"s{number}")], replace=False)
    scene.clock.advance(10)
    for claim in scene.claim():
        scene.finish(claim)
    scene.clock.advance(1)
    scene.ask("r")
    scene.finish(scene.claim_one())
    assert purge(scene, 1_000_000, limit=5) == 1
    with pytest.raises(UnknownRun):
        scene.run("r")


def test_a_run_that_waits_does_not_make_the_one_before_it_last(scene: Scene) -> None:
    scene.join("b", every(10, overlap=Overlap.QUEUE))
    beats(scene, 2)
    scene.clock.advance(10)
    claim = scene.claim_one()
    purge(scene, 1_000_000)
    scene.finish(claim)
    assert purge(scene, 1_000_000) == 0
    assert list(scene.runs()) == [30]


def test_a_one_off_long_done_goes_with_its_run(scene: Scene) -> None:
    scene.store.put_schedule([once(5)], replace=False)
    scene.clock.advance(6)
    scene.finish(scene.claim_one())
    assert purge(scene, 6) == 0
    assert purge(scene, 7) == 1
    assert list(scene.store.schedules()) == []
    assert scene.runs("once") == {}


def test_a_one_off_that_is_still_to_come_or_runs_is_kept(scene: Scene) -> None:
    scene.store.put_schedule([once(5, "runs"), once(99, "comes")], replace=False)
    scene.clock.advance(6)
    scene.claim_one()
    assert purge(scene, 1_000_000) == 0
    assert [schedule.name for schedule in scene.store.schedules()] == ["comes", "runs"]


def test_a_one_off_that_was_skipped_goes_too(scene: Scene) -> None:
    scene.store.put_schedule([once(5, misfire=Misfire.SKIP)], replace=False)
    scene.clock.advance(100)
    assert scene.claim() == []
    assert purge(scene, 1_000_000) == 1
    assert list(scene.store.schedules()) == []


def test_a_one_off_long_done_goes_though_it_is_paused(scene: Scene) -> None:
    scene.store.put_schedule([once(5)], replace=False)
    scene.clock.advance(6)
    scene.finish(scene.claim_one())
    scene.store.pause("once")
    assert purge(scene, 7) == 1
    assert list(scene.store.schedules()) == []
    assert scene.runs("once") == {}


def test_what_was_made_at_run_time_and_never_fires_goes(scene: Scene) -> None:
    scene.clock.advance(3)
    never = once(9, end=moment(instant(8)))
    scene.store.put_schedule([never, once(99, "comes", enabled=False)], replace=False)
    scene.store.pause("comes")
    purge(scene, 3)
    assert [schedule.name for schedule in scene.store.schedules()] == ["comes", "once"]
    purge(scene, 4)
    assert [schedule.name for schedule in scene.store.schedules()] == ["comes"]


def test_what_was_made_at_run_time_goes_after_its_last_fire_time(scene: Scene) -> None:
    scene.store.put_schedule([every(10, end=moment(instant(20)))], replace=False)
    beats(scene, 2)
    assert purge(scene, 20) == 1
    assert list(scene.runs()) == [20]
    assert purge(scene, 21) == 1
    assert list(scene.store.schedules()) == []


def test_a_one_off_that_code_declares_is_kept_with_its_run(scene: Scene) -> None:
    scene.join("b", once(5))
    scene.clock.advance(6)
    scene.finish(scene.claim_one())
    assert purge(scene, 1_000_000) == 0
    assert scene.next_fire("once") is None
    assert list(scene.runs("once")) == [5]


def test_skips_are_deleted_when_they_are_old(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(35)
    scene.finish(scene.claim_one())
    assert scene.skips() == [("misfire", 10, 20, 2)]
    assert purge(scene, 20) == 0
    assert purge(scene, 21) == 1
    assert scene.skips() == []


def test_nodes_long_gone_are_forgotten(scene: Scene) -> None:
    for node in ("b", "c", "d"):
        scene.join(node)
    scene.dies("b")
    scene.store.leave("c")
    purge(scene, 0)
    assert len(scene.store.nodes()) == 4, "not long gone"
    purge(scene, 1)
    assert sorted(node.id for node in scene.store.nodes()) == ["a", "d"], "these live"


def test_a_fire_time_that_ran_is_not_owed_again_after_its_run_was_purged(scene: Scene) -> None:
    scene.join("b", every(10))
    beats(scene, 3)
    purge(scene, 1_000_000)
    assert scene.claim() == []
    assert scene.next_fire() == 40
