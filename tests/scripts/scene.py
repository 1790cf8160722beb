"""The scene of the command line's tests: an application as a command finds it, none being loaded.

Its client and its store are the real ones; its clock stands still, and its engine runs what is due
whenever it is woken, in the very thread that asks.
"""

import inspect
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.declaring import definition_from
from pyramid_scheduler.execution import execute
from pyramid_scheduler.instants import micros, read_instant
from pyramid_scheduler.interfaces import ClaimRequest, Room
from pyramid_scheduler.model import Finish, Node, OnCrash, Task
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.scripts.command import Command
from pyramid_scheduler.scripts.pscheduler import PSchedulerCommand
from pyramid_scheduler.stores.memory import MemoryStore
from tests.clock import HandClock

UTC = ZoneInfo("UTC")
NOON = micros(read_instant("2030-01-31T12:00:00", UTC, "noon"))


class DiskStore(MemoryStore):
    """A store as one on a disk looks from outside: other processes see it too."""

    shared = True
    address = "sqlite:////nowhere/app.sqlite"


class UnmadeStore(DiskStore):
    """One that is not there until something makes it."""

    made = False

    def open(self, *, create: bool = True) -> bool:
        self.made = self.made or create
        return self.made


@dataclass
class HandEngine:
    """Runs what is due when it is woken, if it was started."""

    store: MemoryStore
    declared: Declarations
    clock: HandClock
    node: str | None = None
    running: bool = False
    log: list[str] = field(default_factory=list)
    lease = 30.0

    def start(self) -> None:
        self.log.append("start")
        self.store.open()
        self.node = "node-1"
        node = Node(id=self.node, host="here", pid=1, version="1")
        self.store.join(node, list(self.declared.definitions.values()))

    def stop(self, timeout: float | None = None, *, exiting: bool = False) -> None:
        self.log.append("stop, exiting" if exiting else "stop")
        if self.node is not None:
            self.store.leave(self.node)
        self.node = None

    def wake(self) -> None:
        if self.node is None:
            return
        claimed = self.store.claim(
            ClaimRequest(self.node, self.declared.tasks, {"threads": Room(100)}, 0)
        )
        for claim in claimed.claims:
            outcome = execute(self.declared.tasks[claim.task], claim, Never(), self.clock)
            self.store.finish(self.node, [Finish(claim.run_id, claim.token, outcome)])


class Never:
    """A stop flag that is never set."""

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:
        return False


class Answer(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class App:
    """A WSGI application as Pyramid makes it: it has a registry."""

    def __init__(self, scheduler: object) -> None:
        self.registry = type("Registry", (), {"scheduler": scheduler, "__name__": "app"})()


class Outside:
    """The world outside of a command: one application, and what the command wrote."""

    def __init__(self, store: type[MemoryStore] = DiskStore) -> None:
        self.clock = HandClock(NOON)
        ids = (f"id-{number}" for number in count(1))
        self.store = store(self.clock, new_id=lambda: next(ids))
        self.declared = Declarations()
        self.engine = HandEngine(self.store, self.declared, self.clock)
        self.scheduler = Scheduler(
            self.declared,
            self.store,
            self.engine,
            clock=self.clock,
            zone=UTC,
            new_id=lambda: next(ids),
        )
        self.app: Any = App(self.scheduler)
        self.loaded: list[tuple[str, Mapping[str, str]]] = []
        self.closed = 0
        self.stdout: io.StringIO = io.StringIO()

    def task(self, func: Callable[..., Any], name: str | None = None, **options: Any) -> Task:
        """Declare a task."""
        task = Task(
            name=name or func.__name__,
            func=func,
            signature=inspect.signature(func),
            call=lambda run, request: func(*run.args, **run.kwargs),
            on_crash=OnCrash(options.pop("on_crash", "retry")),
            **options,
        )
        self.declared.add_task(task)
        return task

    def schedule(self, task: Task, name: str | None = None, **when: Any) -> None:
        """Declare a schedule of ``task``."""
        self.declared.add_definition(
            definition_from(
                name=name or task.name, task=task, options=when, zone=UTC, where="a test"
            )
        )

    def fire(self, seconds: float) -> None:
        """Let time pass, and what is due run."""
        self.clock.advance(seconds)
        self.engine.wake()

    def bootstrap(self, config_uri: str, options: Mapping[str, str]) -> dict[str, Any]:
        self.loaded.append((config_uri, options))
        return {"app": self.app, "closer": self._close}

    def _close(self) -> None:
        self.closed += 1

    def ask(self, *argv: str, quiet: bool = False) -> Answer:
        """Give ``pscheduler`` these arguments."""
        self.stdout = io.StringIO()
        command = PSchedulerCommand(["pscheduler", *argv], quiet)
        command.stdout, command.stderr = self.stdout, io.StringIO()
        code = command.run()
        return Answer(code, self.stdout.getvalue(), command.stderr.getvalue())


def set_scene(monkeypatch: Any, outside: Outside) -> Outside:
    """Let every command find ``outside`` instead of loading an application."""
    monkeypatch.setattr(Command, "bootstrap", staticmethod(outside.bootstrap))
    monkeypatch.setattr(Command, "setup_logging", staticmethod(lambda uri, global_conf: None))
    return outside
