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
# How long the units of a duration are, in seconds, each by the names that it has in words.
_UNITS = {
    name: seconds
    for names, seconds in (
        ("us microsecond microseconds", 1e-6),
        ("ms millisecond milliseconds", 1e-3),
        ("s sec secs second seconds", 1),
        ("m min mins minute minutes", 60),
        ("h hr hrs hour hours", 3600),
        ("d day days", 86_400),
        ("w week weeks", 604_800),
    )
    for name in names.split()
}
_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_PART = re.compile(
    rf"({_SECONDS.pattern})\s*([a-z]+)(?:(?:\s*,|\s+and)?\s*(?=\d)|$)", re.ASCII | re.IGNORECASE
)
_ISO_PARTS = {"W": 604_800, "D": 86_400, "H": 3600, "M": 60, "S": 1}
# ISO 8601: a fraction may stand in the last part only.
_ISO = re.compile(
    r"(?!.*[.,]\d+[WDHM]T?\d)P(?!$)(?:([\d.,]+)W)?(?:([\d.,]+)D)?"
    r"(?:T(?!$)(?:([\d.,]+)H)?(?:([\d.,]+)M)?(?:([\d.,]+)S)?)?",
    re.ASCII,
)
_MONTHS = re.compile(
    r"\d\s*(?:mo|mon|mons|months?|y|yrs?|years?)\b|P[\d.,]+[YM]", re.ASCII | re.IGNORECASE
)


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
    a file beside the zones.
    """
    if isinstance(name, ZoneInfo) and _is_zone(name.key):
        return name
    if isinstance(name, str) and name and name[0].isalnum():
        try:
            zone = ZoneInfo(name)
        except (LookupError, OSError, ValueError):
            pass
        else:
            if _is_zone(name):
                return zone
    hint = nearest(name, _zone_names()) if isinstance(name, str) else ""
    raise InvalidValue(f"{where}: {shown(name)} is not a time zone of the IANA database{hint}")


def _is_zone(name: str) -> bool:
    # The default, as most leave it, without a walk through hundreds of files.
    return name == "UTC" or name in _zone_names()


def _zone_names() -> set[str]:
    if not _ZONE_NAMES:
        from zoneinfo import available_timezones  # noqa: PLC0415 - walks a folder, and only once

        _ZONE_NAMES.update(available_timezones())
    return _ZONE_NAMES


_ZONE_NAMES: set[str] = set()


def read_instant(value: object, zone: tzinfo | None, where: str) -> datetime:
    """Return the instant that ``value`` says, as an aware datetime in UTC.

    ``value`` is a ``datetime`` or an ISO 8601 string of a date and a time; without an offset it is
    read in ``zone``; a zone of None demands one. A local time that a clock change skips is moved
    past the gap by its length, one that passes twice is its first pass (unless ``fold=1``), as
    PEP 495 has it.

    Raises InvalidValue: a time of day, a date, anything else, no offset where one is demanded, or
    a year that leaves the calendar.
    """
    if type(value) is datetime and value.tzinfo is UTC and EARLIEST <= value <= LATEST:
        return value  # it was read before, most likely
    if isinstance(value, str):
        value = _parse_instant(value, where)
    if not isinstance(value, datetime):
        raise InvalidValue(
            f"{where}: {shown(value)} is not an instant: give a datetime or an ISO string such as"
            " '2030-01-31T09:00:00+00:00'"
        )
    if value.tzinfo is None:
        if zone is None:
            raise InvalidValue(f"{where}: {value} has no offset: write one, such as {value}+00:00")
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
            f" say when='every day at {text.strip()[:12]}'; for once give the date as well, such as"
            " '2030-01-31T09:00:00'"
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

    ``value`` is a timedelta, a number of seconds, or a string: seconds (``"90"``), words with the
    longest unit first (``"1.5h"``, ``"1h30m"``, ``"2 days, 4 hours and 10 ms"``), or a duration of
    ISO 8601 (``"PT1H30M"``). Words may be plural or short; ``us ms s m h d w`` are the shortest.

    Raises InvalidValue: not such a value, below ``least``, beyond 365,000 days, NaN, infinite; or
    months and years, which are no elapsed time.
    """
    if isinstance(value, str):
        value = _parse_duration(value, where)
    if isinstance(value, bool) or not isinstance(value, int | float | timedelta):
        raise InvalidValue(
            f"{where}: {shown(value)} is not a duration: give seconds, a timedelta or a string such"
            " as '90s', '1.5h', 'PT1H30M'"
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
    """Return the seconds that ``text`` says."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    seconds = _from_iso(text) if text.startswith("P") else _from_words(text)
    if seconds is not None:
        return seconds
    if _MONTHS.search(text[:300]):
        raise InvalidValue(
            f"{where}: {shown(text)} is not an elapsed time: months and years differ in length."
            " Say days; what comes every month or year is a CalendarTrigger or a cron expression"
        )
    raise InvalidValue(
        f"{where}: {shown(text)} is not a duration: give a number of seconds, numbers with units"
        " from w, d, h, m, s, ms, us, the longest first, such as '90s', '1.5h', '1h30m', or ISO"
        " 8601, such as 'PT1H30M'"
    )


def _from_words(text: str) -> float | None:
    total, longer, position = 0.0, float("inf"), 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            return None
        # A single capital is no unit: "5M" is a month to some.
        unit = _UNITS.get(part[2] if len(part[2]) == 1 else part[2].lower(), longer)
        if unit >= longer:
            return None
        total, longer, position = total + float(part[1]) * unit, unit, part.end()
    return total if text else None


def _from_iso(text: str) -> float | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    parts = zip(match.groups(), _ISO_PARTS.values(), strict=True)
    try:
        return sum(float(number.replace(",", ".")) * unit for number, unit in parts if number)
    except ValueError:
        return None


def _say(duration: timedelta) -> str:
    if duration == timedelta.max or abs(duration) >= timedelta(days=1):
        return f"{duration.days} days"
    return f"{duration.total_seconds():g} s"
