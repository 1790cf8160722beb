"""What the scenes of the conformance suite are made of; times are seconds after the start."""

from dataclasses import dataclass
from datetime import timedelta
from inspect import signature
from typing import Any

from pyramid_scheduler.instants import SECOND, micros, moment
from pyramid_scheduler.interfaces import (
    Beat,
    Claimed,
    ClaimRequest,
    Pulse,
    Reconciliation,
    Room,
    RunFilter,
    Store,
    Written,
)
from pyramid_scheduler.model import (
    Claim,
    Definition,
    ErrorInfo,
    Finish,
    NewRun,
    Node,
    Outcome,
    Run,
    RunState,
    Schedule,
    Task,
)
from pyramid_scheduler.triggers import IntervalTrigger, OnceTrigger, register
from tests.clock import START, HandClock


def job() -> None:
    """Do nothing."""


def task(name: str = "job", **options: Any) -> Task:
    return Task(name=name, func=job, signature=signature(job), call=job, **options)


def every(seconds: float = 10, name: str = "beat", **options: Any) -> Definition:
    options.setdefault("task", "job")
    trigger = IntervalTrigger(timedelta(seconds=seconds))
    return Definition(name=name, trigger=trigger, **options)


def once(at: float, name: str = "once", **options: Any) -> Definition:
    options.setdefault("task", "job")
    return Definition(name=name, trigger=OnceTrigger(moment(instant(at))), **options)


@register
@dataclass(frozen=True, slots=True, init=False)
class Civil(IntervalTrigger):
    """An interval, and by as many microseconds later as the ``law`` of the day says."""

    kind = "civil"
    civil = True
    law = 0

    def next_instant(self, after: int) -> int | None:
        fire = IntervalTrigger.next_instant(self, after - Civil.law)
        return None if fire is None else fire + Civil.law


def by_law(seconds: float, name: str = "beat", **options: Any) -> Definition:
    trigger = Civil(timedelta(seconds=seconds), moment(START))
    return Definition(name=name, task="job", trigger=trigger, **options)


def instant(seconds: float) -> int:
    return START + round(seconds * SECOND)


def seconds(at: int) -> float:
    return (at - START) / SECOND


class Scene:
    """A store, its clock, and short words for what happens in it."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        self.store = store
        self.clock = clock

    # nodes

    def join(self, node: str, *definitions: Definition) -> Reconciliation:
        return self.store.join(Node(id=node, host="here", pid=1, version="1"), definitions)

    def beat(self, node: str, offset: int = 0, **begun: int) -> Pulse:
        return self.store.beat(Beat(node, offset, begun))

    def node(self, name: str) -> Node:
        return {node.id: node for node in self.store.nodes()}[name]

    def dies(self, node: str) -> list[str]:
        return [one.run_id for one in self.store.recover(node, self.node(node).beats)]

    # runs

    def ask(self, *ids: str, task: str = "job", at: float | None = None) -> None:
        due = self.clock.now() if at is None else instant(at)
        self.store.enqueue([NewRun(run_id, task, due, "") for run_id in ids])

    def look(
        self,
        node: str = "a",
        *tasks: Task,
        idle: int = 100,
        ahead: int = 0,
        lookahead: float = 0,
        rooms: dict[str, Room] | None = None,
    ) -> Claimed:
        known = {one.name: one for one in tasks or (task(),)}
        request = ClaimRequest(
            node, known, rooms or {"threads": Room(idle, ahead)}, round(lookahead * SECOND)
        )
        return self.store.claim(request)

    def claim(self, node: str = "a", *tasks: Task, **room: Any) -> list[Claim]:
        return list(self.look(node, *tasks, **room).claims)

    def claim_one(self, node: str = "a", *tasks: Task, **room: Any) -> Claim:
        (claim,) = self.claim(node, *tasks, **room)
        return claim

    def finish(
        self,
        claim: Claim,
        node: str = "a",
        state: RunState = RunState.SUCCEEDED,
        result: str | None = None,
        error: ErrorInfo | None = None,
    ) -> Written:
        now = self.clock.now()
        outcome = Outcome(state, now, now, result, error)
        (answer,) = self.store.finish(node, [Finish(claim.run_id, claim.token, outcome)])
        return answer

    def release(self, claim: Claim, node: str = "a") -> None:
        self.store.release(node, {claim.run_id: claim.token})

    # what there is

    def run(self, which: str | Claim) -> Run:
        return self.store.run(which if isinstance(which, str) else which.run_id)

    def state(self, which: str | Claim) -> tuple[RunState, str | None]:
        run = self.run(which)
        return run.state, run.reason

    def runs(self, schedule: str = "beat") -> dict[float, Run]:
        """The runs of a schedule by fire time, oldest first."""
        found = self.store.runs(RunFilter(schedule=schedule, limit=100_000))
        runs = {seconds(micros(run.fire_time)): run for run in found}
        assert len(runs) == len(found), "two runs of one fire time"
        return dict(sorted(runs.items()))

    def states(self, schedule: str = "beat") -> dict[float, str]:
        return {fire: str(run.state) for fire, run in self.runs(schedule).items()}

    def schedule(self, name: str = "beat") -> Schedule:
        return {schedule.name: schedule for schedule in self.store.schedules()}[name]

    def next_fire(self, name: str = "beat") -> float | None:
        fire = self.schedule(name).next_fire
        return None if fire is None else seconds(fire)

    def skips(self, schedule: str = "beat") -> list[tuple[str, float, float, int]]:
        return [
            (skip.reason, seconds(skip.first), seconds(skip.last), skip.count)
            for skip in self.store.skips(schedule)
        ]


def fires(claims: list[Claim]) -> list[float]:
    """The fire times of claims, in their order."""
    return [seconds(claim.fire_time) for claim in claims]
