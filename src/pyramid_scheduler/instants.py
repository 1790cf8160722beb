"""Instants and durations: integer microseconds inside, aware ``datetime`` at every border.

An instant inside is an ``int``: microseconds since 1970-01-01T00:00Z (``DESIGN``: the contract's
point 5). A duration inside is an ``int`` of microseconds as well. What a person writes becomes
one of the two here, or one :class:`~pyramid_scheduler.errors.InvalidValue` that names the field.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.showing import shortened, shown

SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# One day inside what datetime can say, so that any zone's offset can be added.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
LONGEST = timedelta(days=365_000)

_TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}(:\d{2})?( ?[ap]m)?", re.IGNORECASE)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s|m|h|d|w)?", re.ASCII)
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def micros(moment: datetime) -> int:
    """Return the aware ``moment`` as an instant."""
    return (moment - EPOCH) // MICROSECOND


def moment(instant: int) -> datetime:
    """Return ``instant`` as an aware datetime in UTC."""
    return EPOCH + instant * MICROSECOND  # twice as fast as timedelta(microseconds=instant)


def maybe_moment(instant: int | None) -> datetime | None:
    """Return :func:`moment` of ``instant``, or None for None."""
    return None if instant is None else moment(instant)


def read_zone(name: object, where: str) -> ZoneInfo:
    """Return the time zone called ``name``, as the IANA database spells it.

    Raises InvalidValue: whatever ``zoneinfo`` would raise for a name that is none (it has three);
    a file beside the zones, which another machine has not or has otherwise.
    """
    if isinstance(name, ZoneInfo) and name.key in _zone_names():
        return name
    if isinstance(name, str) and name and name[0].isalnum():
        try:
            zone = ZoneInfo(name)
        except (LookupError, OSError, ValueError):
            pass
        else:
            if name in _zone_names():
                return zone
    hint = nearest(name, _zone_names()) if isinstance(name, str) else ""
    raise InvalidValue(f"{where}: {shown(name)} is not a time zone of the IANA database{hint}")


def _zone_names() -> set[str]:
    from zoneinfo import available_timezones  # noqa: PLC0415 - walks a folder, only for a first name

    if not _ZONE_NAMES:
        _ZONE_NAMES.update(available_timezones() - _NO_ZONES)
    return _ZONE_NAMES


_ZONE_NAMES: set[str] = set()
# Files among the zones: this machine's own clock, "not set up yet", and the rules of POSIX's TZ.
_NO_ZONES = {"localtime", "Factory", "posixrules"}


def read_instant(value: object, zone: tzinfo, where: str) -> datetime:
    """Return the instant that ``value`` says, as an aware datetime in UTC.

    ``value`` is a ``datetime`` or an ISO 8601 string of a date and a time; without an offset it is
    read in ``zone``. A local time that a clock change skips is moved past the gap by its length,
    one that passes twice is its first pass (unless ``fold=1``), as PEP 495 has it.

    Raises InvalidValue: a time of day, a date, anything else, or a year that leaves the calendar.
    """
    if isinstance(value, str):
        value = _parse_instant(value, where)
    if not isinstance(value, datetime):
        raise InvalidValue(
            f"{where}: {shown(value)} is not an instant: give a datetime or an ISO string such as"
            " '2030-01-31T09:00:00+00:00'"
        )
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    try:
        result = value.astimezone(UTC)
    except OverflowError:
        result = LATEST + MICROSECOND
    if not EARLIEST <= result <= LATEST:
        raise InvalidValue(f"{where}: {value} is outside the years 1 to 9999")
    return result


def _parse_instant(text: str, where: str) -> datetime:
    if _TIME_OF_DAY.fullmatch(text.strip()):
        raise InvalidValue(
            f"{where}: {shown(text)} is a time of day, not an instant. For every day at that time"
            " say interval='1d' and start= the first instant; for once give the date as well, such"
            " as '2030-01-31T09:00:00'"
        )
    try:
        # fromisoformat() overlooks what follows a NUL.
        if text.isascii() and "\0" not in text and "T" in text.strip().upper().replace(" ", "T"):
            return datetime.fromisoformat(text.strip())
    except ValueError as error:
        reason = shortened(str(error), 100)  # it may repeat the text
        raise InvalidValue(f"{where}: {shown(text)} is not an ISO 8601 instant: {reason}") from None
    raise InvalidValue(
        f"{where}: {shown(text)} is not an instant: give a date and a time, such as"
        " '2030-01-31T09:00:00+00:00'"
    )


def read_duration(value: object, where: str, *, least: timedelta = MICROSECOND) -> timedelta:
    """Return the elapsed time that ``value`` says.

    ``value`` is a timedelta, a number of seconds, or a string of a number and a unit out of
    ``us ms s m h d w``, such as ``"90"``, ``"1.5h"``, ``"2 d"``.

    Raises InvalidValue: not such a value, below ``least``, beyond 365,000 days, NaN, infinite.
    """
    if isinstance(value, str):
        value = _parse_duration(value, where)
    if isinstance(value, bool) or not isinstance(value, int | float | timedelta):
        raise InvalidValue(
            f"{where}: {shown(value)} is not a duration: give seconds, a timedelta or a string such"
            " as '90s', '1.5h'"
        )
    if not isinstance(value, timedelta):
        # Written so that NaN fails it; an int may be too large for a float, or to be printed.
        if not abs(value) <= LONGEST.total_seconds():
            said = f"{value!r} s" if isinstance(value, float) else "that many seconds"
            raise InvalidValue(f"{where}: {said} is not between {_say(least)} and 365000 days")
        value = timedelta(seconds=value)
    if not least <= value <= LONGEST:
        raise InvalidValue(f"{where}: {_say(value)} is not between {_say(least)} and 365000 days")
    return value


def _parse_duration(text: str, where: str) -> float:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise InvalidValue(
            f"{where}: {shown(text)} is not a duration: give a number of seconds, or a number and"
            f" one of {', '.join(_UNITS)}, such as '90s', '1.5h'"
        )
    return float(match[1]) * _UNITS[match[2] or "s"]


def _say(duration: timedelta) -> str:
    if duration == timedelta.max or abs(duration) >= timedelta(days=1):
        return f"{duration.days} days"
    return f"{duration.total_seconds():g} s"
