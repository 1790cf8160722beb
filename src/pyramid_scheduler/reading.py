"""Plain values as a person writes them: in code as they are, in an ini file as text.

Each reader takes the value and ``where``, which begins the message of the one
:class:`~pyramid_scheduler.errors.InvalidValue` that it raises: the value, and what is allowed.
Instants and durations are read by :mod:`pyramid_scheduler.instants`.
"""

import json
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.showing import shown

Choice = TypeVar("Choice", bound=StrEnum)

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,199}", re.ASCII)
SCHEDULE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,199}", re.ASCII)
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_SAID = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip


def read_name(value: object, where: str) -> str:
    """Return the name of a task or schedule: a letter or ``_``, then letters, digits, ``_.-``."""
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    raise InvalidValue(
        f"{where}: {shown(value)} is not a name: allowed are 1 to 200 ASCII letters, digits, '_',"
        " '.' and '-', beginning with a letter or '_'"
    )


def read_task(value: object, where: str) -> str | Callable[..., Any]:
    """Return what a task is called by: its name or its function."""
    return value if callable(value) else read_name(value, where)


def read_schedule_id(value: object, where: str) -> str:
    """Return the id of a schedule made at run time: a name, or ``"42"``, ``"ann@a.org"``."""
    if isinstance(value, str) and SCHEDULE_ID.fullmatch(value):
        return value
    raise InvalidValue(
        f"{where}: {shown(value)} is not an id: allowed are 1 to 200 ASCII letters, digits, '_',"
        " '.', '-', ':' and '@', beginning with a letter, a digit or '_'"
    )


def read_bool(value: object, where: str) -> bool:
    """Return a bool, or what ``true yes on 1`` and ``false no off 0`` say."""
    if isinstance(value, bool):
        return value
    # Not pyramid.settings.asbool: it takes whatever it does not know for False.
    if isinstance(value, str) and value.strip().lower() in _SAID:
        return _SAID[value.strip().lower()]
    raise InvalidValue(f"{where}: {shown(value)} is neither true nor false")


def read_count(value: object, where: str, *, least: int = 1, most: int = 1_000_000) -> int:
    """Return a whole number from ``least`` to ``most``; a bool is none."""
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise InvalidValue(f"{where}: {shown(value)} is not a whole number from {least:,} to {most:,}")


def read_choice(value: object, where: str, choices: type[Choice]) -> Choice:
    """Return the member of ``choices`` that ``value`` is or names."""
    names = [str(choice) for choice in choices]
    if isinstance(value, str) and value.strip() in names:
        return choices(value.strip())
    hint = nearest(value, names) if isinstance(value, str) else ""
    raise InvalidValue(f"{where}: {shown(value)} is not one of {', '.join(names)}{hint}")


def read_text(value: object, where: str) -> str:
    """Return a text that every store can keep."""
    if not isinstance(value, str):
        raise InvalidValue(f"{where}: {shown(value)} is not a text")
    if "\0" in value or value != value.encode(errors="ignore").decode():
        raise InvalidValue(f"{where}: {shown(value)} has a NUL character or a lone surrogate in it")
    return value


def read_words(value: object, where: str) -> tuple[str, ...]:
    """Return the words of a text, split at commas and spaces, or of a list or tuple of texts."""
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    if not isinstance(value, list | tuple | set | frozenset):
        raise InvalidValue(f"{where}: {shown(value)} is neither a text nor a list of texts")
    words = [read_text(word, where) for word in value]
    for word in words:
        if word.split() != [word] or "," in word:
            raise InvalidValue(f"{where}: {shown(word)} is not one word")
    return tuple(sorted(set(words)))


def read_list(value: object, where: str) -> list[Any]:
    """Return a list, tuple or the text of a JSON array, as a list."""
    value = _parse_json(value, where, "a JSON array")
    if isinstance(value, list | tuple):
        return list(value)
    raise InvalidValue(f"{where}: {shown(value)} is not a list or a tuple")


def read_object(value: object, where: str) -> dict[str, Any]:
    """Return a dict with names as keys, or the text of a JSON object, as a dict."""
    value = _parse_json(value, where, "a JSON object")
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return value
    raise InvalidValue(f"{where}: {shown(value)} is not a dict of argument names")


def _parse_json(value: object, where: str, what: str) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise InvalidValue(f"{where}: {shown(value)} is not {what}") from None
