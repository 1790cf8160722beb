"""The module's ``scheduler``: the one of whichever application is meant where it is used."""

import gc
import threading
import weakref
from typing import Any, cast

from pyramid.config import global_registries
from pyramid.registry import global_registry
from pyramid.threadlocal import manager

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.config.asking import asking
from pyramid_scheduler.config.wiring import Wiring, wiring_of
from pyramid_scheduler.errors import NoScheduler


class _Configuring(threading.local):
    """The applications that this thread included the package in and has not made yet."""

    def __init__(self) -> None:
        self._registries: list[weakref.ref[Any]] = []

    def add(self, registry: Any) -> None:
        self._registries.append(weakref.ref(registry))

    def last(self) -> Any:
        """Return the registry of the one included last, None when there is none."""
        while self._registries:
            registry = self._registries[-1]()
            if registry is not None and _is_configured(registry):
                return registry
            self._registries.pop()
        return None

    def __contains__(self, registry: Any) -> bool:
        return _is_configured(registry) and any(known() is registry for known in self._registries)


def _is_configured(registry: Any) -> bool:
    """Return whether the application is neither made yet nor given up by a test's tearDown."""
    wiring = wiring_of(registry)
    return wiring is not None and not wiring.sealed


configuring = _Configuring()


def current_scheduler() -> Scheduler:
    """Return the scheduler that the module's ``scheduler`` stands for here and now.

    That of the current request's or run's application; else, while configuring, of the
    application that this thread included the package in last and that is not yet made; else of
    the only application of the process.

    Raises NoScheduler.
    """
    registry, request = _current()
    if request is not None:
        return asking(registry.scheduler, request)
    return cast(Scheduler, registry.scheduler)


def current_wiring() -> Wiring:
    """Return the parts of that same application. Raises NoScheduler."""
    registry, _ = _current()
    return cast(Wiring, wiring_of(registry))


def _current() -> tuple[Any, Any]:
    """Return the registry of the application that is meant, and the request that it is in."""
    here = manager.get()
    registry, request = here["registry"], here["request"]
    if registry is global_registry or wiring_of(registry) is None:
        registry = request = None
    # config.begin() makes an application current that is only being configured, and another one
    # may be built inside it: the one included last is meant.
    if request is None and (registry is None or registry in configuring):
        registry = configuring.last() or registry or _only_application()
    return registry, request


def _only_application() -> Any:
    found = _applications()
    if len(found) > 1:
        # An application that is dropped is a circle of references, and lives on until this.
        found = []
        gc.collect()
        found = _applications()
    if len(found) == 1:
        return found[0]
    if not found:
        raise NoScheduler(
            "no application here includes pyramid_scheduler: config.include('pyramid_scheduler')"
            " comes before the module's scheduler is used; elsewhere use registry.scheduler"
        )
    raise NoScheduler(
        f"{len(found)} applications of this process have a scheduler, and nothing here says which"
        " is meant: use registry.scheduler, or request.scheduler"
    )


def _applications() -> list[Any]:
    return [registry for registry in global_registries if wiring_of(registry) is not None]


class _CurrentScheduler:
    """Stands for :func:`current_scheduler`, anew at each use."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(current_scheduler(), name)

    def __repr__(self) -> str:
        return "<pyramid_scheduler.scheduler: that of the current application>"


scheduler = cast(Scheduler, _CurrentScheduler())
