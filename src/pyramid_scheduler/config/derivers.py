"""What wraps a task's call, as view derivers wrap a view; and the wrapping itself.

A deriver is ``deriver(call, info) -> call``. A call is ``call(run, request) -> result``: ``run`` is
the :class:`~pyramid_scheduler.execution.CurrentRun`; ``request`` is None outside the ``request``
deriver, and inside it for a task that takes none. A deriver that has nothing to do for a task
returns ``call`` untouched, so that only what is used costs anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyramid.exceptions import ConfigurationError, CyclicDependencyError

from pyramid_scheduler.config.callables import Callee
from pyramid_scheduler.config.overrides import overrides_of, told_of
from pyramid_scheduler.config.refusing import refusing
from pyramid_scheduler.config.wiring import Wiring
from pyramid_scheduler.errors import InvalidArguments, InvalidValue, UnknownTask
from pyramid_scheduler.execution import CurrentRun
from pyramid_scheduler.model import Task
from pyramid_scheduler.registry import bind
from pyramid_scheduler.showing import shown

Call = Callable[[CurrentRun, Any], Any]


@dataclass(frozen=True, slots=True)
class DeriverInfo:
    """What a deriver is told: the task, what it calls, and the application it belongs to.

    ``settings`` are the application's, with what was read written back to ``scheduler.*``.
    """

    task: Task
    callee: Callee
    registry: Any
    settings: Mapping[str, Any]


Deriver = Callable[[Call, DeriverInfo], Call]


def derive_tasks(wiring: Wiring, registry: Any) -> None:
    """Wrap the call of each task that was declared since this was last asked."""
    if not wiring.underived:
        return
    derivers = _sorted(wiring)
    for name, said in wiring.underived.items():
        with refusing():
            task = _chained(wiring, wiring.declared.tasks[name], registry.settings)
        info = DeriverInfo(task, said.callee, registry, registry.settings)
        wiring.declared.add_task(replace(task, call=_derived(info, derivers)))
    wiring.underived.clear()


def _chained(wiring: Wiring, task: Task, settings: Mapping[str, Any]) -> Task:
    """Return ``task``, the tasks that follow its runs told by their names: all are known by now."""
    if task.then is None and task.on_failure is None:
        return task
    where = f"task {task.name!r}"
    overrides = overrides_of(settings, "task", task.name, wiring.settings.timezone)
    with told_of("task", task.name, overrides):
        then = _follower(wiring, task.then, f"{where}: then")
        on_failure = _follower(wiring, task.on_failure, f"{where}: on_failure")
        if on_failure == task.name:
            raise InvalidValue(
                f"{where}: on_failure: that is the task itself, which would fail for ever; to try"
                " again is retries="
            )
    return replace(task, then=then, on_failure=on_failure)


def _follower(wiring: Wiring, given: Any, where: str) -> str | None:
    """Return the name of a task that is run after another, and is given one argument."""
    if given is None:
        return None
    try:
        follower = wiring.find(given)
        bind(follower, [None], {}, where)
    except UnknownTask as error:
        raise InvalidValue(f"{where}: {error}") from None
    except InvalidArguments as error:
        raise InvalidArguments(f"{error}; it is given one argument") from None
    return follower.name


def _sorted(wiring: Wiring) -> list[tuple[str, Deriver]]:
    try:
        return list(wiring.derivers.sorted())
    except CyclicDependencyError as error:
        raise ConfigurationError(f"task derivers: {error}") from error


def _derived(info: DeriverInfo, derivers: list[tuple[str, Deriver]]) -> Call:
    call = innermost(info)
    for name, deriver in reversed(derivers):
        with refusing():
            call = deriver(call, info)
        if not callable(call):
            raise ConfigurationError(
                f"task deriver {name!r}: for the task {info.task.name!r} it returned {shown(call)},"
                " not a call: return the call that it was given, or one around it"
            )
    return call


def innermost(info: DeriverInfo) -> Call:
    """Return the call that everything else is wrapped around: the task's function itself."""
    func, callee = info.callee.func, info.callee
    if info.task.takes_request:
        return lambda run, request: callee.invoke(request, run.args, run.kwargs)
    return lambda run, _: func(*run.args, **run.kwargs)
