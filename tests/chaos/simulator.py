"""Many engines in one thread: time, chance and faults are a seed's, so that what breaks once stays.

Each engine is the package's own loop over the store in memory. A step lets a little time pass and
turns the engines in an order of chance; a call to the store may be interrupted by another engine's
turn, may fail, and its answer may be lost. Engines are killed, frozen, stopped and started. In the
end all is healed, and the judge is asked (``checker``).
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from random import Random
from typing import Any

from pyramid_scheduler import Backoff
from pyramid_scheduler.engine import EngineOptions
from pyramid_scheduler.engine.loop import Loop
from pyramid_scheduler.engine.membership import Membership
from pyramid_scheduler.errors import StoreUnavailable
from pyramid_scheduler.execution import CurrentRun, execute, timed_out
from pyramid_scheduler.instants import SECOND, micros
from pyramid_scheduler.interfaces import Claimed, RunFilter, RunReport, StopFlag, Store
from pyramid_scheduler.model import (
    Claim,
    Definition,
    Misfire,
    NewRun,
    OnCrash,
    Outcome,
    Overlap,
    Rate,
    Run,
    Task,
)
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.stores.memory import MemoryStore
from pyramid_scheduler.triggers import IntervalTrigger
from tests.chaos.checker import EVER, End, Fault, History, Row, Skipped, Start
from tests.clock import START, HandClock
from tests.engine.scene import Heard, ToldAtOnce, make_task

OPTIONS = EngineOptions(heartbeat=0.5, lease=3, lookahead=0.2, look=0.3)
LEASE = round(OPTIONS.lease * SECOND)
ENGINES = 4
THREADS = 3
STEP = 0.25
RATE = Rate(3, 4)
A, B = '[["a"],{}]', '[["b"],{}]'
# Of these verbs an answer is lost; mostly of a claim, which is the one that hurts.
ANSWERS = ["claim", "claim", "claim", "finish", "beat", "release", "join"]


class Failure(Exception):
    """What a task raises by chance."""


def give_token(run: CurrentRun, request: object) -> int:
    return run.token


def tasks() -> list[Task]:
    again = Backoff.constant(0.5)
    return [
        make_task("free", give_token),
        make_task("serial", give_token),
        make_task("never", give_token, on_crash=OnCrash.FAIL),
        make_task("limited", give_token, max_running=1),
        make_task("shaky", give_token, retries=5, backoff=again),
        make_task("keyed", give_token, max_running=1, key=str),
        make_task("rated", give_token, rate=RATE),
    ]


def definitions() -> list[Definition]:
    """What all engines declare: name, task and interval in seconds say what is owed."""

    def every(seconds: float, name: str, task: str, **options: Any) -> Definition:
        return Definition(name=name, task=task, trigger=IntervalTrigger(seconds), **options)

    return [
        every(1, "allow", "free", overlap=Overlap.ALLOW, misfire=Misfire.ALL, catch_up=1000),
        every(1.5, "latest", "free", overlap=Overlap.ALLOW),
        every(1, "skip", "serial", overlap=Overlap.SKIP),
        every(2, "queue", "serial", overlap=Overlap.QUEUE, misfire=Misfire.ALL),
        every(2.5, "cancel", "serial", overlap=Overlap.CANCEL),
        every(2, "never", "never", overlap=Overlap.ALLOW),
        every(2, "limited-1", "limited"),
        every(3, "limited-2", "limited"),
        every(2, "shaky", "shaky", overlap=Overlap.ALLOW),
        every(1.5, "keyed-a", "keyed", arguments=A),
        every(2, "keyed-a-too", "keyed", arguments=A, overlap=Overlap.ALLOW),
        every(2, "keyed-b", "keyed", arguments=B),
        every(1, "rated", "rated", overlap=Overlap.ALLOW),
        every(2, "rated-too", "rated"),
    ]


class Wire:
    """The store as one engine reaches it: calls fail before or after, and others come between."""

    def __init__(
        self, store: Store, between: Callable[[], None], claimed: Callable[[Claimed], None]
    ) -> None:
        self._store = store
        self._between = between
        self._claimed = claimed
        self.cut = False
        self.lost_answer = ""

    def close(self) -> None:
        """The others go on with it."""

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        if not callable(attribute) or name == "unlisten":
            return attribute
        return partial(self._call, name, attribute)

    def _call(self, name: str, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._between()
        if self.cut:
            raise StoreUnavailable("cut off")
        answer = verb(*args, **kwargs)
        if name == "claim":
            self._claimed(answer)
        if name == self.lost_answer:
            self.lost_answer = ""
            raise StoreUnavailable("the answer was lost")
        self._between()
        return answer


class Threads:
    """An executor whose runs take virtual time."""

    def __init__(self, world: "World", process: "Process") -> None:
        self._world = world
        self._process = process
        self._report: RunReport
        self._queue: list[tuple[Task, Claim, StopFlag]] = []
        self._going: list[tuple[int, Task, Claim, StopFlag]] = []

    def start(self, report: RunReport) -> None:
        self._report = report

    def submit(self, task: Task, claim: Claim, stop: StopFlag) -> None:
        self._queue.append((task, claim, stop))

    def idle(self) -> int:
        return max(0, THREADS - len(self._queue) - len(self._going))

    def abandon(self, task: Task, claim: Claim, began: int) -> None:
        self._report.ended(claim, timed_out(task, claim, began, self._world.clock))

    @property
    def exhausted(self) -> bool:
        return False

    def stop(self) -> None:
        self._queue.clear()

    def work(self) -> None:
        """Begin what was submitted, end what has taken its time."""
        world, now = self._world, self._world.clock.now()
        for going in [one for one in self._going if one[0] <= now]:
            self._going.remove(going)
            self._end(*going[1:])
        while self._queue and len(self._going) < THREADS and world.random.random() < 0.7:
            task, claim, stop = self._queue.pop(0)
            if self._report.begins(claim):
                world.began(claim, self._process.name)
                length = round(world.random.choice([0.05, 0.3, 1.2]) * SECOND)
                self._going.append((now + length, task, claim, stop))

    def _end(self, task: Task, claim: Claim, stop: StopFlag) -> None:
        world = self._world
        failed = task.name == "shaky" and world.random.random() < 0.3
        outcome: Outcome = execute(_raising(task) if failed else task, claim, stop, world.clock)
        world.ends.append(End(world.clock.now(), claim.run_id, claim.token, failed))
        self._report.ended(claim, outcome)


def _raising(task: Task) -> Task:
    def call(run: CurrentRun, request: object) -> None:
        raise Failure

    return make_task(task.name, call, retries=task.retries, backoff=task.backoff)


class Process:
    """One engine, and what befalls it."""

    def __init__(self, world: "World", name: str) -> None:
        self.name = name
        self.frozen_until = 0
        self.wire = Wire(world.store, partial(world.between, self), world.claimed)
        declared = Declarations()
        for task in tasks():
            declared.add_task(task)
        for definition in definitions():
            declared.add_definition(definition)
        self.threads = Threads(world, self)
        ids = (f"{name}-{number}" for number in count())
        membership = Membership(self.wire, declared, world.clock, OPTIONS, lambda: next(ids))
        self.loop = Loop(
            self.wire, declared, membership, {"threads": self.threads}, world.clock, OPTIONS,
            ToldAtOnce(Heard()), world.random,
        )  # fmt: skip

    def turn(self) -> None:
        self.threads.work()
        self.loop.turn()
        self.threads.work()


class World:
    """The clock, the store, the processes, the log."""

    def __init__(self, seed: int, store: Callable[[HandClock, Callable[[], str]], Store]) -> None:
        self.random = Random(seed)
        self.clock = HandClock()
        numbers = count()
        self.store = store(self.clock, lambda: f"run-{next(numbers):05}")
        self.starts: list[Start] = []
        self.ends: list[End] = []
        self.faults: list[Fault] = []
        self.asked: set[str] = set()
        self.rated: list[int] = []
        self._names = (f"p{number}" for number in count())
        self._inside = False
        self.processes = [self._new() for _ in range(ENGINES)]
        self.processes[0].turn()  # what it declares is declared now

    def _new(self) -> Process:
        return Process(self, next(self._names))

    def claimed(self, claimed: Claimed) -> None:
        """Take note of what was claimed, be it that the answer is lost."""
        rated = (claim for claim in claimed.claims if claim.task == "rated")
        self.rated.extend(max(claim.due, claimed.now) for claim in rated)

    def began(self, claim: Claim, node: str) -> None:
        task = claim.task + claim.arguments  # what is limited by its key is so by its arguments
        self.starts.append(
            Start(self.clock.now(), claim.run_id, claim.schedule, claim.fire_time, claim.token,
                  claim.attempt, node, task)
        )  # fmt: skip

    def between(self, process: Process) -> None:
        """Let another engine have a turn in the middle of a turn of ``process``."""
        if self._inside or self.random.random() > 0.05:
            return
        self._inside = True
        try:
            others = [one for one in self._live() if one is not process]
            if others:
                self.random.choice(others).turn()
        finally:
            self._inside = False

    def _live(self) -> list[Process]:
        return [one for one in self.processes if one.frozen_until <= self.clock.now()]

    def step(self, *, faults: bool = True) -> None:
        """Let a moment pass."""
        self.clock.advance(self.random.uniform(0, 2 * STEP))
        if faults and self.random.random() < 0.25:
            self.random.choice([self.kill, self.freeze, self.cut, self.lose, self.leave])()
        if faults and self.random.random() < 0.2:
            self.ask()
        live = self._live()
        self.random.shuffle(live)
        for process in live:
            try:
                process.turn()
            except Exception:  # noqa: BLE001 - its thread would have died: nothing starts it again
                process.frozen_until = EVER

    # what befalls them

    def kill(self) -> None:
        self._replace("kill")

    def leave(self) -> None:
        """Stop one as its process exits, with what it still runs."""
        process = self._replace("exit")
        if process.frozen_until <= self.clock.now():
            process.loop.stop(self.clock.monotonic() - 1, exiting=True)
            process.loop.turn()
            process.loop._attempt(process.loop._say_goodbye)

    def _replace(self, kind: str) -> Process:
        process = self.random.choice(self.processes)
        self.processes.remove(process)
        self.faults.append(Fault(self.clock.now(), self.clock.now(), process.name, kind, gone=True))
        self.processes.append(self._new())
        return process

    def freeze(self) -> None:
        process = self.random.choice(self.processes)
        length = round(self.random.choice([0.3, 1.5, 3]) * LEASE)
        if process.frozen_until == EVER:
            return
        process.frozen_until = max(process.frozen_until, self.clock.now() + length)
        self.faults.append(Fault(self.clock.now(), process.frozen_until, process.name, "freeze"))

    def cut(self) -> None:
        """Cut one process, or all of them, off the store, or let them reach it again."""
        chosen = self.random.choice([self.processes, [self.random.choice(self.processes)]])
        for process in chosen:
            process.wire.cut = not process.wire.cut
            if process.wire.cut:
                self.faults.append(Fault(self.clock.now(), EVER // 2, process.name, "cut"))
        # Which of them are late for that matters to nobody.
        self.faults.append(Fault(self.clock.now(), self.clock.now() + LEASE, None, "cut"))

    def lose(self) -> None:
        process = self.random.choice(self.processes)
        process.wire.lost_answer = self.random.choice(ANSWERS)
        now = self.clock.now()
        self.faults.append(Fault(now, now + LEASE, process.name, "answer lost", loses=False))

    def ask(self) -> None:
        run = f"asked-{len(self.asked)}"
        self.store.enqueue([NewRun(run, "free", self.clock.now(), "")])
        self.asked.add(run)

    # what is left

    def heal(self) -> None:
        """Undo every fault, and go on until all that was owed must have ended."""
        self.healed = self.clock.now()
        self.faults = [fault._replace(end=min(fault.end, self.healed)) for fault in self.faults]
        for process in self.processes:
            process.wire.cut = False
            process.frozen_until = process.frozen_until if process.frozen_until == EVER else 0
        until = self.healed + 4 * LEASE
        while self.clock.now() < until:
            self.step(faults=False)
        for definition in definitions():
            self.store.pause(definition.name)
        until = self.clock.now() + 4 * LEASE
        while self.clock.now() < until:
            self.step(faults=False)

    def history(self) -> History:
        """Return what the judge has to know, of the time until shortly after the healing."""
        end = self.healed + LEASE
        owed = {
            one.name: list(enumerate_interval(one.trigger.every.total_seconds(), end))  # type: ignore[attr-defined]
            for one in definitions()
        }
        runs = [
            run for run in self.store.runs(RunFilter(limit=100_000)) if micros(run.fire_time) <= end
        ]
        known = {run.id for run in runs}
        return History(
            owed=owed,
            starts=[start for start in self.starts if start.run in known or start.fire_time <= end],
            ends=self.ends,
            faults=self.faults,
            rows=[_row(run) for run in runs],
            skips=[
                Skipped(one.schedule, one.first, one.last, one.reason) for one in self.store.skips()
            ],
            lease=LEASE,
            epsilon=3 * SECOND,
            asked=frozenset(self.asked),
            serial=frozenset(["skip", "queue", "cancel"]),
            # Of a rate nobody counts what runs; but it makes runs wait, as limits do.
            limits={"limited": 1, f"keyed{A}": 1, f"keyed{B}": 1, "rated": len(self.starts)},
            rates={"rated": (RATE.count, RATE.span)},
            claims={"rated": self.rated},
            # So few engines have no room for what the lost ones would have run.
            delaying=frozenset(["kill", "exit", "freeze", "cut"]),
        )


def enumerate_interval(seconds: float, end: int) -> Iterator[int]:
    """Return the fire times of an interval that was declared at the start, up to ``end``."""
    fire = START + round(seconds * SECOND)
    while fire <= end:
        yield fire
        fire += round(seconds * SECOND)


def _row(run: Run) -> Row:
    return Row(run.id, run.schedule, micros(run.fire_time), run.state, run.reason, run.attempt,
               run.token, run.result, micros(run.due))  # fmt: skip


def in_memory(clock: HandClock, new_id: Callable[[], str]) -> Store:
    return MemoryStore(clock, new_id=new_id)


def simulate(
    seed: int,
    steps: int = 250,
    store: Callable[[HandClock, Callable[[], str]], Store] = in_memory,
) -> History:
    """Return the history of one seed."""
    world = World(seed, store)
    for _ in range(steps):
        world.step()
    world.heal()
    return world.history()
