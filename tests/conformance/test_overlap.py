"""What becomes of a fire time while earlier runs of its schedule have not ended (point 7)."""

import pytest

from pyramid_scheduler.model import Claim, Overlap
from tests.conformance.scene import Scene, every, fires


def running(scene: Scene, overlap: Overlap) -> Claim:
    """Let the run of 10 s be running when 20 s comes."""
    scene.join("code", every(10, overlap=overlap))
    scene.join("b")
    scene.clock.advance(10)
    claim = scene.claim_one("b")
    scene.clock.advance(10)
    return claim


def waiting(scene: Scene, overlap: Overlap) -> None:
    """Let the run of 10 s, of a node that died, wait to be due after 20 s, which has come."""
    running(scene, overlap)
    scene.clock.advance(1)
    scene.dies("b")


def both(scene: Scene, overlap: Overlap) -> Claim:
    """Let the run of 10 s be running and that of 20 s wait when 30 s comes."""
    claim = running(scene, overlap)
    scene.claim(idle=1)
    scene.clock.advance(10)
    return claim


@pytest.mark.parametrize("overlap", Overlap)
def test_with_nothing_active_the_fire_time_runs(scene: Scene, overlap: Overlap) -> None:
    claim = running(scene, overlap)
    scene.finish(claim, "b")
    assert fires(scene.claim()) == [20]
    assert scene.states() == {10: "succeeded", 20: "running"}
    assert scene.skips() == []


@pytest.mark.parametrize(
    ("overlap", "claimed", "states", "skips"),
    [
        (Overlap.SKIP, [], {10: "running"}, [("overlap", 20, 20, 1)]),
        (Overlap.QUEUE, [], {10: "running", 20: "pending"}, []),
        (Overlap.ALLOW, [20], {10: "running", 20: "running"}, []),
        (Overlap.CANCEL, [], {10: "running", 20: "pending"}, []),
    ],
)
def test_while_one_runs(
    scene: Scene,
    overlap: Overlap,
    claimed: list[float],
    states: dict[float, str],
    skips: list[object],
) -> None:
    claim = running(scene, overlap)
    assert fires(scene.claim()) == claimed
    assert scene.states() == states
    assert scene.skips() == skips
    assert scene.run(claim).stop_requested is (overlap is Overlap.CANCEL)
    assert scene.next_fire() == 30


@pytest.mark.parametrize(
    ("overlap", "claimed", "states", "skips"),
    [
        (Overlap.SKIP, [10], {10: "running"}, [("overlap", 20, 20, 1)]),
        (Overlap.QUEUE, [10], {10: "running"}, [("overlap", 20, 20, 1)]),
        (Overlap.ALLOW, [20, 10], {10: "running", 20: "running"}, []),
        (Overlap.CANCEL, [20], {10: "cancelled", 20: "running"}, []),
    ],
)
def test_while_one_waits(
    scene: Scene,
    overlap: Overlap,
    claimed: list[float],
    states: dict[float, str],
    skips: list[object],
) -> None:
    waiting(scene, overlap)
    assert fires(scene.claim()) == claimed
    assert scene.states() == states
    assert scene.skips() == skips


@pytest.mark.parametrize(
    ("overlap", "states", "skips"),
    [
        (Overlap.SKIP, {10: "running"}, [("overlap", 20, 30, 2)]),
        (Overlap.QUEUE, {10: "running", 20: "pending"}, [("overlap", 30, 30, 1)]),
        (Overlap.ALLOW, {10: "running", 20: "running", 30: "running"}, []),
        (Overlap.CANCEL, {10: "running", 20: "cancelled", 30: "pending"}, []),
    ],
)
def test_while_one_runs_and_another_fire_time_has_passed(
    scene: Scene, overlap: Overlap, states: dict[float, str], skips: list[object]
) -> None:
    both(scene, overlap)
    scene.claim()
    assert scene.states() == states
    assert scene.skips() == skips


def test_the_one_that_queues_begins_when_the_other_has_ended(scene: Scene) -> None:
    claim = running(scene, Overlap.QUEUE)
    assert scene.claim() == []
    scene.finish(claim, "b")
    assert fires(scene.claim()) == [20]


def test_the_one_that_replaces_begins_when_the_other_has_stopped(scene: Scene) -> None:
    claim = running(scene, Overlap.CANCEL)
    assert scene.claim() == []
    assert [own.stop_requested for own in scene.beat("b").own] == [True]
    scene.finish(claim, "b")
    assert fires(scene.claim()) == [20]
    assert scene.states() == {10: "cancelled", 20: "running"}


def test_one_that_waits_and_is_replaced_is_cancelled_for_the_overlap(scene: Scene) -> None:
    both(scene, Overlap.CANCEL)
    scene.claim()
    assert scene.runs()[20].reason == "overlap"


def test_neighbouring_overlaps_are_one_row(scene: Scene) -> None:
    claim = running(scene, Overlap.SKIP)
    for _ in range(5):
        scene.claim()
        scene.clock.advance(10)
    assert scene.skips() == [("overlap", 20, 60, 5)]
    scene.finish(claim, "b")
    scene.finish(scene.claim_one())
    scene.clock.advance(10)
    scene.claim_one()
    scene.clock.advance(10)
    scene.claim()
    assert scene.skips() == [("overlap", 20, 60, 5), ("overlap", 90, 90, 1)]


def test_several_missed_while_one_runs_are_told_apart_by_their_reasons(scene: Scene) -> None:
    running(scene, Overlap.SKIP)
    scene.claim()
    scene.clock.advance(35)
    scene.claim()
    assert scene.skips() == [
        ("overlap", 20, 20, 1),
        ("misfire", 30, 40, 2),
        ("overlap", 50, 50, 1),
    ]


def test_a_skip_is_no_neighbour_over_a_fire_time_that_ran(scene: Scene) -> None:
    claim = running(scene, Overlap.SKIP)
    scene.claim()
    scene.finish(claim, "b")
    scene.clock.advance(10)
    scene.claim_one()
    scene.clock.advance(10)
    scene.claim()
    assert scene.skips() == [("overlap", 20, 20, 1), ("overlap", 40, 40, 1)]


def test_runs_that_were_asked_for_are_none_of_a_schedules(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.ask("r")
    scene.claim_one()
    scene.clock.advance(10)
    assert fires(scene.claim()) == [10]


def test_two_schedules_of_one_task_do_not_overlap_each_other(scene: Scene) -> None:
    scene.join("b", every(10, "x"), every(10, "y"))
    scene.clock.advance(10)
    assert len(scene.claim()) == 2
