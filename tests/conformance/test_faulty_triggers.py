"""A trigger that raises, or does not go on, harms its own schedule and no other.

A store may say of a schedule once per process that it is faulty: each scene has names of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import pytest

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.instants import micros, moment
from pyramid_scheduler.model import Definition, Overlap, ScheduleState, Trigger
from pyramid_scheduler.triggers import register
from tests.conformance.scene import Scene, every, fires, instant

FAULTS = ["raises", "stands still", "goes back"]


@register
@dataclass(frozen=True)
class Faulty(Trigger):
    """A trigger that gives one instant, and is faulty from it on."""

    kind = "faulty"

    at: int
    fault: str

    def next(self, after: datetime) -> datetime | None:
        if micros(after) < self.at:
            return moment(self.at)
        if self.fault == "raises":
            raise RuntimeError("oops")
        return after if self.fault == "stands still" else after - timedelta(seconds=1)

    def as_json(self) -> dict[str, Any]:
        return {"at": self.at, "fault": self.fault}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


def faulty(name: str, at: float = 5, fault: str = "raises", **options: Any) -> Definition:
    trigger = Faulty(instant(at), fault)
    return Definition(name=name, task="job", trigger=trigger, **options)


def kind(scene: Scene) -> str:
    """The kind of store, for names: what is said once is said once per process and name."""
    return scene.store.address.partition(":")[0]


def told(caplog: pytest.LogCaptureFixture, name: str) -> list[str]:
    """The levels of what was logged about the schedule called ``name``."""
    return [record.levelname for record in caplog.records if name in record.getMessage()]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_others_go_on(scene: Scene, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    name = f"claimed-{fault}-{kind(scene)}"
    scene.join("b", faulty(name, 5, fault), every(10), every(4, "more", overlap=Overlap.ALLOW))
    scene.clock.advance(4)
    assert fires(scene.claim()) == [4]
    scene.clock.advance(7)
    claimed = scene.look()
    assert sorted(fires(list(claimed.claims))) == [8, 10]
    assert claimed.next_due == instant(12), "a schedule that is due already is none to wait for"
    assert claimed.more is False
    scene.clock.advance(1)
    assert fires(scene.claim()) == [12]
    assert told(caplog, name) == ["ERROR"], "said once"
    schedule = scene.schedule(name)
    assert (schedule.next_fire, schedule.last_fire) == (instant(5), None)
    assert scene.runs(name) == {}
    assert scene.skips(name) == []


def test_it_is_left_to_its_fire_time_too_when_it_would_be_claimed_ahead(scene: Scene) -> None:
    scene.join("b", faulty("ahead", 5))
    scene.clock.advance(4.8)
    claimed = scene.look(lookahead=0.5)
    assert (list(claimed.claims), claimed.next_due) == ([], instant(5))
    scene.clock.advance(1)
    claimed = scene.look(lookahead=0.5)
    assert (list(claimed.claims), claimed.next_due) == ([], None)


def test_a_mended_one_goes_on(scene: Scene) -> None:
    scene.join("b", faulty("mended", 5))
    scene.clock.advance(7)
    assert scene.claim() == []
    scene.join("c", every(10, "mended"))
    assert scene.skips("mended") == [("changed", 5, 5, 1)]
    assert scene.next_fire("mended") == 10
    scene.clock.advance(3)
    assert fires(scene.claim()) == [10]


def test_one_that_is_replaced_goes_on(scene: Scene) -> None:
    scene.store.put_schedule([faulty("replaced", 5)], replace=False)
    scene.clock.advance(7)
    scene.store.put_schedule([every(10, "replaced")], replace=True)
    assert scene.skips("replaced") == [("changed", 5, 5, 1)]
    scene.clock.advance(3)
    assert fires(scene.claim()) == [10]


def test_it_can_be_removed(scene: Scene) -> None:
    scene.join("b", faulty("removed", 5))
    scene.clock.advance(7)
    assert list(scene.store.remove_schedule("removed")) == []
    assert list(scene.store.schedules()) == []
    (skip,) = scene.store.skips("removed")
    assert (skip.reason, skip.first, skip.count, skip.exact) == ("removed", instant(5), 1, False)


def test_it_can_be_paused_and_stays_so(scene: Scene) -> None:
    scene.join("b", faulty("paused", 5))
    scene.clock.advance(7)
    assert list(scene.store.pause("paused")) == []
    with pytest.raises(FaultyTrigger, match="paused"):
        scene.store.resume("paused")
    schedule = scene.schedule("paused")
    assert (schedule.state, schedule.next_fire) == (ScheduleState.PAUSED, instant(5))
    assert scene.skips("paused") == []


def test_one_that_fails_at_once_is_not_taken_from_a_call(scene: Scene) -> None:
    with pytest.raises(FaultyTrigger, match="refused"):
        scene.store.put_schedule([every(10), faulty("refused", -1)], replace=False)
    assert list(scene.store.schedules()) == [], "all or none"


@pytest.mark.parametrize("fault", FAULTS)
def test_one_that_fails_at_once_does_not_fail_the_join(
    scene: Scene, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"declared-{fault}-{kind(scene)}"
    # The start is asked for by a step, which any of the faults makes fail.
    declared = faulty(name, -1, fault, start=moment(instant(1)))
    changes = scene.join("b", declared, every(10))
    assert (list(changes.added), list(changes.changed)) == (["beat"], [])
    assert [schedule.name for schedule in scene.store.schedules()] == ["beat"]
    assert scene.node("b").alive is True
    scene.join("c", declared, every(10))
    assert told(caplog, name) == ["ERROR"]


def test_a_change_to_a_faulty_one_leaves_what_there_is(scene: Scene) -> None:
    scene.join("b", every(10, "spoilt"))
    changes = scene.join("c", faulty("spoilt", -1), every(10))
    assert (list(changes.added), list(changes.changed)) == (["beat"], [])
    assert scene.schedule("spoilt").definition == every(10, "spoilt")
    scene.clock.advance(10)
    assert fires(scene.claim()) == [10, 10]


def test_one_that_was_parked_does_not_fail_the_join(scene: Scene) -> None:
    scene.join("b", faulty("parked", 5))
    scene.dies("b")
    assert scene.schedule("parked").parked is True
    scene.clock.advance(7)
    changes = scene.join("c", faulty("parked", 5), every(10))
    assert (list(changes.added), list(changes.changed)) == (["beat"], [])
    assert scene.schedule("parked").parked is True
    assert scene.skips("parked") == []


def test_a_death_and_a_departure_are_not_failed_by_it(scene: Scene) -> None:
    """What the others declare is in force then, and may be faulty."""
    scene.join("b", faulty("left", -1), faulty("lost", -1))
    scene.join("c", every(10, "left"), every(10, "lost"))
    scene.join("d", every(10, "lost"))
    scene.store.leave("c")
    assert scene.node("c").alive is False
    scene.dies("d")
    assert scene.node("d").alive is False
