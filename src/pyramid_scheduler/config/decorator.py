"""``@task``: a declaration beside the function, which a scan or ``register_task`` finds."""

import linecache
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypedDict, TypeVar, Unpack, overload
from zoneinfo import ZoneInfo

import venusian

from pyramid_scheduler.config.callables import read_callee
from pyramid_scheduler.config.refusing import refusing
from pyramid_scheduler.config.wiring import wiring_of
from pyramid_scheduler.declaring import (
    SCHEDULE_OPTIONS,
    TASK_OPTIONS,
    known_options,
)
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.model import Misfire, OnCrash, Overlap, Trigger
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers import IntervalTrigger

Func = TypeVar("Func", bound=Callable[..., Any])
Duration = float | str | timedelta
Instant = datetime | str

PACKAGE = __name__.partition(".")[0]
# Where the function keeps its declarations, beside what venusian keeps for the scan.
ATTRIBUTE = "__pyramid_scheduler_tasks__"


class TaskOptions(TypedDict, total=False):
    """What ``@task`` takes: how it runs, and when."""

    name: str
    executor: str
    on_crash: OnCrash | Literal["retry", "fail"]
    max_running: int
    max_crashes: int
    request: bool
    tags: str | Collection[str]
    description: str
    interval: Duration
    at: Instant
    trigger: Trigger
    timezone: str | ZoneInfo
    start: Instant
    end: Instant
    misfire: Misfire | Literal["latest", "all", "skip"]
    grace: Duration
    catch_up: int
    overlap: Overlap | Literal["skip", "queue", "allow", "cancel"]
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    enabled: bool


class Declared(NamedTuple):
    """One ``@task`` on a function: its options, and whether it stands in a class."""

    options: Mapping[str, Any]
    in_class: bool


@overload
def task(func: Func, /) -> Func: ...
@overload
def task(**options: Unpack[TaskOptions]) -> Callable[[Func], Func]: ...
def task(func: Any = None, /, **options: Any) -> Any:
    """Declare the function decorated as a task, and when it runs if ``options`` say so.

    ``options`` are those of ``config.add_task`` and ``config.add_schedule``; ``name`` is that of
    the task and of its schedule, and every further ``@task`` on one function needs one. Nothing
    happens before ``config.scan()`` or ``scheduler.register_task(func)``: the function is
    returned unchanged, to be called and tested as any other.

    On a method, every run makes an instance of its class, of the request, as view classes have
    it. What cannot be taken is a ConfigurationError that names this line.
    """
    if func is not None:
        return _attach(func, options, depth=2)
    return lambda decorated: _attach(decorated, options, depth=2)


def _attach(func: Any, options: Mapping[str, Any], depth: int) -> Any:
    def callback(context: Any, name: str, found: Any) -> None:
        del name
        config = context.config.with_package(info.module)
        attr = func.__name__ if info.scope == "class" else None
        declare(config, found, attr, options, info.codeinfo)

    _check_decorated(func)
    # The category that config.scan() looks for by default.
    info = venusian.attach(func, callback, category="pyramid", depth=depth)
    declared = Declared(options, info.scope == "class")
    setattr(func, ATTRIBUTE, [*getattr(func, ATTRIBUTE, []), declared])
    return func


def _check_decorated(given: Any) -> None:
    """Refuse what no declaration can be kept on, such as an option without its name.

    Raises InvalidValue, with the line: this is an import, and nothing else would say where.
    """
    if callable(given) and hasattr(given, "__dict__"):
        return
    if callable(given):
        wrong = "cannot be decorated: declare it with config.add_task"
    else:
        example = shown(_as_interval(given))
        wrong = f"is not a function: options have names, as in @task(interval={example})"
    here = calling_place()
    raise InvalidValue(f"@task: {shown(given)} {wrong} ({here.file}:{here.line})")


def _as_interval(given: Any) -> Any:
    """Return ``given`` if it is an interval, else an example of one."""
    try:
        IntervalTrigger(given)
    except InvalidValue:
        return "10m"
    return given


class Place(NamedTuple):
    """A line of the application, as Pyramid's directives take it as ``_info``."""

    file: str
    line: int
    function: str
    source: str


def calling_place() -> Place:
    """Return the line outside of this package that called into it."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] == PACKAGE:
        frame = frame.f_back
    file, line = frame.f_code.co_filename, frame.f_lineno
    return Place(file, line, frame.f_code.co_name, linecache.getline(file, line).strip())


def declare(
    config: Any, func: Any, attr: str | None, options: Mapping[str, Any], place: Sequence[Any]
) -> None:
    """Declare ``func`` as ``@task(**options)`` says; ``place`` is the line that says so.

    Raises ConfigurationError.
    """
    info = Place(*place)
    with refusing(info):
        _check_included(config)
        name = options.get("name")
        where = "task" if name is None else f"task {shown(name)}"
        said = known_options(options, {"name": None, **TASK_OPTIONS, **SCHEDULE_OPTIONS}, where)
    how = {key: value for key, value in said.items() if key in TASK_OPTIONS}
    when = {key: value for key, value in said.items() if key in SCHEDULE_OPTIONS}
    named = config.add_task(func, name, attr=attr, _info=tuple(info), **how)
    if when:
        config.add_schedule(named, name=named, _info=tuple(info), **when)


def _check_included(config: Any) -> None:
    if wiring_of(config.registry) is None:
        raise InvalidValue(
            "a task was found, and no scheduler: config.include('pyramid_scheduler') has to come"
            " before config.scan()"
        )


def declare_registered(
    config: Any, func: Any, options: Mapping[str, Any], place: Sequence[Any]
) -> None:
    """Declare what ``scheduler.register_task(func, **options)`` says.

    Without options that is what the ``@task`` on ``func`` says, or a task without a schedule.
    """
    written: list[Declared] = getattr(func, ATTRIBUTE, []) if not options else []
    for declared in written or [Declared(options, in_class=False)]:
        if declared.in_class:
            _check_class(func, Place(*place))
        declare(config, func, None, declared.options, place)


def _check_class(func: Any, place: Place) -> None:
    with refusing(place):
        if read_callee(func, None, "task").owner is None:
            raise InvalidValue(
                f"the class of the method {func.__qualname__} cannot be found: scan it, or say"
                " config.add_task(TheClass, attr=...)"
            )
