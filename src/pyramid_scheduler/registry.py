"""What the application declared: its tasks and its schedules, by name."""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pyramid_scheduler.errors import InvalidArguments, UnknownTask, nearest
from pyramid_scheduler.model import Definition, Task
from pyramid_scheduler.payload import dump_arguments


class Declarations:
    """The tasks and schedules of one application.

    ``tasks`` and ``definitions`` are read by the engine and by everybody who asks; they are
    filled while the application is configured.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.tasks: dict[str, Task] = {}
        self.definitions: dict[str, Definition] = {}

    def add_task(self, task: Task) -> None:
        """Add ``task``, or put it in the place of the one of that name (an override)."""
        self.tasks[task.name] = task

    def add_definition(self, definition: Definition) -> None:
        """Add the definition of a schedule, or put it in the place of the one of that name."""
        self.definitions[definition.name] = definition

    def find(self, task: str | Callable[..., Any]) -> Task:
        """Return the task of that name, or the only one whose function ``task`` is.

        Raises UnknownTask: nobody declared it, or several tasks share the function.
        """
        if isinstance(task, str):
            if task not in self.tasks:
                hint = nearest(task, self.tasks)
                raise UnknownTask(f"no task is named {task!r}{hint}")
            return self.tasks[task]
        # Compared with ==: a bound method is another object each time it is asked for.
        names = [known.name for known in self.tasks.values() if known.func == task]
        name = only_name(task, names)
        if name is None:
            raise UnknownTask(
                f"{task!r} is not a task: decorate it with @task and scan it, or"
                " config.add_task(it)"
            )
        return self.tasks[name]


def only_name(func: Callable[..., Any], names: Collection[str]) -> str | None:
    """Return the one of ``names``, under which ``func`` is a task; None for none.

    Of several it is the one that bears the function's own name, as a task does that is given none.

    Raises UnknownTask: there are several, and not one of them does.
    """
    if len(names) > 1:
        called = f".{getattr(func, '__qualname__', '')}"
        own = [name for name in names if f".{name}".endswith(called)]
        if len(own) == 1:
            return own[0]
        listed = ", ".join(sorted(names))
        raise UnknownTask(f"{func!r} is the function of several tasks: name one: {listed}")
    return next(iter(names), None)


def bind(task: Task, args: Sequence[Any], kwargs: Mapping[str, Any], where: str) -> str:
    """Return the arguments for ``task`` as JSON, checked against its function's signature.

    Raises InvalidArguments, InvalidPayload; ``where`` begins the message.
    """
    try:
        if args or kwargs or task.signature.parameters:  # else there is nothing to compare
            task.signature.bind(*args, **kwargs)
    except TypeError as error:
        written = f"{task.name}{task.signature}"
        raise InvalidArguments(f"{where}: {error}; the task is {written}") from None
    return dump_arguments(args, kwargs, where)


def own_signature(func: Callable[..., Any], *, takes_request: bool) -> inspect.Signature:
    """Return the signature of ``func`` as a caller of the task sees it: without the request."""
    signature = inspect.signature(func)
    parameters = list(signature.parameters.values())
    return signature.replace(parameters=parameters[1:] if takes_request else parameters)
