"""Outages and faults: the loop backs off, says so once, and goes on."""

import logging
from random import Random
from typing import Any

import pytest

from pyramid_scheduler.engine import EngineOptions
from pyramid_scheduler.errors import StoreLocked
from pyramid_scheduler.events import SchedulerDegraded, SchedulerRecovered
from pyramid_scheduler.execution import StopRun
from pyramid_scheduler.model import ErrorInfo, RunState
from tests.engine.scene import Scene, every, make_task


def test_an_outage_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    engine = scene.engine()
    scene.store.before = {"beat"}
    with caplog.at_level(logging.WARNING, logger="pyramid_scheduler"):
        engine.turn_through(30)
        assert engine.loop.health().troubles == ("the store does not answer",)
        scene.store.before = set()
        engine.turn_through(40)
    assert not engine.loop.health().troubles
    assert len(scene.heard.of(SchedulerDegraded)) == len(scene.heard.of(SchedulerRecovered)) == 1
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_it_backs_off_and_never_longer_than_a_quarter_of_its_lease() -> None:
    scene = Scene()
    engine = scene.engine()
    scene.store.before = {"beat", "revision", "claim"}
    engine.turn_through(60, step=0.1)
    scene.store.calls.clear()
    engine.turn_through(300, step=0.1)
    assert 300 / 7.5 <= scene.store.calls.count("beat") <= 300 / 3.75


def test_after_an_outage_of_many_leases_nobody_is_taken_for_dead() -> None:
    scene = Scene()
    short = EngineOptions(heartbeat=0.5, lease=3)
    engines = [scene.engine(make_task(), options=short) for _ in range(8)]
    for seed, engine in enumerate(engines):
        engine.loop._random = Random(seed)  # so that they do not all come back at once
    before = {engine.node for engine in engines}
    for away, seconds in ((True, 60), (False, 30)):
        scene.store.before = {"open", "beat", "revision", "claim", "recover"} if away else set()
        for _ in range(seconds * 10):
            scene.clock.advance(0.1)
            for engine in engines:
                engine.turn()
    assert {engine.node for engine in engines} == before
    assert all(node.alive for node in scene.store.nodes())


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), MemoryError()])
def test_a_key_that_raises_whatever_it_likes_holds_up_nothing_else(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def key() -> str:
        raise error

    scene = Scene()
    engine = scene.engine(make_task("job"), make_task("keyed", max_running=1, key=key))
    scene.ask("without", task="keyed")
    scene.ask("r")
    engine.wake()
    engine.work()
    assert scene.run("r").state is RunState.SUCCEEDED
    assert scene.run("without").state is RunState.PENDING
    assert "key: it raised" in caplog.text


def test_what_cannot_be_written_keeps_nobody_from_beating() -> None:
    scene = Scene()
    engine, other = scene.engine(), scene.engine()
    scene.ask("r")
    engine.wake()
    engine.executor.begin()
    scene.store.before = {"finish"}
    engine.executor.end(scene.clock)
    for _ in range(60):
        engine.turn(1)
        other.turn()
    assert [node.alive for node in scene.store.nodes()] == [True, True]
    scene.store.before = set()
    engine.turn_through(10)
    assert scene.run("r").state is RunState.SUCCEEDED
    assert scene.run("r").crashes == 0


def test_who_cannot_take_over_for_a_lock_does_it_with_a_later_heartbeat(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()
    lost, engine = scene.engine(), scene.engine()
    scene.ask("r")
    lost.wake()
    assert scene.run("r").node == lost.node
    recover, asked = scene.store._store.recover, []

    def locked_twice(*given: Any) -> Any:
        asked.append(scene.clock.monotonic())
        if len(asked) <= 2:
            raise StoreLocked("a lock was not had in time")
        return recover(*given)

    scene.store._store.recover = locked_twice  # type: ignore[method-assign]
    engine.turn_through(46)
    assert [later - asked[0] for later in asked] == [0, 5, 10]
    assert scene.run("r").node == engine.node
    assert caplog.text.count("its runs are taken over with a later heartbeat") == 2
    assert not scene.heard.of(SchedulerDegraded)


def test_a_store_that_is_away_at_the_start_is_tried_until_it_is_there() -> None:
    scene = Scene()
    scene.store.before = {"open"}
    engine = scene.engine(definitions=[every(10)])
    engine.turn_through(20)
    assert engine.node == ""
    scene.store.before = set()
    engine.work_through(60)
    assert scene.runs()[0].state is RunState.SUCCEEDED


def test_a_fault_of_our_own_does_not_end_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    engine = scene.engine()
    broken = scene.store._store.beat
    scene.store._store.beat = lambda beat: 1 / 0  # type: ignore[method-assign, assignment]
    engine.turn(5)
    assert engine.loop.health().troubles == ("an error in the scheduler itself",)
    assert "ZeroDivisionError" in caplog.text
    scene.store._store.beat = broken  # type: ignore[method-assign]
    engine.turn_through(10)
    assert not engine.loop.health().troubles


def test_what_was_missed_in_an_outage_follows_the_misfire_policy() -> None:
    scene = Scene()
    engine = scene.engine(definitions=[every(10)])
    scene.store.before = {"claim", "beat", "revision"}
    engine.turn_through(60)
    scene.store.before = set()
    engine.work_through(39)
    runs, skips = scene.runs(), scene.store.skips()
    assert len(runs) >= 1
    assert {skip.reason for skip in skips} == {"misfire"}
    assert sum(skip.count for skip in skips) + len(runs) == 9


class Hostile(Exception):
    """An exception that is not what it seems."""

    def __str__(self) -> str:
        raise SystemExit


def failure(error: BaseException) -> ErrorInfo:
    """Let a task raise ``error``; return how the store has it failed."""

    def raises(run: object, request: object) -> None:
        raise error

    scene = Scene()
    engine = scene.engine(make_task(call=raises))
    scene.ask("r")
    engine.wake()
    engine.work()
    run = scene.run("r")
    assert run.state is RunState.FAILED
    assert run.error is not None
    return run.error


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), MemoryError(), ValueError()])
def test_whatever_a_task_raises_is_its_own_failure(error: BaseException) -> None:
    told = failure(error)
    assert told.type == f"builtins.{type(error).__name__}"
    assert "raises" in told.traceback


def test_an_error_that_raises_when_it_is_told_is_told_all_the_same() -> None:
    assert "SystemExit" in failure(Hostile()).message


def test_a_task_that_gives_up_unasked_has_failed() -> None:
    assert failure(StopRun()).type.endswith("StopRun")
