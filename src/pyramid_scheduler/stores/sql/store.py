"""The store over a database: each verb is a line over one transaction."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import wraps
from time import monotonic
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Row

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.interfaces import (
    Apart,
    Beat,
    Claimed,
    ClaimRequest,
    Clock,
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
    Pause,
    Run,
    RunState,
    Schedule,
    Skip,
)
from pyramid_scheduler.stores.sql import asking, checking, correcting, nodes, purging, reading
from pyramid_scheduler.stores.sql.claiming import Claiming
from pyramid_scheduler.stores.sql.database import Conflict, Database
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.due import EVER, next_due
from pyramid_scheduler.stores.sql.ending import Endings
from pyramid_scheduler.stores.sql.enqueueing import enqueue
from pyramid_scheduler.stores.sql.joining import Joined, Joining

TRIES = 5

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="_OverDatabase")


def _again(verb: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Try ``verb``, which is one transaction, again when another one was in its way.

    Not once a statement's time has passed: each may have waited, and an engine has to beat.
    """

    @wraps(verb)
    def tried(self: S, /, *args: P.args, **options: P.kwargs) -> R:
        latest = monotonic() + self._dialect.timeout
        for _ in range(TRIES - 1):
            try:
                return verb(self, *args, **options)
            except Conflict:
                if monotonic() > latest:
                    raise
        return verb(self, *args, **options)

    return tried


def _was_set(clock: Clock | None, offset: int | None) -> bool:
    """Return whether the machine's ``clock`` has another offset than ``offset`` by now."""
    if clock is None or offset is None:
        return False
    return abs(clock.boot_offset() - offset) >= SECOND


class _OverDatabase:
    """A database, and how ids are made."""

    shared = True

    def __init__(self, dialect: Dialect, *, new_id: Callable[[], str]) -> None:
        """Take the database that ``dialect`` reaches. Nothing is opened."""
        self._dialect = dialect
        self._database = Database(dialect)
        self._new_id = new_id
        self._joining = Joining(self._database, new_id)

    @property
    def address(self) -> str:
        """Return where it is, without any password."""
        return self._dialect.address

    @property
    def local_clock(self) -> bool:
        """Return whether the clock by which it decides is this machine's."""
        return self._dialect.clock is not None

    def now(self) -> int:
        """Return the clock by which it decides."""
        if self.local_clock:
            return self._dialect.now(None)
        with self._database.read() as connection:
            return self._dialect.now(connection)


class _EngineVerbs(_OverDatabase):
    """What a running engine asks (:class:`pyramid_scheduler.interfaces.EngineStore`)."""

    def open(self, *, create: bool = True) -> bool:
        """Make ready; return whether there is anything."""
        return self._database.open(create=create)

    def migrate(self) -> str | None:
        """Bring the tables up to date."""
        return self._database.migrate()

    def close(self) -> None:
        """Let go of every connection."""
        self._database.close()

    def after_fork(self) -> None:
        """Forget the parent's connections."""
        self._database.after_fork()

    def join(self, node: Node, definitions: Collection[Definition]) -> Reconciliation:
        """Put right what time zones have moved; add a node and what it declares.

        In this order: a node that has joined and does not beat yet may be taken for dead.
        """
        corrected = list(self._correct())
        return self._join(node, definitions)._replace(corrected=corrected)

    def _correct(self) -> Iterator[str]:
        last = ""
        while page := self._civil_page(last):
            rows, now = page
            found = correcting.moved(rows, now)
            yield from self._move(found) if found else ()
            last = rows[-1].name

    @_again
    def _civil_page(self, last: str) -> tuple[Sequence[Row[Any]], int] | None:
        with self._database.own(writes=False) as connection:
            rows = correcting.civil_page(connection, last)
            return (rows, self._dialect.now(connection)) if rows else None

    @_again
    def _move(self, found: Sequence[tuple[Row[Any], Schedule]]) -> list[str]:
        with self._database.own(writes=True) as connection:
            return correcting.move(connection, found)

    @_again
    def _join(self, node: Node, definitions: Collection[Definition]) -> Reconciliation:
        with self._database.own(writes=True, edits=True) as connection:
            now = self._dialect.now(connection)
            return nodes.join(connection, node, definitions, now, self._endings(connection, now))

    @_again
    def leave(self, node: str) -> None:
        """Mark a node as gone."""
        with self._database.own(writes=True, edits=True) as connection:
            now = self._dialect.now(connection)
            nodes.leave(connection, node, now, self._endings(connection, now))

    @_again
    def beat(self, beat: Beat) -> Pulse:
        """Write a heartbeat, into the database that the others have too."""
        self._database.require_same()
        with self._database.bare() as connection:
            return nodes.beat(connection, self._dialect, beat, self._dialect.now(connection))

    @_again
    def recover(self, node: str, beats: int) -> Sequence[Recovered]:
        """Take over from a node whose counter stands still."""
        with self._database.own(writes=True, edits=True) as connection:
            now = self._dialect.now(connection)
            return nodes.recover(connection, node, beats, now, self._endings(connection, now))

    @_again
    def claim(self, request: ClaimRequest) -> Claimed:
        """Take what is due; the write lock is asked for only when there is something."""
        with self._database.own(writes=False) as connection:
            now = nodes.require_alive(connection, self._dialect, request.node)
            read = monotonic()
            due = next_due(connection, list(request.tasks), EVER)
        if due is None or due > now + request.lookahead:
            return Claimed((), now, due, age=monotonic() - read)
        with self._database.own(writes=True) as connection:
            now = nodes.require_alive(connection, self._dialect, request.node, keep=True)
            read = monotonic()
            # Asked after the clock was read, so that what is taken is due by the one that agreed.
            if _was_set(self._dialect.clock, request.clock_offset):
                return Claimed((), now, now)
            claimed = Claiming(connection, self._dialect, request, now, self._new_id).claim()
        return claimed._replace(age=monotonic() - read)

    @_again
    def finish(
        self, node: str, finishes: Sequence[Finish], *, waits: bool = False
    ) -> Sequence[Written]:
        """Write outcomes."""
        with self._database.own(writes=True) as connection:
            now = nodes.require_alive(connection, self._dialect, node)
            return self._endings(connection, now).finish(node, finishes, waits=waits)

    @_again
    def release(self, node: str, run_ids: Mapping[str, int]) -> None:
        """Give back claims."""
        with self._database.own(writes=True) as connection:
            now = self._dialect.now(connection)
            self._endings(connection, now).release(node, run_ids)

    def _endings(self, connection: Connection, now: int) -> Endings:
        return Endings(connection, self._dialect, now, self._new_id)

    @_again
    def purge(self, before: int, limit: int) -> int:
        """Delete what ended long ago."""
        with self._database.own(writes=True) as connection:
            return purging.purge(connection, before, limit)


