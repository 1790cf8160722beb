"""HOW an application says it: ``config.include('pyramid_scheduler')`` and what follows from it."""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import SystemRandom
from types import ModuleType
from typing import Any

from pyramid.events import NewRequest
from pyramid.interfaces import IApplicationCreated, IRequestExtensions

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.config.asking import asking
from pyramid_scheduler.config.calendars import add_calendar
from pyramid_scheduler.config.calling import add_default_derivers
from pyramid_scheduler.config.current import configuring
from pyramid_scheduler.config.decorator import declare_registered
from pyramid_scheduler.config.directives import LATE, add_schedule, add_task, add_task_deriver
from pyramid_scheduler.config.inside import in_run_of
from pyramid_scheduler.config.lifecycle import install
from pyramid_scheduler.config.listeners import Listeners
from pyramid_scheduler.config.location import default_address
from pyramid_scheduler.config.overrides import check_overrides
from pyramid_scheduler.config.places import PACKAGE, caller
from pyramid_scheduler.config.probing import EarlyOpening, probe
from pyramid_scheduler.config.refusing import refusing
from pyramid_scheduler.config.settings import PREFIX, Settings, read_settings
from pyramid_scheduler.config.wiring import IWiring, Wiring, wiring_of
from pyramid_scheduler.engine import Engine, EngineOptions, SystemClock
from pyramid_scheduler.errors import NotStarted
from pyramid_scheduler.executors.threads import ThreadExecutor
from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.stores import make_store


def includeme(config: Any) -> None:
    """Give the application of ``config`` a scheduler: ``config.registry.scheduler``.

    Adds the directives ``add_task``, ``add_schedule``, ``add_task_deriver`` and ``add_calendar``,
    and ``request.scheduler`` unless the application has one of its own. Reads the settings
    ``scheduler.*``. Starts nothing and opens no store.

    Raises ConfigurationError: names every setting that cannot be taken, a line each.
    """
    if wiring_of(config.registry) is not None:
        return
    config.add_settings({})
    with refusing():
        settings = read_settings(config.registry.settings)
        address = settings.store or default_address(
            _root_package(config), settings.state_dir, settings.instance
        )
    config.registry.settings[PREFIX + "store"] = address
    wiring = _wire(config, settings, address)
    configuring.add(config.registry)
    config.add_directive("add_task", add_task)
    config.add_directive("add_schedule", add_schedule)
    config.add_directive("add_task_deriver", add_task_deriver)
    config.add_directive("add_calendar", add_calendar)
    add_default_derivers(config)
    config.action(None, _add_request_property, (config,), order=LATE)
    config.add_subscriber(_seal, IApplicationCreated)
    install(config, config.registry.scheduler, wiring.settings)
    # Elsewhere nobody waits for the request's own transaction; a server may be slow to answer.
    if settings.session_factory is not None and config.registry.scheduler.store.local_clock:
        config.add_subscriber(EarlyOpening(config.registry.scheduler).new_request, NewRequest)


def _root_package(config: Any) -> ModuleType:
    root = config.maybe_dotted(config.root_package)
    return root if isinstance(root, ModuleType) else sys.modules["__main__"]


def _wire(config: Any, settings: Settings, address: str) -> Wiring:
    """Make the parts, each given what it needs, and none of them started."""
    registry, clock, declared = config.registry, SystemClock(), Declarations()
    new_id = id_maker(clock.now, SystemRandom())
    store = make_store(
        address,
        clock=clock,
        new_id=new_id,
        statement_timeout=settings.statement_timeout,
        table_prefix=settings.table_prefix,
        schema=settings.schema,
    )
    threads = partial(ThreadExecutor, settings.threads, clock, registry.__name__)
    wiring = Wiring(_own(config), settings, declared, {"threads": threads})
    engine = Engine(
        declared,
        store,
        wiring.executors,
        clock,
        _engine_options(settings),
        Listeners(registry),
        new_id,
    )
    registry.registerUtility(wiring, IWiring)
    registry.scheduler = Scheduler(
        declared,
        store,
        engine,
        clock=clock,
        zone=settings.timezone,
        new_id=new_id,
        declare=_declaring(wiring),
        in_own_run=partial(in_run_of, registry),
        before_start=partial(probe, registry),
    )
    return wiring


def _engine_options(settings: Settings) -> EngineOptions:
    options = EngineOptions(
        heartbeat=settings.heartbeat,
        lease=settings.lease,
        lookahead=settings.lookahead,
        listen=settings.listen,
        retention=settings.retention,
    )
    if settings.shutdown_timeout is None:
        return options
    return replace(options, shutdown_timeout=settings.shutdown_timeout)


def _own(config: Any) -> Any:
    """Return a configurator by which the application itself speaks.

    Not that of the include, whose statements the application's would override in silence.
    """
    return type(config)(
        registry=config.registry,
        package=config.root_package,
        root_package=config.root_package,
        autocommit=config.autocommit,
        introspection=config.introspection,
    )


def _declaring(wiring: Wiring) -> Callable[..., None]:
    """Return what ``registry.scheduler.register_task`` does."""

    def declare(func: Callable[..., Any], **options: Any) -> None:
        if wiring.sealed:
            raise NotStarted(
                "register_task: the application is made: register before config.make_wsgi_app()"
            )
        declare_registered(wiring.own, func, options, caller().place)

    return declare


def _add_request_property(config: Any) -> None:
    """Add ``request.scheduler``, at last and without a discriminator.

    So it never conflicts with one that the application or another add-on has.
    """
    extensions = config.registry.queryUtility(IRequestExtensions)
    if extensions and "scheduler" in {*extensions.descriptors, *extensions.methods}:
        return
    # At once: Pyramid takes no more actions of the order that request methods have.
    at_once = type(config)(registry=config.registry, package=PACKAGE, autocommit=True)
    at_once.add_request_method(_request_scheduler, "scheduler", reify=True)


def _request_scheduler(request: Any) -> Scheduler:
    return asking(request.registry.scheduler, request)


def _seal(event: Any) -> None:
    """Take note that the application is made: nothing can be declared any more."""
    registry = event.app.registry
    wiring = wiring_of(registry)
    if wiring is not None:
        wiring.sealed = True
        with refusing():
            check_overrides(registry.settings, wiring.declared, wiring.settings.timezone)
