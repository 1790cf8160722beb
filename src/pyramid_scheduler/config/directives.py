"""``config.add_task``, ``config.add_schedule``, ``config.add_task_deriver``.

Each checks at once what can be checked, and registers later, under a discriminator, so that
Pyramid's rules of conflict and override hold: derivers first, then tasks, schedules, and last of
all the tasks' calls are derived.
"""

from collections.abc import Callable, Iterable
from typing import Any

from pyramid.config import PHASE1_CONFIG, PHASE2_CONFIG, PHASE3_CONFIG
from pyramid.exceptions import ConfigurationError
from pyramid.util import as_sorted_tuple

from pyramid_scheduler.config.callables import default_name, read_callee
from pyramid_scheduler.config.derivers import derive_tasks
from pyramid_scheduler.config.overrides import overrides_of
from pyramid_scheduler.config.refusing import refusing
from pyramid_scheduler.config.said import SaidSchedule, SaidTask, say_schedule, say_task
from pyramid_scheduler.config.wiring import INGRESS, INVOKE, Wiring, wiring_of
from pyramid_scheduler.declaring import SCHEDULE_OPTIONS
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.registry import only_name
from pyramid_scheduler.showing import shortened, shown

# After everything that an application or an add-on may still say about tasks and requests.
LATE = 100
TASKS = "scheduled tasks"
SCHEDULES = "schedules"


class Named(tuple[str, str]):
    """A discriminator that tells, in Pyramid's report of a conflict, what to do about it."""

    __slots__ = ()

    def __str__(self) -> str:
        kind, name = self
        hint = "a further schedule of a task" if kind == "schedule" else "another task"
        return f"{kind} {name!r} (declared differently; {hint} needs a name of its own: name=)"


def add_task(
    config: Any, func: Any, name: str | None = None, *, attr: str | None = None, **options: Any
) -> str:
    """Declare ``func`` as a task; return its name.

    Parameters
    ----------
    func : a function, a method of a class (``Views.purge``, or the class with ``attr``), a
        callable object, or a dotted name of one
    name : of the task; ``module.qualname`` by itself
    attr : the method of the class ``func``; one instance is made for every run, of the request
    options : how it runs: those of :data:`pyramid_scheduler.declaring.TASK_OPTIONS`. Those of
        :meth:`add_schedule` declare a first schedule too, of the task's name

    Raises ConfigurationError at once for what it cannot take; at the commit for an executor that
    nobody has and for overrides in the settings.
    """
    wiring, info = _wiring(config), config.action_info
    with refusing(info):
        when = {key: options.pop(key) for key in [*options] if key in SCHEDULE_OPTIONS}
        said = say_task(_resolve(config, func), name, attr, options)
    wiring.say(said)
    _declare_task(config, wiring, said, options)
    if when:
        config.add_schedule(said.name, name=said.name, _info=info, **when)
    return said.name


def _declare_task(config: Any, wiring: Wiring, said: SaidTask, options: dict[str, Any]) -> None:
    info = config.action_info
    discriminator = Named(("task", said.name))
    if _counted(config, discriminator, said):
        return
    title = f"{said.name} ({config.object_description(said.callee.func)})"
    intr = config.introspectable(TASKS, said.name, title, "scheduled task")

    def register() -> None:
        # At a commit Pyramid itself adds the line.
        with refusing(info if config.autocommit else None):
            overrides = overrides_of(
                config.registry.settings, "task", said.name, wiring.settings.timezone
            )
            task = said.resolve(overrides, wiring.executors)
        wiring.declared.add_task(task)
        wiring.underived[task.name] = said
        intr["callable"], intr["options"] = task.func, {**options, **overrides}

    config.action(discriminator, register, order=PHASE2_CONFIG, introspectables=(intr,))
    _derive_at_last(config, wiring)


def add_schedule(
    config: Any,
    task: str | Callable[..., Any],
    when: str | None = None,
    *,
    name: str | None = None,
    **options: Any,
) -> None:
    """Declare when ``task`` runs, and with which arguments.

    Parameters
    ----------
    task : a task's name or function; it may be declared later
    when : a phrase or a cron line, such as ``"every 10 minutes"``; or one of the options
        ``interval=``, ``every=``, ``cron=``, ``rrule=``, ``at=`` and ``trigger=``
    name : of the schedule; a task's first one bears the task's name, further ones need their own
    options : any of :data:`pyramid_scheduler.declaring.SCHEDULE_OPTIONS`

    Raises ConfigurationError at once for what it cannot take; at the commit for a task that
    nobody declared, arguments that do not fit it, and overrides in the settings.
    """
    wiring, info = _wiring(config), config.action_info
    if when is not None:
        options = {"when": when, **options}
    with refusing(info):
        known_as = _known_name(wiring, task)
        named = _first_name(task, known_as) if name is None else name
        said = say_schedule(named, task, options, wiring.settings.timezone)
        _check_arguments(wiring, known_as, said)
    discriminator = Named(("schedule", said.name))
    if _counted(config, discriminator, said):
        return
    intr = config.introspectable(SCHEDULES, said.name, said.name, "schedule")

    def register() -> None:
        with refusing(info if config.autocommit else None):
            zone = wiring.settings.timezone
            overrides = overrides_of(config.registry.settings, "schedule", said.name, zone)
            known = wiring.find(said.task)
            definition = said.resolve(known, overrides, zone)
        wiring.declared.add_definition(definition)
        intr["definition"] = definition
        intr.relate(TASKS, known.name)

    config.action(discriminator, register, order=PHASE3_CONFIG, introspectables=(intr,))


