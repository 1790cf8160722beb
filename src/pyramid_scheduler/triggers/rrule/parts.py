"""The parts of a recurrence rule, read and checked as RFC 5545, section 3.3.10, has them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.showing import shown

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_COUNTED = 100_000
_LONGEST = 10_000
_PREFIX = "RRULE:"

_NUMBER = re.compile(r"[+-]?\d{1,3}", re.ASCII)
_DAY = re.compile(rf"(?:([+-]?)(\d{{1,2}}))?({'|'.join(DAYS)})", re.ASCII)
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


class Numbers(NamedTuple):
    """Which numbers a part may have; with ``signed`` the negative ones too, which count back."""

    least: int
    most: int
    signed: bool = False


_NUMBERS = {
    "BYSECOND": Numbers(0, 60),
    "BYMINUTE": Numbers(0, 59),
    "BYHOUR": Numbers(0, 23),
    "BYMONTHDAY": Numbers(1, 31, signed=True),
    "BYYEARDAY": Numbers(1, 366, signed=True),
    "BYWEEKNO": Numbers(1, 53, signed=True),
    "BYMONTH": Numbers(1, 12),
    "BYSETPOS": Numbers(1, 366, signed=True),
}
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_NUMBERS)
# The parts that a frequency excludes; RFC 5545 calls them N/A.
_EXCLUDED = {
    "BYWEEKNO": ("MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"),
    "BYYEARDAY": ("MONTHLY", "WEEKLY", "DAILY"),
    "BYMONTHDAY": ("WEEKLY",),
}


class Weekday(NamedTuple):
    """A day of the week, 0 to 6; the ``nth`` of the month or the year where that is not 0."""

    day: int
    nth: int


@dataclass(frozen=True)
class Recurrence:
    """A rule as it was read. A part that was not said is empty, or None.

    ``until`` is a date, or an instant in UTC. ``by`` has the lists of numbers, by the part's name.
    """

    text: str
    freq: str
    interval: int
    count: int | None
    until: date | datetime | None
    wkst: int
    days: tuple[Weekday, ...]
    by: Mapping[str, tuple[int, ...]] = field(hash=False)


def read_rule(text: object, where: str) -> Recurrence:
    """Return the rule that ``text`` writes, with or without ``RRULE:`` before it.

    Raises InvalidValue: whatever RFC 5545 does not allow, in one sentence.
    """
    said = _split(text, where)
    freq = said.get("FREQ")
    if freq not in FREQUENCIES:
        given = "it has no FREQ" if freq is None else f"{shown(freq)} is no FREQ"
        raise InvalidValue(f"{where}: {given}; it is one of {', '.join(FREQUENCIES)}")
    rule = Recurrence(
        text=";".join(f"{name}={value}" for name, value in said.items()),
        freq=freq,
        interval=_whole(said, "INTERVAL", 10**9 - 1, where) or 1,
        count=_whole(said, "COUNT", MOST_COUNTED, where),
        until=_until(said["UNTIL"], where) if "UNTIL" in said else None,
        wkst=_wkst(said.get("WKST", "MO"), where),
        days=tuple(_weekday(day, where) for day in _list(said, "BYDAY")),
        by={name: _numbers(said, name, limits, where) for name, limits in _NUMBERS.items()},
    )
    _check(rule, said, where)
    return rule


def _split(text: object, where: str) -> dict[str, str]:
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise InvalidValue(f"{where}: {shown(text)} is not a rule of up to {_LONGEST:,} characters")
    written = text.strip().upper().removeprefix(_PREFIX)
    if "\n" in written or ":" in written:
        raise InvalidValue(
            f"{where}: {shown(text)} is more than a rule: DTSTART, EXDATE and RDATE are arguments"
            " of their own (dtstart=, exdate=, rdate=)"
        )
    said: dict[str, str] = {}
    for part in written.split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise InvalidValue(f"{where}: {shown(part)} is not a part such as FREQ=DAILY")
        if name not in _PARTS:
            hint = nearest(name, _PARTS)
            raise InvalidValue(f"{where}: RFC 5545 knows no part {shown(name)}{hint}")
        if name in said:
            raise InvalidValue(f"{where}: {name} is there twice")
        said[name] = value
    return said


def _list(said: Mapping[str, str], name: str) -> list[str]:
    return said[name].split(",") if name in said else []


def _whole(said: Mapping[str, str], name: str, most: int, where: str) -> int | None:
    if name not in said:
        return None
    value = said[name]
    if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= most:
        raise InvalidValue(f"{where}: {name}={shown(value)} is not a number from 1 to {most:,}")
    return int(value)


def _numbers(said: Mapping[str, str], name: str, limits: Numbers, where: str) -> tuple[int, ...]:
    numbers = set()
    for text in _list(said, name):
        number = int(text) if _NUMBER.fullmatch(text) else None
        size = None if number is None else abs(number)
        signed = text[:1] in ("+", "-")
        if size is None or not limits.least <= size <= limits.most or signed > limits.signed:
            sign = " or -" if limits.signed else ""
            raise InvalidValue(
                f"{where}: {name} {shown(text)} is not a number from {limits.least} to"
                f" {limits.most}{f', or from -{limits.most} to -1' if sign else ''}"
            )
        numbers.add(number)
    return tuple(sorted(number for number in numbers if number is not None))


def _weekday(text: str, where: str) -> Weekday:
    match = _DAY.fullmatch(text)
    nth = 0 if match is None or match[2] is None else int(match[2])
    if match is None or (match[2] is not None and not 1 <= nth <= 53):
        raise InvalidValue(
            f"{where}: BYDAY {shown(text)} is not one of {', '.join(DAYS)}, alone or after a number"
            " from 1 to 53 or from -53 to -1"
        )
    return Weekday(DAYS.index(match[3]), -nth if match[1] == "-" else nth)


def _wkst(text: str, where: str) -> int:
    if text not in DAYS:
        raise InvalidValue(f"{where}: WKST={shown(text)} is not one of {', '.join(DAYS)}")
    return DAYS.index(text)


def _until(text: str, where: str) -> date | datetime:
    match = _UNTIL.fullmatch(text)
    try:
        if match and match[2] is None:
            return date.fromisoformat(match[1])
        if match and match[3]:
            return datetime.fromisoformat(text)
    except ValueError:
        match = None
    if match is None:
        raise InvalidValue(
            f"{where}: UNTIL={shown(text)} is not a date such as 20301231, nor an instant in UTC"
            " such as 20301231T235959Z"
        )
    raise InvalidValue(
        f"{where}: UNTIL={shown(text)} is a local time, but the start has a time zone: RFC 5545"
        " wants it in UTC, such as 20301231T235959Z"
    )


def _check(rule: Recurrence, said: Mapping[str, str], where: str) -> None:
    """Check what RFC 5545 says of parts together."""
    if rule.count is not None and rule.until is not None:
        raise InvalidValue(f"{where}: it has COUNT and UNTIL; RFC 5545 allows one of them")
    for name, frequencies in _EXCLUDED.items():
        if name in said and rule.freq in frequencies:
            raise InvalidValue(f"{where}: RFC 5545 does not allow {name} with FREQ={rule.freq}")
    if any(day.nth for day in rule.days):
        if rule.freq not in ("MONTHLY", "YEARLY"):
            raise InvalidValue(
                f"{where}: RFC 5545 allows numbers in BYDAY with FREQ=MONTHLY and YEARLY only"
            )
        if "BYWEEKNO" in said:
            raise InvalidValue(f"{where}: RFC 5545 does not allow numbers in BYDAY with BYWEEKNO")
    if "BYSETPOS" in said and not any(name.startswith("BY") for name in said if name != "BYSETPOS"):
        raise InvalidValue(f"{where}: RFC 5545 allows BYSETPOS only together with another BY part")