class _ChangeVerbs(_OverDatabase):
    """How changes are learnt of (:class:`pyramid_scheduler.interfaces.ChangeStore`)."""

    def revision(self) -> int:
        """Return the number that changes when engines have to look."""
        return self._database.revision()

    def listen(self, heard: Callable[[], None]) -> bool:
        """Hear of what others change, by the bell of its database."""
        return self._dialect.bell.listen(heard)

    def unlisten(self, heard: Callable[[], None]) -> None:
        """Hear no more."""
        self._dialect.bell.unlisten(heard)


class _ClientVerbs(_OverDatabase):
    """What people and programs change (:class:`pyramid_scheduler.interfaces.ClientStore`)."""

    def within(self, session: object) -> Joined | Apart:
        """Return this store within the transaction of an application's session, or why not."""
        return self._joining.join(session)

    @_again
    def enqueue(self, runs: Sequence[NewRun]) -> None:
        """Add runs asked for."""
        with self._database.write() as connection:
            enqueue(connection, self._dialect, runs)

    @_again
    def put_schedule(self, definitions: Sequence[Definition], *, replace: bool) -> None:
        """Add schedules made at run time."""
        with self._database.write(edits=True) as connection:
            asking.put_schedules(connection, definitions, replace, self._dialect.now(connection))

    @_again
    def remove_schedule(self, name: str) -> Sequence[str]:
        """Delete a schedule."""
        with self._database.write(edits=True) as connection:
            return asking.remove_schedule(connection, name, self._dialect.now(connection))

    @_again
    def pause(
        self, name: str, *, note: str = "", by: str = "", until: int | None = None
    ) -> Sequence[str]:
        """Pause a schedule."""
        with self._database.write(edits=True) as connection:
            why = Pause(self._dialect.now(connection), note, by, until)
            return asking.pause(connection, name, why)

    @_again
    def resume(self, name: str) -> None:
        """Resume a schedule."""
        with self._database.write(edits=True) as connection:
            asking.resume(connection, name, self._dialect.now(connection))

    @_again
    def backfill(
        self, name: str, fires: Sequence[int], *, at_once: bool, dry_run: bool
    ) -> Sequence[int]:
        """Add runs of fire times that have none."""
        wanted = asking.Backfill(name, fires, at_once, dry_run)
        with self._database.write(edits=True) as connection:
            now = self._dialect.now(connection)
            return asking.backfill(connection, self._dialect, self._new_id, now, wanted)

    @_again
    def cancel(self, run_id: str) -> RunState:
        """Cancel a run."""
        with self._database.write() as connection:
            return asking.cancel(connection, run_id, self._dialect.now(connection))

    @_again
    def retry(self, run_id: str) -> None:
        """Have a run be owed again."""
        with self._database.write() as connection:
            asking.retry(connection, run_id, self._dialect.now(connection))


class _ReadVerbs(_OverDatabase):
    """What people and programs read (:class:`pyramid_scheduler.interfaces.ReadStore`)."""

    def schedules(self) -> Sequence[Schedule]:
        """Return every schedule."""
        with self._database.read() as connection:
            return reading.schedules(connection)

    def runs(self, which: RunFilter) -> Sequence[Run]:
        """Return runs, newest first."""
        with self._database.read() as connection:
            return reading.runs(connection, which)

    def run(self, run_id: str) -> Run:
        """Return one run."""
        with self._database.read() as connection:
            return reading.one_run(connection, run_id)

    def attempts(self, run_id: str) -> Sequence[Attempt]:
        """Return the attempts of a run that ended before it did."""
        with self._database.read() as connection:
            return reading.attempts(connection, run_id)

    def skips(self, schedule: str | None = None) -> Sequence[Skip]:
        """Return skipped fire times."""
        with self._database.read() as connection:
            return reading.skips(connection, schedule)

    def nodes(self) -> Sequence[Node]:
        """Return every node known."""
        with self._database.read() as connection:
            return reading.nodes(connection)

    def longest_grace(self) -> int:
        """Return the longest grace of any schedule."""
        with self._database.read() as connection:
            return reading.longest_grace(connection)

    def checkup(self) -> Checkup:
        """Return what there is to judge the store's own state by."""
        with self._database.read() as connection:
            return checking.checkup(connection, self._dialect)


class SqlStore(_EngineVerbs, _ChangeVerbs, _ClientVerbs, _ReadVerbs):
    """The whole store (:class:`pyramid_scheduler.interfaces.Store`)."""
