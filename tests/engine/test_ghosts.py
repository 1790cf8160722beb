"""Who is believed: leases, fencing, replies that are lost, nodes marked dead."""

import logging
from copy import copy

import pytest

from pyramid_scheduler.events import RunRecovered, RunRefused, TaskCancelled, TaskSucceeded
from pyramid_scheduler.execution import current_run
from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.model import OnCrash, RunState
from tests.clock import START, HandClock
from tests.engine.scene import Scene, every, make_task


def test_a_node_that_stands_still_for_a_lease_is_taken_over() -> None:
    scene = Scene()
    frozen, other = scene.engine(), scene.engine()
    scene.ask("r")
    frozen.wake()
    frozen.executor.begin()
    other.turn_through(29)
    assert scene.run("r").node == frozen.node
    other.turn_through(7)
    assert scene.run("r").node == other.node
    other.work()
    assert scene.run("r").state is RunState.SUCCEEDED


def test_a_zombie_is_refused_stops_its_run_and_goes_on_under_a_new_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()
    zombie, other = scene.engine(), scene.engine()
    before = zombie.node
    scene.ask("r")
    zombie.wake()
    zombie.executor.begin()
    other.turn_through(31)
    other.executor.begin()
    _, _, stop = zombie.executor.begun[0]
    with caplog.at_level(logging.WARNING, logger="pyramid_scheduler"):
        zombie.turn()
        zombie.turn()
        assert stop.is_set()
        assert zombie.node != before
        zombie.work()
    assert "lease lost" in caplog.text
    assert len(scene.heard.of(RunRefused)) == 1
    run = scene.run("r")
    assert (run.node, run.token, run.state) == (other.node, 2, RunState.RUNNING)
    other.executor.end(scene.clock)
    other.turn()
    assert scene.run("r").state is RunState.SUCCEEDED
    assert len(scene.heard.of(TaskSucceeded)) == 1


def test_a_node_that_could_not_beat_starts_nothing_and_gives_back() -> None:
    scene = Scene()
    engine = scene.engine()
    scene.ask("r")
    engine.wake()
    scene.store.before = {"beat", "revision"}
    engine.turn_through(26)
    assert engine.executor.begin() in ([], [False]), "the others may believe it dead"
    scene.store.before = set()
    engine.work_through(40)
    assert scene.run("r").state is RunState.SUCCEEDED


def test_a_heartbeat_that_is_late_by_more_than_a_third_of_the_lease_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()
    engine = scene.engine()
    engine.turn(5)
    engine.turn(14)
    assert not caplog.messages
    engine.turn(16)
    assert [text for text in caplog.messages if text.startswith("this node beats 11.0 s late")]


def test_an_outage_however_long_kills_nobody() -> None:
    scene = Scene()
    one, two = scene.engine(), scene.engine()
    scene.ask("r")
    one.wake()
    one.executor.begin()
    nodes = {one.node, two.node}
    scene.store.before = {"beat", "revision", "claim", "finish", "recover"}
    for _ in range(100):
        one.turn(1)
        two.turn()
    scene.store.before = set()
    for _ in range(60):
        one.turn(1)
        two.turn()
    assert {node.id for node in scene.store.nodes() if node.alive} == nodes
    one.executor.end(scene.clock)
    one.turn()
    run = scene.run("r")
    assert (run.state, run.token) == (RunState.SUCCEEDED, 1)


def test_a_claim_whose_reply_was_lost_is_given_back_and_runs_once() -> None:
    scene = Scene()
    engine = scene.engine()
    scene.ask("r")
    scene.store.after = {"claim"}
    engine.wake()
    assert scene.run("r").state is RunState.RUNNING, "the store has it claimed"
    assert not engine.executor.queue, "the node never heard of it"
    scene.store.after = set()
    engine.work_through(12)
    run = scene.run("r")
    assert (run.state, run.attempt, run.token) == (RunState.SUCCEEDED, 1, 2)


def test_an_outcome_whose_reply_was_lost_is_written_once() -> None:
    scene = Scene()
    engine = scene.engine()
    scene.ask("r")
    engine.wake()
    scene.store.after = {"finish"}
    engine.work()
    scene.store.after = set()
    engine.turn_through(5)
    assert scene.run("r").state is RunState.SUCCEEDED
    assert scene.heard.of(RunRefused) == []
    assert scene.store.calls.count("finish") == 2


def test_an_outcome_is_kept_until_the_store_answers() -> None:
    scene = Scene()
    engine = scene.engine()
    scene.ask("r")
    engine.wake()
    scene.store.before = {"finish"}
    engine.work()
    engine.turn_through(3)
    scene.store.before = set()
    engine.turn_through(3)
    assert scene.run("r").state is RunState.SUCCEEDED


def test_a_run_cancelled_elsewhere_is_asked_to_stop() -> None:
    scene = Scene()
    seen: list[bool] = []
    engine = scene.engine(make_task(call=lambda run, _: seen.append(current_run().stop.is_set())))
    scene.ask("r")
    engine.wake()
    engine.executor.begin()
    assert scene.store.cancel("r") is RunState.RUNNING
    engine.turn(5)
    engine.executor.end(scene.clock)
    engine.turn()
    assert seen == [True]
    assert scene.run("r").state is RunState.CANCELLED


