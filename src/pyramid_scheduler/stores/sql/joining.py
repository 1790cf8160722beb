"""The store within the transaction of an application's session: committed with it, or not at all.

Nothing is begun, committed or set on that connection but what ends with its transaction. Each verb
is a savepoint of its own: one that fails has done nothing, and the transaction goes on.

The revision is raised by a listener directly before the COMMIT, since its row is one that everybody
needs; the bell is rung behind it. So who commits, and by what means, does not matter.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, event
from sqlalchemy.exc import UnboundExecutionError

from pyramid_scheduler.errors import InvalidValue, StoreUnavailable
from pyramid_scheduler.interfaces import Apart, Written
from pyramid_scheduler.model import Definition, Finish, NewRun
from pyramid_scheduler.showing import shown
from pyramid_scheduler.stores import TABLE_PREFIX
from pyramid_scheduler.stores.sql import asking, nodes
from pyramid_scheduler.stores.sql.database import Database
from pyramid_scheduler.stores.sql.dialects.dialect import Guest
from pyramid_scheduler.stores.sql.ending import Endings
from pyramid_scheduler.stores.sql.enqueueing import enqueue, unique_tasks
from pyramid_scheduler.stores.sql.locking import begin_editing, make_limits
from pyramid_scheduler.stores.sql.numbers import raise_number
from pyramid_scheduler.stores.sql.schema import REVISION

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

log = logging.getLogger("pyramid_scheduler")


class Joining:
    """Sessions of the application, as far as they are in the database of the store."""

    def __init__(self, database: Database, new_id: Callable[[], str]) -> None:
        """Take the store's own way to its database."""
        self._database = database
        self._new_id = new_id
        self._home: object = None

    def join(self, given: object) -> "Joined | Apart":
        """Return the store within the transaction that the session ``given`` is in, or begins now.

        Or why its connection is not one to write by.
        """
        session, dialect = _session(given), self._database.dialect
        if dialect.guest is None:
            return Apart.KIND
        # Other names of the tables are written by connections of our own only (see `naming`).
        if dialect.prefix != TABLE_PREFIX:
            return Apart.PREFIX
        try:
            connection = session.connection()
        except UnboundExecutionError:  # each of its classes has a database of its own
            return Apart.ELSEWHERE
        known: Joined | None = session.info.get(self)
        if known is not None and known.goes_on_by(connection):
            return known
        if not self._at_home(connection, dialect.guest):
            return Apart.ELSEWHERE
        if session.twophase or not dialect.guest.enter(connection):
            return Apart.COMMITS
        joined = Joined(self._database, dialect.guest, session, connection, self._new_id)
        if known is None:
            event.listen(session, "after_commit", self._after_commit)
        session.info[self] = joined
        return joined

    def _at_home(self, connection: Connection, guest: Guest) -> bool:
        """Return whether ``connection`` sees the tables of the store: an address proves nothing."""
        if connection.dialect.name != self._database.dialect.name:
            return False
        found = guest.home(connection)
        if found is None or found == self._home:
            return found is not None
        with self._database.read() as own:  # a server that was restarted is another one
            self._home = guest.home(own)
        return found == self._home

    def _after_commit(self, session: "Session") -> None:
        joined: Joined | None = session.info.get(self)
        if joined is not None:  # a savepoint may have been released only
            joined.after_commit()


def _session(given: object) -> "Session":
    # Who has a session has imported this already; whoever has none need not wait for it.
    from sqlalchemy.orm import Session, scoped_session  # noqa: PLC0415

    session = given() if isinstance(given, scoped_session) else given
    if not isinstance(session, Session):
        raise InvalidValue(
            f"scheduler.session_factory gave {shown(given)}, which is no Session of SQLAlchemy"
        )
    return session


