"""Runs begin on their instant, though the loop may be waiting for its store."""

import logging
from collections.abc import Sequence
from queue import Queue
from threading import Event
from typing import Any

import pytest

from pyramid_scheduler.engine import Engine, EngineOptions, SystemClock
from pyramid_scheduler.engine.hands import Held
from pyramid_scheduler.engine.timer import Timer
from pyramid_scheduler.execution import CurrentRun
from pyramid_scheduler.executors.threads import ThreadExecutor
from pyramid_scheduler.interfaces import Written
from pyramid_scheduler.model import Claim, Finish, Kind, NewRun
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.stores.memory import MemoryStore
from tests.engine.scene import Heard, make_task

PATIENCE = 30
AHEAD = EngineOptions(heartbeat=5, lease=30, lookahead=5)


class Slow(MemoryStore):
    """A store that writes no outcome before it is allowed to."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked, self.allowed = Event(), Event()

    def finish(
        self, node: str, finishes: Sequence[Finish], *, waits: bool = False
    ) -> Sequence[Written]:
        self.asked.set()
        assert self.allowed.wait(PATIENCE)
        return super().finish(node, finishes, waits=waits)


def test_a_run_claimed_ahead_begins_while_the_loop_waits_for_the_store() -> None:
    clock, numbers, began = SystemClock(), iter(range(1000)), Event()
    store = Slow(clock, new_id=lambda: f"{next(numbers):04}")

    def second(run: CurrentRun, request: object) -> None:
        assert not store.allowed.is_set(), "the loop waits"
        began.set()

    declared = Declarations()
    declared.add_task(make_task("first", lambda run, request: None))
    declared.add_task(make_task("second", second))
    executors = {"threads": lambda: ThreadExecutor(2, clock, "test")}
    now = clock.now()
    store.enqueue([NewRun("a", "first", now, ""), NewRun("b", "second", now + 1_000_000, "")])
    engine = Engine(declared, store, executors, clock, AHEAD, Heard(), lambda: "node")
    engine.start()
    try:
        assert store.asked.wait(PATIENCE)
        assert began.wait(PATIENCE)
    finally:
        store.allowed.set()
        engine.stop(PATIENCE, exiting=True)


def held(run_id: str) -> Held:
    claim = Claim(run_id, Kind.ASKED, None, "t", 0, 0, 1, 1, "", 0, "node")
    return Held(claim, make_task("t", lambda run, request: None))


def test_what_is_due_sooner_is_not_kept_by_what_is_due_later() -> None:
    clock, submitted = SystemClock(), Queue[str]()
    timer = Timer(lambda one, now: submitted.put(one.claim.run_id), clock)
    timer.add(held("later"), clock.monotonic() + 3600)
    timer.start()
    timer.add(held("now"), clock.monotonic())
    assert submitted.get(timeout=PATIENCE) == "now"
    timer.stop()


def test_what_is_taken_back_is_not_submitted() -> None:
    clock, submitted = SystemClock(), []
    timer = Timer(lambda one, now: submitted.append(one.claim.run_id), clock)
    back, kept = held("back"), held("kept")
    for one in (back, kept):
        timer.add(one, clock.monotonic())
    assert back.decide()
    assert timer.submit_due() is None
    assert submitted == ["kept"]


def test_it_goes_on_whatever_is_raised(caplog: pytest.LogCaptureFixture) -> None:
    clock, submitted = SystemClock(), Queue[str]()

    def submit(one: Held, now: float) -> None:
        if one.claim.run_id == "bad":
            raise SystemExit
        submitted.put(one.claim.run_id)

    timer = Timer(submit, clock)
    timer.add(held("bad"), clock.monotonic())
    timer.add(held("good"), clock.monotonic())
    with caplog.at_level(logging.ERROR):
        timer.start()
        assert submitted.get(timeout=PATIENCE) == "good"
    assert "could not be given to its executor" in caplog.text
    assert timer.next is None, "the thread lives"
    timer.stop()
