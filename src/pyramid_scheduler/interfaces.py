"""The seams on one page: what the engine needs of others, and others of the engine.

A store has three faces. :class:`EngineStore` is what a running engine asks of it, each verb one
transaction; :class:`ChangeStore` how it learns of changes; :class:`ClientStore` what people and
programs read and change. What every store must do is the conformance suite
(``tests/conformance``); what it decides is in ``rules``.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from pyramid_scheduler.model import (
    Attempt,
    Claim,
    Definition,
    Finish,
    NewRun,
    Node,
    Outcome,
    Run,
    RunState,
    Schedule,
    Skip,
    Task,
)


class Clock(Protocol):
    """Time, as an argument. Tests turn one by hand."""

    def now(self) -> int:
        """Return the wall clock's instant, in microseconds."""

    def monotonic(self) -> float:
        """Return seconds that only ever grow; waits and leases are measured by it."""

    def boot_offset(self) -> int:
        """Return wall clock minus time since boot, in microseconds: the same for all who agree."""


class Room(NamedTuple):
    """What an executor of a node can take: started at once, and queued ahead beside that."""

    idle: int
    ahead: int = 0


class ClaimRequest(NamedTuple):
    """What a node offers to run: its tasks by name, its room by executor, its lookahead (us)."""

    node: str
    tasks: Mapping[str, Task]
    rooms: Mapping[str, Room]
    lookahead: int


class Claimed(NamedTuple):
    """What a claim took. ``now`` is the store's clock, ``next_due`` the next instant to look again.

    ``next_due`` is None when nothing is owed to this node's tasks. ``more`` says that something due
    was left for want of this node's room. What a limit or an earlier run of its schedule holds
    back is not meant: the end of that run changes the revision.
    """

    claims: Sequence[Claim]
    now: int
    next_due: int | None
    more: bool = False


class Written(StrEnum):
    """What a store answers to a finish.

    A cancelled one was written so, whatever the outcome: somebody had asked the run to stop. A
    refused one came from an owner that is no longer it.
    """

    WRITTEN = "written"
    CANCELLED = "cancelled"
    ALREADY = "already"
    REFUSED = "refused"


class Beat(NamedTuple):
    """A heartbeat: which node, its clock's offset, the runs in its hands that have begun."""

    node: str
    clock_offset: int
    begun: Mapping[str, int]


class OwnRun(NamedTuple):
    """A run that the store says is this node's."""

    run_id: str
    token: int
    stop_requested: bool


class Pulse(NamedTuple):
    """What a heartbeat brings back: every node believed alive, and the runs that are this one's."""

    nodes: Sequence[Node]
    own: Sequence[OwnRun]


class Reconciliation(NamedTuple):
    """What a declaration changed, by schedule name.

    Of what was ``corrected``, today's time zone rules or calendars moved the next fire time.
    """

    added: list[str]
    changed: list[str]
    parked: list[str]
    corrected: list[str]


class RunFilter(NamedTuple):
    """Which runs are wanted, newest first; None means any."""

    task: str | None = None
    schedule: str | None = None
    state: RunState | None = None
    limit: int = 100


class EngineStore(Protocol):
    """What a running engine asks of a store. Each verb is one transaction and may be tried again.

    Every verb raises StoreUnavailable when the store does not answer; ``claim``, ``beat`` and
    ``finish`` raise NodeLost when the node asking has been marked dead: they then change nothing.
    """

    def open(self, *, create: bool = True) -> bool:
        """Make ready; return whether there is anything. Cheap when it is open already.

        With ``create`` what is missing is made; without it nothing is, and False says that there
        is nothing to read. Raises StoreMisplaced, SchemaMismatch.
        """

    def close(self) -> None:
        """Let go of every connection. A store that was closed may be opened again."""

    def after_fork(self) -> None:
        """Forget, in a forked child, connections and locks without touching the parent's."""

    def join(self, node: Node, definitions: Collection[Definition]) -> Reconciliation:
        """Add ``node`` as alive, declaring ``definitions``, and reconcile (rules.definitions).

        What a store kept from another time is corrected as well (rules.correcting).
        A schedule whose trigger is faulty is said once, at ERROR, and left as it is.
        """

    def leave(self, node: str) -> None:
        """Mark ``node`` as gone; what it declared is forgotten, but nothing is parked by it.

        Runs that are still its own are released or failed (rules.runs.after_shutdown).
        """

    def beat(self, beat: Beat) -> Pulse:
        """Advance the node's counter; write when its runs began; return what is to be compared."""

    def recover(self, node: str, beats: int) -> Sequence[str]:
        """Mark ``node`` dead if its counter still is ``beats``, and take over from it.

        One transaction: the mark, the runs it had (rules.runs.after_crash), its declarations.
        Returns the ids of the runs taken over; of a node already dead, those it still has.
        """

    def claim(self, request: ClaimRequest) -> Claimed:
        """Take due runs and due schedules (rules.planning), oldest first, within the limits.

        A schedule whose trigger is faulty (FaultyTrigger) is said once, at ERROR, and left as it
        is. Whether a waiting run heeds its schedule's overlap may be decided by the policy that
        was in force when the run was made, or by the one in force now.
        """

    def finish(self, node: str, finishes: Sequence[Finish]) -> Sequence[Written]:
        """Write outcomes, each only under its claim's token; answer one by one.

        One that gave up (CANCELLED) without having been asked to did so because its process
        exits (rules.runs.after_shutdown).
        """

    def release(self, node: str, run_ids: Mapping[str, int]) -> None:
        """Give back claims by run id and token that have not begun: owed again, not an attempt."""

    def purge(self, before: int, limit: int) -> int:
        """Delete at most ``limit`` runs and skips that ended before ``before``; return how many.

        Never a schedule's last run. Nodes long gone and one-offs long done go with them.
        """


