"""The application that a command is about: loaded from a config file, its scheduler found."""

from collections.abc import Iterable, Mapping
from typing import Any

from pyramid.config import global_registries

from pyramid_scheduler.client import Scheduler

NOT_INCLUDED = (
    "this application does not include pyramid_scheduler: call"
    " config.include('pyramid_scheduler') where it is configured, or add the line"
    " 'pyramid.includes = pyramid_scheduler' to its section of the config file"
)


class CommandError(Exception):
    """A command that cannot do what it was asked; the message says what to do."""


def find_scheduler(env: Mapping[str, Any]) -> Scheduler:
    """Return the scheduler of what ``bootstrap`` loaded: of its application, or the only one made.

    Raises CommandError: none of the applications includes the package, or several do and none of
    them is the one that was named.
    """
    own = _scheduler(getattr(env["app"], "registry", None))
    if own is not None:
        return own
    # Middleware around it, or several applications behind one: the registries tell.
    found = [
        (registry.__name__, scheduler)
        for registry in global_registries
        if (scheduler := _scheduler(registry)) is not None
    ]
    if not found:
        raise CommandError(NOT_INCLUDED)
    if len(found) > 1:
        raise CommandError(_several(name for name, _ in found))
    return found[0][1]


def _scheduler(registry: object) -> Scheduler | None:
    scheduler = getattr(registry, "scheduler", None)
    return scheduler if isinstance(scheduler, Scheduler) else None


def _several(names: Iterable[str]) -> str:
    return (
        f"several applications here have a scheduler ({', '.join(sorted(names))}): say which, by"
        " its section, as in 'development.ini#name'"
    )
