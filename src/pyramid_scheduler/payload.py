"""Arguments and results as JSON: what a row may hold, checked before it is written.

Only what comes back from JSON as it went in is accepted, so that a task never sees a list where
a tuple was given, or ``"1"`` where ``1`` was. Nothing is ever unpickled or imported by a row.
"""

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from pyramid_scheduler.errors import InvalidPayload

LIMIT = 64 * 1024
DEEPEST = 100

Arguments = tuple[list[Any], dict[str, Any]]

# json.dumps() makes an encoder for every call that is not by its defaults.
_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def dump_arguments(args: Sequence[Any], kwargs: Mapping[str, Any], where: str) -> str:
    """Return ``args`` and ``kwargs`` as one JSON text of at most 64 KiB.

    Raises InvalidPayload: names the argument whose value is not plain JSON, or the size.
    """
    if not args and not kwargs:
        return ""
    check = _Check(where)
    for position, value in enumerate(args, 1):
        check.value(value, f"argument {position}", 0)
    for name, value in kwargs.items():
        check.value(value, f"argument {name!r}", 0)
    text = json.dumps([list(args), dict(kwargs)], ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > LIMIT:
        raise check.too_large()
    return text


def load_arguments(text: str) -> Arguments:
    """Return the positional and the named arguments that :func:`dump_arguments` wrote."""
    if not text:
        return [], {}
    args, kwargs = json.loads(text)
    return args, kwargs


class _Check:
    """A walk through arguments that ends with the first value that is not plain JSON.

    It ends too when there is more of them than a row may hold: a small structure that holds
    itself many times over has more leaves than there is time to look at.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._left = LIMIT

    def too_large(self) -> InvalidPayload:
        return InvalidPayload(f"{self._where}: arguments are more than {LIMIT:,} bytes of JSON")

    def value(self, value: Any, path: str, depth: int) -> None:
        self._spend(1)
        if depth > DEEPEST:
            raise InvalidPayload(f"{self._where}: {path}: nested deeper than {DEEPEST} or circular")
        kind = type(value)
        if value is None or kind is bool:
            return
        if kind is int:
            self._require(-(2**63) <= value < 2**63, path, "an integer beyond 64 bits")
        elif kind is float:
            self._require(value - value == 0, path, f"the number {value!r}")
        elif kind is str:
            self._text(value, path)
        elif kind is list:
            for index, item in enumerate(value):
                self.value(item, f"{path}[{index}]", depth + 1)
        elif kind is dict:
            self._object(value, path, depth)
        else:
            hint = ": pass a list" if kind is tuple else ""
            self._require(False, path, f"a {kind.__module__}.{kind.__qualname__}{hint}")

    def _object(self, value: dict[Any, Any], path: str, depth: int) -> None:
        for key, item in value.items():
            what = f"an object with a key of type {type(key).__qualname__}, which is no string"
            self._require(type(key) is str, path, what)
            self._text(key, path)
            self.value(item, f"{path}[{key!r:.50}]", depth + 1)

    def _text(self, value: str, path: str) -> None:
        self._spend(len(value))
        try:
            value.encode()
        except UnicodeEncodeError:
            self._require(False, path, "text with a lone surrogate")
        # PostgreSQL cannot store it, and what one store takes every store must take.
        self._require("\0" not in value, path, "text with a NUL character")

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise self.too_large()

    def _require(self, holds: bool, path: str, what: str) -> None:
        if not holds:
            raise InvalidPayload(
                f"{self._where}: {path} is {what}; allowed are None, bool, 64-bit int, finite"
                " float, str, and lists and str-keyed dicts of them"
            )


def dump_result(value: object) -> str | None:
    """Return what a task returned as JSON text, or a text with a mark where that cannot be.

    A result never fails a run: one that is no JSON or larger than 64 KiB is kept as
    ``{"truncated": <the beginning of its repr>}``.
    """
    if value is None:
        return None
    try:
        text = repr(value) if _is_number(value) else _ENCODE(value)
        if len(text.encode()) <= LIMIT:  # a lone surrogate, which no store can keep, fails here
            return text
    except BaseException:  # noqa: BLE001 - a subclass of dict runs the application's code
        pass
    return json.dumps({"truncated": _safe_repr(value)[:1000]})


def _is_number(value: object) -> bool:
    """Return whether JSON writes ``value`` as ``repr()`` does, which takes a tenth of the time."""
    return type(value) is int or (type(value) is float and isfinite(value))


def _safe_repr(value: object) -> str:
    try:
        return repr(value)
    except BaseException as error:  # noqa: BLE001 - an application's repr may raise anything
        return f"<{type(value).__qualname__} whose repr raised {type(error).__name__}>"
