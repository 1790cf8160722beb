"""The states of a run and of a schedule, and the policies that decide between them."""

from enum import StrEnum


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
    """What a run is owed to: a fire time, a person or program, a backfill, or how another ended."""

    SCHEDULED = "scheduled"
    ASKED = "asked"
    BACKFILL = "backfill"
    CHAINED = "chained"


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


class Verdict(StrEnum):
    """What became of a schedule at an instant, or will."""

    RAN = "ran"
    WAITS = "waits"
    SKIPPED = "skipped"
    OWED = "owed"
    TO_COME = "to come"
    RESTS = "rests"
    NOBODY = "nobody runs it"
    NO_FIRE_TIME = "no fire time"
    BEFORE_DECLARED = "before declared"
    FORGOTTEN = "forgotten"


class Reason:
    """Why a run or a fire time ended as it did: the values of ``reason``."""

    MISFIRE = "misfire"
    OVERLAP = "overlap"
    UNIQUE = "unique"
    PAUSED = "paused"
    DISABLED = "disabled"
    PARKED = "parked"
    CHANGED = "changed"
    REMOVED = "removed"
    CRASHED = "crashed"
    POISON = "poison"
    SHUTDOWN = "shutdown"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
