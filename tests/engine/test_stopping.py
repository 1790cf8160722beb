"""Stopping a real engine: its thread, its executor's threads, its last acts."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from threading import Event, enumerate

import pytest

from pyramid_scheduler.engine import Engine, EngineOptions, SystemClock
from pyramid_scheduler.execution import CurrentRun
from pyramid_scheduler.executors.threads import ThreadExecutor
from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import NewRun, OnCrash, Run, RunState
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.stores.memory import MemoryStore
from tests.engine.scene import Heard, make_task

QUICK = EngineOptions(heartbeat=0.05, lease=1.0, lookahead=0.05, shutdown_timeout=5)


@dataclass
class Running:
    """An engine that runs in its thread, and a task that a test holds up."""

    begun: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)
    stopped: list[bool] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        self.clock = SystemClock()
        numbers = count()
        self.new_id = lambda: f"{next(numbers):05}"
        self.store = MemoryStore(self.clock, new_id=self.new_id)
        self.declared = Declarations()
        self.declared.add_task(make_task("held", self.hold))
        self.declared.add_task(make_task("once", self.hold, on_crash=OnCrash.FAIL))
        self.declared.add_task(make_task("obeys", self.obey))
        self.engine = self.make_engine()

    def make_engine(self, threads: int = 1) -> Engine:
        executors = {"threads": lambda: ThreadExecutor(threads, self.clock, "test")}
        return Engine(
            self.declared, self.store, executors, self.clock, QUICK, self.heard, self.new_id
        )

    def hold(self, run: CurrentRun, request: object) -> str:
        self.begun.set()
        assert self.go_on.wait(60)
        self.stopped.append(run.stop.is_set())
        return "done"

    def obey(self, run: CurrentRun, request: object) -> None:
        self.begun.set()
        assert run.stop.wait(60)
        run.raise_if_stopped()

    def ask(self, *runs: str, task: str = "held") -> None:
        now = self.clock.now()
        self.store.enqueue([NewRun(run, task, now, "") for run in runs])
        self.engine.wake()

    def run(self, run_id: str) -> Run:
        return self.store.run(run_id)

    def wait_for(self, state: RunState, run_id: str) -> Run:
        deadline = time.monotonic() + 30
        while (run := self.run(run_id)).state is not state:
            assert time.monotonic() < deadline, f"{run_id} is {run.state}, not {state}"
            time.sleep(0.005)
        return run


@pytest.fixture
def running() -> Iterator[Running]:
    one = Running()
    one.engine.start()
    yield one
    one.go_on.set()
    one.engine.stop(10, exiting=True)


def begin(running: Running, *runs: str, task: str = "held") -> None:
    running.ask(*runs, task=task)
    assert running.begun.wait(30)


def test_what_has_begun_is_awaited_and_written(running: Running) -> None:
    begin(running, "r")
    running.go_on.set()
    running.engine.stop(30)
    run = running.run("r")
    assert (run.state, run.result) == (RunState.SUCCEEDED, "done")
    assert not running.engine.running


def test_what_has_not_begun_is_given_back_without_an_attempt(running: Running) -> None:
    begin(running, "first")
    running.ask("second")
    running.engine.stop(0.05)
    second = running.run("second")
    assert (second.state, second.attempt) == (RunState.PENDING, 0)


def test_a_stop_in_a_process_that_goes_on_gives_back_nothing_that_runs(running: Running) -> None:
    begin(running, "r")
    node = running.engine.node
    running.engine.stop(0.05)
    other = running.make_engine()
    other.start()
    deadline = time.monotonic() + 2.5  # more than two leases
    while time.monotonic() < deadline:
        run = running.run("r")
        assert (run.state, run.node, run.token) == (RunState.RUNNING, node, 1)
        time.sleep(0.05)
    running.go_on.set()
    assert running.wait_for(RunState.SUCCEEDED, "r").token == 1
    other.stop(10)


def test_a_process_that_exits_gives_back_what_may_run_again(running: Running) -> None:
    begin(running, "r")
    running.engine.stop(0.05, exiting=True)
    run = running.run("r")
    assert (run.state, run.attempt) == (RunState.PENDING, 0)
    assert [attempt.ending for attempt in running.store.attempts("r")] == ["released"]


def test_a_process_that_exits_fails_what_may_not(running: Running) -> None:
    begin(running, "r", task="once")
    running.engine.stop(0.05, exiting=True)
    run = running.run("r")
    assert (run.state, run.reason, run.attempt) == (RunState.FAILED, "shutdown", 1)


def test_a_task_is_told_that_its_process_stops(running: Running) -> None:
    begin(running, "r", task="obeys")
    running.engine.stop(30)
    run = running.run("r")
    assert (run.state, run.attempt) == (RunState.PENDING, 0), "it gave up, and is owed again"


def test_draining_ends_claiming_at_once(running: Running) -> None:
    running.engine.drain()
    running.ask("r")
    running.engine.stop(10)
    assert running.run("r").state is RunState.PENDING


def test_it_starts_again_after_a_stop(running: Running) -> None:
    running.engine.stop(10)
    running.engine.start()
    begin(running, "r")
    running.go_on.set()
    running.wait_for(RunState.SUCCEEDED, "r")


def test_a_start_beside_a_run_that_outlives_the_stop(running: Running) -> None:
    begin(running, "old")
    running.engine.stop(0.05)
    running.engine.start()
    running.go_on.set()
    running.wait_for(RunState.SUCCEEDED, "old")
    for number in range(3):
        running.ask(f"new{number}")
        running.wait_for(RunState.SUCCEEDED, f"new{number}")


def test_a_start_while_it_runs_changes_nothing(running: Running) -> None:
    begin(running, "r")
    node = running.engine.node
    running.engine.start()
    assert running.engine.node == node


def test_a_stop_before_any_start_is_nothing(running: Running) -> None:
    running.make_engine().stop(exiting=True)


def test_a_node_that_stops_says_goodbye(running: Running) -> None:
    begin(running, "r")
    running.go_on.set()
    running.engine.stop(10)
    assert [node.alive for node in running.store.nodes()] == [False]
    assert running.store.runs(RunFilter(state=RunState.RUNNING)) == []


def test_a_subscriber_that_raises_harms_nobody(running: Running) -> None:
    def raises(*events: object) -> None:
        raise ValueError(events)

    running.heard.notify = raises  # type: ignore[method-assign]
    begin(running, "r")
    running.go_on.set()
    running.wait_for(RunState.SUCCEEDED, "r")


def test_threads_bear_the_name_of_their_application(running: Running) -> None:
    begin(running, "r")
    assert "test-1" in {thread.name for thread in enumerate()}


class Raises(logging.Filter):
    """A filter as an application may have it: wrong outside of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        raise AttributeError(record.name)


def test_a_logging_filter_that_raises_costs_no_thread(running: Running) -> None:
    def fails(run: CurrentRun, request: object) -> None:
        raise ValueError

    running.declared.add_task(make_task("fails", fails))
    log = logging.getLogger("pyramid_scheduler")
    log.addFilter(filter := Raises())
    try:
        for number in range(3):
            running.ask(f"r{number}", task="fails")
            running.wait_for(RunState.FAILED, f"r{number}")
    finally:
        log.removeFilter(filter)


def test_a_subscriber_that_exits_costs_no_thread(running: Running) -> None:
    heard: list[object] = []

    def exits(*events: object) -> None:
        heard.extend(events)
        raise SystemExit

    running.heard.notify = exits  # type: ignore[method-assign]
    begin(running, "r")
    running.go_on.set()
    running.wait_for(RunState.SUCCEEDED, "r")
    running.engine.stop(10, exiting=True)
    assert [type(event).__name__ for event in heard][-2:] == ["TaskSucceeded", "SchedulerStopped"]
