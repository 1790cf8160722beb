"""How it may be said which errors are tried again, and after how long."""

import builtins
import re

from pyramid_scheduler.declaring.naming import imported
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import LONGEST
from pyramid_scheduler.model import Backoff
from pyramid_scheduler.reading import read_words
from pyramid_scheduler.showing import shown

_BACKOFF = re.compile(
    r"(?:(?P<growth>constant|linear|exponential)\s+)?(?P<first>.+?)(?:,?\s+up to\s+(?P<most>.+?))?"
    r"(?P<jitter>,?\s+(?:with\s+)?jitter)?",
    re.IGNORECASE,
)

Errors = tuple[type[Exception], ...]


def read_backoff(value: object, where: str) -> Backoff:
    """Return a Backoff, or what a duration or ``"exponential 5s up to 10m with jitter"`` says."""
    if isinstance(value, Backoff):
        return value
    text = value.strip() if isinstance(value, str) else ""
    said = _BACKOFF.fullmatch(text)
    try:
        if said is None:
            return Backoff(value)  # type: ignore[arg-type] # it is read, and refused
        growth = (said["growth"] or "constant").lower()
        return Backoff(said["first"], growth, said["most"] or LONGEST, bool(said["jitter"]))  # type: ignore[arg-type]
    except InvalidValue as error:
        reason = str(error).removeprefix("backoff: ")
        example = "'30s' or 'exponential 5s up to 10m with jitter'"
        raise InvalidValue(f"{where}: {reason}; say it as {example}") from None


def read_errors(value: object, where: str) -> Errors:
    """Return exception classes, at least one, given as they are or by their dotted names."""
    if isinstance(value, type) or not isinstance(value, str | list | tuple | set | frozenset):
        value = [value]
    given = read_words(value, where) if isinstance(value, str) else value
    if not given:
        raise InvalidValue(f"{where}: there is no class of exceptions in {shown(value)}: name one")
    return tuple(_error(one, where) for one in given)


def _error(given: object, where: str) -> type[Exception]:
    found = _named(given, where) if isinstance(given, str) else given
    if isinstance(found, type) and issubclass(found, Exception):
        return found
    raise InvalidValue(f"{where}: {shown(given)} is not a class of exceptions, nor the name of one")


def _named(name: str, where: str) -> object:
    return getattr(builtins, name) if hasattr(builtins, name) else imported(name, where)
