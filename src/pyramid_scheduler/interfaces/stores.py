"""What is asked of a store.

It has four faces. :class:`EngineStore` is what a running engine asks of it, each verb one
transaction; :class:`ChangeStore` how it learns of changes; :class:`ClientStore` what people and
programs change, :class:`ReadStore` what they read. A :class:`JoinedStore` is a part of it within
somebody else's transaction. What every store must do is the conformance suite
(``tests/conformance``); what it decides is in ``rules``.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from pyramid_scheduler.interfaces.exchanged import (
    Apart,
    Beat,
    Claimed,
    ClaimRequest,
    Pulse,
    Reconciliation,
    Recovered,
    RunFilter,
    Written,
)
from pyramid_scheduler.model import (
    Attempt,
    Checkup,
    Definition,
    Finish,
    NewRun,
    Node,
    Run,
    RunState,
    Schedule,
    Skip,
)


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

    def migrate(self) -> str | None:
        """Bring what an older version of this package wrote up to date, or make what is missing.

        Returns the version that was found, None for none. Processes that do it at once do no harm.
        Raises SchemaMismatch: it is newer than this package, or too old.
        """

    def close(self) -> None:
        """Let go of every connection. A store that was closed may be opened again."""

    def after_fork(self) -> None:
        """Forget, in a forked child, connections and locks without touching the parent's."""

    def join(self, node: Node, definitions: Collection[Definition]) -> Reconciliation:
        """Add ``node`` as alive, declaring ``definitions``, and reconcile (rules.definitions).

        What a store kept from another time is corrected before (rules.correcting), so that the node
        need not beat meanwhile.
        A schedule whose trigger is faulty is said once, at ERROR, and left as it is.
        """

    def leave(self, node: str) -> None:
        """Mark ``node`` as gone; what it declared is forgotten.

        What no other declares is parked by it only if one that goes on declares a schedule of a
        task of which this one did too: that is the same application in another version.
        Runs that are still its own are released or failed (rules.runs.after_shutdown).
        """

    def beat(self, beat: Beat) -> Pulse:
        """Advance the node's counter; write when its runs began; return what is to be compared."""

    def recover(self, node: str, beats: int) -> Sequence[Recovered]:
        """Mark ``node`` dead if its counter still is ``beats``, and take over from it.

        One transaction: the mark, the runs it had (rules.runs.after_crash), its declarations.
        Returns the runs taken over; of a node already dead, those it still has.
        """

    def claim(self, request: ClaimRequest) -> Claimed:
        """Take due runs and due schedules (rules.planning), oldest first, within the limits.

        A schedule whose trigger is faulty (FaultyTrigger) is said once, at ERROR, and left as it
        is. Whether a waiting run heeds its schedule's overlap may be decided by the policy that
        was in force when the run was made, or by the one in force now.
        """

    def finish(
        self, node: str, finishes: Sequence[Finish], *, waits: bool = False
    ) -> Sequence[Written]:
        """Write outcomes, each only under its claim's token; answer one by one.

        Unless it ``waits``, what somebody else keeps locked is left for LATER.
        One that gave up (CANCELLED) without having been asked to did so because its process
        exits (rules.runs.after_shutdown).
        """

    def release(self, node: str, run_ids: Mapping[str, int]) -> None:
        """Give back claims by run id and token that have not begun: owed again, not an attempt."""

    def purge(self, before: int, limit: int) -> int:
        """Delete at most ``limit`` runs and skips that ended before ``before``; return how many.

        Never a schedule's last run. Nodes long gone and one-offs long done go with them. What a
        store keeps for the rates of tasks may be counted too, once no rate counts it.
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


class AskedStore(Protocol):
    """What an application asks for: as a transaction of its own, or within another one."""

    def now(self) -> int:
        """Return the clock by which it decides what is due."""

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


class JoinedStore(AskedStore, Protocol):
    """A store within the transaction of an application's session, which commits it or does not.

    What the database raises is raised as the session itself raises it; the verb has changed
    nothing then, and the transaction is as it was before.
    """

    @property
    def committed(self) -> bool:
        """Return whether that transaction has been committed."""

    def finish(self, node: str, finishes: Sequence[Finish]) -> Sequence[Written]:
        """Write outcomes as :meth:`EngineStore.finish` does. Raises NodeLost."""


class ClientStore(AskedStore, Protocol):
    """What people and programs change in a store.

    Raises StoreUnavailable when it does not answer.
    """

    def within(self, session: Any) -> JoinedStore | Apart:
        """Return this store within the transaction of ``session``, or why it cannot be.

        It can if the session's connection sees the very tables of this store and does not commit
        by itself. Raises InvalidValue: it is no session.
        """

    def pause(
        self, name: str, *, note: str = "", by: str = "", until: int | None = None
    ) -> Sequence[str]:
        """Pause a schedule; return the ids of its runs that may still begin or go on.

        ``note`` and ``by`` say why and who; at the instant ``until`` it goes on by itself.
        """

    def resume(self, name: str) -> None:
        """Resume a schedule; what passed meanwhile is skipped(paused).

        Raises UnknownSchedule; FaultyTrigger, the schedule being paused as before.
        """

    def backfill(
        self, name: str, fires: Sequence[int], *, at_once: bool, dry_run: bool
    ) -> Sequence[int]:
        """Add a run, due now, for each of ``fires`` that has none; return those fire times.

        What the schedule ``name`` owes yet, and what is to come, is left to it. Unless they run
        ``at_once``, they wait for each other as its runs do. With ``dry_run`` nothing is added.
        Raises UnknownSchedule.
        """

    def cancel(self, run_id: str) -> RunState:
        """Cancel a waiting run, ask a running one to stop; return the state it now has."""

    def retry(self, run_id: str) -> None:
        """Have a failed or cancelled run be owed again, now, with one attempt more.

        The attempt that it ended with is kept. Raises UnknownRun; WrongState for any other run.
        """


class ReadStore(Protocol):
    """What people and programs read in a store.

    Raises StoreUnavailable when it does not answer.
    """

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

    def longest_grace(self) -> int:
        """Return the longest grace of any schedule (us): no younger run is to be purged."""

    def checkup(self) -> Checkup:
        """Return what there is to judge the store's own state by."""


class Store(EngineStore, ChangeStore, ClientStore, ReadStore, Protocol):
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
