"""Code of an application, called from a thread of ours, finds itself in its application."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyramid.threadlocal import manager


@contextmanager
def inside(registry: Any) -> Iterator[None]:
    """Make ``registry`` the current one, without a request, as Pyramid does for its own events."""
    manager.push({"registry": registry, "request": None})
    try:
        yield
    finally:
        manager.pop()
