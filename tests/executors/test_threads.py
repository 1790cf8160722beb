"""Threads of this process: how many there are when runs go on beyond their time."""

from collections.abc import Iterator
from datetime import timedelta
from queue import Queue
from threading import Event
from threading import enumerate as threads
from typing import Any

import pytest

from pyramid_scheduler.executors.threads import ThreadExecutor
from pyramid_scheduler.model import Claim, Kind, Outcome, RunState, Task
from tests.clock import HandClock
from tests.conformance.scene import task

PATIENCE = 10


class Report:
    """Who hears of runs: they may begin, and how they ended is kept in order."""

    def __init__(self) -> None:
        self.begun: Queue[str] = Queue()
        self.outcomes: Queue[tuple[str, Outcome]] = Queue()

    def begins(self, claim: Claim) -> bool:
        self.begun.put(claim.run_id)
        return True

    def ended(self, claim: Claim, outcome: Outcome) -> None:
        self.outcomes.put((claim.run_id, outcome))


class Pool:
    """An executor, and runs that end when the test says so."""

    def __init__(self, count: int) -> None:
        self.report = Report()
        self.executor = ThreadExecutor(count, HandClock(), "test-pool")
        self.executor.start(self.report)
        self.may_end: dict[str, Event] = {}
        self.claims: dict[str, tuple[Task, Claim]] = {}

    def submit(self, name: str, *, timeout: bool = True) -> None:
        self.may_end[name] = Event()

        def call(run: Any, request: object) -> str:
            assert self.may_end[run.id].wait(PATIENCE)
            return str(run.id)

        known = task(timeout=timedelta(seconds=1) if timeout else None)
        known = Task(name="job", func=call, signature=known.signature, call=call,
                     timeout=known.timeout)  # fmt: skip
        claim = Claim(name, Kind.ASKED, None, "job", 0, 0, 1, 1, "")
        self.claims[name] = known, claim
        self.executor.submit(known, claim, Event())

    def begins(self) -> str:
        return self.report.begun.get(timeout=PATIENCE)

    def run(self, name: str, *, timeout: bool = True) -> None:
        """Submit a run and wait until it has begun."""
        self.submit(name, timeout=timeout)
        assert self.begins() == name

    def abandon(self, name: str) -> Outcome:
        known, claim = self.claims[name]
        self.executor.abandon(known, claim, 0)
        said, outcome = self.report.outcomes.get(timeout=PATIENCE)
        assert said == name
        return outcome

    def end(self, name: str) -> Outcome:
        self.may_end[name].set()
        said, outcome = self.report.outcomes.get(timeout=PATIENCE)
        assert said == name
        return outcome

    @property
    def idle(self) -> int:
        return self.executor.idle()


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(2)
    yield made
    for event in made.may_end.values():
        event.set()
    made.executor.stop()


def test_a_run_occupies_a_thread_until_it_ends(pool: Pool) -> None:
    pool.run("a")
    assert pool.idle == 1
    assert pool.end("a").state is RunState.SUCCEEDED
    assert pool.idle == 2


def test_one_that_timed_out_has_failed_and_its_thread_is_replaced(pool: Pool) -> None:
    pool.run("a")
    pool.run("b")
    assert pool.idle == 0
    outcome = pool.abandon("a")
    assert (outcome.state, outcome.reason) == (RunState.FAILED, "timeout")
    assert outcome.error is not None
    assert outcome.error.type == "pyramid_scheduler.errors.RunTimeout"
    assert pool.idle == 1
    pool.run("c")
    assert pool.idle == 0


def test_when_it_ends_after_all_its_thread_goes(pool: Pool) -> None:
    pool.run("a")
    pool.abandon("a")
    assert pool.idle == 2
    pool.end("a")
    assert pool.idle == 2
    pool.run("b")
    pool.run("c")
    assert pool.idle == 0
    pool.end("b")
    pool.end("c")
    assert pool.idle == 2


def test_as_many_are_replaced_as_there_are_threads_and_then_nothing_is_taken(pool: Pool) -> None:
    for name in ("a", "b"):
        pool.run(name)
        pool.abandon(name)
    assert (pool.idle, pool.executor.exhausted) == (2, False)
    pool.run("c")
    pool.abandon("c")
    assert (pool.idle, pool.executor.exhausted) == (1, True)
    pool.end("a")
    assert (pool.idle, pool.executor.exhausted) == (2, False)
    for name in ("b", "c"):
        pool.end(name)
    assert pool.idle == 2
    assert sum(thread.name.startswith("test-pool") for thread in threads()) <= 4


def test_one_that_ended_in_time_is_neither_replaced_nor_reported(pool: Pool) -> None:
    pool.run("a")
    pool.end("a")
    pool.executor.abandon(*pool.claims["a"], 0)
    assert (pool.idle, pool.executor.exhausted) == (2, False)
    assert pool.report.outcomes.empty(), "it has said itself how it ended"


def test_what_has_no_time_out_is_as_before(pool: Pool) -> None:
    for name in ("a", "b", "c"):
        pool.submit(name, timeout=False)
    assert {pool.begins(), pool.begins()} == {"a", "b"}
    pool.end("a")
    assert pool.begins() == "c"
    pool.end("b")
    pool.end("c")
    assert pool.idle == 2
