"""The derivers that every task has, outermost first: retry, request, transaction.

Each does for a task what Pyramid and its add-ons do for a view, so that code works in both.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pyramid.interfaces import IExecutionPolicy, IRequestExtensions, IRequestFactory
from pyramid.request import Request
from pyramid.scripting import prepare
from pyramid.threadlocal import get_current_request, manager

from pyramid_scheduler.config.derivers import Call, DeriverInfo
from pyramid_scheduler.config.settings import PREFIX
from pyramid_scheduler.config.settling import NEEDS_TM, settling
from pyramid_scheduler.config.wiring import INGRESS, INVOKE
from pyramid_scheduler.errors import NotTransactional
from pyramid_scheduler.execution import CurrentRun

try:
    from pyramid_retry import IRetryableError
except ImportError:  # the application need not have it: then nothing is retried
    IRetryableError = None

try:
    from pyramid_tm import maybe_tag_retryable
except ImportError:

    def maybe_tag_retryable(request: Any, exc_info: Any) -> None:
        """Stand in for pyramid_tm where it is not: another ``request.tm`` knows nothing of it."""
        del request, exc_info


# What pyramid_retry has in the environ of a request: which attempt it is, from 0, of how many.
_ATTEMPT: ContextVar[tuple[int, int] | None] = ContextVar("pyramid_scheduler.attempt", default=None)


def add_default_derivers(config: Any) -> None:
    """Add the derivers that every task has."""
    config.add_task_deriver(retry, under=INGRESS, over="request")
    config.add_task_deriver(request, under="retry", over="transaction")
    config.add_task_deriver(transaction, under="request", over=INVOKE)


def retry(call: Call, info: DeriverInfo) -> Call:
    """Try again, with a new request, what pyramid_retry would: a conflict of transactions.

    For a task with a request, where the application has pyramid_retry or pyramid_tm; as often as
    ``retry.attempts`` says. All of it is one attempt of the run.
    """
    if not info.task.takes_request or not _retries(info.registry):
        return call
    attempts = int(info.settings.get("retry.attempts") or 3)

    def retried(run: CurrentRun, request: Any) -> Any:
        for number in range(attempts):
            token = _ATTEMPT.set((number, attempts))
            try:
                return call(run, request)
            except Exception as error:
                if number + 1 == attempts or not IRetryableError.providedBy(error):
                    raise
            finally:
                _ATTEMPT.reset(token)
        raise AssertionError("unreachable: the last attempt returns or raises")

    return retried


def _retries(registry: Any) -> bool:
    policy = registry.queryUtility(IExecutionPolicy)
    retries = getattr(policy, "__module__", None) == "pyramid_retry"
    return IRetryableError is not None and (retries or _has_transactions(registry))


def request(call: Call, info: DeriverInfo) -> Call:
    """Give the task a request of its own, as real as one that came in; else only its registry."""
    registry = info.registry
    if not info.task.takes_request:
        # What pyramid.threadlocal.RequestContext does, without making one for every run.
        here = {"registry": registry, "request": None}
        push, pop = manager.push, manager.pop

        def located(run: CurrentRun, request: Any) -> Any:
            push(here)
            try:
                return call(run, request)
            finally:
                pop()

        return located
    base_url = info.settings[PREFIX + "base_url"]

    def requested(run: CurrentRun, _: Any) -> Any:
        with request_of(registry, base_url) as made:
            return call(run, made)

    return requested


@contextmanager
def request_of(registry: Any, base_url: str) -> Iterator[Any]:
    """Make a request and be inside it: current, with its methods, finished at the end."""
    made = registry.queryUtility(IRequestFactory, default=Request).blank("/", base_url=base_url)
    attempt = _ATTEMPT.get()
    if attempt is not None:
        made.environ["retry.attempt"], made.environ["retry.attempts"] = attempt
    try:
        with prepare(request=made, registry=registry):
            yield made
    finally:
        # prepare() stays current if a root factory or a finished callback raises: the next run
        # of this thread would find itself in this request.
        if get_current_request() is made:
            manager.pop()


def transaction(call: Call, info: DeriverInfo) -> Call:
    """Commit the request's transaction if the task returns, abort it if it raises.

    That of a transactional task has the end of its run written as well.
    """
    settles = settling(info.task, info.registry)
    if not info.task.takes_request or not _has_transactions(info.registry):
        if settles is not None:
            raise NotTransactional(f"task {info.task.name!r}: {NEEDS_TM}")
        return call

    def transacted(run: CurrentRun, request: Any) -> Any:
        tm, environ = request.tm, request.environ
        environ["tm.active"], environ["tm.manager"] = True, tm
        tm.begin().note(f"task {run.task}, run {run.id}")
        settlement = None
        try:
            result = call(run, request)
            _end(environ)
            if tm.isDoomed():
                tm.abort()
            else:
                if settles is not None:
                    settlement = settles.prepare(run, request, result)
                tm.commit()
        except BaseException:
            # Before the abort, which clears what could tell that another attempt may succeed.
            maybe_tag_retryable(request, sys.exc_info())
            _end(environ)
            tm.abort()
            if settlement is None or not settlement.survived():
                raise
        if settlement is not None:
            settlement.confirm()
        return result

    return transacted


def _end(environ: dict[str, Any]) -> None:
    """Say, before a commit or abort, that asking for a run waits for this transaction no more."""
    environ.pop("tm.active", None)
    environ.pop("tm.manager", None)


def _has_transactions(registry: Any) -> bool:
    extensions = registry.queryUtility(IRequestExtensions)
    return extensions is not None and "tm" in {*extensions.descriptors, *extensions.methods}
