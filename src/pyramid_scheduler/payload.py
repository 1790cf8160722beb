"""Arguments and results as JSON: what a row may hold, checked before it is written.

Only what comes back from JSON as it went in is accepted, so that a task never sees a list where
a tuple was given, or ``"1"`` where ``1`` was. Nothing is ever unpickled or imported by a row.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pyramid_scheduler.errors import InvalidPayload

LIMIT = 64 * 1024
DEEPEST = 100

Arguments = tuple[list[Any], dict[str, Any]]


def dump_arguments(args: Sequence[Any], kwargs: Mapping[str, Any], where: str) -> str:
    """Return ``args`` and ``kwargs`` as one JSON text of at most 64 KiB.

    Raises InvalidPayload: names the argument whose value is not plain JSON, or the size.
    """
    if not args and not kwargs:
        return ""
    for position, value in enumerate(args, 1):
        _check(value, f"{where}: argument {position}", 0)
    for name, value in kwargs.items():
        _check(value, f"{where}: argument {name!r}", 0)
    text = json.dumps([list(args), dict(kwargs)], ensure_ascii=False, separators=(",", ":"))
    size = len(text.encode())
    if size > LIMIT:
        raise InvalidPayload(f"{where}: arguments are {size:,} bytes of JSON, at most {LIMIT:,}")
    return text


def load_arguments(text: str) -> Arguments:
    """Return the positional and the named arguments that :func:`dump_arguments` wrote."""
    if not text:
        return [], {}
    args, kwargs = json.loads(text)
    return args, kwargs


def _check(value: Any, where: str, depth: int) -> None:
    if depth > DEEPEST:
        raise InvalidPayload(f"{where}: nested deeper than {DEEPEST} or circular")
    kind = type(value)
    if value is None or kind is bool:
        return
    if kind is int:
        _require(-(2**63) <= value < 2**63, where, "an integer beyond 64 bits")
    elif kind is float:
        _require(value - value == 0, where, f"the number {value!r}")
    elif kind is str:
        _check_text(value, where)
    elif kind is list:
        for index, item in enumerate(value):
            _check(item, f"{where}[{index}]", depth + 1)
    elif kind is dict:
        _check_object(value, where, depth)
    else:
        hint = ": pass a list" if kind is tuple else ""
        _require(False, where, f"a {kind.__module__}.{kind.__qualname__}{hint}")


def _check_object(value: dict[Any, Any], where: str, depth: int) -> None:
    for key, item in value.items():
        _require(type(key) is str, where, f"an object with the key {key!r}, which is no string")
        _check_text(key, where)
        _check(item, f"{where}[{key!r}]", depth + 1)


def _check_text(value: str, where: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        _require(False, where, "text with a lone surrogate")
    # PostgreSQL cannot store it, and what one store takes every store must take.
    _require("\0" not in value, where, "text with a NUL character")


def _require(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise InvalidPayload(
            f"{where} is {what}; allowed are None, bool, 64-bit int, finite float, str, and lists"
            " and str-keyed dicts of them"
        )


def dump_result(value: object) -> str | None:
    """Return what a task returned as JSON text, or a text with a mark where that cannot be.

    A result never fails a run: one that is no JSON or larger than 64 KiB is kept as
    ``{"truncated": <the beginning of its repr>}``.
    """
    if value is None:
        return None
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        if len(text.encode()) <= LIMIT:  # a lone surrogate, which no store can keep, fails here
            return text
    except (TypeError, ValueError, RecursionError):
        pass
    return json.dumps({"truncated": _safe_repr(value)[:1000]})


def _safe_repr(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001 - an application's repr may raise anything
        return f"<{type(value).__qualname__} whose repr raised {type(error).__name__}>"
