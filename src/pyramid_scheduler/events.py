"""What Pyramid subscribers can hear; each is a plain frozen value.

Sent to the application's registry from a thread of the scheduler's own, after what it tells of
has been written. A subscriber that raises is logged; one that is slow delays only other events.
"""

from dataclasses import dataclass

from pyramid_scheduler.model import Claim, ErrorInfo, Outcome, RunState


@dataclass(frozen=True, slots=True)
class SchedulerStarted:
    """The engine of this process runs, as node ``node``."""

    node: str


@dataclass(frozen=True, slots=True)
class SchedulerStopped:
    """The engine of this process has stopped."""

    node: str


@dataclass(frozen=True, slots=True)
class SchedulerDegraded:
    """The store does not answer; the engine tries again. ``error`` says why."""

    error: str


@dataclass(frozen=True, slots=True)
class SchedulerRecovered:
    """The store answers again."""


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run of this process has ended and its outcome is written."""

    claim: Claim
    outcome: Outcome


class TaskSucceeded(RunEnded):
    """The task returned."""


class TaskFailed(RunEnded):
    """The task raised; ``error`` has type, message and traceback."""

    @property
    def error(self) -> ErrorInfo | None:
        """Return how it failed."""
        return self.outcome.error


class TaskCancelled(RunEnded):
    """The run was asked to stop, and ended."""


@dataclass(frozen=True, slots=True)
class TaskRetried:
    """An attempt failed, and its run is owed again ``outcome.retry_after`` later."""

    claim: Claim
    outcome: Outcome

    @property
    def error(self) -> ErrorInfo | None:
        """Return how it failed."""
        return self.outcome.error


@dataclass(frozen=True, slots=True)
class RunRecovered:
    """A node died, and this process has taken over a run of its.

    ``state`` says what became of it: ``pending``, it is owed again; ``failed``, with the ``reason``
    ``crashed`` or ``poison``; ``cancelled``, since somebody had asked it to stop.
    """

    run_id: str
    task: str
    node: str
    state: RunState
    reason: str | None


@dataclass(frozen=True, slots=True)
class RunRefused:
    """A run ended here whose claim was no longer this node's: its outcome was not written."""

    claim: Claim
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class SchedulePaused:
    """A schedule was paused because its runs failed, so many in a row as its ``pause_after`` says.

    ``claim`` and ``outcome`` are those of the last one; who resumes it begins to count anew.
    """

    schedule: str
    claim: Claim
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class AskingFailed:
    """What a committed request had asked for could not be written; it is not lost in silence."""

    what: str
    error: str


ENDED: dict[RunState, type[RunEnded]] = {
    RunState.SUCCEEDED: TaskSucceeded,
    RunState.FAILED: TaskFailed,
    RunState.CANCELLED: TaskCancelled,
}
