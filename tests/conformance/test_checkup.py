"""What a store says of its own state."""

import pytest

from pyramid_scheduler.client.doctor import examine
from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.model import Checkup, Pile
from tests.conformance.scene import Scene, every, instant, task


def test_an_empty_one_has_nothing_to_say(scene: Scene) -> None:
    checkup = scene.store.checkup()
    assert checkup.now == scene.clock.now()
    assert [node.id for node in checkup.nodes] == ["a"]
    assert not any(checkup._replace(nodes=())[1:])


def test_what_runs_is_told_by_node_and_what_waits_by_task(scene: Scene) -> None:
    scene.join("b", every(10), every(20, "other", task="rest"))
    scene.ask("r1", "r2")
    scene.clock.advance(1)
    scene.claim("a", idle=1)
    scene.clock.advance(1)
    scene.claim("b", idle=1)
    scene.ask("r3", "r4", task="rest")
    scene.ask("r5", at=100)
    checkup = scene.store.checkup()
    assert list(checkup.schema) == []
    assert checkup.running == [Pile("a", 1, instant(1)), Pile("b", 1, instant(2))]
    assert checkup.ownerless == []
    assert checkup.waiting == [Pile("rest", 2, instant(2))]
    assert checkup.scheduled == [Pile("job", 1, instant(10)), Pile("rest", 1, instant(20))]


def test_what_lies_still_is_not_scheduled(scene: Scene) -> None:
    scene.join("b", every(10), every(20, "off", enabled=False))
    scene.store.pause("beat")
    assert scene.store.checkup().scheduled == []
    assert scene.claim("b", task(), idle=1) == []


def test_a_node_that_leaves_while_the_doctor_looks_leaves_nothing_wrong(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.join("b", every(10))
    scene.ask("r")
    scene.claim("b")
    look = scene.store.checkup

    def look_and_leave() -> Checkup:
        found = look()
        scene.store.leave("b")
        return found

    monkeypatch.setattr(scene.store, "checkup", look_and_leave)
    assert examine(scene.store, {"job"}, 30 * SECOND) == []
    assert scene.state("r") == ("pending", None)
