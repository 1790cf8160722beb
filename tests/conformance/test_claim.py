"""Claiming: due runs and due schedules become a node's own, each once."""

from threading import Thread

import pytest

from pyramid_scheduler.instants import micros, moment
from pyramid_scheduler.interfaces import Room
from pyramid_scheduler.model import Claim, Kind, RunState
from tests.conformance.scene import Scene, every, fires, instant, once, seconds, task


def test_a_run_that_was_asked_for_is_claimed_once_it_is_due(scene: Scene) -> None:
    scene.ask("r", at=5)
    assert scene.claim() == []
    scene.clock.advance(5)
    assert scene.claim() == [
        Claim("r", Kind.ASKED, None, "job", instant(5), instant(5), 1, 1, "", node="a"),
    ]
    assert scene.claim() == []


def test_a_claimed_run_is_running_and_its_nodes_own(scene: Scene) -> None:
    scene.ask("r")
    scene.clock.advance(1)
    claim = scene.claim_one()
    run = scene.run("r")
    assert (run.state, run.reason, run.node) == (RunState.RUNNING, None, "a")
    assert (run.attempt, run.token, run.crashes) == (1, 1, 0)
    assert seconds(micros(run.claimed_at)) == 1  # type: ignore[arg-type]
    assert run.started_at is None, "a claim is not a start"
    assert [own.run_id for own in scene.beat("a").own] == [claim.run_id]


def test_a_schedule_gives_one_run_at_its_fire_time(scene: Scene) -> None:
    scene.join("b", every(10, arguments='[[1],{"x":2}]'))
    assert scene.claim() == []
    scene.clock.advance(10)
    claim = scene.claim_one()
    assert (claim.kind, claim.schedule, claim.task) == (Kind.SCHEDULED, "beat", "job")
    assert (claim.fire_time, claim.due) == (instant(10), instant(10))
    assert (claim.attempt, claim.token, claim.arguments) == (1, 1, '[[1],{"x":2}]')
    run = scene.run(claim)
    assert (run.args, run.kwargs, run.schedule) == ((1,), {"x": 2}, "beat")


