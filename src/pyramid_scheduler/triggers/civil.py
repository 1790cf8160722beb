"""Dates and times of the day as people write them. They are naive: a zone stands beside them."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import SECOND, read_zone
from pyramid_scheduler.showing import shown

# "9" could be many things: it is no time of day here. Nor are these, but it is clear what is meant.
_ALMOST = (
    (re.compile(r"24:00(?::00)?", re.ASCII), "'00:00', of the day that begins then"),
    (re.compile(r"([01]?\d|2[0-3])[.h]([0-5]\d)", re.ASCII), r"'\1:\2'"),
    (re.compile(r"(1[3-9]|2[0-3]):([0-5]\d) ?[ap]m", re.ASCII | re.IGNORECASE), r"'\1:\2'"),
    (re.compile(r"(1[3-9]|2[0-3]) ?[ap]m", re.ASCII | re.IGNORECASE), r"'\1:00'"),
)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?", re.ASCII)
_TWELVE = re.compile(
    r"(1[0-2]|0?[1-9])(?::([0-5]\d))?(?::([0-5]\d))? ?([ap])m", re.ASCII | re.IGNORECASE
)
_NAMED = {"noon": time(12), "midnight": time(0)}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOST = 1_440


def is_date(value: object) -> bool:
    """Return whether ``value`` is, or is written as, a date without a time."""
    if isinstance(value, str):
        return _DATE.fullmatch(value.strip()) is not None
    return isinstance(value, date) and not isinstance(value, datetime)


def read_date(value: object, where: str) -> date:
    """Return the date that ``value`` is, or says as ``"2030-01-31"``.

    Raises InvalidValue: anything else, an instant or a day that no month has included.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DATE.fullmatch(value.strip()):
            return date.fromisoformat(value.strip())
    except ValueError:
        pass
    raise InvalidValue(f"{where}: {shown(value)} is not a date, such as '2030-01-31'")


def read_zone_name(value: object, where: str) -> str:
    """Return the name of the time zone that ``value`` is or names.

    Raises InvalidValue: it is none of the IANA database, a zone from a file of one's own included.
    """
    return read_zone(value.key if isinstance(value, ZoneInfo) else value, where).key


def read_time_of_day(value: object, where: str) -> time:
    """Return the time of day that ``value`` is or says.

    ``value`` is a naive ``time`` or a text: ``"09:00"``, ``"9:00:30"``, ``"5pm"``, ``"5:30 PM"``,
    ``"noon"``, ``"midnight"``. Twelve in the morning is ``"12am"``.

    Raises InvalidValue.
    """
    if isinstance(value, time) and value.tzinfo is None:
        return value.replace(fold=0)
    found = _read(value.strip()) if isinstance(value, str) else None
    if found is None:
        hint = _meant(value.strip()) if isinstance(value, str) else ""
        raise InvalidValue(
            f"{where}: {shown(value)} is not a time of day, such as '09:00', '17:30:15' or '5:30pm'"
            f"{hint}"
        )
    return found


def _meant(text: str) -> str:
    for almost, meant in _ALMOST:
        if match := almost.fullmatch(text):
            return f"; say {match.expand(meant)}"
    return ""


def _read(text: str) -> time | None:
    if match := _CLOCK.fullmatch(text):
        micro = int((match[4] or "").ljust(6, "0"))
        return time(int(match[1]), int(match[2]), int(match[3] or 0), micro)
    if match := _TWELVE.fullmatch(text):
        noon = 12 if match[4] in "pP" else 0
        return time(int(match[1]) % 12 + noon, int(match[2] or 0), int(match[3] or 0))
    return _NAMED.get(text.lower())


def read_parts(value: object, where: str, most: int) -> list[object]:
    """Return the parts of a text with commas, or of a list; anything else is one part.

    Raises InvalidValue: there are more than ``most``.
    """
    if isinstance(value, str):
        value = value.split(",", most)
    parts = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    if len(parts) > most:
        raise InvalidValue(f"{where}: {shown(value)} has more than {most:,} parts")
    return parts


def read_times(value: object, where: str) -> tuple[time, ...]:
    """Return the times that ``value`` says, in order, each once.

    ``value`` is one time of day, or a list of 1 to 1,440; a text may have several, with commas.

    Raises InvalidValue.
    """
    parts = read_parts(value, where, _MOST)
    if not parts:
        raise InvalidValue(f"{where}: there is no time of day in {shown(value)}")
    return tuple(sorted({read_time_of_day(one, where) for one in parts}))


def say_time(value: time) -> str:
    """Return ``09:00``; seconds and what is below them only where there are any."""
    return value.isoformat("auto" if value.second or value.microsecond else "minutes")


def since_midnight(clock: time) -> int:
    """Return how far ``clock`` is from midnight, in microseconds, as a clock shows it."""
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    return seconds * SECOND + clock.microsecond
