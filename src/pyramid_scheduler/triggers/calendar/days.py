"""Days of a month as people say them: the 15th, the last Friday, the 5th business day."""

import re
from calendar import monthrange
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import NamedTuple

from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.civil import read_parts
from pyramid_scheduler.triggers.spoken import ordinal
from pyramid_scheduler.triggers.weekdays import NAMES, SHORT

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Between the items of a list in words.
AND = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+")
_MOST_DAYS = 366
DAY, BUSINESS_DAY = "day", "business day"
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# How many of it a month has at the most; of each day of the week 5.
_MOST = {DAY: 31, BUSINESS_DAY: 23}

_WORDS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_WHATS = {
    DAY: DAY,
    BUSINESS_DAY: BUSINESS_DAY,
    "workday": BUSINESS_DAY,
    "weekday": BUSINESS_DAY,
    **{name.lower(): name for name in NAMES},
    **dict(zip(SHORT, NAMES, strict=True)),
}
_MONTHS = {
    **{name.lower(): number for number, name in enumerate(MONTHS, 1)},
    **{name[:3].lower(): number for number, name in enumerate(MONTHS, 1)},
    "sept": 9,
}
_NTH = rf"(?P<nth>-?\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)|{'|'.join(_WORDS)})(?P<last> last)?"
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_ORDINAL = re.compile(rf"(?:{_NTH})(?![^ ])", re.ASCII)
_SAID = (
    re.compile(rf"{_NTH}(?: (?P<what>{'|'.join(_WHATS)}))?(?:(?: of)? {_MONTH})?", re.ASCII),
    re.compile(rf"{_MONTH} {_NTH}(?P<what>)", re.ASCII),
)


class DayOfMonth(NamedTuple):
    """The ``nth`` of the days, business days or Mondays (and so on) of a month.

    ``nth`` counts from the first of them, 1, or from the last, -1. ``month`` is 1 to 12 where only
    one month of the year is meant, else None.
    """

    nth: int
    what: str
    month: int | None = None

    def of(
        self, year: int, month: int, clamp: bool, is_business_day: Callable[[date], bool]
    ) -> date | None:
        """Return this day of a month, None where the month has none.

        With ``clamp``, the last day stands for the 29th, 30th or 31st of a month without.
        """
        days = self._days(year, month, is_business_day)
        nth = min(self.nth, len(days)) if clamp and self.what == DAY else self.nth
        index = nth - 1 if nth > 0 else nth
        return date(year, month, days[index]) if -len(days) <= index < len(days) else None

    def _days(
        self, year: int, month: int, is_business_day: Callable[[date], bool]
    ) -> Sequence[int]:
        first_weekday, length = monthrange(year, month)
        days = range(1, length + 1)
        if self.what == DAY:
            return days
        if self.what == BUSINESS_DAY:
            return [day for day in days if is_business_day(date(year, month, day))]
        return days[(NAMES.index(self.what) - first_weekday) % 7 :: 7]

    def __str__(self) -> str:
        """Return it as :func:`read_day` reads it: ``15th``, ``last Friday of November``."""
        nth = ordinal(self.nth)
        if self.nth < 0:
            nth = "last" if self.nth == -1 else f"{ordinal(-self.nth)} last"
        what = "" if self.what == DAY and self.nth > 0 else f" {self.what}"
        return f"{nth}{what}{'' if self.month is None else f' of {MONTHS[self.month - 1]}'}"


