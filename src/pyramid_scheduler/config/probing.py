"""How what a request asks for is written, found out and said once as the engine starts."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyramid_scheduler.config.calling import request_of
from pyramid_scheduler.config.sessions import SessionFactory, joined_store
from pyramid_scheduler.config.settling import NEEDS_STORE
from pyramid_scheduler.config.wiring import wiring_of
from pyramid_scheduler.errors import NotTransactional, SchedulerError

log = logging.getLogger("pyramid_scheduler")

_WITHIN = "what a request asks for is a part of its own transaction: the store is in its database"
_AFTER = (
    "what a request asks for is written after its commit: its session is not in the database of"
    " the store %s"
)


def probe(registry: Any) -> None:
    """Say which it is, where there is a session factory. An outage is said by who needs the store.

    Raises NotTransactional: a task needs what the store cannot give.
    """
    wiring = wiring_of(registry)
    if wiring is None or wiring.settings.session_factory is None:
        return
    try:
        joins = _joins(registry, wiring.settings.session_factory, wiring.settings.base_url)
    except Exception as error:  # the application's code, and its database
        # Where the store is away, whoever needs it says so; what else there is has its line.
        traced = None if isinstance(error, SchedulerError) else error
        name = type(error).__name__
        log.warning("scheduler.session_factory cannot be tried: %s: %s", name, error,
                    exc_info=traced)  # fmt: skip
        return
    if joins:
        log.info(_WITHIN)
        return
    for task in wiring.declared.tasks.values():
        if task.transactional:
            raise NotTransactional(f"task {task.name!r}: {NEEDS_STORE}")
    log.info(_AFTER, registry.scheduler.store.address)


def _joins(registry: Any, factory: SessionFactory, base_url: str) -> bool:
    """Return whether the store is in the database of the session that a request would have."""
    with request_of(registry, base_url) as request, _transaction_of(request):
        session = factory(request)
        try:
            return joined_store(registry.scheduler.store, session) is not None
        finally:
            session.close()


@contextmanager
def _transaction_of(request: Any) -> Iterator[None]:
    """Be in a transaction that is aborted, if a request has transactions."""
    tm = getattr(request, "tm", None)
    if tm is None:
        yield
        return
    tm.begin()
    try:
        yield
    finally:
        tm.abort()
