"""Of what is due the higher priority goes first, then the older (the way of a run: claim)."""

from pyramid_scheduler.model import Definition
from tests.conformance.scene import Scene, every, once, task

LOW, HIGH = task("low", priority=10), task("high", priority=90)


def claimed(scene: Scene, idle: int, lookahead: float = 0) -> list[str]:
    return [claim.task for claim in scene.claim("a", LOW, HIGH, idle=idle, lookahead=lookahead)]


def test_the_higher_goes_first_although_it_is_younger(scene: Scene) -> None:
    scene.ask("l1", "l2", task="low")
    scene.clock.advance(1)
    scene.ask("h1", "h2", task="high")
    assert claimed(scene, idle=3) == ["high", "high", "low"]
    assert claimed(scene, idle=3) == ["low"]


def test_of_one_priority_the_older_goes_first(scene: Scene) -> None:
    scene.ask("new", task="low", at=-1)
    scene.ask("old", task="low", at=-2)
    scene.ask("high", task="high", at=-3)
    order = [claim.run_id for claim in scene.claim("a", LOW, HIGH)]
    assert order == ["high", "old", "new"]


def test_schedules_have_the_priority_of_their_task(scene: Scene) -> None:
    definitions: list[Definition] = [
        every(10, "l", task="low"), every(20, "h", task="high"), once(5, "o", task="low"),
    ]  # fmt: skip
    scene.join("a", *definitions)
    scene.clock.advance(20)
    assert claimed(scene, idle=2) == ["high", "low"]


def test_what_is_to_come_takes_nothing_from_what_is_due(scene: Scene) -> None:
    scene.join("a", once(1, "soon", task="high"))
    scene.ask("l", task="low")
    assert claimed(scene, idle=1, lookahead=2) == ["low"]
    assert claimed(scene, idle=1, lookahead=2) == ["high"]


def test_a_full_limit_of_the_higher_does_not_hold_up_the_lower(scene: Scene) -> None:
    high = task("high", priority=90, max_running=1)
    scene.ask("h1", "h2", task="high")
    scene.ask("l", task="low")
    assert [claim.task for claim in scene.claim("a", LOW, high)] == ["high", "low"]
