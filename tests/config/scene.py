"""An application to be configured, and its tasks run without an engine."""

import threading
from typing import Any

from pyramid.config import Configurator

from pyramid_scheduler.config.wiring import wiring_of
from pyramid_scheduler.engine import SystemClock
from pyramid_scheduler.execution import execute
from pyramid_scheduler.model import Claim, Definition, Kind, Outcome, RunState, Task
from pyramid_scheduler.payload import dump_arguments, load_arguments
from pyramid_scheduler.registry import Declarations

QUIET = {"scheduler.store": "memory://", "scheduler.autostart": "false"}


def configurator(*, include: bool = True, package: Any = "tests", **options: Any) -> Configurator:
    """A configurator of an application; ``settings`` are added to those that keep it quiet."""
    settings = QUIET | options.pop("settings", {})
    config = Configurator(settings=settings, package=package, **options)
    if include:
        config.include("pyramid_scheduler")
    return config


def declared(config: Configurator) -> Declarations:
    wiring = wiring_of(config.registry)
    assert wiring is not None
    return wiring.declared


def made(config: Configurator) -> Declarations:
    """What is declared once the application has been made."""
    config.make_wsgi_app()
    return declared(config)


def only_task(config: Configurator) -> Task:
    (task,) = made(config).tasks.values()
    return task


def only_schedule(config: Configurator) -> Definition:
    (definition,) = made(config).definitions.values()
    return definition


def arguments(definition: Definition) -> tuple[list[Any], dict[str, Any]]:
    return load_arguments(definition.arguments)


def run(config: Configurator, name: str, *args: Any, **kwargs: Any) -> Outcome:
    """Run a task once as an executor does, in this thread; the application has been made."""
    claim = Claim(
        run_id="run-1",
        kind=Kind.ASKED,
        schedule=None,
        task=name,
        fire_time=0,
        due=0,
        attempt=1,
        token=1,
        arguments=dump_arguments(args, kwargs, "test"),
    )
    return execute(declared(config).tasks[name], claim, threading.Event(), SystemClock())


def succeeded(outcome: Outcome) -> bool:
    """Whether it did; if it did not, its traceback is the test's message."""
    assert outcome.error is None, outcome.error.traceback
    return outcome.state is RunState.SUCCEEDED
