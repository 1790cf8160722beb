"""The mutable rows of the store in memory. Nothing of them leaves it: frozen values do."""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from pyramid_scheduler.model import (
    ErrorInfo,
    Kind,
    Node,
    OnCrash,
    Overlap,
    RunState,
    Schedule,
)
from pyramid_scheduler.rules.planning import Step
from pyramid_scheduler.stores.memory.timeline import Timeline, Waiting, numbers


class RunRow(Waiting):
    """One run. ``series`` is its schedule's; ``result`` and ``arguments`` are JSON texts.

    ``free``: it waits for no other run of its schedule, whatever that says.
    """

    __slots__ = (
        "arguments",
        "attempt",
        "claimed_at",
        "crashes",
        "due",
        "equals",
        "error",
        "finished_at",
        "fire_time",
        "free",
        "id",
        "key",
        "kind",
        "max_crashes",
        "node",
        "on_crash",
        "on_failure",
        "reason",
        "result",
        "same",
        "series",
        "started_at",
        "state",
        "stop_requested",
        "task",
        "token",
    )

    def __init__(
        self,
        run_id: str,
        kind: Kind,
        series: "Series | None",
        task: "TaskRow",
        fire_time: int,
        arguments: str,
    ) -> None:
        """Begin pending, owed at ``fire_time`` and due then."""
        self.entry = None
        self.id = run_id
        self.kind = kind
        self.series = series
        self.task = task
        self.fire_time = self.due = fire_time
        self.arguments = arguments
        self.state = RunState.PENDING
        self.attempt = self.crashes = self.token = 0
        self.stop_requested = self.free = False
        self.on_crash = OnCrash.RETRY
        self.max_crashes = 0
        self.on_failure: str | None = None
        self.node: str | None = None
        self.reason: str | None = None
        self.claimed_at: int | None = None
        self.started_at: int | None = None
        self.finished_at: int | None = None
        self.error: ErrorInfo | None = None
        self.result: str | None = None
        self.key: str | None = None
        self.same: str | None = None
        self.equals: str | None = None

    @property
    def queue(self) -> "Queue":
        """Return where it stands in line, and is counted."""
        return self.task if self.key is None else self.task.queue(self.key)


class Start(NamedTuple):
    """When a run may begin, and the last instant that counts it, by the rate of its claim."""

    at: int
    until: int


class Queue:
    """What waits for one task, runs and schedules in one line, what of it runs, when it began.

    ``limit`` is the ``max_running`` that the node which claimed last knows; ``starts`` are what
    a rate may count.
    """

    __slots__ = ("limit", "line", "running", "starts")

    def __init__(self) -> None:
        """Begin empty."""
        self.limit: int | None = None
        self.line: Timeline[RunRow | Series] = Timeline()
        self.running: dict[str, RunRow] = {}
        self.starts: list[Start] = []

    @property
    def full(self) -> bool:
        """Return whether no further run may begin."""
        return self.limit is not None and len(self.running) >= self.limit


class TaskRow(Queue):
    """The queue of one task: of its schedules, and of its runs without a key.

    Each key has a queue of its own, so that what waits for one that is full is in nobody's way.
    """

    __slots__ = ("keys", "name")

    def __init__(self, name: str) -> None:
        """Begin empty."""
        super().__init__()
        self.name = name
        self.keys: dict[str, Queue] = {}

    def queue(self, key: str | None) -> Queue:
        """Return the queue of ``key``, of this task itself for None."""
        if key is None:
            return self
        if key not in self.keys:
            self.keys[key] = Queue()
        return self.keys[key]


