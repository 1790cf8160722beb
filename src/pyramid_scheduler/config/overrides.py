"""What an ini file says over the code: ``scheduler.task.<task>.<option>`` and its sister.

``scheduler.schedule.<schedule>.<option>`` is the sister. The last dot ends the name, which has
dots of its own. The text ``none`` unsays what code says.
"""

from collections.abc import Collection, Mapping
from typing import Any

from pyramid_scheduler.config.settings import PREFIX
from pyramid_scheduler.declaring import SCHEDULE_OPTIONS, TASK_OPTIONS
from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.registry import Declarations

OPTIONS: Mapping[str, Collection[str]] = {"task": TASK_OPTIONS, "schedule": SCHEDULE_OPTIONS}


def overrides_of(settings: Mapping[str, Any], kind: str, name: str) -> dict[str, Any]:
    """Return what ``settings`` say over the options of the task or schedule ``name``."""
    said = {option: settings.get(f"{PREFIX}{kind}.{name}.{option}") for option in OPTIONS[kind]}
    return {option: value for option, value in said.items() if value is not None}


def check_overrides(settings: Mapping[str, Any], declared: Declarations) -> None:
    """Refuse overrides of what there is not: they would be ignored in silence.

    Raises InvalidValue: names each of them, and the nearest name that there is.
    """
    names: dict[str, Collection[str]] = {"task": declared.tasks, "schedule": declared.definitions}
    wrong = [
        problem
        for key in settings
        for kind in OPTIONS
        if str(key).startswith(f"{PREFIX}{kind}.")
        if (problem := _problem(key, kind, names[kind]))
    ]
    if wrong:
        raise InvalidValue("\n".join(wrong))


def _problem(key: str, kind: str, names: Collection[str]) -> str:
    name, _, option = key.removeprefix(f"{PREFIX}{kind}.").rpartition(".")
    if option not in OPTIONS[kind]:
        allowed = ", ".join(OPTIONS[kind])
        hint = nearest(option, OPTIONS[kind])
        return f"{key}: a {kind} has no option {option!r}{hint} (allowed are {allowed})"
    if name not in names:
        return f"{key}: no {kind} is named {name!r}{nearest(name, names)}"
    return ""
