"""How many attempts are claimed within a span of time, in the whole cluster."""

from datetime import timedelta
from random import Random

import pytest

from pyramid_scheduler.model import Misfire, NewRun, Overlap, Rate
from pyramid_scheduler.payload import dump_arguments
from tests.conformance.scene import Scene, every, fires, instant, seconds, task

RATED = task("rated", rate=Rate(3, 10))
KEYED = task("rated", rate=Rate(2, 10), key=lambda of: of)


def ask(scene: Scene, count: int, key: str | None = None, name: str = "r") -> None:
    now = scene.clock.now()
    arguments = dump_arguments([key] if key else [], {}, "test")
    scene.store.enqueue(
        [NewRun(f"{name}{number}", "rated", now, arguments, key=key) for number in range(count)]
    )


def claimed(scene: Scene, count: int = 1) -> float | None:
    """Claim, expect so many, and answer when it is worth looking again."""
    found = scene.look("a", RATED)
    assert len(found.claims) == count
    return None if found.next_due is None else seconds(found.next_due)


def test_no_more_than_that_are_claimed_within_the_span(scene: Scene) -> None:
    scene.join("b")
    ask(scene, 8)
    assert len(scene.claim("a", RATED, idle=2)) == 2
    assert len(scene.claim("b", RATED)) == 1
    for _ in range(2):
        scene.clock.advance(5)
        assert scene.claim("b", RATED) == []
    scene.clock.advance(0.000_001)
    assert len(scene.claim("b", RATED)) == 3


def test_it_says_when_there_is_room_again(scene: Scene) -> None:
    ask(scene, 1)
    assert claimed(scene) is None, "there is room yet"
    scene.clock.advance(4)
    ask(scene, 3, name="s")
    assert claimed(scene, 2) == 10.000_001
    scene.clock.advance(6)
    assert claimed(scene, 0) == 10.000_001
    scene.clock.advance(0.000_001)
    assert claimed(scene, 1) == 14.000_001


def test_what_was_claimed_counts_however_it_ends(scene: Scene) -> None:
    scene.join("b")
    ask(scene, 6)
    finished, released = scene.claim("a", RATED, idle=2)
    scene.finish(finished)
    scene.release(released)
    scene.claim_one("b", RATED)
    scene.dies("b")
    assert scene.claim("a", RATED) == []


def test_a_full_rate_never_holds_up_another_task(scene: Scene) -> None:
    ask(scene, 2500)
    scene.clock.advance(1)
    scene.ask("late")
    claims = scene.claim("a", RATED, task())
    assert [claim.task for claim in claims] == ["rated"] * 3 + ["job"]
    assert scene.look("a", RATED, task()).more is False


def test_a_schedule_whose_rate_is_used_up_obeys_its_misfire_policy(scene: Scene) -> None:
    scene.join("b", every(2, task="rated"))
    ask(scene, 3)
    assert len(scene.claim("a", RATED)) == 3
    scene.clock.advance(9)
    assert scene.claim("a", RATED) == []
    assert scene.next_fire() == 2
    scene.clock.advance(2)
    assert fires(scene.claim("a", RATED)) == [10]
    assert scene.skips() == [("misfire", 2, 8, 4)]


def test_many_owed_at_once_wait_as_runs(scene: Scene) -> None:
    allow = every(2, task="rated", misfire=Misfire.ALL, overlap=Overlap.ALLOW)
    scene.join("b", allow)
    scene.clock.advance(10)
    assert fires(scene.claim("a", RATED)) == [2, 4, 6]
    assert scene.states() == {2: "running", 4: "running", 6: "running", 8: "pending", 10: "pending"}


def test_the_rate_holds_for_each_key(scene: Scene) -> None:
    ask(scene, 3, "x", "x")
    ask(scene, 3, "y", "y")
    assert len(scene.claim("a", KEYED)) == 4
    found = scene.look("a", KEYED)
    assert (list(found.claims), found.next_due) == ([], instant(10) + 1)
    scene.clock.advance(11)
    assert len(scene.claim("a", KEYED)) == 2


