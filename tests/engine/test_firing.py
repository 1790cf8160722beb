"""When runs begin: at their instant, never before, and only while this node may."""

from datetime import timedelta

import pytest

from pyramid_scheduler.instants import SECOND, micros
from pyramid_scheduler.model import OnCrash, RunState
from tests.clock import START
from tests.engine.scene import Scene, every, make_task


def test_a_run_claimed_ahead_begins_at_its_instant_and_not_before() -> None:
    scene = Scene()
    engine = scene.engine(definitions=[every(10)])
    engine.turn(9.75)
    assert [run.state for run in scene.runs()] == [RunState.RUNNING], "claimed ahead"
    assert engine.executor.begin() == [], "not yet submitted"
    engine.turn(0.25)
    assert engine.executor.begin() == [True]


def test_a_task_that_runs_at_most_once_is_claimed_at_its_instant_only() -> None:
    scene = Scene()
    engine = scene.engine(make_task(on_crash=OnCrash.FAIL), definitions=[every(10)])
    engine.turn(9.6)
    assert scene.runs() == []
    engine.turn(0.4)
    assert engine.executor.begin() == [True]


def test_every_fire_time_runs_once_and_its_outcome_is_written() -> None:
    scene = Scene()
    engine = scene.engine(definitions=[every(1)])
    engine.work_through(10, step=0.5)
    runs = scene.runs()
    assert [micros(run.fire_time) for run in runs] == [START + n * SECOND for n in range(1, 11)]
    assert {run.state for run in runs} == {RunState.SUCCEEDED}
    assert {run.attempt for run in runs} == {1}


def test_what_is_asked_for_in_this_process_begins_at_once() -> None:
    scene = Scene()
    engine = scene.engine()
    scene.ask("r")
    engine.wake()
    assert engine.executor.begin() == [True]


def test_what_another_process_asks_for_is_seen_within_a_second() -> None:
    scene = Scene()
    scene.store.listen = lambda heard: False  # as a store that other processes write to may be
    engine = scene.engine()
    engine.turn_through(10)
    scene.ask("r")
    engine.turn(1)
    assert engine.executor.begin() == [True]


def test_a_wall_clock_set_forward_makes_due_what_is_due_by_it() -> None:
    scene = Scene()
    engine = scene.engine(definitions=[every(3600)])
    scene.clock.set_wall(START + 3600 * SECOND)
    engine.turn(5)
    assert engine.executor.begin() == [True]


def test_a_wall_clock_set_back_fires_no_instant_twice() -> None:
    scene = Scene()
    engine = scene.engine(definitions=[every(10)])
    engine.turn(10)
    engine.work()
    scene.clock.set_wall(START)
    engine.work_through(12)
    fires = [run.fire_time for run in scene.runs()]
    assert len(fires) == len(set(fires)) == 1


@pytest.mark.parametrize("slew", [0.01, -0.01])
def test_a_wall_clock_that_is_slewed_by_half_a_second_has_each_instant_run_once_and_on_time(
    slew: float,
) -> None:
    scene = Scene()
    engine = scene.engine(definitions=[every(2)])
    for step in range(100):
        if step < 50:  # fifty times 10 ms
            scene.clock.set_wall(scene.clock.now() + round(slew * SECOND))
        engine.work_through(0.25, step=0.25)
    runs = scene.runs()
    fires = [micros(run.fire_time) for run in runs]
    assert fires == [START + n * 2 * SECOND for n in range(1, len(fires) + 1)]
    begun = [run.started_at for run in runs if run.started_at is not None]
    late = [at - run.fire_time for run, at in zip(runs, begun, strict=True)]
    assert timedelta(0) <= min(late) <= max(late) < timedelta(seconds=0.6)


def test_a_full_node_claims_no_more_than_it_can_start() -> None:
    scene = Scene()
    engine = scene.engine(threads=2)
    scene.ask("a", "b", "c")
    engine.wake()
    states = sorted(run.state for run in scene.runs())
    assert states == ["pending", "running", "running"]
    engine.work()
    engine.work()
    assert {run.state for run in scene.runs()} == {RunState.SUCCEEDED}


def test_what_waits_for_a_limit_begins_as_soon_as_a_run_has_ended() -> None:
    scene = Scene()
    engine = scene.engine(make_task(max_running=1))
    scene.ask("a", "b", "c")
    engine.wake()
    for _ in range(3):
        assert len(engine.executor.queue) == 1
        engine.work()
    assert {run.state for run in scene.runs()} == {RunState.SUCCEEDED}


def test_a_task_that_this_node_does_not_know_is_left_to_others() -> None:
    scene = Scene()
    engine = scene.engine()
    scene.ask("r", task="of another version")
    engine.turn(60)
    assert scene.run("r").state is RunState.PENDING


def test_a_claim_that_waits_too_long_for_a_thread_is_given_back() -> None:
    scene = Scene()
    engine = scene.engine()
    scene.ask("r")
    engine.wake()
    engine.turn_through(10)
    run = scene.run("r")
    assert (run.state, run.attempt) == (RunState.RUNNING, 1), "taken again: its threads are idle"
    assert run.token > 1, "it was given back meanwhile"
    assert engine.executor.begin().count(True) == 1


def test_what_is_held_for_its_instant_takes_up_its_thread() -> None:
    scene = Scene()
    definitions = [every(10, name=f"s{number}") for number in range(6)]
    engine = scene.engine(definitions=definitions, threads=2)
    engine.turn(9.75)
    for _ in range(5):
        engine.wake()
    claimed = [run for run in scene.runs() if run.state is RunState.RUNNING]
    assert len(claimed) == 2, "no more than can start at once"