def test_a_claim_moves_the_schedule_on(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(13)
    scene.claim_one()
    schedule = scene.schedule()
    assert (schedule.last_fire, schedule.next_fire) == (instant(10), instant(20))
    assert scene.claim("b") == []


def test_a_one_off_is_finished_when_it_was_claimed(scene: Scene) -> None:
    scene.store.put_schedule([once(5)], replace=False)
    scene.clock.advance(6)
    assert fires(scene.claim()) == [5]
    assert scene.next_fire("once") is None
    assert scene.schedule("once").state == "finished"


def test_two_nodes_claim_a_thousand_one_offs_each_once(scene: Scene) -> None:
    scene.join("b")
    definitions = [once(number / 100, f"once-{number}") for number in range(1000)]
    scene.store.put_schedule(definitions, replace=False)
    scene.clock.advance(60)
    claimed: dict[str, list[str | None]] = {"a": [], "b": []}
    while any(batch := [scene.claim(node, idle=7) for node in ("a", "b")]):
        for node, claims in zip(("a", "b"), batch, strict=True):
            claimed[node] += [claim.schedule for claim in claims]
    everything = claimed["a"] + claimed["b"]
    assert len(everything) == 1000
    assert set(everything) == {definition.name for definition in definitions}
    assert len(claimed["a"]) > 400
    assert len(claimed["b"]) > 400


def test_threads_that_claim_at_the_same_time_never_share_a_run(scene: Scene) -> None:
    scene.ask(*(f"r{number}" for number in range(500)))
    taken: list[str] = []

    def claim() -> None:
        while claims := scene.claim("a", idle=10):
            taken.extend(claim.run_id for claim in claims)

    threads = [Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"r{number}" for number in range(500))


def test_what_is_oldest_goes_first_be_it_a_run_or_a_schedule(scene: Scene) -> None:
    scene.store.put_schedule([once(2, "second"), once(4, "fourth")], replace=False)
    scene.ask("third", at=3)
    scene.ask("first", at=1)
    scene.clock.advance(10)
    assert fires(scene.claim(idle=3)) == [1, 2, 3]
    assert fires(scene.claim(idle=3)) == [4]


def test_the_oldest_goes_first_across_tasks(scene: Scene) -> None:
    scene.ask("young", task="one", at=2)
    scene.ask("old", task="two", at=1)
    scene.clock.advance(3)
    assert scene.claim_one("a", task("one"), task("two"), idle=1).run_id == "old"


def test_tasks_that_the_node_does_not_know_are_left_alone(scene: Scene) -> None:
    scene.join("b", every(10, task="strange"))
    scene.ask("r", task="strange", at=0)
    scene.clock.advance(10)
    claimed = scene.look()
    assert (list(claimed.claims), claimed.more, claimed.next_due) == ([], False, None)
    assert scene.state("r") == (RunState.PENDING, None)
    assert scene.next_fire() == 10
    assert fires(scene.claim("b", task("strange"))) == [0, 10]


def test_a_node_that_knows_no_task_claims_nothing(scene: Scene) -> None:
    scene.ask("r")
    assert scene.claim("a", task("other")) == []


def test_no_more_is_claimed_than_there_is_room(scene: Scene) -> None:
    scene.ask("r1", "r2", "r3", "r4")
    claimed = scene.look(idle=1, ahead=2)
    assert len(claimed.claims) == 3
    assert claimed.more is True
    claimed = scene.look(idle=1, ahead=2)
    assert len(claimed.claims) == 1
    assert claimed.more is False


def test_without_room_nothing_is_claimed_or_moved(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(10)
    claimed = scene.look(idle=0)
    assert list(claimed.claims) == []
    assert claimed.more is True
    assert scene.next_fire() == 10
    assert scene.runs() == {}


def test_more_is_not_said_when_the_work_ends_with_the_room(scene: Scene) -> None:
    scene.ask("r1", "r2")
    claimed = scene.look(idle=2)
    assert len(claimed.claims) == 2
    assert claimed.more is False


def test_more_is_not_said_for_what_is_still_to_come(scene: Scene) -> None:
    scene.ask("r", at=0.4)
    assert scene.look(idle=0, lookahead=0.5).more is False


def test_each_executor_has_room_of_its_own(scene: Scene) -> None:
    scene.ask("t1", "t2", task="threaded")
    scene.ask("p1", "p2", task="forked")
    tasks = task("threaded"), task("forked", executor="processes")
    rooms = {"threads": Room(1), "processes": Room(2)}
    claims = scene.claim("a", *tasks, rooms=rooms)
    assert sorted(claim.task for claim in claims) == ["forked", "forked", "threaded"]


def test_a_task_whose_executor_this_node_has_not_is_left_alone(scene: Scene) -> None:
    scene.ask("r")
    assert scene.claim("a", task(executor="elsewhere")) == []
    assert scene.state("r") == (RunState.PENDING, None)


def test_a_full_executor_never_holds_up_another(scene: Scene) -> None:
    scene.ask(*(f"t{number}" for number in range(2500)), task="threaded", at=0)
    scene.ask("p", task="forked", at=1)
    scene.clock.advance(2)
    tasks = task("threaded"), task("forked", executor="processes")
    rooms = {"threads": Room(0), "processes": Room(1)}
    assert scene.claim_one("a", *tasks, rooms=rooms).run_id == "p"


def test_the_next_due_is_the_earliest_that_is_to_come(scene: Scene) -> None:
    scene.join("b", every(10), every(7, "other", task="strange"))
    scene.ask("r", at=8)
    assert scene.look().next_due == instant(8)
    scene.clock.advance(8)
    assert scene.look().next_due == instant(10)


def test_the_next_due_is_none_when_nothing_is_to_come(scene: Scene) -> None:
    assert scene.look().next_due is None
    scene.ask("r")
    assert scene.look().next_due is None


def test_what_is_due_and_held_is_not_the_next_due(scene: Scene) -> None:
    scene.ask("now")
    scene.ask("later", at=5)
    claimed = scene.look(idle=0)
    assert claimed.next_due == instant(5)
    assert claimed.more is True


@pytest.mark.parametrize("passed", [0, 3, 9.999999])
def test_nothing_is_claimed_before_its_time(scene: Scene, passed: float) -> None:
    scene.join("b", every(10))
    scene.ask("r", at=10)
    scene.clock.advance(passed)
    assert scene.claim() == []


def test_a_wall_clock_set_back_fires_nothing_twice(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(30)
    scene.finish(scene.claim_one())
    scene.clock.set_wall(instant(5))
    claimed = scene.look()
    assert list(claimed.claims) == []
    assert claimed.next_due == instant(40)
    scene.clock.set_wall(instant(40))
    assert fires(scene.claim()) == [40]


def test_a_fire_time_that_has_a_run_never_gets_another(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """The second line of defence: the clock was set back, and the schedule made anew meanwhile."""
    scene.store.put_schedule([every(10)], replace=False)
    scene.clock.advance(10)
    scene.finish(scene.claim_one())
    scene.store.remove_schedule("beat")
    scene.clock.set_wall(instant(3))
    scene.store.put_schedule([every(5, start=moment(instant(0)))], replace=False)
    scene.clock.advance(2)
    scene.finish(scene.claim_one())
    scene.clock.advance(5)
    assert scene.claim() == []
    assert list(scene.states()) == [5, 10]
    assert scene.next_fire() == 15
    assert [record.levelname for record in caplog.records] == ["ERROR"]
