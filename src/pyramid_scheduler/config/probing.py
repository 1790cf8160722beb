"""How what a request asks for is written, found out and said once as the engine starts."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.config.calling import request_of
from pyramid_scheduler.config.sessions import WHY_APART, SessionFactory, joined_store
from pyramid_scheduler.config.settling import needs_store
from pyramid_scheduler.config.wiring import wiring_of
from pyramid_scheduler.errors import SchedulerError
from pyramid_scheduler.interfaces import Apart

log = logging.getLogger("pyramid_scheduler")

_WITHIN = "what a request asks for is a part of its own transaction: the store is in its database"
_AFTER = "what a request asks for is written after its commit: %s (the store is %s)"


def probe(registry: Any) -> None:
    """Say which it is, where there is a session factory. An outage is said by who needs the store.

    Raises NotTransactional: a task needs what the store cannot give.
    """
    wiring = wiring_of(registry)
    if wiring is None or wiring.settings.session_factory is None:
        return
    try:
        why = _apart(registry, wiring.settings.session_factory, wiring.settings.base_url)
    except Exception as error:  # the application's code, and its database
        # Where the store is away, whoever needs it says so; what else there is has its line.
        traced = None if isinstance(error, SchedulerError) else error
        name = type(error).__name__
        log.warning("scheduler.session_factory cannot be tried: %s: %s", name, error,
                    exc_info=traced)  # fmt: skip
        return
    if why is None:
        log.info(_WITHIN)
        return
    for task in wiring.declared.tasks.values():
        if task.transactional:
            raise needs_store(task, why)
    log.info(_AFTER, WHY_APART[why], registry.scheduler.store.address)


class EarlyOpening:
    """Opens the store with the first request of a process, before that has written anything.

    To make or to look into a file of SQLite is to wait for whoever has it locked: that may be the
    request itself, once its session has written.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        """Take whose store it is."""
        self._scheduler = scheduler
        self._tried_in = 0

    def new_request(self, event: object) -> None:
        """Open it, once; what keeps it shut is said by who needs it."""
        del event
        if self._tried_in != os.getpid():
            self._tried_in = os.getpid()
            with suppress(SchedulerError):
                self._scheduler.store.open()


def _apart(registry: Any, factory: SessionFactory, base_url: str) -> Apart | None:
    """Return why the store is not within the transaction of a request's session, None if it is."""
    with request_of(registry, base_url) as request, _transaction_of(request):
        session = factory(request)
        try:
            joined = joined_store(registry.scheduler.store, session)
            return joined if isinstance(joined, Apart) else None
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
