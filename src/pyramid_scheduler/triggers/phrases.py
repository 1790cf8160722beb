"""Phrases: when something fires, in plain English, by a small grammar that never guesses.

============================== ===============================================================
how often                      the rest, in any order
============================== ===============================================================
``every 10 minutes``,          ``between 9:00 and 18:00``: counted from the first time, each day
``every 1h30m``, ``hourly``    anew; ``on mon-fri``, ``on weekends``
``every day``, ``daily``,      ``at 9:00 and 5:30pm``, ``at noon``
``every 3 days``
``every monday and thursday``, ``at 9:00``
``every weekday``, ``weekends``
``every 2 weeks``, ``weekly``  ``on monday at 10:00``
``every month``, ``monthly``   ``on the 15th at 8am``; the last friday, 2nd tuesday, last day, 5th
                               business day, 1st and 15th
(nothing)                      ``on the last friday of the month at 17:00``
``every year``, (nothing)      ``on 25 december at 10:00``, ``on the last friday of may at 9am``
``noon``, ``midnight``         every day then
============================== ===============================================================

"Every" may be followed by an ordinal or ``other``: ``every other friday``, ``every third day``. A
time zone stands at the end (``Asia/Seoul``). Whatever counts days or longer has to say at what
time; the 31st is the last day of a shorter month. Anything else is refused, with the nearest phrase
that is understood: ``on monday`` may be the next one only, ``at 5`` may be morning.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import read_duration
from pyramid_scheduler.reading import read_text
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.calendar import CalendarTrigger
from pyramid_scheduler.triggers.calendar.days import AND, MONTHS
from pyramid_scheduler.triggers.civil import read_time_of_day, read_zone_name
from pyramid_scheduler.triggers.combining import Trigger
from pyramid_scheduler.triggers.interval import LEAST, IntervalTrigger
from pyramid_scheduler.triggers.meant import VOCABULARY, meant_by
from pyramid_scheduler.triggers.weekdays import NAMES, SHORT, read_weekdays, write_weekdays

LONGEST = 300
_MOST_TIMES = 1_440
_KEYWORD = re.compile(r"(?:^|\s+)(every|at|on|between)\s+")
_PERIOD = re.compile(r"(?:(\d{1,4}) )?(day|week|month|year)s?", re.ASCII)
_BARE_UNIT = re.compile(r"second|minute|hour")
_OF_THE_MONTH = re.compile(r" of the month$")
# "every other friday", "every third day"; but "every second" alone is a unit.
_NTHS = {
    **dict.fromkeys(("other", "alternate", "second", "2nd"), 2),
    **dict.fromkeys(("third", "3rd"), 3),
    **dict.fromkeys(("fourth", "4th"), 4),
}
_NTH = re.compile(rf"({'|'.join(_NTHS)}) (.+)")
_UNIT = re.compile(r"second|minute|hour|day|week|month|year")
_PLURALS = {f"{name.lower()}s" for name in NAMES}
_ABBREVIATION = re.compile(r"[A-Z]{2,5}")
_OFFSET = re.compile(r"(?:UTC|GMT|Z)?[+-]\d{1,2}(?::?\d{2})?", re.ASCII | re.IGNORECASE)
_MINUTE = re.compile(r":([0-5]\d)", re.ASCII)
# Other words for the same.
_SAME = (
    (re.compile(r"\beach\b"), "every"),
    (re.compile(r"\bof every month\b"), "of the month"),
    (re.compile(r"\bfrom (?=\d|noon|midnight)(.+?) (?:to|until|till) "), r"between \1 and "),
    (re.compile(r"\bon days? (?=\d)"), "on "),
)
_ALONE = {
    "hourly": "every hour",
    "daily": "every day",
    "weekly": "every week",
    "monthly": "every month",
    "yearly": "every year",
    "annually": "every year",
    "weekdays": "every weekday",
    "weekends": "every weekend",
    "noon": "every day at noon",
    "midnight": "every day at midnight",
}


class _NotUnderstood(Exception):
    """A phrase that the grammar does not have, with the reason if there is one to say."""


def parse_phrase(text: str, timezone: str | ZoneInfo = "UTC") -> Trigger:
    """Return the trigger that ``text`` says; its zone is ``timezone`` unless it names one.

    Raises InvalidValue: it is not understood; the message has the nearest phrase that is.
    """
    if len(read_text(text, "phrase")) > LONGEST:
        raise InvalidValue(f"phrase: {shown(text)} is not a text of up to {LONGEST} characters")
    phrase, zone = _apart(" ".join(text.split()), timezone)
    try:
        return _trigger(phrase, zone)
    except _NotUnderstood as error:
        reason = f" ({error})" if str(error) else ""
        meant = meant_by(phrase, str(error), lambda other: _is_understood(other, zone))
        raise InvalidValue(f"phrase: {shown(text)} is not understood{reason}{meant}") from None


def _is_understood(phrase: str, zone: str) -> bool:
    try:
        return bool(_trigger(phrase, zone))
    except _NotUnderstood:
        return False


def _apart(text: str, timezone: str | ZoneInfo) -> tuple[str, str]:
    """Return the phrase in small letters, and the zone at its end, else ``timezone``."""
    rest, _, last = text.rpartition(" ")
    if "/" in last or last.upper() in ("UTC", "GMT"):
        return rest.removesuffix(" in").lower(), read_zone_name(last, "phrase: timezone")
    # In a phrase all in capitals any word is.
    unknown = _ABBREVIATION.fullmatch(last) and last not in ("AM", "PM") and not text.isupper()
    if (unknown and last.lower() not in VOCABULARY) or _OFFSET.fullmatch(last):
        raise InvalidValue(
            f"phrase: {shown(text)}: {last!r} is no time zone that a phrase can name, and clocks"
            " change in most: say UTC or a zone of the IANA database, such as 'Asia/Seoul'"
        )
    return text.lower(), read_zone_name(timezone, "phrase: timezone")


def _trigger(phrase: str, zone: str) -> Trigger:
    for words, same in _SAME:
        phrase = words.sub(same, phrase)
    first, _, rest = phrase.partition(" ")
    said = _clauses(f"{_ALONE.get(first, first)} {rest}".strip())
    try:
        return _said(said, zone)
    except InvalidValue as error:
        raise _NotUnderstood(str(error)) from None


def _clauses(phrase: str) -> dict[str, str]:
    """Return what follows each keyword."""
    head, *pairs = _KEYWORD.split(phrase)
    said = dict(zip(pairs[::2], pairs[1::2], strict=True))
    if not said or 2 * len(said) != len(pairs):
        raise _NotUnderstood
    if head:
        if "every" in said or "on" in said or not _names_days(head):
            raise _NotUnderstood
        said["on"] = head
    return said


def _names_days(text: str) -> bool:
    """Return whether ``text`` says days without "on": ``fridays``, ``1st monday of the month``."""
    return bool(_OF_THE_MONTH.search(text)) or _PLURALS.issuperset(AND.split(text))


def _said(said: Mapping[str, str], zone: str) -> Trigger:
    every, on = said.get("every"), said.get("on")
    if every is None:
        return _calendar(_days_of_months(on), said, zone)
    if period := _PERIOD.fullmatch(every):
        return _calendar(_days(period[2], int(period[1] or 1), on), said, zone)
    if on is None and _OF_THE_MONTH.search(every):
        return _calendar(_days_of_months(every), said, zone)
    if nth := _NTH.fullmatch(every):
        return _every_nth(nth[1], nth[2], said, zone)
    if every[0].isdigit() or _BARE_UNIT.fullmatch(every):
        return _interval(every if every[0].isdigit() else f"1 {every}", said, zone)
    if on is not None:
        raise _NotUnderstood
    return _calendar({"weeks": 1, "on": _weekdays(every)}, said, zone)


def _every_nth(nth: str, what: str, said: Mapping[str, str], zone: str) -> Trigger:
    number = _NTHS[nth]
    if _UNIT.fullmatch(what):
        return _said({**said, "every": f"{number} {what}s"}, zone)
    days = _weekdays(what)
    if "on" in said or days not in (*SHORT, "sat,sun"):
        raise _NotUnderstood(f"every {number} of which? Such as 'every other friday'")
    if number > 2:
        raise _NotUnderstood(
            f"'every {number} weeks on {what}', or 'on the {nth} {what} of the month'?"
        )
    return _calendar({"weeks": number, "on": days}, said, zone)


def _interval(every: str, said: Mapping[str, str], zone: str) -> Trigger:
    """Return what comes every so often, in a window and on some days if that is said."""
    if every.isdigit():
        raise _NotUnderstood(f"{every} what? Such as '{every} minutes'")
    if (minute := _MINUTE.fullmatch(said.get("at", ""))) and every == "1 hour":
        raise _NotUnderstood(f"a minute of each hour is a cron line: '{int(minute[1])} * * * *'")
    if "at" in said:
        raise _NotUnderstood("what comes every so often comes at no time of the day")
    duration = read_duration(every, "interval", least=LEAST)
    days = _weekdays(said["on"]) if "on" in said else None
    if "between" not in said:
        trigger: Trigger = IntervalTrigger(duration)
        return trigger if days is None else trigger.on(days, zone)
    start, end = _window(said["between"])
    times = _times_between(start, end, duration)
    if len(times) <= _MOST_TIMES:
        weekly: dict[str, Any] = {} if days is None else {"weeks": 1, "on": days}
        return CalendarTrigger(**weekly, at=times, timezone=zone)
    window = IntervalTrigger(duration).between(start, end, zone)
    return window if days is None else window.on(days, zone)


def _window(text: str) -> tuple[time, time]:
    times = AND.split(text)
    if len(times) != 2:
        raise _NotUnderstood
    start = read_time_of_day(times[0], "between")
    # The midnight at the end of a day is of the next one, which "on" may leave out.
    return start, time.max if times[1] == "24:00" else read_time_of_day(times[1], "between")


def _times_between(start: time, end: time, step: timedelta) -> list[time]:
    """Return ``start`` and what follows every ``step`` until ``end``; too many are cut short."""
    begin = datetime.combine(date(2000, 1, 1), start)
    span = (datetime.combine(date(2000, 1, 1), end) - begin) % timedelta(days=1)
    steps = min(span // step, _MOST_TIMES)
    return [(begin + number * step).time() for number in range(steps + 1)]


def _calendar(days: dict[str, Any], said: Mapping[str, str], zone: str) -> Trigger:
    """Return what comes on ``days`` at the times that are said."""
    if "between" in said:
        raise _NotUnderstood("a window needs an interval, such as 'every 10 minutes'")
    if "at" not in said:
        raise _NotUnderstood("at what time? Such as 'at 09:00'")
    return CalendarTrigger(**days, at=AND.split(said["at"]), timezone=zone)


def _days(unit: str, number: int, on: str | None) -> dict[str, Any]:
    """Return the keywords of a CalendarTrigger for every ``number`` of ``unit``."""
    if unit == "day":
        if on is None:
            return {"days": number}
        if number == 1:
            return {"weeks": 1, "on": _weekdays(on)}
        raise _NotUnderstood
    if on is None:
        such = "on monday" if unit == "week" else "on the 1st" if unit == "month" else "on 1 may"
        raise _NotUnderstood(f"on which day? Such as {such!r}")
    if unit == "week":
        return {"weeks": number, "on": _weekdays(on)}
    return {f"{unit}s": number, "on": _OF_THE_MONTH.sub("", on)}


def _days_of_months(on: str | None) -> dict[str, Any]:
    """Return the keywords for what says itself that it comes every month, week or year."""
    if on is None:
        raise _NotUnderstood("how often? Such as 'every day'")
    if _OF_THE_MONTH.search(on):
        return {"months": 1, "on": _OF_THE_MONTH.sub("", on)}
    if any(month[:3].lower() in on for month in MONTHS):
        return {"years": 1, "on": on}
    if on.endswith("s"):
        return {"weeks": 1, "on": _weekdays(on)}
    raise _NotUnderstood("once, or how often? Such as 'every monday'")


def _weekdays(text: str) -> str:
    return write_weekdays(read_weekdays(AND.split(text.replace(" to ", "-")), "on"))
