"""Asking inside a request: what is asked for takes effect if and when the transaction commits."""

import logging
import time
from collections.abc import Callable
from typing import Any

from pyramid_scheduler.client import Scheduler, Write
from pyramid_scheduler.errors import StoreUnavailable
from pyramid_scheduler.events import AskingFailed

try:
    from transaction.interfaces import NoTransaction
except ImportError:  # the application need not have it: then no request has a transaction of it

    class NoTransaction(Exception):  # type: ignore[no-redef]
        """Stand in for what nothing raises then."""


log = logging.getLogger("pyramid_scheduler")

# How long, in seconds, is waited before a store that did not answer is asked again. Somebody
# waits for the response meanwhile.
PAUSES = (0.05, 0.2)


def asking(scheduler: Scheduler, request: Any) -> Scheduler:
    """Return ``scheduler`` as ``request`` asks it: within its transaction, if it has one."""

    def join(write: Write, what: str) -> bool:
        transaction = _transaction(request)
        if transaction is None:
            return False
        transaction.addAfterCommitHook(_committed, (write, what, request.registry))
        return True

    return scheduler.within(join)


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


def _committed(committed: bool, write: Write, what: str, registry: Any) -> None:
    if committed:
        carry_out(write, what, registry)


def carry_out(
    write: Write, what: str, registry: Any, pause: Callable[[float], None] = time.sleep
) -> None:
    """Do ``write``, which can be refused no more: its transaction is committed.

    While the store does not answer it is tried again, briefly. What could not be written then is
    logged at ERROR and sent as an AskingFailed event. Never raises: the request goes on.
    """
    for seconds in (*PAUSES, None):
        try:
            return write()
        except StoreUnavailable as error:
            if seconds is None:
                return _failed(what, error, registry)
            pause(seconds)
        except Exception as error:  # noqa: BLE001 - whatever it is, the request has succeeded
            return _failed(what, error, registry)
    return None


def _failed(what: str, error: Exception, registry: Any) -> None:
    log.error(
        "what a committed request asked for could not be written: %s: %s", what, error,
        exc_info=error,
    )  # fmt: skip
    registry.notify(AskingFailed(what, f"{type(error).__name__}: {error}"))