class ScheduleRow:
    """A schedule (:class:`pyramid_scheduler.model.Schedule`) whose fire times move.

    ``step`` is what planning goes on by, made ready with the first fire time that has a next one.
    """

    __slots__ = (
        "anchor",
        "definition",
        "last_fire",
        "next_fire",
        "origin",
        "parked",
        "pause",
        "resumed",
        "step",
    )

    def __init__(self, schedule: Schedule) -> None:
        """Begin as ``schedule``."""
        self.definition = schedule.definition
        self.origin = schedule.origin
        self.anchor = schedule.anchor
        self.next_fire = schedule.next_fire
        self.last_fire = schedule.last_fire
        self.pause = schedule.pause
        self.parked = schedule.parked
        self.resumed = schedule.resumed
        self.step: Step | None = None

    def frozen(self) -> Schedule:
        """Return it as it stands."""
        return Schedule(
            definition=self.definition,
            origin=self.origin,
            anchor=self.anchor,
            next_fire=self.next_fire,
            last_fire=self.last_fire,
            pause=self.pause,
            parked=self.parked,
            resumed=self.resumed,
        )


class Series(Waiting):
    """A schedule's name and all that bears it; ``row`` is the schedule, None once removed.

    ``serial`` says that its runs go one after the other. ``runs`` has them by fire time, the
    second line of defence against a second one, in the order they were made; ``newest`` is the
    latest fire time among them.
    """

    __slots__ = ("_waiting", "name", "newest", "pending", "row", "running", "runs", "serial")

    def __init__(self, name: str) -> None:
        """Begin without anything."""
        self.entry = None
        self.name = name
        self.row: ScheduleRow | None = None
        self.serial = True
        self.runs: dict[int, RunRow] = {}
        self.newest: int | None = None
        self.pending: dict[str, RunRow] = {}
        self.running: dict[str, RunRow] = {}
        # By task, if it has had several: nobody may know the former. Most never need one.
        self._waiting: dict[str, list[tuple[int, int, RunRow]]] | None = None

    @property
    def schedule(self) -> Schedule | None:
        """Return the schedule as it stands, None when there is none."""
        return None if self.row is None else self.row.frozen()

    def stand_for(self, schedule: Schedule | None) -> None:
        """Let ``schedule`` be what the name stands for."""
        self.row = None if schedule is None else ScheduleRow(schedule)
        self.serial = schedule is None or schedule.definition.overlap is not Overlap.ALLOW

    def add(self, run: RunRow) -> None:
        """Add a run of a fire time that has none."""
        self.runs[run.fire_time] = run
        if self.newest is None or run.fire_time > self.newest:
            self.newest = run.fire_time

    def delete(self, run: RunRow) -> None:
        """Take away a run that ended long ago."""
        del self.runs[run.fire_time]
        if run.fire_time == self.newest:
            self.newest = max(self.runs, default=None)

    def wait(self, run: RunRow) -> None:
        """Add a run that is pending."""
        self.pending[run.id] = run
        if self.serial and not run.free:
            if self._waiting is None:
                self._waiting = {}
            waiting = self._waiting.setdefault(run.task.name, [])
            heappush(waiting, (run.fire_time, next(numbers), run))

    def line_up(self) -> None:
        """Order the pending runs anew: whether they go one after the other may have changed."""
        self._waiting = None
        for run in list(self.pending.values()):
            self.wait(run)

    def heads(self) -> list[RunRow]:
        """Return the pending runs that are the next to begin: of each task the oldest fire time."""
        heads = (self.head(task) for task in self._waiting or ())
        return [head for head in heads if head is not None]

    def head(self, task: str) -> RunRow | None:
        """Return the pending run of ``task`` with the oldest fire time."""
        waiting = (self._waiting or {}).get(task)
        while waiting and waiting[0][2].id not in self.pending:
            heappop(waiting)
        return waiting[0][2] if waiting else None


class NodeRow:
    """A node and the runs that are its own."""

    __slots__ = ("node", "runs")

    def __init__(self, node: Node) -> None:
        """Begin without runs."""
        self.node = node
        self.runs: dict[str, RunRow] = {}


def earliest(instants: Iterable[int | None]) -> int | None:
    """Return the earliest instant there is among ``instants``."""
    return min((instant for instant in instants if instant is not None), default=None)