def test_a_run_cancelled_between_claim_and_start_never_begins() -> None:
    scene = Scene()
    engine = scene.engine()
    scene.ask("r")
    engine.wake()
    scene.store.cancel("r")
    engine.wake()
    engine.turn()
    assert engine.executor.begin() == [False]
    engine.turn()
    assert scene.run("r").state is RunState.CANCELLED


def test_a_crash_of_a_run_that_may_run_once_only_is_a_failure() -> None:
    scene = Scene()
    once = make_task(on_crash=OnCrash.FAIL)
    dying, other = scene.engine(once), scene.engine(once)
    scene.ask("r")
    dying.wake()
    other.turn_through(40)
    run = scene.run("r")
    assert (run.state, run.reason, run.attempt) == (RunState.FAILED, "crashed", 1)
    (told,) = scene.heard.of(RunRecovered)
    assert (told.run_id, told.task, told.node) == ("r", "job", dying.node)
    assert (told.state, told.reason) == (RunState.FAILED, "crashed")


def with_clock(scene: Scene, clock: HandClock) -> Scene:
    """The same store, seen by who has a clock of its own."""
    other = copy(scene)
    other.clock = clock
    return other


def test_a_clock_an_hour_ahead_claims_nothing_not_even_at_first() -> None:
    scene = Scene()
    definitions = [every(3000)]
    for _ in range(3):
        scene.engine(definitions=definitions)
    ahead = with_clock(scene, HandClock(START + 3600 * SECOND))
    engine = ahead.engine(definitions=definitions)
    engine.turn()
    assert scene.runs() == []
    assert list(scene.store.skips()) == []


def test_a_host_that_booted_at_another_time_claims_beside_many_of_one_host() -> None:
    scene = Scene()
    scene.store.local_clock = False  # a server's
    for _ in range(3):
        scene.engine().turn(5)
    lone = with_clock(scene, HandClock(scene.clock.now()))  # by the same wall clock
    engine = lone.engine()
    scene.ask("r")
    engine.turn(10)
    engine.wake()
    assert scene.run("r").node == engine.node


def test_a_clock_that_is_not_the_stores_claims_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()
    scene.store.local_clock = False
    wrong = with_clock(scene, HandClock(START + 90 * SECOND))
    engine = wrong.engine()
    scene.ask("r")
    engine.turn(6)
    engine.turn(6)
    assert scene.run("r").node == engine.node
    told = [text for text in caplog.messages if "off the store's" in text]
    assert len(told) == 1
    assert "+90.0 s" in told[0]
    offsets = {node.id: node.clock_offset for node in scene.store.nodes()}
    assert offsets[engine.node] >= 90 * SECOND


def test_a_run_that_was_cancelled_since_the_last_beat_is_announced_as_it_was_written() -> None:
    scene = Scene()
    engine = scene.engine()
    scene.ask("r")
    engine.wake()
    engine.executor.begin()
    scene.store.cancel("r")
    engine.executor.end(scene.clock)
    engine.turn()
    assert scene.run("r").state == "cancelled"
    assert len(scene.heard.of(TaskCancelled)) == 1
    assert not scene.heard.of(TaskSucceeded)


def test_a_machine_that_was_suspended_kills_nobody_and_goes_on() -> None:
    scene = Scene()
    holder = scene.engine(make_task("held"))
    other = scene.engine(make_task(), make_task("held"), definitions=[every(10)])
    nodes = {holder.node, other.node}
    scene.ask("r", task="held")
    holder.wake()
    holder.executor.begin()
    scene.clock.suspend(600)
    for _ in range(60):
        holder.turn()
        other.turn(1)
        other.work()
    assert {node.id for node in scene.store.nodes() if node.alive} == nodes
    assert scene.run("r").token == 1, "nobody has taken it over"
    (skip,) = scene.store.skips()
    assert (skip.reason, skip.count) == ("misfire", 59)
    assert len([run for run in scene.runs() if run.schedule]) == 1 + 6, "the newest, and since"


def test_a_rescuer_that_stands_still_itself_is_rescued_from_by_any_other() -> None:
    scene = Scene()
    holder, rescuer, third = (scene.engine() for _ in range(3))
    scene.ask("r")
    holder.wake()
    holder.executor.begin()
    for _ in range(31):
        scene.clock.advance(1)
        rescuer.turn()
    rescuer.executor.begin()
    assert scene.run("r").node == rescuer.node
    third.turn_through(36)
    assert scene.run("r").node == third.node
    assert [node.id for node in scene.store.nodes() if node.alive] == [third.node]


def test_who_has_the_pid_and_the_host_of_another_is_another() -> None:
    scene = Scene()
    one, two = scene.engine(), scene.engine()
    nodes = scene.store.nodes()
    assert len({(node.host, node.pid) for node in nodes}) == 1
    assert {node.id for node in nodes} == {one.node, two.node}
    scene.ask("r")
    one.wake()
    two.turn_through(10)
    assert scene.run("r").node == one.node, "the other does not take it for its own"
