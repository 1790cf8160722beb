"""Asking inside a request: what is asked for takes effect if and when the transaction commits.

Where the store is in the database of the request's session, it is a part of that transaction;
elsewhere it is written directly after the commit.
"""

from typing import Any, cast

from pyramid_scheduler.client import Pending, Scheduler, Write
from pyramid_scheduler.config.sessions import joined_store
from pyramid_scheduler.config.wiring import Wiring, wiring_of
from pyramid_scheduler.interfaces import Apart, JoinedStore

try:
    from transaction.interfaces import NoTransaction
except ImportError:  # the application need not have it: then no request has a transaction of it

    class NoTransaction(Exception):  # type: ignore[no-redef]
        """Stand in for what nothing raises then."""


def asking(scheduler: Scheduler, request: Any) -> Scheduler:
    """Return ``scheduler`` as ``request`` asks it: within its transaction, if it has one."""

    def join() -> JoinedStore | Pending | None:
        transaction = _transaction(request)
        wiring = wiring_of(request.registry)
        if wiring is None:
            return None
        session = _session(wiring, request, transaction)
        joined = None if session is None else joined_store(scheduler.store, session)
        if joined is not None and not isinstance(joined, Apart):
            return joined
        return None if transaction is None else _pending(transaction, wiring, request.registry)

    return scheduler.within(join)


def _session(wiring: Wiring, request: Any, transaction: Any) -> Any:
    """Return the request's session, None for one that nobody will commit."""
    factory = wiring.settings.session_factory
    if factory is None:
        return None
    session = factory(request)
    # With a manager that is not active here, only what has begun already is somebody's business.
    idle = transaction is None and getattr(request, "tm", None) is not None
    return None if idle and not session.in_transaction() else session


def _pending(transaction: Any, wiring: Wiring, registry: Any) -> Pending:
    """Return what was asked of this application within ``transaction``, by whatever object."""
    try:
        return cast(Pending, transaction.data(wiring))
    except KeyError:
        pass

    def committed(done: bool, write: Write, what: str) -> None:
        if done:
            wiring.late.carry_out(write, what, registry)

    def add(write: Write, what: str) -> None:
        transaction.addAfterCommitHook(committed, (write, what))

    pending = Pending(add)
    transaction.set_data(wiring, pending)
    return pending


def _transaction(request: Any) -> Any:
    """Return the transaction that the request is in, None for none that will ever be ended."""
    tm = getattr(request, "tm", None)
    if tm is None:
        return None
    # The usual manager begins a transaction whenever it is asked for one. Outside of pyramid_tm's
    # tween nobody would commit it, and what was asked for would be lost.
    if not (request.environ.get("tm.active") or getattr(tm, "explicit", False)):
        return None
    try:
        return tm.get()
    except NoTransaction:
        return None
