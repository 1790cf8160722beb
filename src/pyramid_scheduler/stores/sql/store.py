"""The store over a database: each verb is a line over one transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence

from pyramid_scheduler.interfaces import (
    Beat,
    Claimed,
    ClaimRequest,
    Clock,
    Pulse,
    Reconciliation,
    RunFilter,
    Written,
)
from pyramid_scheduler.model import (
    Attempt,
    Definition,
    Finish,
    NewRun,
    Node,
    Run,
    RunState,
    Schedule,
    Skip,
)
from pyramid_scheduler.stores.sql import asking, ending, nodes, purging, reading
from pyramid_scheduler.stores.sql.claiming import Claiming
from pyramid_scheduler.stores.sql.database import Database
from pyramid_scheduler.stores.sql.dialects import Sqlite
from pyramid_scheduler.stores.sql.due import EVER, next_due


class _OverDatabase:
    """A database, the clock by which it decides, and how ids are made."""

    shared = True
    local_clock = True

    def __init__(
        self,
        address: str,
        clock: Clock,
        *,
        new_id: Callable[[], str],
        statement_timeout: float = 4.0,
    ) -> None:
        """Take ``address``; ``statement_timeout`` in seconds. Nothing is opened."""
        self._dialect = Sqlite(address, statement_timeout)
        self._database = Database(self._dialect)
        self._clock = clock
        self._new_id = new_id

    @property
    def address(self) -> str:
        """Return where it is, without any password."""
        return self._dialect.address

    def now(self) -> int:
        """Return the clock by which it decides: SQLite's processes share the machine's."""
        return self._clock.now()


class _EngineVerbs(_OverDatabase):
    """What a running engine asks (:class:`pyramid_scheduler.interfaces.EngineStore`)."""

    def open(self, *, create: bool = True) -> bool:
        """Make ready; return whether there is anything."""
        return self._database.open(create=create)

    def close(self) -> None:
        """Let go of every connection."""
        self._database.close()

    def after_fork(self) -> None:
        """Forget the parent's connections."""
        self._database.after_fork()

    def join(self, node: Node, definitions: Collection[Definition]) -> Reconciliation:
        """Add a node and what it declares."""
        with self._database.own(writes=True) as connection:
            return nodes.join(connection, node, definitions, self._clock.now())

    def leave(self, node: str) -> None:
        """Mark a node as gone."""
        with self._database.own(writes=True) as connection:
            nodes.leave(connection, node, self._clock.now())

    def beat(self, beat: Beat) -> Pulse:
        """Write a heartbeat, into the database that the others have too."""
        self._database.require_same()
        with self._database.bare() as connection:
            return nodes.beat(connection, beat, self._clock.now())

    def recover(self, node: str, beats: int) -> Sequence[str]:
        """Take over from a node whose counter stands still."""
        with self._database.own(writes=True) as connection:
            return nodes.recover(connection, node, beats, self._clock.now())

    def claim(self, request: ClaimRequest) -> Claimed:
        """Take what is due; the write lock is asked for only when there is something."""
        now = self._clock.now()
        with self._database.own(writes=False) as connection:
            nodes.require_alive(connection, request.node)
            due = next_due(connection, list(request.tasks), EVER)
        if due is None or due > now + request.lookahead:
            return Claimed((), now, due)
        with self._database.own(writes=True) as connection:
            nodes.require_alive(connection, request.node)
            now = self._clock.now()
            return Claiming(connection, self._dialect, request, now, self._new_id).claim()

    def finish(self, node: str, finishes: Sequence[Finish]) -> Sequence[Written]:
        """Write outcomes."""
        with self._database.own(writes=True) as connection:
            nodes.require_alive(connection, node)
            return ending.finish(connection, node, finishes, self._clock.now())

    def release(self, node: str, run_ids: Mapping[str, int]) -> None:
        """Give back claims."""
        with self._database.own(writes=True) as connection:
            ending.release(connection, node, run_ids, self._clock.now())

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
        """Hear of what others change, by the bell of the file."""
        return self._dialect.bell.listen(heard)

    def unlisten(self, heard: Callable[[], None]) -> None:
        """Hear no more."""
        self._dialect.bell.unlisten(heard)


class _ClientVerbs(_OverDatabase):
    """What people and programs change (:class:`pyramid_scheduler.interfaces.ClientStore`)."""

    def enqueue(self, runs: Sequence[NewRun]) -> None:
        """Add runs asked for."""
        with self._database.write() as connection:
            asking.enqueue(connection, self._dialect, runs)

    def put_schedule(self, definitions: Sequence[Definition], *, replace: bool) -> None:
        """Add schedules made at run time."""
        with self._database.write() as connection:
            asking.put_schedules(connection, definitions, replace, self._clock.now())

    def remove_schedule(self, name: str) -> Sequence[str]:
        """Delete a schedule."""
        with self._database.write() as connection:
            return asking.remove_schedule(connection, name, self._clock.now())

    def pause(self, name: str) -> Sequence[str]:
        """Pause a schedule."""
        with self._database.write() as connection:
            return asking.pause(connection, name, self._clock.now())

    def resume(self, name: str) -> None:
        """Resume a schedule."""
        with self._database.write() as connection:
            asking.resume(connection, name, self._clock.now())

    def cancel(self, run_id: str) -> RunState:
        """Cancel a run."""
        with self._database.write() as connection:
            return asking.cancel(connection, run_id, self._clock.now())

    def retry(self, run_id: str) -> None:
        """Have a run be owed again."""
        with self._database.write() as connection:
            asking.retry(connection, run_id, self._clock.now())


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


class SqlStore(_EngineVerbs, _ChangeVerbs, _ClientVerbs, _ReadVerbs):
    """The whole store (:class:`pyramid_scheduler.interfaces.Store`)."""
