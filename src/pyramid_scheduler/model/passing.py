"""What passes through the engine's hands.

For every run there are several of these, so each is a NamedTuple: as frozen as a dataclass, and
four times as quick to make.
"""

from datetime import datetime
from typing import NamedTuple

from pyramid_scheduler.model.kept import ErrorInfo
from pyramid_scheduler.model.limiting import Uniqueness
from pyramid_scheduler.model.states import Kind, RunState


class Claim(NamedTuple):
    """A run that a node has taken: the right to start it, under ``token``, not the start.

    ``failures`` counts the attempts before this one that ended by an error of the task. ``node``
    is whose it is.
    """

    run_id: str
    kind: Kind
    schedule: str | None
    task: str
    fire_time: int
    due: int
    attempt: int
    token: int
    arguments: str
    failures: int = 0
    node: str = ""


class Follow(NamedTuple):
    """A run of ``task`` that is owed because another one ended as it did."""

    task: str
    arguments: str
    key: str | None = None
    unique: Uniqueness | None = None


class Outcome(NamedTuple):
    """How an attempt ended: its state, JSON result or error, and when (instants).

    ``retry_after``: the run is owed again, so many microseconds after this was written. ``reason``
    is one of :class:`Reason`, where the state does not say all. ``follow`` is the next run of a
    chain, owed when this is written. ``written``: the task's own transaction has written it.
    """

    state: RunState
    started_at: int
    finished_at: int
    result: str | None = None
    error: ErrorInfo | None = None
    retry_after: int | None = None
    reason: str | None = None
    follow: Follow | None = None
    written: bool = False


class Finish(NamedTuple):
    """An outcome to be written, with what proves the right to write it."""

    run_id: str
    token: int
    outcome: Outcome


class NewRun(NamedTuple):
    """A run that was asked for, due at ``due``.

    One with a task's ``key`` that has none here is given it when it is claimed.
    """

    run_id: str
    task: str
    due: int
    arguments: str
    kind: Kind = Kind.ASKED
    key: str | None = None
    unique: Uniqueness | None = None


class Active(NamedTuple):
    """How many runs of one schedule wait and run; ``made_up`` wait as well, of a backfill."""

    pending: int = 0
    running: int = 0
    made_up: int = 0


class FireTime(NamedTuple):
    """One fire time to come, and what there is to know of it: ``marks``, in words."""

    fire_time: datetime
    schedule: str
    task: str
    marks: tuple[str, ...] = ()