class ChangeStore(Protocol):
    """How a running engine learns that anybody changed something that it has to act on."""

    def revision(self) -> int:
        """Return a number that changes with each such change. Raises StoreUnavailable."""

    def listen(self, heard: Callable[[], None]) -> bool:
        """Call ``heard``, and nobody else, when another process may have changed the revision.

        From any thread, perhaps too often, perhaps before what it tells of can be read. Returns
        whether it tells of every change; if not, :meth:`revision` has to be asked all the time.
        To be asked again with each beat: a store that was lost is no longer listened to.
        """

    def unlisten(self, heard: Callable[[], None]) -> None:
        """Call ``heard`` no more."""


class ClientStore(Protocol):
    """What people and programs read and change in a store.

    Raises StoreUnavailable when it does not answer.
    """

    def enqueue(self, runs: Sequence[NewRun]) -> None:
        """Add runs that were asked for; one whose id is there already is left as it is."""

    def put_schedule(self, definitions: Sequence[Definition], *, replace: bool) -> None:
        """Add schedules of origin STORE, all or none (rules.definitions).

        Raises AlreadyExists (unless ``replace``, for one that is known), FaultyTrigger.
        """

    def remove_schedule(self, name: str) -> Sequence[str]:
        """Delete a schedule and cancel its waiting runs; return the ids of runs that still run.

        Raises UnknownSchedule.
        """

    def pause(self, name: str) -> Sequence[str]:
        """Pause a schedule; return the ids of its runs that may still begin or go on."""

    def resume(self, name: str) -> None:
        """Resume a schedule; what passed meanwhile is skipped(paused).

        Raises UnknownSchedule; FaultyTrigger, the schedule being paused as before.
        """

    def cancel(self, run_id: str) -> RunState:
        """Cancel a waiting run, ask a running one to stop; return the state it now has."""

    def schedules(self) -> Sequence[Schedule]:
        """Return every schedule, by name."""

    def runs(self, which: RunFilter) -> Sequence[Run]:
        """Return runs, newest first."""

    def run(self, run_id: str) -> Run:
        """Return one run. Raises UnknownRun."""

    def attempts(self, run_id: str) -> Sequence[Attempt]:
        """Return the attempts of a run that ended before it did, in order."""

    def skips(self, schedule: str | None = None) -> Sequence[Skip]:
        """Return skipped fire times, oldest first."""

    def nodes(self) -> Sequence[Node]:
        """Return every node known, the dead and the gone included."""


class Store(EngineStore, ChangeStore, ClientStore, Protocol):
    """What is remembered."""

    @property
    def shared(self) -> bool:
        """Return whether several processes meet in it."""

    @property
    def local_clock(self) -> bool:
        """Return whether the clock by which it decides is this machine's."""

    @property
    def address(self) -> str:
        """Return where it is, without any password."""

    def now(self) -> int:
        """Return the clock by which it decides what is due."""


class RunReport(Protocol):
    """Whom an executor tells, from whatever thread."""

    def begins(self, claim: Claim) -> bool:
        """Return whether the run may begin now; an executor asks directly before the call."""

    def ended(self, claim: Claim, outcome: Outcome) -> None:
        """Take note of how it ended."""


class StopFlag(Protocol):
    """What tells a task that it should stop; a ``threading.Event`` is one."""

    def is_set(self) -> bool:
        """Return whether it should."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it should, at most ``timeout`` seconds; return whether it should."""


class Executor(Protocol):
    """WHERE a claimed run is executed; HOW is ``execution.execute``, the same everywhere."""

    def start(self, report: RunReport) -> None:
        """Make ready to take runs."""

    def submit(self, task: Task, claim: Claim, stop: StopFlag) -> None:
        """Run it as soon as there is room, in the order submitted. Never blocks, never raises."""

    def idle(self) -> int:
        """Return how many runs would begin at once if they were submitted now."""

    def stop(self) -> None:
        """Take no more; what runs goes on."""


class EngineControl(Protocol):
    """What an application, and who asks it, need of the engine of their process.

    ``leaving`` is asked now and then whether the process is about to end; True ends claiming.
    """

    leaving: Callable[[], bool] | None

    @property
    def running(self) -> bool:
        """Return whether it runs in this very process."""

    def start(self) -> None:
        """Start it; once per process, however often it is called."""

    def stop(self, timeout: float | None = None, *, exiting: bool = False) -> None:
        """Stop it, if it was started; wait at most ``timeout`` seconds for what runs.

        None means its own ``shutdown_timeout``; ``exiting`` that this is the process's last act.
        """

    def drain(self) -> None:
        """Claim nothing any more. Async-signal-safe."""

    def wake(self) -> None:
        """Have it look at the store at once."""

    def after_fork(self) -> None:
        """Forget the threads, locks and connections of the parent."""
