"""How it may be said how often a task begins, by what, and which of its runs are equal."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pyramid_scheduler.declaring.naming import imported
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import read_duration
from pyramid_scheduler.model import Rate, UniqueBy
from pyramid_scheduler.model.limiting import MOST_STARTS
from pyramid_scheduler.reading import read_count
from pyramid_scheduler.showing import shown

_RATE = re.compile(r"\s*([^/]+?)\s*/\s*([^/]+?)\s*")


def read_rate(value: object, where: str) -> Rate:
    """Return a Rate, or what ``"100/minute"`` or ``"5/10 seconds"`` says."""
    if isinstance(value, Rate):
        return value
    said = _RATE.fullmatch(value[:300]) if isinstance(value, str) else None
    if said is None:
        raise _no_rate(value, where)
    per = said[2] if said[2][0].isdigit() else f"1 {said[2]}"
    try:
        return Rate(read_count(said[1], where, most=MOST_STARTS), read_duration(per, where))
    except InvalidValue:
        raise _no_rate(value, where) from None


def _no_rate(value: object, where: str) -> InvalidValue:
    return InvalidValue(
        f"{where}: {shown(value)} is not a rate: give a number from 1 to {MOST_STARTS:,} and a span"
        " of time, such as '100/minute' or '5/10 seconds'"
    )


def read_key(value: object, where: str) -> Callable[..., Any]:
    """Return a callable, given as it is or by its dotted name."""
    found = imported(value, where) if isinstance(value, str) else value
    if callable(found):
        return found
    raise InvalidValue(f"{where}: {shown(value)} is not callable, nor the dotted name of such")


def check_limits(said: Mapping[str, Any], where: str) -> None:
    """Raise InvalidValue where an option of a task says nothing without another."""
    by_key = said.get("unique") is UniqueBy.KEY
    if by_key and said.get("key") is None:
        raise InvalidValue(f"{where}: unique='key' compares keys, and there is no key=")
    if said.get("unique_for") is not None and said.get("unique") is None:
        raise InvalidValue(f"{where}: unique_for= says for how long; say what is compared: unique=")
    limits = by_key or any(said.get(name) is not None for name in ("max_running", "rate"))
    if said.get("key") is not None and not limits:
        raise InvalidValue(
            f"{where}: key= says what is limited, and nothing limits it: add max_running=, rate= or"
            " unique='key'"
        )
