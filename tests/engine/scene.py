"""One engine whose time is turned by hand: ticks are called, nothing waits, nothing sleeps."""

import inspect
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from random import Random
from typing import Any

from pyramid_scheduler.engine import EngineOptions
from pyramid_scheduler.engine.loop import Loop
from pyramid_scheduler.engine.membership import Membership
from pyramid_scheduler.engine.notices import Notices
from pyramid_scheduler.errors import StoreUnavailable
from pyramid_scheduler.execution import execute, timed_out
from pyramid_scheduler.interfaces import RunFilter, RunReport, StopFlag
from pyramid_scheduler.model import (
    Claim,
    Definition,
    NewRun,
    OnCrash,
    Run,
    Task,
)
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.stores.memory import MemoryStore
from pyramid_scheduler.triggers import IntervalTrigger
from tests.clock import HandClock

OPTIONS = EngineOptions(heartbeat=5, lease=30, lookahead=0.5, shutdown_timeout=5)


class HandExecutor:
    """An executor whose runs begin and end when the test says so."""

    def __init__(self, threads: int = 4) -> None:
        self.threads = threads
        self.queue: deque[tuple[Task, Claim, StopFlag]] = deque()
        self.begun: deque[tuple[Task, Claim, StopFlag]] = deque()
        self.report: RunReport | None = None
        self.abandoned: list[Claim] = []

    def start(self, report: RunReport) -> None:
        self.report = report

    def submit(self, task: Task, claim: Claim, stop: StopFlag) -> None:
        self.queue.append((task, claim, stop))

    def idle(self) -> int:
        return max(0, self.threads - len(self.queue) - len(self.begun))

    def stop(self) -> None:
        self.queue.clear()

    def abandon(self, task: Task, claim: Claim, began: int) -> None:
        assert self.report is not None
        if all(one is not claim for _, one, _ in self.begun):
            return
        self.abandoned.append(claim)
        self.report.ended(claim, timed_out(task, claim, began, HandClock(began)))

    @property
    def exhausted(self) -> bool:
        return len(self.abandoned) > self.threads

    def begin(self) -> list[bool]:
        """Let every run that was submitted begin, as far as it may; return who might."""
        assert self.report is not None
        answers = []
        while self.queue:
            item = self.queue.popleft()
            answers.append(self.report.begins(item[1]))
            if answers[-1]:
                self.begun.append(item)
        return answers

    def end(self, clock: HandClock) -> None:
        """Execute every run that has begun."""
        assert self.report is not None
        while self.begun:
            task, claim, stop = self.begun.popleft()
            self.report.ended(claim, execute(task, claim, stop, clock))


class Heard:
    """A subscriber to every event."""

    has_listeners = True

    def __init__(self) -> None:
        self.events: list[object] = []

    def inside(self) -> AbstractContextManager[None]:
        return nullcontext()

    def notify(self, event: object) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


class ToldAtOnce(Notices):
    """Events without their thread, so that a test can look directly after a tick."""

    def send(self, *events: object) -> None:
        for event in events:
            self._subscribers.notify(event)


class Faulty:
    """A store in front of a store: ``faults`` names the verbs that fail, before or after."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.before: set[str] = set()
        self.after: set[str] = set()
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        if not callable(attribute):
            return attribute

        def verb(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(name)
            if name in self.before:
                raise StoreUnavailable("the store does not answer")
            answer = attribute(*args, **kwargs)
            if name in self.after:
                raise StoreUnavailable("the answer was lost")
            return answer

        return verb


def make_task(name: str = "job", call: Callable[..., Any] | None = None, **options: Any) -> Task:
    return Task(
        name=name,
        func=lambda: None,
        signature=inspect.Signature(),
        call=call or (lambda run, request: None),
        **options,
    )


class Scene:
    """A store in memory, any number of engines on it, and the clock of them all."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.numbers = itertools.count(1)
        self.store = Faulty(MemoryStore(self.clock, new_id=lambda: f"run{next(self.numbers):04}"))
        self.heard = Heard()

    def engine(
        self,
        *tasks: Task,
        definitions: Sequence[Definition] = (),
        options: EngineOptions = OPTIONS,
        threads: int = 4,
    ) -> "Driven":
        return Driven(self, tasks or (make_task(),), definitions, options, threads)

    def ask(self, *ids: str, task: str = "job") -> None:
        now = self.clock.now()
        self.store.enqueue([NewRun(run_id, task, now, "") for run_id in ids])

    def run(self, run_id: str) -> Run:
        return self.store.run(run_id)

    def runs(self) -> list[Run]:
        return list(self.store.runs(RunFilter()))[::-1]


class Driven:
    """One engine, its thread not started: the test is its thread."""

    def __init__(
        self,
        scene: Scene,
        tasks: Sequence[Task],
        definitions: Sequence[Definition],
        options: EngineOptions,
        threads: int,
    ) -> None:
        declared = Declarations()
        for task in tasks:
            declared.add_task(task)
        for definition in definitions:
            declared.add_definition(definition)
        self.scene = scene
        self.executor = HandExecutor(threads)
        ids = (f"node{next(scene.numbers):04}" for _ in itertools.count())
        membership = Membership(scene.store, declared, scene.clock, options, lambda: next(ids))
        self.loop = Loop(
            scene.store,
            declared,
            membership,
            {"threads": self.executor},
            scene.clock,
            options,
            ToldAtOnce(scene.heard),
            Random(7),
        )
        self.loop.turn()

    @property
    def node(self) -> str:
        return self.loop.node

    def turn(self, seconds: float = 0) -> None:
        """Let time pass, then let the loop do what is due."""
        self.scene.clock.advance(seconds)
        self.loop.turn()

    def turn_through(self, seconds: float, step: float = 1) -> None:
        """Let time pass in steps, with a turn of the loop at each."""
        for _ in range(round(seconds / step)):
            self.turn(step)

    def work_through(self, seconds: float, step: float = 1) -> None:
        """Let time pass in steps, with all that may run running at each."""
        for _ in range(round(seconds / step)):
            self.turn(step)
            self.work()

    def wake(self) -> None:
        """Turn as after a call that asked for something in this process."""
        self.loop.wake()
        self.turn()

    def work(self) -> None:
        """Let what was submitted begin and end, and let the loop write it."""
        self.executor.begin()
        self.executor.end(self.scene.clock)
        self.turn()


def every(seconds: float, task: str = "job", name: str = "", **options: Any) -> Definition:
    return Definition(name=name or task, task=task, trigger=IntervalTrigger(seconds), **options)


__all__ = ["OnCrash", "Scene", "every", "make_task"]