class Joined:
    """The store within one transaction (:class:`pyramid_scheduler.interfaces.JoinedStore`)."""

    def __init__(
        self,
        database: Database,
        guest: Guest,
        session: "Session",
        connection: Connection,
        new_id: Callable[[], str],
    ) -> None:
        """Take a connection that is in a transaction, and hear of its commit."""
        self.committed = False
        self._database = database
        self._dialect = database.dialect
        self._guest = guest
        self._session = session
        self._connection = connection
        self._transaction = connection.get_transaction()
        self._new_id = new_id
        self._commits = self._revised = self._owes_revision = False
        connection.info.pop(REVISION, None)  # of a transaction that came to nothing
        event.listen(connection, "commit", self._before_commit)

    def goes_on_by(self, connection: Connection) -> bool:
        """Return whether ``connection`` still is in this very transaction."""
        same = connection is self._connection
        return same and connection.get_transaction() is self._transaction

    def now(self) -> int:
        """Return the clock of the store."""
        return self._dialect.now(self._connection)

    def enqueue(self, runs: Sequence[NewRun]) -> None:
        """Add runs asked for."""
        if self._dialect.locks_rows and (compared := unique_tasks(runs)):
            # By a transaction that is over at once, for nobody is to wait for the end of this one.
            with self._database.write() as own:
                make_limits(own, self._dialect, sorted(compared))
        with self._writing() as connection:
            enqueue(connection, self._dialect, runs)

    def put_schedule(self, definitions: Sequence[Definition], *, replace: bool) -> None:
        """Add schedules made at run time."""
        with self._writing(edits=True) as connection:
            asking.put_schedules(connection, definitions, replace, self.now())

    def remove_schedule(self, name: str) -> Sequence[str]:
        """Delete a schedule."""
        with self._writing(edits=True) as connection:
            return asking.remove_schedule(connection, name, self.now())

    def finish(self, node: str, finishes: Sequence[Finish]) -> Sequence[Written]:
        """Write outcomes. From here on who stands still within the transaction is cut off."""
        with self._writing() as connection:
            self._guest.hasten(connection, 2 * self._dialect.timeout)
            now = nodes.require_alive(connection, self._dialect, node)
            endings = Endings(connection, self._dialect, now, self._new_id)
            return endings.finish(node, finishes, waits=True)

    def after_commit(self) -> None:
        """Have the engines look, once the transaction itself is over, not only a savepoint."""
        if not self._commits:
            return
        self.committed, self._commits = True, False
        if self._revised:
            self._dialect.bell.ring()
        elif self._owes_revision:
            self._revise_late()

    @contextmanager
    def _writing(self, *, edits: bool = False) -> Iterator[Connection]:
        with self._connection.begin_nested():
            if edits:
                begin_editing(self._connection, self._dialect)
            yield self._connection
        _mark_changed(self._session)

    def _before_commit(self, connection: Connection) -> None:
        """Say, by the last statement, what engines have to act on."""
        if not self.goes_on_by(connection):
            return
        self._commits = True
        if not connection.info.pop(REVISION, False):
            return
        self._owes_revision = self._guest.keeps_snapshot(connection)
        if not self._owes_revision:
            raise_number(connection, REVISION)
            self._dialect.bell.tell(connection)
            self._revised = True

    def _revise_late(self) -> None:
        """Raise the revision by a transaction of our own.

        A transaction that reads as of its beginning would fail at a row that others raise all the
        time. A process that dies in between is made up for: engines claim with each heartbeat
        where the clock is a server's.
        """
        try:
            self._database.touch()
        except StoreUnavailable as error:
            log.debug("what was committed is seen with the next heartbeat: %s", error)


def _mark_changed(session: "Session") -> None:
    """Tell zope.sqlalchemy, if it commits the session, that there is something to commit.

    It rolls back what it has not seen change, and sees the ORM only.
    """
    for listener in session.dispatch.after_begin:
        mark = getattr(getattr(listener, "__self__", None), "mark_changed", None)
        if mark is not None:
            mark(session)