def add_task_deriver(
    config: Any,
    deriver: Any,
    name: str | None = None,
    under: str | Iterable[str] | None = None,
    over: str | Iterable[str] | None = None,
) -> None:
    """Wrap the call of every task, as ``config.add_view_deriver`` does for views.

    ``deriver(call, info)`` returns ``call`` or a callable of the same kind, ``call(run,
    request)`` (see :mod:`pyramid_scheduler.config.derivers`), or is a dotted name of one. It is
    asked once for each task, after everything has been declared.

    ``under`` and ``over`` name other derivers, INGRESS or INVOKE: ``under`` is nearer to the
    task. Without them it comes directly around the task, inside its request and transaction.
    """
    wiring, info = _wiring(config), config.action_info
    with refusing(info):
        deriver = _resolve(config, deriver)
        named = getattr(deriver, "__name__", None) if name is None else name
        if under is None:
            under = "transaction" if over is None else INGRESS
        over = INVOKE if over is None else over
        _check_deriver(deriver, named, as_sorted_tuple(under), as_sorted_tuple(over))
    intr = config.introspectable("task derivers", named, named, "task deriver")
    intr.update(name=named, deriver=deriver, under=under, over=over)

    def register() -> None:
        wiring.derivers.add(named, deriver, before=over, after=under)

    discriminator = ("task deriver", named)
    config.action(discriminator, register, order=PHASE1_CONFIG, introspectables=(intr,))


def _check_deriver(
    deriver: Any, name: str | None, under: tuple[str, ...], over: tuple[str, ...]
) -> None:
    if not callable(deriver):
        raise InvalidValue(f"task deriver: {shown(deriver)} is not callable")
    if name is None:
        raise InvalidValue(f"task deriver: {shown(deriver)} has no name: give it one with name=")
    if name in (INGRESS, INVOKE):
        raise InvalidValue(f"task deriver: the name {name} is reserved")
    if INGRESS in over or INVOKE in under:
        raise InvalidValue(f"task deriver {name!r}: nothing is over INGRESS or under INVOKE")


def _wiring(config: Any) -> Wiring:
    wiring = wiring_of(config.registry)
    if wiring is None:
        raise ConfigurationError("config.include('pyramid_scheduler') has to come first")
    return wiring


def _resolve(config: Any, given: Any) -> Any:
    try:
        return config.maybe_dotted(given)
    except (ImportError, AttributeError, ValueError) as error:
        reason = shortened(str(error), 300)  # it may repeat the name
        raise InvalidValue(f"{shown(given)} cannot be imported: {reason}") from error
    except IndexError:  # Pyramid's, of "" and of too many leading dots
        raise InvalidValue(f"{shown(given)} is not the dotted name of anything") from None


def _known_name(wiring: Wiring, task: str | Callable[..., Any]) -> str | None:
    """Return the name of ``task``, None for a function that nobody has declared yet."""
    if isinstance(task, str):
        return task
    return only_name(task, wiring.names(task))


def _first_name(task: Any, known_as: str | None) -> str:
    """Return the name that the first schedule of ``task`` bears: that of the task."""
    return known_as or default_name(read_callee(task, None, "schedule"), "schedule")


def _check_arguments(wiring: Wiring, task: str | None, said: SaidSchedule) -> None:
    """Bind the arguments now if it is plain what ``task`` is; the commit has the last word."""
    tasks = wiring.said.get(task or "", [])
    if tasks and all(other == tasks[0] for other in tasks):
        said.when.tie(said.name, tasks[0].as_written(), f"schedule {said.name!r}")


def _counted(config: Any, discriminator: Named, said: SaidTask | SaidSchedule) -> bool:
    """Return whether the same was said before, so that saying it again changes nothing.

    What an included package said counts for nobody above it: there it may have to override.
    """
    if config.autocommit:
        return False
    vars(config.action_state).setdefault("scheduler_said", {})
    earlier = config.action_state.scheduler_said.setdefault(discriminator, [])
    here = config.includepath
    for path, other in earlier:
        above = len(here) < len(path) and path[: len(here)] == here
        if other == said and not above:
            return True
    earlier.append((here, said))
    return False


def _derive_at_last(config: Any, wiring: Wiring) -> None:
    """Have what is underived at the end of this commit derived, once."""
    state = vars(config.action_state)
    if config.autocommit or not state.get("scheduler_derives"):
        state["scheduler_derives"] = True
        config.action(None, lambda: derive_tasks(wiring, config.registry), order=LATE)
