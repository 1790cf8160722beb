"""What an ini file says over the code: ``scheduler.task.<task>.<option>`` and its sister.

``scheduler.schedule.<schedule>.<option>`` is the sister. The last dot ends the name, which has
dots of its own. The text ``none`` unsays what code says.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from pyramid_scheduler.config.settings import PREFIX
from pyramid_scheduler.declaring import SCHEDULE_OPTIONS, TASK_OPTIONS, Option
from pyramid_scheduler.errors import InvalidArguments, InvalidSetting, InvalidValue, nearest
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.showing import shown

OPTIONS: Mapping[str, Mapping[str, Option]] = {"task": TASK_OPTIONS, "schedule": SCHEDULE_OPTIONS}


def overrides_of(
    settings: Mapping[str, Any], kind: str, name: str, zone: ZoneInfo
) -> dict[str, Any]:
    """Return what ``settings`` say over the options of the task or schedule ``name``.

    Raises InvalidSetting: one of them cannot be read; it tells of all others too, whosever they
    are, a line each.
    """
    said = {option: settings.get(_key(kind, name, option)) for option in OPTIONS[kind]}
    said = {option: value for option, value in said.items() if value is not None}
    if any(_misread(_key(kind, name, each), kind, each, said[each], zone) for each in said):
        raise InvalidSetting("\n".join(_wrong(settings, zone)))
    return said


def check_overrides(settings: Mapping[str, Any], declared: Declarations, zone: ZoneInfo) -> None:
    """Refuse overrides of what there is not: they would be ignored in silence.

    Raises InvalidSetting: tells of each of them, with the nearest name that there is.
    """
    names: dict[str, Collection[str]] = {"task": declared.tasks, "schedule": declared.definitions}
    nobody = [
        f"{key}: no {kind} is named {shown(name)}{nearest(name, names[kind])}"
        for key, kind, name, option, _ in _overrides(settings)
        if option in OPTIONS[kind] and name not in names[kind]
    ]
    if problems := [*_wrong(settings, zone), *nobody]:
        raise InvalidSetting("\n".join(problems))


def overriding(raw: Mapping[str, object], overrides: Mapping[str, object]) -> dict[str, object]:
    """Return ``raw`` with ``overrides`` over it; the text ``none`` there unsays an option."""
    unsaid = {key: None if _is_none(value) else value for key, value in overrides.items()}
    return {**raw, **unsaid}


@contextmanager
def told_of(kind: str, name: str, overrides: Mapping[str, object]) -> Iterator[None]:
    """Add to an error raised within what the settings say over the code: they may be to blame."""
    try:
        yield
    except (InvalidValue, InvalidArguments) as error:
        if not overrides:
            raise
        said = [f"{_key(kind, name, each)} = {shown(overrides[each])}" for each in overrides]
        message = f"{error}; the settings say over the code: {', '.join(said)}"
        raise type(error)(message) from error


def _overrides(settings: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, Any]]:
    """Iterate over key, kind, name, option and value of all there are."""
    for key, value in settings.items():
        for kind in OPTIONS:
            if str(key).startswith(f"{PREFIX}{kind}."):
                name, _, option = key.removeprefix(f"{PREFIX}{kind}.").rpartition(".")
                yield key, kind, name, option, value


def _wrong(settings: Mapping[str, Any], zone: ZoneInfo) -> list[str]:
    """Return what is wrong with the overrides, whatever there is to override."""
    found = (_misread(key, kind, each, value, zone) for key, kind, _, each, value in
             _overrides(settings))  # fmt: skip
    return [problem for problem in found if problem]


def _misread(key: str, kind: str, option: str, value: Any, zone: ZoneInfo) -> str:
    """Return why the override ``key`` cannot be read, empty for one that can."""
    table = OPTIONS[kind]
    if option not in table:
        hint = nearest(option, table)
        return (
            f"{key}: a {kind} has no option {shown(option)}{hint} (allowed are {', '.join(table)})"
        )
    try:
        if value is not None and not _is_none(value):
            table[option].read(value, key, zone)
    except InvalidValue as error:
        return str(error)
    return ""


def _key(kind: str, name: str, option: str) -> str:
    return f"{PREFIX}{kind}.{name}.{option}"


def _is_none(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower() == "none"
