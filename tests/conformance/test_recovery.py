"""Nodes live, go and die; whoever watches takes over (the contract's points 3 and 9)."""

import pytest

from pyramid_scheduler.errors import NodeLost
from pyramid_scheduler.instants import moment
from pyramid_scheduler.model import Claim, ErrorInfo, OnCrash, Overlap, RunState
from tests.clock import START
from tests.conformance.scene import Scene, every, fires, instant, task

PENDING, RUNNING, FAILED = RunState.PENDING, RunState.RUNNING, RunState.FAILED


@pytest.fixture
def claim(scene: Scene) -> Claim:
    """A run "r" that the node "b" has claimed."""
    scene.join("b")
    scene.ask("r")
    return scene.claim_one("b")


# joining, beating, leaving


def test_a_node_that_joins_is_alive(scene: Scene) -> None:
    scene.clock.advance(3)
    scene.join("b")
    node = scene.node("b")
    assert (node.alive, node.beats, node.host, node.pid, node.version) == (True, 0, "here", 1, "1")
    assert node.joined_at == node.beaten_at == instant(3)


def test_joining_may_be_tried_again(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.join("b", every(10))
    assert [node.id for node in scene.store.nodes()] == ["a", "b"]
    assert scene.next_fire() == 10


def test_a_beat_advances_the_counter(scene: Scene) -> None:
    for beats in range(1, 4):
        scene.clock.advance(5)
        scene.beat("a", offset=7)
        node = scene.node("a")
        assert (node.beats, node.clock_offset) == (beats, 7)
        assert node.beaten_at == scene.clock.now()


def test_a_beat_brings_back_every_node_believed_alive(scene: Scene) -> None:
    scene.join("b")
    scene.join("c")
    scene.join("d")
    scene.dies("c")
    scene.store.leave("d")
    nodes = scene.beat("a").nodes
    assert sorted(node.id for node in nodes) == ["a", "b"]
    assert {node.id: node.beats for node in nodes}["a"] == 1


def test_a_beat_brings_back_the_runs_that_are_the_nodes_own(scene: Scene, claim: Claim) -> None:
    scene.ask("mine")
    mine = scene.claim_one("a")
    (own,) = scene.beat("a").own
    assert own == ("mine", mine.token, False)
    scene.store.cancel("mine")
    (own,) = scene.beat("a").own
    assert own.stop_requested is True
    scene.finish(mine)
    assert list(scene.beat("a").own) == []


def test_a_beat_writes_when_runs_began(scene: Scene, claim: Claim) -> None:
    assert scene.run("r").started_at is None
    scene.beat("b", r=instant(2))
    assert scene.run("r").started_at == moment(instant(2))


def test_a_beat_writes_nothing_of_runs_that_are_not_its_own(scene: Scene, claim: Claim) -> None:
    scene.beat("a", r=instant(2), nobody=instant(2))
    assert scene.run("r").started_at is None


def test_a_node_that_leaves_is_gone(scene: Scene) -> None:
    scene.join("b")
    scene.store.leave("b")
    assert scene.node("b").alive is False
    with pytest.raises(NodeLost):
        scene.beat("b")


def test_leaving_twice_or_unknown_is_nothing(scene: Scene) -> None:
    scene.join("b")
    scene.store.leave("b")
    scene.store.leave("b")
    scene.store.leave("nobody")


# dying


def test_a_node_that_is_dead_claims_beats_and_finishes_nothing(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    scene.dies("b")
    with pytest.raises(NodeLost):
        scene.claim("b")
    with pytest.raises(NodeLost):
        scene.beat("b")
    with pytest.raises(NodeLost):
        scene.store.finish("b", [])
    assert scene.run("r").state is PENDING
    assert scene.node("b").beats == 0


def test_a_node_that_nobody_knows_is_lost(scene: Scene) -> None:
    with pytest.raises(NodeLost):
        scene.claim("nobody")
    with pytest.raises(NodeLost):
        scene.beat("nobody")


def test_a_node_that_has_beaten_since_is_not_recovered(scene: Scene, claim: Claim) -> None:
    seen = scene.node("b").beats
    scene.beat("b")
    assert list(scene.store.recover("b", seen)) == []
    assert scene.node("b").alive is True
    assert scene.run("r").state is RUNNING
    assert list(scene.store.attempts("r")) == []


def test_a_node_that_nobody_knows_is_not_recovered(scene: Scene) -> None:
    assert list(scene.store.recover("nobody", 0)) == []


def test_what_a_dead_node_had_is_owed_again_at_once(scene: Scene, claim: Claim) -> None:
    scene.clock.advance(30)
    assert scene.dies("b") == ["r"]
    run = scene.run("r")
    assert (run.state, run.attempt, run.crashes, run.token) == (PENDING, 1, 1, 1)
    assert (run.node, run.claimed_at, run.started_at) == (None, None, None)
    assert (run.fire_time, run.due) == (moment(START), moment(instant(30)))
    again = scene.claim_one("a")
    assert (again.run_id, again.attempt, again.token) == ("r", 2, 2)
    assert again.fire_time == START


def test_the_attempt_of_a_dead_node_is_kept_as_abandoned(scene: Scene, claim: Claim) -> None:
    scene.beat("b", r=instant(1))
    scene.clock.advance(30)
    scene.dies("b")
    (attempt,) = scene.store.attempts("r")
    assert (attempt.run_id, attempt.number, attempt.token) == ("r", 1, 1)
    assert (attempt.node, attempt.ending) == ("b", "abandoned")
    assert (attempt.started_at, attempt.ended_at) == (moment(instant(1)), moment(instant(30)))


def test_two_that_recover_the_same_node_take_over_once(scene: Scene, claim: Claim) -> None:
    assert [one.run_id for one in scene.store.recover("b", 0)] == ["r"]
    assert list(scene.store.recover("b", 0)) == []
    assert scene.run("r").crashes == 1


def test_what_others_have_is_left_alone(scene: Scene, claim: Claim) -> None:
    scene.ask("mine")
    scene.claim_one("a")
    assert scene.dies("b") == ["r"]
    assert scene.run("mine").state is RUNNING


def test_what_ended_before_is_left_alone(scene: Scene, claim: Claim) -> None:
    scene.finish(claim, "b")
    assert scene.dies("b") == []
    assert scene.run("r").state is RunState.SUCCEEDED


def test_a_ghost_that_comes_back_is_not_heard(scene: Scene, claim: Claim) -> None:
    scene.dies("b")
    again = scene.claim_one("a")
    with pytest.raises(NodeLost):
        scene.finish(claim, "b", state=FAILED)
    scene.release(claim, "b")
    assert scene.run("r").node == "a"
    scene.finish(again, "a")
    assert scene.run("r").state is RunState.SUCCEEDED


def test_a_lost_node_goes_on_under_a_new_id(scene: Scene, claim: Claim) -> None:
    scene.dies("b")
    scene.join("b2")
    assert scene.claim_one("b2").token == 2


def test_at_most_once_is_failed_when_its_node_died(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    scene.claim_one("b", task(on_crash=OnCrash.FAIL))
    scene.clock.advance(30)
    assert scene.dies("b") == ["r"]
    run = scene.run("r")
    assert (run.state, run.reason, run.crashes, run.attempt) == (FAILED, "crashed", 1, 1)
    assert run.finished_at == moment(instant(30))
    assert scene.claim("a", task(on_crash=OnCrash.FAIL)) == []


def test_what_holds_for_a_run_is_what_its_claimer_knew(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    scene.claim_one("b", task(on_crash=OnCrash.FAIL))
    assert scene.store.recover("b", 0)
    assert scene.state("r") == (FAILED, "crashed"), "whatever the one who recovers knows"


def test_a_run_that_kills_its_nodes_is_poison(scene: Scene) -> None:
    scene.ask("r")
    known = task(max_crashes=3)
    for number in range(1, 4):
        scene.join(f"n{number}")
        assert scene.claim_one(f"n{number}", known).attempt == number
        scene.dies(f"n{number}")
    run = scene.run("r")
    assert (run.state, run.reason, run.crashes, run.attempt) == (FAILED, "poison", 3, 3)
    assert [attempt.ending for attempt in scene.store.attempts("r")] == ["abandoned"] * 2
    assert scene.claim("a", known) == []


def test_a_run_asked_to_stop_is_cancelled_when_its_node_died(scene: Scene, claim: Claim) -> None:
    scene.store.cancel("r")
    scene.dies("b")
    assert scene.state("r") == (RunState.CANCELLED, "cancelled")


def test_a_run_whose_node_died_says_so_in_its_error(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    scene.claim_one("b", task(on_crash=OnCrash.FAIL))
    scene.dies("b")
    error = scene.run("r").error
    assert error is not None
    assert "lost" in error.message


def test_a_death_is_the_error_of_the_attempt_and_of_the_run_until_it_succeeds(
    scene: Scene, claim: Claim
) -> None:
    scene.dies("b")
    (attempt,) = scene.store.attempts("r")
    assert attempt.error is not None
    assert "was lost while it had this run" in attempt.error.message
    assert scene.run("r").error == attempt.error
    again = scene.claim_one("a")
    assert scene.run("r").error == attempt.error
    scene.finish(again)
    run = scene.run("r")
    assert (run.state, run.error) == (RunState.SUCCEEDED, None)
    assert list(scene.store.attempts("r")) == [attempt]


def test_a_failure_after_a_death_is_the_error_of_the_run(scene: Scene, claim: Claim) -> None:
    scene.dies("b")
    oops = ErrorInfo("builtins.ValueError", "oops")
    scene.finish(scene.claim_one("a"), state=FAILED, error=oops)
    assert scene.run("r").error == oops
    (attempt,) = scene.store.attempts("r")
    assert attempt.error is not None
    assert attempt.error.type == "pyramid_scheduler.errors.NodeLost"


def test_an_attempt_given_back_after_a_death_has_no_error_of_its_own(
    scene: Scene, claim: Claim
) -> None:
    scene.dies("b")
    error = scene.run("r").error
    scene.finish(scene.claim_one("a"), state=RunState.CANCELLED)
    assert [attempt.ending for attempt in scene.store.attempts("r")] == ["abandoned", "released"]
    assert [attempt.error for attempt in scene.store.attempts("r")] == [error, None]
    assert scene.run("r").error == error, "what is not succeeded says what went wrong"


def test_at_most_once_after_a_death_says_so_in_its_error(scene: Scene, claim: Claim) -> None:
    scene.dies("b")
    scene.join("c")
    scene.claim_one("c", task(on_crash=OnCrash.FAIL))
    scene.dies("c")
    assert scene.state("r") == (FAILED, "crashed")
    (attempt,) = scene.store.attempts("r")
    assert attempt.error is not None
    assert "node b " in attempt.error.message
    error = scene.run("r").error
    assert error is not None
    assert "node c " in error.message


def test_poison_says_so_in_every_attempt_and_in_the_run(scene: Scene) -> None:
    scene.ask("r")
    for name in ("n1", "n2"):
        scene.join(name)
        scene.claim_one(name, task(max_crashes=2))
        scene.dies(name)
    assert scene.state("r") == (FAILED, "poison")
    (attempt,) = scene.store.attempts("r")
    errors = [attempt.error, scene.run("r").error]
    assert [error and error.message.split(" (")[0] for error in errors] == ["node n1", "node n2"]


def test_who_recovers_is_told_what_became_of_each_run(scene: Scene) -> None:
    scene.join("b")
    scene.ask("again", "stopped", task="job")
    scene.ask("never", task="never")
    scene.ask("fatal", task="fatal")
    known = task(), task("never", on_crash=OnCrash.FAIL), task("fatal", max_crashes=1)
    scene.claim("b", *known)
    scene.store.cancel("stopped")
    taken = scene.store.recover("b", 0)
    assert {one.run_id: (one.task, one.state, one.reason) for one in taken} == {
        "again": ("job", PENDING, None),
        "stopped": ("job", RunState.CANCELLED, "cancelled"),
        "never": ("never", FAILED, "crashed"),
        "fatal": ("fatal", FAILED, "poison"),
    }
    for one in taken:
        assert scene.state(one.run_id) == (one.state, one.reason)


def test_a_death_frees_what_waited_for_its_runs(scene: Scene) -> None:
    one = task("one", max_running=1, on_crash=OnCrash.FAIL)
    scene.join("b")
    scene.ask("r1", "r2", task="one")
    scene.claim_one("b", one)
    assert scene.claim("a", one) == []
    scene.dies("b")
    assert scene.claim_one("a", one).run_id == "r2"


def test_a_recovered_run_goes_before_the_one_that_queues(scene: Scene) -> None:
    scene.join("code", every(10, overlap=Overlap.QUEUE))
    scene.join("b")
    scene.clock.advance(10)
    scene.claim_one("b")
    scene.clock.advance(10)
    assert scene.claim("a") == []
    scene.clock.advance(5)
    scene.dies("b")
    (claim,) = scene.claim("a")
    assert fires([claim]) == [10]
    scene.finish(claim)
    assert fires(scene.claim("a")) == [20]