def test_a_key_that_waits_for_its_rate_is_in_nobodys_way(scene: Scene) -> None:
    ask(scene, 2500, "x", "x")
    scene.clock.advance(1)
    ask(scene, 1, "y", "y")
    claims = scene.claim("a", KEYED)
    assert sorted(claim.run_id[0] for claim in claims) == ["x", "x", "y"]
    assert scene.claim("a", KEYED) == []


def test_both_limits_hold(scene: Scene) -> None:
    both = task("rated", rate=Rate(3, 10), max_running=2)
    ask(scene, 9)
    claims = scene.claim("a", both)
    assert len(claims) == 2
    scene.finish(claims[0])
    assert len(scene.claim("a", both)) == 1
    scene.finish(claims[1])
    assert scene.claim("a", both) == []


def test_what_was_claimed_ahead_counts_from_when_it_may_begin(scene: Scene) -> None:
    known = task("rated", rate=Rate(1, 10))
    scene.join("b", every(5, task="rated"))
    scene.clock.advance(4.6)
    ahead = scene.claim_one("a", known, lookahead=0.5)
    assert fires([ahead]) == [5]
    scene.finish(ahead)
    scene.clock.advance(10.3)  # at 14.9 it would be ten seconds after the claim, not after 5
    assert scene.claim("a", known, lookahead=0.5) == []
    scene.clock.advance(0.2)
    assert fires(scene.claim("a", known, lookahead=0.5)) == [15]


def test_the_retention_deletes_nothing_that_a_rate_counts(scene: Scene) -> None:
    known = task("rated", rate=Rate(2, timedelta(days=1)))
    ask(scene, 9)
    assert len(scene.claim("a", known)) == 2
    scene.clock.advance(7200)
    scene.store.purge(instant(3600), 500)
    assert scene.claim("a", known) == []
    scene.clock.advance(22 * 3600 + 0.000_001)
    assert len(scene.claim("a", known)) == 2


def test_a_node_that_knows_a_shorter_span_forgets_nothing_of_a_longer_one(scene: Scene) -> None:
    ask(scene, 9)
    assert len(scene.claim("a", task("rated", rate=Rate(2, 60)))) == 2
    scene.clock.advance(11)
    assert len(scene.claim("a", task("rated", rate=Rate(1, 10)))) == 1
    assert scene.claim("a", task("rated", rate=Rate(3, 60))) == []


def test_a_clock_that_was_set_back_does_not_hold_it_up_for_as_long(scene: Scene) -> None:
    ask(scene, 5)
    assert len(scene.claim("a", RATED)) == 3
    scene.clock.advance(-3600)
    ask(scene, 3, name="s")
    assert len(scene.claim("a", RATED)) == 3


@pytest.mark.parametrize("seed", range(3))
def test_in_no_window_are_there_more(scene: Scene, seed: int) -> None:
    """Two nodes, runs asked for and scheduled, claims at any instant, a lookahead of half."""
    random = Random(seed)
    rate = Rate(random.randint(1, 4), timedelta(seconds=random.choice([1, 3])))
    known = task("rated", rate=rate)
    scene.join("b", every(0.7, task="rated", overlap=Overlap.ALLOW, misfire=Misfire.ALL))
    begins: list[int] = []
    for turn in range(60):
        scene.clock.advance(random.random() * 0.8)
        if turn % 3 == 0:
            ask(scene, random.randint(0, 3), name=f"t{turn}-")
        claims = scene.claim(random.choice("ab"), known, lookahead=0.5, idle=random.randint(1, 5))
        begins += sorted(max(scene.clock.now(), claim.due) for claim in claims)
    begins.sort()
    assert len(begins) > 15
    later = begins[rate.count :]
    assert all(late - early > rate.span for early, late in zip(begins, later, strict=False))
