"""What becomes of fire times that nobody claimed in time (the contract's points 4 and 6)."""

from datetime import timedelta

import pytest

from pyramid_scheduler.model import Misfire, Overlap
from tests.conformance.scene import Scene, every, fires, once, seconds

SIX = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]


@pytest.mark.parametrize(
    ("misfire", "grace", "catch_up", "runs", "skipped"),
    [
        (Misfire.LATEST, None, 100, [60], (10, 50, 5)),
        (Misfire.LATEST, 5, 100, [60], (10, 50, 5)),
        (Misfire.LATEST, 3, 100, [], (10, 60, 6)),
        (Misfire.ALL, None, 100, SIX, None),
        (Misfire.ALL, None, 6, SIX, None),
        (Misfire.ALL, None, 3, [40, 50, 60], (10, 30, 3)),
        (Misfire.ALL, None, 1, [60], (10, 50, 5)),
        (Misfire.ALL, 30, 100, [40, 50, 60], (10, 30, 3)),
        (Misfire.ALL, 30, 2, [50, 60], (10, 40, 4)),
        (Misfire.ALL, 3, 100, [], (10, 60, 6)),
        (Misfire.SKIP, None, 100, [60], (10, 50, 5)),
        (Misfire.SKIP, 5, 100, [60], (10, 50, 5)),
        (Misfire.SKIP, 3, 100, [], (10, 60, 6)),
    ],
)
def test_after_65_s_down_of_a_schedule_of_10_s(
    scene: Scene,
    misfire: Misfire,
    grace: float | None,
    catch_up: int,
    runs: list[float],
    skipped: tuple[float, float, int] | None,
) -> None:
    given = None if grace is None else timedelta(seconds=grace)
    scene.join(
        "b", every(10, misfire=misfire, grace=given, catch_up=catch_up, overlap=Overlap.ALLOW)
    )
    scene.clock.advance(65)
    assert fires(scene.claim()) == runs
    assert list(scene.runs()) == runs
    assert scene.skips() == ([("misfire", *skipped)] if skipped else [])
    assert all(skip.exact for skip in scene.store.skips())
    assert scene.next_fire() == 70


@pytest.mark.parametrize(("late", "runs"), [(60, [100]), (60.000001, [])])
def test_by_skip_a_fire_time_may_be_a_minute_late(
    scene: Scene, late: float, runs: list[float]
) -> None:
    scene.join("b", every(100, misfire=Misfire.SKIP))
    scene.clock.advance(100 + late)
    assert fires(scene.claim()) == runs


def test_without_a_grace_a_fire_time_is_never_too_late(scene: Scene) -> None:
    scene.store.put_schedule([once(5)], replace=False)
    scene.clock.advance(400 * 86_400)
    assert fires(scene.claim()) == [5]


def test_a_one_off_in_the_past_is_owed_at_once(scene: Scene) -> None:
    scene.clock.advance(1000)
    scene.store.put_schedule([once(5)], replace=False)
    assert fires(scene.claim()) == [5]


def test_a_one_off_older_than_its_grace_is_skipped(scene: Scene) -> None:
    scene.store.put_schedule([once(5, misfire=Misfire.SKIP)], replace=False)
    scene.clock.advance(100)
    assert scene.claim() == []
    assert scene.skips("once") == [("misfire", 5, 5, 1)]
    assert scene.next_fire("once") is None


def test_neighbouring_misfires_are_one_row(scene: Scene) -> None:
    scene.join("b", every(10, misfire=Misfire.SKIP, grace=timedelta(seconds=1)))
    scene.clock.advance(25)
    scene.claim()
    scene.clock.advance(20)
    scene.claim()
    assert scene.skips() == [("misfire", 10, 40, 4)]


def test_skips_of_two_schedules_are_never_neighbours(scene: Scene) -> None:
    grace = {"misfire": Misfire.SKIP, "grace": timedelta(seconds=1)}
    scene.join("b", every(10, "x", **grace), every(10, "y", **grace))
    scene.clock.advance(25)
    scene.claim()
    assert scene.skips("x") == scene.skips("y") == [("misfire", 10, 20, 2)]
    assert [skip.schedule for skip in scene.store.skips()].count("x") == 1


@pytest.mark.parametrize("owed", [9_999, 10_000])
def test_a_count_of_skips_is_exact_to_ten_thousand(scene: Scene, owed: int) -> None:
    scene.join("b", every(1))
    scene.clock.advance(owed + 1)
    assert fires(scene.claim()) == [owed + 1]
    assert scene.skips() == [("misfire", 1, owed, owed)]


def test_beyond_ten_thousand_a_count_is_a_lower_bound(scene: Scene) -> None:
    scene.join("b", every(1))
    scene.clock.advance(1_000_000.5)
    assert fires(scene.claim()) == [1_000_000]
    (skip,) = scene.store.skips()
    assert not skip.exact
    assert 10_000 <= skip.count < 999_999
    assert (seconds(skip.first), seconds(skip.last)) == (1, 999_999)
    assert scene.next_fire() == 1_000_001


def test_beyond_ten_thousand_the_newest_are_made_up(scene: Scene) -> None:
    scene.join("b", every(1, misfire=Misfire.ALL, catch_up=3, overlap=Overlap.ALLOW))
    scene.clock.advance(20_000)
    assert fires(scene.claim()) == [19_998, 19_999, 20_000]
    (skip,) = scene.store.skips()
    assert (seconds(skip.first), seconds(skip.last)) == (1, 19_997)


def test_just_beyond_ten_thousand_none_is_left_out(scene: Scene) -> None:
    scene.join("b", every(1, misfire=Misfire.ALL, catch_up=100, overlap=Overlap.ALLOW))
    scene.clock.advance(10_050)
    assert fires(scene.claim(idle=200)) == list(range(9_951, 10_051))
    assert scene.skips() == [("misfire", 1, 9_950, 9_950)]
