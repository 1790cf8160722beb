"""What an application declares: triggers, tasks, definitions of schedules."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from inspect import Signature
from typing import Any, ClassVar, Literal, Self

from pyramid_scheduler.instants import micros, moment
from pyramid_scheduler.model.limiting import Rate, UniqueBy
from pyramid_scheduler.model.retrying import Backoff
from pyramid_scheduler.model.states import Misfire, OnCrash, Overlap

# Quick enough for what passes in a moment, slow enough for what is being repaired.
BACKOFF = Backoff.exponential(5, most=600, jitter=True)


class Trigger(ABC):
    """The pure answer to "when next, after this instant?".

    A subclass is a frozen value with a ``kind`` of its own: equal triggers compare equal, and
    ``from_json(as_json())`` gives an equal one.
    """

    kind: ClassVar[str]
    fires_once: ClassVar[bool] = False
    """Whether nothing ever follows a fire time: then it is not asked for what does."""

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

    def next_instant(self, after: int) -> int | None:
        """Return :meth:`next` as instants; worth writing where it saves the way by datetimes."""
        fire = self.next(moment(after))
        return None if fire is None else micros(fire)

    @property
    def civil(self) -> bool:
        """Return whether fire times depend on rules that people change: zones, holidays.

        Those that a store has kept are looked at again whenever an engine starts.
        """
        return False

    def anchored(self, anchor: datetime) -> "Trigger":
        """Return this trigger counted from ``anchor``, if it counts from anything unsaid."""
        del anchor
        return self

    def named(self, name: str) -> "Trigger":
        """Return this trigger as the schedule ``name`` has it, if anything depends on a name.

        Raises InvalidValue: with this name it is none.
        """
        del name
        return self

    def delay(self, name: str, fire: int) -> int:
        """Return how much later than the fire time ``fire`` its run is due, in microseconds.

        ``name`` is that of the schedule. The same name and fire time give the same delay, in every
        process: it moves what is due, never the fire time. Ask the trigger :meth:`anchored`.
        """
        del name, fire
        return 0

    def describe(self) -> str:
        """Return when it fires, in a few English words, such as ``every 10 minutes``."""
        return str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A named callable and how it runs.

    ``call`` is what an executor runs: the function inside its derivers. ``takes_request`` says
    whether the function's first parameter is the request; ``signature`` is without it.
    Of what is due, the higher ``priority`` (0 to 100) goes first. ``timeout`` is how long an
    attempt may take. ``retries`` is how many attempts may follow the first one; None: none after an
    error, as many as the task asks for by raising Retry. ``then`` and ``on_failure`` name the tasks
    that are run when a run has succeeded, or failed for good. ``transactional``: its transaction
    writes how the run ends.

    At most ``max_running`` of its runs run at once, and no more begin than ``rate`` says: of all,
    or with a ``key`` of those of each key. It is called with a run's own arguments, and answers a
    text, or None for a run that is not limited. A run that equals another by ``unique`` is skipped
    while that one waits or runs, and for ``unique_for`` after it was owed, if it succeeded.
    """

    name: str
    func: Callable[..., Any]
    signature: Signature
    call: Callable[..., Any]
    executor: str = "threads"
    on_crash: OnCrash = OnCrash.RETRY
    priority: int = 50
    max_running: int | None = None
    rate: Rate | None = None
    key: Callable[..., Any] | None = None
    unique: UniqueBy | None = None
    unique_for: timedelta | None = None
    max_crashes: int = 3
    timeout: timedelta | None = None
    retries: int | None = None
    retry_on: tuple[type[Exception], ...] = (Exception,)
    backoff: Backoff = BACKOFF
    then: str | None = None
    on_failure: str | None = None
    takes_request: bool = False
    transactional: bool = False
    tags: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What was said about a schedule: when which task runs, with which arguments and policies.

    ``arguments`` is JSON as :func:`pyramid_scheduler.payload.dump_arguments` writes it; ``start``
    is inclusive, ``"now"`` means the instant of the first declaration; ``end`` is inclusive. After
    ``pause_after`` failures in a row it is paused.
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
    pause_after: int | None = None
    enabled: bool = True
