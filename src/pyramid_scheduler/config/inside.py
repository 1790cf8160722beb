"""Code of an application, called from a thread of ours, finds itself in its application."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyramid.threadlocal import manager

from pyramid_scheduler.errors import NotStarted
from pyramid_scheduler.execution import current_run


@contextmanager
def inside(registry: Any) -> Iterator[None]:
    """Make ``registry`` the current one, without a request, as Pyramid does for its own events."""
    manager.push({"registry": registry, "request": None})
    try:
        yield
    finally:
        manager.pop()


def in_run_of(registry: Any) -> bool:
    """Return whether the code that asks is a run of the application of ``registry``."""
    try:
        current_run()
    except NotStarted:
        return False
    return manager.get()["registry"] is registry