def read_days(value: object, where: str, *, with_month: bool) -> tuple[DayOfMonth, ...]:
    """Return the days that ``value`` says, each once: a day, a list of days, or a text of several.

    In a text, what is counted may stand at the end: the "2nd and 4th tuesday" are two Tuesdays. In
    a list each day is read alone.

    Raises InvalidValue: as :func:`read_day`, or it is not said what the last ones of a text count.
    """
    parts = read_parts(value, where, _MOST_DAYS)
    if isinstance(value, str):
        texts = AND.split(" ".join(value.lower().split()))
        counted = [_counted(text.removeprefix("the ")) for text in texts]
        if any(what for _, what in counted) and not counted[-1][1]:
            raise InvalidValue(
                f"{where}: {shown(value)} does not say what the last one counts: say it at the end,"
                " as '2nd and 4th tuesday'; a day of the month is 'last friday and 15th day'"
            )
        parts = [*_completed(counted)]
    return tuple(dict.fromkeys(read_day(one, where, with_month=with_month) for one in parts))


def _counted(text: str) -> tuple[str, str]:
    """Return the ordinal of a text and what it counts, empty if it is one alone."""
    match = _ORDINAL.match(text)
    return (match[0], text[match.end() :]) if match else ("", text)


def _completed(counted: list[tuple[str, str]]) -> list[str]:
    """Return the texts again, each ordinal alone with what the next one counts."""
    completed, unit = [], ""
    for nth, what in reversed(counted):
        unit = what or unit
        completed.append(nth + unit)
    return completed[::-1]


def say_days(days: Collection[DayOfMonth]) -> list[str]:
    """Return ``days`` as :func:`read_days` reads them; the 15th is the 15th day among others."""
    mixed = len({day.what for day in days}) > 1
    return [f"{day} {DAY}" if mixed and str(day) == ordinal(day.nth) else str(day) for day in days]


def read_day(value: object, where: str, *, with_month: bool) -> DayOfMonth:
    """Return the day of the month that ``value`` says.

    ``value`` is a number, 1 to 31, or -1 for the last day and so on; or a text: ``"15"``,
    ``"15th"``, ``"last day"``, ``"2nd tuesday"``, ``"last friday"``, ``"5th business day"``, ``"3rd
    last day"``. With ``with_month`` it says the month too: ``"last friday of november"``, ``"25
    december"``, ``"december 25"``.

    Raises InvalidValue: anything else, a day that no month has, a month too many or too few.
    """
    text = str(value) if isinstance(value, int) and -99 < value < 99 else value
    day = _parsed(" ".join(text[:100].lower().split())) if isinstance(text, str) else None
    if day is None or isinstance(value, bool):
        hint = nearest(text.lower(), _EXAMPLES) if isinstance(text, str) else ""
        raise InvalidValue(
            f"{where}: {shown(value)} is not a day of a month{hint} (allowed are 1 to 31, -1, and"
            " the like of '15th', 'last day', '2nd tuesday', 'last friday', '5th business day')"
        )
    if (day.month is not None) != with_month:
        wrong = "names no month" if with_month else "names one month of the year"
        raise InvalidValue(f"{where}: {shown(value)} {wrong}, such as 'last friday of november'")
    if not 1 <= abs(day.nth) <= _most(day):
        raise InvalidValue(f"{where}: {shown(value)} is a day that never comes")
    return day


def _parsed(text: str) -> DayOfMonth | None:
    match = next(filter(None, (said.fullmatch(text) for said in _SAID)), None)
    if match is None:
        return None
    nth, what = _number(match["nth"]), match["what"]
    if nth is None or (match["last"] and nth < 0) or (match["nth"] == "last" and not what):
        return None
    month = _MONTHS[match["month"]] if match["month"] else None
    return DayOfMonth(-nth if match["last"] else nth, _WHATS[what or DAY], month)


def _number(text: str) -> int | None:
    if text in _WORDS:
        return _WORDS[text]
    number = int(text.rstrip("stndrh"))
    return number if text in (str(number), ordinal(number)) else None


def _most(day: DayOfMonth) -> int:
    if day.what == DAY and day.month is not None:
        return _LENGTHS[day.month - 1]
    return _MOST.get(day.what, 5)


_EXAMPLES = {
    str(DayOfMonth(nth, what)).lower() for what in _WHATS.values() for nth in (1, 2, 3, 4, -1)
}
