"""What a store keeps, as people read it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from pyramid_scheduler.instants import maybe_moment
from pyramid_scheduler.model.declared import Definition
from pyramid_scheduler.model.states import Kind, Origin, RunState, ScheduleState, Verdict


class Pause(NamedTuple):
    """Since which instant a schedule rests, why and by whom, and until when if that is known."""

    at: int
    note: str = ""
    by: str = ""
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A definition and where it stands.

    ``anchor`` is when it was first declared, ``next_fire`` the first fire time not yet dealt
    with, ``last_fire`` the last that was; ``parked`` says that no live node declares it. Failures
    are counted of fire times later than ``resumed``, the end of the last pause.
    """

    definition: Definition
    origin: Origin
    anchor: int
    next_fire: int | None
    last_fire: int | None = None
    pause: Pause | None = None
    parked: bool = False
    resumed: int | None = None

    @property
    def name(self) -> str:
        """Return the schedule's name, which is its id."""
        return self.definition.name

    @property
    def task(self) -> str:
        """Return the name of the task that it runs."""
        return self.definition.task

    @property
    def state(self) -> ScheduleState:
        """Return why it fires or does not."""
        if self.parked:
            return ScheduleState.PARKED
        if not self.definition.enabled:
            return ScheduleState.DISABLED
        if self.pause is not None:
            return ScheduleState.PAUSED
        return ScheduleState.FINISHED if self.next_fire is None else ScheduleState.ACTIVE

    @property
    def wake(self) -> int | None:
        """Return the instant at which a claim has to look at it, None while it lies still."""
        if self.pause is not None:
            return self.pause.until if self.state is ScheduleState.PAUSED else None
        return self.next_fire if self.state is ScheduleState.ACTIVE else None

    @property
    def next_fire_time(self) -> datetime | None:
        """Return the next fire time (aware, UTC)."""
        return maybe_moment(self.next_fire)

    @property
    def last_fire_time(self) -> datetime | None:
        """Return the last fire time that was dealt with, run or skipped (aware, UTC)."""
        return maybe_moment(self.last_fire)


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """How an attempt failed: the exception's type, its message, its traceback (at most 16 KiB)."""

    type: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One owed execution as the store has it; instants are aware datetimes in UTC.

    ``attempt`` counts the attempts spent, the present one included; ``token`` the claims.
    ``result`` is what the task returned, as JSON gives it back. ``key`` is what its task's ``key``
    made of its arguments; ``equals`` the id of the run for which this one was skipped as equal.
    """

    id: str
    kind: Kind
    schedule: str | None
    task: str
    fire_time: datetime
    due: datetime
    state: RunState
    reason: str | None = None
    attempt: int = 0
    crashes: int = 0
    token: int = 0
    node: str | None = None
    claimed_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stop_requested: bool = False
    error: ErrorInfo | None = None
    result: Any = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    key: str | None = None
    equals: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a run that ended before the run did; ``ending`` says how.

    ``ending`` is ``failed`` or ``cancelled`` (and tried again), ``abandoned`` (its node died) or
    ``released`` (given back).
    """

    run_id: str
    number: int
    token: int
    node: str | None
    claimed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime
    ending: str
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Neighbouring fire times of one schedule that did not run, for one reason.

    ``count`` is exact unless ``exact`` is False: then it is a lower bound.
    """

    schedule: str
    reason: str
    first: int
    last: int
    count: int
    exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One running engine as the others see it. ``beats`` only ever grows; a clock is not asked."""

    id: str
    host: str
    pid: int
    version: str
    beats: int = 0
    alive: bool = True
    joined_at: int = 0
    beaten_at: int = 0
    clock_offset: int = 0


class Explanation(NamedTuple):
    """Why a schedule ran, or did not, at an instant: a verdict, the words for it, the record."""

    verdict: Verdict
    words: str
    run: Run | None = None
    skip: Skip | None = None
