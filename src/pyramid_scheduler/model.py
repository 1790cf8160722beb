"""The frozen values that everything speaks of. They know no clock, no store and no machine.

The words are those of the project's glossary. An ``int`` that stands for time is an instant or a
duration in microseconds (:mod:`pyramid_scheduler.instants`); a ``datetime`` is always aware.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from inspect import Signature
from typing import Any, ClassVar, Literal, NamedTuple, Self

from pyramid_scheduler.instants import maybe_moment


class RunState(StrEnum):
    """Where a run stands; ``docs/state-machine.md`` draws how it moves."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def ended(self) -> bool:
        """Whether nothing moves the run any more, unless a person asks."""
        return self not in (RunState.PENDING, RunState.RUNNING)


class Kind(StrEnum):
    """What a run is owed to: a fire time, a person or program, or a backfill."""

    SCHEDULED = "scheduled"
    ASKED = "asked"
    BACKFILL = "backfill"


class Misfire(StrEnum):
    """What becomes of several owed fire times: the newest runs, all run, or only a fresh one."""

    LATEST = "latest"
    ALL = "all"
    SKIP = "skip"


class Overlap(StrEnum):
    """What becomes of a fire time while an earlier run of its schedule has not ended."""

    SKIP = "skip"
    QUEUE = "queue"
    ALLOW = "allow"
    CANCEL = "cancel"


class OnCrash(StrEnum):
    """What becomes of a run whose node died: at-least-once or at-most-once execution."""

    RETRY = "retry"
    FAIL = "fail"


class Origin(StrEnum):
    """Who wrote a schedule last: the application's code, or a call at run time."""

    CODE = "code"
    STORE = "store"


class ScheduleState(StrEnum):
    """Why a schedule fires or does not."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"
    PARKED = "parked"
    FINISHED = "finished"


class Reason:
    """Why a run or a fire time ended as it did: the values of ``reason``."""

    MISFIRE = "misfire"
    OVERLAP = "overlap"
    PAUSED = "paused"
    DISABLED = "disabled"
    PARKED = "parked"
    CHANGED = "changed"
    REMOVED = "removed"
    CRASHED = "crashed"
    POISON = "poison"
    SHUTDOWN = "shutdown"
    CANCELLED = "cancelled"


class Trigger(ABC):
    """The pure answer to "when next, after this instant?".

    A subclass is a frozen value with a ``kind`` of its own: equal triggers compare equal, and
    ``from_json(as_json())`` gives an equal one.
    """

    kind: ClassVar[str]

    @abstractmethod
    def next(self, after: datetime) -> datetime | None:
        """Return the first fire time strictly later than the aware ``after``, None when no more."""

    @abstractmethod
    def as_json(self) -> dict[str, Any]:
        """Return the trigger's parameters as plain JSON values, without its kind."""

    @classmethod
    @abstractmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the trigger whose :meth:`as_json` gave ``data``."""

    def first(self, declared: datetime) -> datetime | None:
        """Return the first instant owed by a schedule that was declared at ``declared``."""
        return self.next(declared)

    def anchored(self, anchor: datetime) -> "Trigger":
        """Return this trigger counted from ``anchor``, if it counts from anything unsaid."""
        del anchor
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A named callable and how it runs.

    ``call`` is what an executor runs: the function inside its derivers. ``takes_request`` says
    whether the function's first parameter is the request; ``signature`` is without it.
    """

    name: str
    func: Callable[..., Any]
    signature: Signature
    call: Callable[..., Any]
    executor: str = "threads"
    on_crash: OnCrash = OnCrash.RETRY
    max_running: int | None = None
    max_crashes: int = 3
    takes_request: bool = False
    tags: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What was said about a schedule: when which task runs, with which arguments and policies.

    ``arguments`` is JSON as :func:`pyramid_scheduler.payload.dump_arguments` writes it; ``start``
    is inclusive, ``"now"`` means the instant of the first declaration; ``end`` is inclusive.
    """

    name: str
    task: str
    trigger: Trigger
    arguments: str = ""
    timezone: str = "UTC"
    start: datetime | Literal["now"] | None = None
    end: datetime | None = None
    misfire: Misfire = Misfire.LATEST
    grace: timedelta | None = None
    catch_up: int = 100
    overlap: Overlap = Overlap.SKIP
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A definition and where it stands.

    ``anchor`` is when it was first declared, ``next_fire`` the first fire time not yet dealt
    with, ``last_fire`` the last that was; ``parked`` says that no live node declares it.
    """

    definition: Definition
    origin: Origin
    anchor: int
    next_fire: int | None
    last_fire: int | None = None
    paused_at: int | None = None
    parked: bool = False

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
        if self.paused_at is not None:
            return ScheduleState.PAUSED
        return ScheduleState.FINISHED if self.next_fire is None else ScheduleState.ACTIVE

    @property
    def wake(self) -> int | None:
        """Return the instant at which a claim has to look at it, None while it lies still."""
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
    ``result`` is what the task returned, as JSON gives it back.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a run that ended before the run did; ``ending`` says how.

    ``ending`` is ``failed``, ``abandoned`` (its node died) or ``released`` (given back).
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


# What passes through the engine's hands for every run is a NamedTuple: as frozen as a dataclass
# and four times as quick to make.


class Claim(NamedTuple):
    """A run that a node has taken: the right to start it, under ``token``, not the start."""

    run_id: str
    kind: Kind
    schedule: str | None
    task: str
    fire_time: int
    due: int
    attempt: int
    token: int
    arguments: str


class Outcome(NamedTuple):
    """How an attempt ended: its state, JSON result or error, and when (instants)."""

    state: RunState
    started_at: int
    finished_at: int
    result: str | None = None
    error: ErrorInfo | None = None


class Finish(NamedTuple):
    """An outcome to be written, with what proves the right to write it."""

    run_id: str
    token: int
    outcome: Outcome


class NewRun(NamedTuple):
    """A run that was asked for, due at ``due``."""

    run_id: str
    task: str
    due: int
    arguments: str
    kind: Kind = Kind.ASKED


class Active(NamedTuple):
    """How many runs of one schedule wait and run."""

    pending: int = 0
    running: int = 0


class FireTime(NamedTuple):
    """One fire time to come."""

    fire_time: datetime
    schedule: str
    task: str
