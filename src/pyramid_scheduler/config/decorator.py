"""``@task``: a declaration beside the function, which a scan or ``register_task`` finds."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol, TypedDict, TypeVar, Unpack, overload
from zoneinfo import ZoneInfo

import venusian

from pyramid_scheduler.config.callables import read_callee
from pyramid_scheduler.config.places import Place, caller
from pyramid_scheduler.config.refusing import refusing
from pyramid_scheduler.config.wiring import Wiring, wiring_of
from pyramid_scheduler.declaring import SCHEDULE_OPTIONS, TASK_OPTIONS, known_options
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.model import Backoff, Misfire, OnCrash, Overlap, Rate, Trigger, UniqueBy
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers import IntervalTrigger

Func = TypeVar("Func", bound=Callable[..., Any])
Duration = float | str | timedelta
Instant = datetime | str

# Where the function keeps its declarations, beside what venusian keeps for the scan.
ATTRIBUTE = "__pyramid_scheduler_tasks__"


class TaskOptions(TypedDict, total=False):
    """What ``@task`` takes: how it runs, and when."""

    name: str
    executor: str
    on_crash: OnCrash | Literal["retry", "fail"]
    priority: int
    max_running: int
    rate: Rate | str
    key: Callable[..., Any] | str
    unique: UniqueBy | Literal["args", "key", "task"]
    unique_for: Duration
    max_crashes: int
    timeout: Duration
    retries: int
    retry_on: type[Exception] | str | Collection[type[Exception] | str]
    backoff: Backoff | Duration
    then: str | Callable[..., Any]
    on_failure: str | Callable[..., Any]
    request: bool
    transactional: bool
    tags: str | Collection[str]
    description: str
    when: str
    interval: Duration
    every: Duration
    cron: str
    rrule: str
    at: Instant
    trigger: Trigger
    timezone: str | ZoneInfo
    start: Instant
    end: Instant
    misfire: Misfire | Literal["latest", "all", "skip"]
    grace: Duration
    catch_up: int
    overlap: Overlap | Literal["skip", "queue", "allow", "cancel"]
    pause_after: int
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    enabled: bool


class Declared(NamedTuple):
    """One ``@task`` on a function: its options, and whether it stands in a class."""

    options: Mapping[str, Any]
    in_class: bool

    def declare(self, config: Any, func: Any, place: Place) -> None:
        """Declare ``func`` as it is written; ``place`` is the line that says so."""
        if self.in_class:
            _check_class(func, place)
        declare(config, func, None, self.options, place)


class Declaring(Protocol):
    """What stands on a function until the configuration of an application asks for it."""

    def declare(self, config: Any, func: Any, place: Place) -> None:
        """Declare it in the application of ``config``; ``place`` is the line that asks."""
        ...


def note(func: Any, declaring: Declaring) -> None:
    """Keep ``declaring`` on ``func``, where ``scheduler.register_task`` finds it."""
    setattr(func, ATTRIBUTE, [*getattr(func, ATTRIBUTE, []), declaring])


@overload
def task(func: Func, /) -> Func: ...
@overload
def task(when: str, /, **options: Unpack[TaskOptions]) -> Callable[[Func], Func]: ...
@overload
def task(**options: Unpack[TaskOptions]) -> Callable[[Func], Func]: ...
def task(func: Any = None, /, **options: Any) -> Any:
    """Declare the function decorated as a task, and when it runs if ``options`` say so.

    A phrase or a cron line may stand first: ``@task("every 10 minutes")``, ``@task("0 9 * * *")``.
    ``options`` are those of ``config.add_task`` and ``config.add_schedule``; ``name`` is that of
    the task and of its schedule, and every further ``@task`` on one function needs one. Nothing
    happens before ``config.scan()`` or ``scheduler.register_task(func)``: the function is
    returned unchanged, to be called and tested as any other.

    On a method, every run makes an instance of its class, of the request, as view classes have
    it. What cannot be taken is a ConfigurationError that names this line.
    """
    if isinstance(func, str):
        return task(**options, when=func)
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
    note(func, Declared(options, info.scope == "class"))
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
    here = caller().place
    raise InvalidValue(f"@task: {shown(given)} {wrong} ({here.file}:{here.line})")


def _as_interval(given: Any) -> Any:
    """Return ``given`` if it is an interval, else an example of one."""
    try:
        IntervalTrigger(given)
    except InvalidValue:
        return "10m"
    return given


def declare(
    config: Any, func: Any, attr: str | None, options: Mapping[str, Any], place: Sequence[Any]
) -> None:
    """Declare ``func`` as ``@task(**options)`` says; ``place`` is the line that says so.

    Raises ConfigurationError.
    """
    info = Place(*place)
    with refusing(info):
        check_included(config)
        name = options.get("name")
        where = "task" if name is None else f"task {shown(name)}"
        said = known_options(options, {"name": None, **TASK_OPTIONS, **SCHEDULE_OPTIONS}, where)
    config.add_task(func, said.pop("name", None), attr=attr, _info=tuple(info), **said)


def check_included(config: Any) -> Wiring:
    """Return the wiring of the application of ``config``. Raises InvalidValue: it has none."""
    wiring = wiring_of(config.registry)
    if wiring is None:
        raise InvalidValue(
            "a task was found, and no scheduler: config.include('pyramid_scheduler') has to come"
            " before config.scan()"
        )
    return wiring


def declare_registered(
    config: Any, func: Any, options: Mapping[str, Any], place: Sequence[Any]
) -> None:
    """Declare what ``scheduler.register_task(func, **options)`` says.

    Without options that is what stands on ``func`` (a ``@task``), or a task without a schedule.
    """
    written: list[Declaring] = getattr(func, ATTRIBUTE, []) if not options else []
    for declared in written or [Declared(options, in_class=False)]:
        declared.declare(config, func, Place(*place))


def _check_class(func: Any, place: Place) -> None:
    with refusing(place):
        if read_callee(func, None, "task").owner is None:
            raise InvalidValue(
                f"the class of the method {func.__qualname__} cannot be found: scan it, or say"
                " config.add_task(TheClass, attr=...)"
            )
