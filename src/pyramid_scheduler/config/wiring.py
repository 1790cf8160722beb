"""What one application's configuration is made of, kept in its registry while it is configured."""

from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import ismethod
from typing import Any

from pyramid.util import TopologicalSorter
from zope.interface import Interface

from pyramid_scheduler.config.late import LateWrites
from pyramid_scheduler.config.said import SaidTask
from pyramid_scheduler.config.settings import Settings
from pyramid_scheduler.interfaces import Executor
from pyramid_scheduler.model import Task
from pyramid_scheduler.registry import Declarations, only_name

# The ends between which task derivers are sorted, as INGRESS and VIEW are for view derivers.
INGRESS = "INGRESS"
INVOKE = "INVOKE"


class IWiring(Interface):  # type: ignore[misc]  # zope.interface has no types
    """Under which the registry knows its :class:`Wiring`."""


@dataclass(eq=False, slots=True)
class Wiring:
    """The parts of one application's scheduler, as the directives fill them.

    ``own`` is the configurator by which the application itself speaks; ``executors`` are those that
    a task may name; ``derivers`` what wraps the tasks' calls; ``said`` every task that was
    declared, by name, the overridden included; ``underived`` those whose call is not derived yet;
    ``sealed`` says that the application has been made; ``late`` is what writes what committed
    requests asked for.
    """

    own: Any
    settings: Settings
    declared: Declarations
    executors: dict[str, Callable[[], Executor]]
    derivers: Any = field(
        default_factory=lambda: TopologicalSorter(
            default_before=None, default_after=INGRESS, first=INGRESS, last=INVOKE
        )
    )
    said: dict[str, list[SaidTask]] = field(default_factory=dict)
    underived: dict[str, SaidTask] = field(default_factory=dict)
    sealed: bool = False
    late: LateWrites = field(default_factory=LateWrites)

    def say(self, said: SaidTask) -> None:
        """Take note of what was declared, be it in force later or not."""
        self.said.setdefault(said.name, []).append(said)

    def names(self, func: Callable[..., Any]) -> list[str]:
        """Return the names under which ``func`` was declared as a task."""
        return sorted(
            name for name, tasks in self.said.items() if any(_calls(said, func) for said in tasks)
        )

    def find(self, task: str | Callable[..., Any]) -> Task:
        """Return the task of that name, or the one that was declared of the function ``task``.

        A function is found although its task was overridden by another of the same name.

        Raises UnknownTask.
        """
        if isinstance(task, str):
            return self.declared.find(task)
        return self.declared.find(only_name(task, self.names(task)) or task)


def _calls(said: SaidTask, func: Callable[..., Any]) -> bool:
    # A bound method is another object each time it is asked for, and equal to the others.
    known = said.callee.func
    return known is func or (ismethod(func) and known == func)


def wiring_of(registry: Any) -> Wiring | None:
    """Return the wiring of the application of ``registry``, None if it has no scheduler.

    A registry that ``pyramid.testing.tearDown`` has emptied has none any more.
    """
    query = getattr(registry, "queryUtility", None)
    wiring: Wiring | None = query(IWiring) if query is not None else None
    return wiring
