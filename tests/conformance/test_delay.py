"""A trigger that delays: the fire time stays, the run may start when it is due (DESIGN, jitter)."""

from dataclasses import dataclass
from datetime import timedelta

from pyramid_scheduler.model import Definition, OnCrash, Overlap
from pyramid_scheduler.triggers import IntervalTrigger, register
from tests.conformance.scene import Scene, fires, instant, seconds, task


@register
@dataclass(frozen=True, slots=True, init=False)
class Late(IntervalTrigger):
    """Every so often, each run due 3 s after its fire time."""

    kind = "late"

    def delay(self, name: str, fire: int) -> int:
        return 3_000_000


@register
@dataclass(frozen=True, slots=True, init=False)
class Refusing(IntervalTrigger):
    """One that cannot say by how much."""

    kind = "refusing"

    def delay(self, name: str, fire: int) -> int:
        raise RuntimeError("no delay")


def late(kind: type[IntervalTrigger] = Late, **options: object) -> Definition:
    trigger = kind(timedelta(seconds=10))
    return Definition(name="beat", task="job", trigger=trigger, **options)


def test_the_run_is_written_at_its_fire_time_and_claimed_when_it_is_due(scene: Scene) -> None:
    scene.join("b", late())
    scene.clock.advance(10)
    claimed = scene.look(lookahead=0.5)
    assert list(claimed.claims) == []
    assert claimed.next_due == instant(13)
    assert scene.states() == {10: "pending"}
    scene.clock.advance(3)
    claim = scene.claim_one()
    assert (seconds(claim.fire_time), seconds(claim.due)) == (10, 13)


def test_it_may_be_claimed_ahead_of_the_instant_at_which_it_is_due(scene: Scene) -> None:
    scene.join("b", late())
    scene.clock.advance(12.6)
    claim = scene.claim_one(lookahead=0.5)
    assert (seconds(claim.fire_time), seconds(claim.due)) == (10, 13)


def test_never_ahead_what_must_not_begin_twice(scene: Scene) -> None:
    careful = task(on_crash=OnCrash.FAIL)
    scene.join("b", late())
    scene.clock.advance(12.6)
    assert list(scene.look("a", careful, lookahead=0.5).claims) == []
    scene.clock.advance(0.4)
    assert fires(scene.look("a", careful, lookahead=0.5).claims) == [10]


def test_what_waits_for_its_due_counts_for_the_overlap(scene: Scene) -> None:
    scene.join("b", late(overlap=Overlap.SKIP))
    scene.clock.advance(12)
    scene.claim()
    scene.clock.advance(8)
    assert fires(scene.claim()) == [10]
    assert scene.skips() == [("overlap", 20, 20, 1)]


def test_a_delay_that_fails_leaves_the_schedule_as_it_is(scene: Scene) -> None:
    scene.join("b", late(Refusing))
    scene.clock.advance(10)
    assert scene.claim() == []
    assert scene.next_fire() == 10
    assert scene.states() == {}
