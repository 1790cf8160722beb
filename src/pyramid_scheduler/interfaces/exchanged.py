"""What an engine and a store say to each other: plain values, each a NamedTuple."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from pyramid_scheduler.model import Claim, Node, RunState, Task


class Room(NamedTuple):
    """What an executor of a node can take: started at once, and queued ahead beside that."""

    idle: int
    ahead: int = 0


class ClaimRequest(NamedTuple):
    """What a node offers to run: its tasks by name, its room by executor, its lookahead (us).

    ``clock_offset`` is that of its last :class:`Beat`. Where the node's clock is the store's, and
    was set since, nothing is claimed: it is by that offset that the others found it right.
    """

    node: str
    tasks: Mapping[str, Task]
    rooms: Mapping[str, Room]
    lookahead: int
    clock_offset: int | None = None


class Claimed(NamedTuple):
    """What a claim took. ``now`` is the store's clock, ``next_due`` the next instant to look again.

    ``next_due`` is None when nothing is owed to this node's tasks. ``more`` says that something due
    was left for want of this node's room. What a limit or an earlier run of its schedule holds
    back is not meant: the end of that run changes the revision. ``age`` is how many seconds ago its
    clock was read as it answered: by those who asks knows better what time it is there.
    """

    claims: Sequence[Claim]
    now: int
    next_due: int | None
    more: bool = False
    age: float = 0.0


class Written(StrEnum):
    """What a store answers to a finish.

    A cancelled one was written so, whatever the outcome: somebody had asked the run to stop. A
    refused one came from an owner that is no longer it. With a paused one too many runs of its
    schedule have failed in a row: it was written, and the schedule is paused. One for later was not
    written, since somebody has a lock for long that it needs: it is to be told again.
    """

    WRITTEN = "written"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    ALREADY = "already"
    REFUSED = "refused"
    LATER = "later"


class Apart(StrEnum):
    """Why a store is not within the transaction of a session.

    Its kind of database is one where that never is; its tables have names of their own; the
    session's connection sees other tables, or commits by itself or in two phases.
    """

    KIND = "kind"
    PREFIX = "prefix"
    ELSEWHERE = "elsewhere"
    COMMITS = "commits"


class Beat(NamedTuple):
    """A heartbeat: which node, its clock's offset, the runs in its hands that have begun.

    ``clock_offset``, in microseconds, is the same for all whose clocks agree: the wall clock minus
    the time since boot where the store is this machine's, minus the store's clock elsewhere.
    """

    node: str
    clock_offset: int
    begun: Mapping[str, int]


class OwnRun(NamedTuple):
    """A run that the store says is this node's."""

    run_id: str
    token: int
    stop_requested: bool


class Pulse(NamedTuple):
    """What a heartbeat brings back: every node believed alive, and the runs that are this one's.

    ``now`` is the store's clock.
    """

    nodes: Sequence[Node]
    own: Sequence[OwnRun]
    now: int


class Recovered(NamedTuple):
    """A run that was taken over from a node that died, and what became of it by that."""

    run_id: str
    task: str
    state: RunState
    reason: str | None


class Reconciliation(NamedTuple):
    """What a declaration changed, by schedule name.

    Of what was ``corrected``, today's time zone rules or calendars moved the next fire time.
    """

    added: list[str]
    changed: list[str]
    parked: list[str]
    corrected: list[str]


class RunFilter(NamedTuple):
    """Which runs are wanted, newest first; None means any. ``fire_time`` is an instant."""

    task: str | None = None
    schedule: str | None = None
    state: RunState | None = None
    fire_time: int | None = None
    limit: int = 100
