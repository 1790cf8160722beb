"""Scale on paper: very many schedules on many nodes, in virtual time, before the same judge.

Time goes from one event to the next and nothing waits. The engines are the package's own loops over
one store in memory; some of them are killed on the way.
"""

from heapq import heappop, heappush
from itertools import count
from random import Random

from pyramid_scheduler.engine import EngineOptions
from pyramid_scheduler.engine.loop import Loop
from pyramid_scheduler.engine.membership import Membership
from pyramid_scheduler.execution import CurrentRun, execute, timed_out
from pyramid_scheduler.instants import SECOND, micros, moment
from pyramid_scheduler.interfaces import RunFilter, RunReport, StopFlag
from pyramid_scheduler.model import Claim, Definition, Overlap, Task
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.stores.memory import MemoryStore
from pyramid_scheduler.triggers import IntervalTrigger
from tests.chaos.checker import End, Fault, History, Row, Skipped, Start
from tests.clock import START, HandClock
from tests.engine.scene import Heard, ToldAtOnce, make_task

OPTIONS = EngineOptions()
LEASE = round(OPTIONS.lease * SECOND)
HOUR = 3600
THREADS = 20
TAKES = 0.05
BATCH = 10_000


def give_token(run: CurrentRun, request: object) -> int:
    return run.token


class Threads:
    """An executor whose runs take TAKES seconds of virtual time each."""

    def __init__(self, fleet: "Fleet", node: str) -> None:
        self._fleet = fleet
        self._node = node
        self._report: RunReport
        self._queue: list[tuple[Task, Claim, StopFlag]] = []
        self._going: list[tuple[float, int, Task, Claim, StopFlag]] = []
        self._order = count()

    def start(self, report: RunReport) -> None:
        self._report = report

    def submit(self, task: Task, claim: Claim, stop: StopFlag) -> None:
        self._queue.append((task, claim, stop))

    def idle(self) -> int:
        return max(0, THREADS - len(self._queue) - len(self._going))

    def abandon(self, task: Task, claim: Claim, began: int) -> None:
        self._report.ended(claim, timed_out(task, claim, began, self._fleet.clock))

    @property
    def exhausted(self) -> bool:
        return False

    def stop(self) -> None:
        self._queue.clear()

    def next_end(self) -> float:
        return self._going[0][0] if self._going else float("inf")

    def work(self) -> bool:
        """Begin and end what is to; return whether there was anything."""
        now, before = self._fleet.clock.monotonic(), len(self._queue) + len(self._going)
        while self._going and self._going[0][0] <= now:
            _, _, task, claim, stop = heappop(self._going)
            outcome = execute(task, claim, stop, self._fleet.clock)
            self._fleet.ends.append(End(self._fleet.clock.now(), claim.run_id, claim.token))
            self._report.ended(claim, outcome)
        begun = 0
        while self._queue and len(self._going) < THREADS:
            task, claim, stop = self._queue.pop(0)
            begun += 1
            if self._report.begins(claim):
                self._fleet.began(claim, self._node)
                heappush(self._going, (now + TAKES, next(self._order), task, claim, stop))
        return begun > 0 or len(self._queue) + len(self._going) != before


class Engine:
    """One node."""

    def __init__(self, fleet: "Fleet", name: str) -> None:
        self.name = name
        self._clock = fleet.clock
        self.threads = Threads(fleet, name)
        declared = Declarations()
        declared.add_task(make_task("job", give_token))
        membership = Membership(fleet.store, declared, fleet.clock, OPTIONS, lambda: name)
        self.loop = Loop(
            fleet.store, declared, membership, {"threads": self.threads}, fleet.clock, OPTIONS,
            ToldAtOnce(Heard()), fleet.random,
        )  # fmt: skip
        self.wakes = 0.0

    def turn(self) -> None:
        """Do all that is due now."""
        self.loop.turn()
        while self.threads.work():
            self.loop.turn()
        pause = max(0.001, self.loop._time_to_wait())
        self.wakes = min(self._clock.monotonic() + pause, self.threads.next_end())


class Fleet:
    """``engines`` nodes over ``schedules`` schedules, each of which fires once an hour."""

    def __init__(self, schedules: int, engines: int, seed: int) -> None:
        self.random = Random(seed)
        self.clock = HandClock()
        numbers = count()
        self.store = MemoryStore(self.clock, new_id=lambda: f"run-{next(numbers):08}")
        self.starts: list[Start] = []
        self.ends: list[End] = []
        self.faults: list[Fault] = []
        self._names = (f"n{number}" for number in count())
        self._first = {
            f"s{number}": START + round(number / schedules * HOUR * SECOND) + SECOND
            for number in range(schedules)
        }
        names = list(self._first)
        for some in range(0, schedules, BATCH):
            rows = [self._definition(name) for name in names[some : some + BATCH]]
            self.store.put_schedule(rows, replace=False)
        self.engines = [Engine(self, next(self._names)) for _ in range(engines)]

    def _definition(self, name: str) -> Definition:
        return Definition(
            name=name, task="job", trigger=IntervalTrigger(HOUR),
            start=moment(self._first[name]), overlap=Overlap.ALLOW,
        )  # fmt: skip

    def began(self, claim: Claim, node: str) -> None:
        self.starts.append(
            Start(self.clock.now(), claim.run_id, claim.schedule, claim.fire_time, claim.token,
                  claim.attempt, node, claim.task)
        )  # fmt: skip

    def play(self, seconds: float) -> None:
        """Let so much virtual time pass."""
        until = self.clock.monotonic() + seconds
        while (at := min(engine.wakes for engine in self.engines)) < until:
            # A microsecond more, which is what the clock rounds to.
            self.clock.advance(max(0.0, at - self.clock.monotonic()) + 1e-6)
            for engine in self.engines:
                if engine.wakes <= self.clock.monotonic():
                    engine.turn()

    def kill(self, many: int) -> None:
        """Kill ``many`` nodes at once; others are started in their place."""
        for victim in self.random.sample(self.engines, many):
            self.engines.remove(victim)
            now = self.clock.now()
            self.faults.append(Fault(now, now, victim.name, "kill", gone=True))
            self.engines.append(Engine(self, next(self._names)))

    def history(self, until: int) -> History:
        """Return what the judge has to know of what was owed before ``until``."""
        runs = self.store.runs(RunFilter(limit=10_000_000))
        return History(
            owed={name: [first] for name, first in self._first.items() if first <= until},
            starts=self.starts,
            ends=self.ends,
            faults=self.faults,
            rows=[
                Row(run.id, run.schedule, micros(run.fire_time), run.state, run.reason,
                    run.attempt, run.token, run.result, micros(run.due))
                for run in runs
            ],
            skips=[
                Skipped(one.schedule, one.first, one.last, one.reason) for one in self.store.skips()
            ],
            lease=LEASE,
            epsilon=SECOND,
        )  # fmt: skip


def simulate_scale(
    schedules: int, engines: int = 50, seconds: float = 120, killed: int = 10, seed: int = 1
) -> History:
    """Return the history of ``seconds``, with ``killed`` nodes killed after a third of them."""
    fleet = Fleet(schedules, engines, seed)
    fleet.play(seconds / 3)
    fleet.kill(killed)
    fleet.play(seconds * 2 / 3)
    until = fleet.clock.now() - SECOND
    for name, first in fleet._first.items():  # owed later than is asked for
        if first > until:
            fleet.store.pause(name)
    fleet.play(3 * OPTIONS.lease)
    return fleet.history(until)
