"""The seven fields of an expression, and what one of them may say."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.cron.months import (
    FIRST_YEAR,
    LAST_YEAR,
    Rule,
    last_day,
    last_weekday,
    last_workday,
    nearest_workday,
    nth_weekday,
)

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LAST = re.compile(r"L(?:-(?P<before>[0-9]{1,2}))?")
_NEAREST = re.compile(r"(?P<day>[0-9]{1,2})W")
_NTH_OR_LAST = re.compile(r"(?P<weekday>\w+)(?:#(?P<number>[1-5])|L)", re.ASCII)


@dataclass(frozen=True, eq=False)
class Field:
    """One of the seven: what it is called, its least and greatest value, and its values' names.

    ``rules`` are examples of what else it may say.
    """

    name: str
    least: int
    most: int
    names: Mapping[str, int] = dataclasses.field(default_factory=dict)
    rules: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """Return what may be said, for a message."""
        words = [*self.names]
        named = [f"{words[0]} to {words[-1]}"] if words else []
        return ", ".join([f"{self.least} to {self.most}", *named, *self.rules])

    def value(self, text: str, item: str) -> int:
        """Return what a number or a name says that is all, or a part, of ``item``.

        Raises InvalidValue: it says nothing, or nothing that the field may be.
        """
        if text in self.names:
            return self.names[text]
        if _is_number(text) and self.least <= (number := int(text)) <= self.most:
            return number
        raise self.refusal(item, nearest(item, self.names) if item.isalpha() else "")

    def refusal(self, item: str, hint: str = "") -> InvalidValue:
        """Return the error that says that ``item`` is wrong, and what is allowed."""
        said = shown(item) if item else "an empty item"
        return InvalidValue(f"{said} is no {self.name} ({self.allowed}){hint}")


SECOND = Field("second", 0, 59)
MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY = Field("day of the month", 1, 31, rules=("L", "L-3", "LW", "15W"))
MONTH = Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)})
WEEKDAY = Field(
    "day of the week",
    0,
    7,
    {name: number for number, name in enumerate(_WEEKDAYS)},
    ("5L", "5#2"),
)
YEAR = Field("year", FIRST_YEAR, LAST_YEAR)
FIELDS = (SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR)


class Said(NamedTuple):
    """What a field says: numbers, and rules that give a day to each month.

    The numbers are those of the bits that ``mask`` has; Sunday is 0. ``free``: it says nothing at
    all, since it is exactly ``*`` or ``?``.
    """

    mask: int
    rules: tuple[Rule, ...] = ()
    free: bool = False

    @property
    def numbers(self) -> list[int]:
        """Return the numbers, in order."""
        return [number for number in range(self.mask.bit_length()) if self.mask >> number & 1]


def _is_number(text: str) -> bool:
    """Return whether ``text``, which is ASCII, is a number of up to four digits."""
    return text.isdecimal() and len(text) <= 4


def _mask(numbers: Iterable[int], field: Field) -> int:
    """Return the mask with the bits of ``numbers``, 7 being 0 among the days of the week."""
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask & 0x7F | mask >> 7 if field is WEEKDAY else mask


def _alone(field: Field) -> dict[str, Said]:
    """Return what each text says that is no more than a star, a number or a name."""
    numbers = range(field.least, field.most + 1)
    values = {str(number): number for number in numbers} | dict(field.names)
    stars = "*?" if field in (DAY, WEEKDAY) else "*"
    said = {text: Said(_mask([number], field)) for text, number in values.items()}
    return said | dict.fromkeys(stars, Said(_mask(numbers, field), free=True))


# Most fields are written so, and then there is nothing left to read.
_ALONE = {field: _alone(field) for field in FIELDS}


def read_field(text: str, field: Field) -> Said:
    """Return what ``text``, in capitals, says in ``field``.

    Raises InvalidValue: nothing that is allowed there.
    """
    return _ALONE[field].get(text) or _read_items(text, field)


def _read_items(text: str, field: Field) -> Said:
    mask = 0
    rules = []
    for item in text.split(","):
        rule = _rule(item, field)
        if rule is None:
            mask |= _mask(_range(item, field), field)
        else:
            rules.append(rule)
    return Said(mask, tuple(rules))


def read_step(text: str, field: Field) -> int:
    """Return the step that stands after ``/``.

    Raises InvalidValue: it is no number, or 0.
    """
    if _is_number(text) and (step := int(text)) > 0:
        return step
    raise InvalidValue(f"{shown(text)} is no step of the {field.name} (1 to 9999)")


def ordered(low: int, high: int, field: Field) -> range:
    """Return ``low`` to ``high``, both included.

    Raises InvalidValue: they are in the other order.
    """
    if low > high:
        raise InvalidValue(
            f"the range {low}-{high} of the {field.name} is reversed: write {low}-{field.most} and"
            f" {field.least}-{high}, joined by a comma"
        )
    return range(low, high + 1)


def _range(item: str, field: Field) -> range:
    """Return what ``*``, ``a`` or ``a-b``, perhaps with a step, stands for."""
    base, slash, step = item.partition("/")
    first, dash, last = base.partition("-")
    if base == "*":
        numbers = range(field.least, field.most + 1)
    else:
        low = field.value(first, item)
        alone = field.most if slash else low
        numbers = ordered(low, field.value(last, item) if dash else alone, field)
    return numbers[:: read_step(step, field)] if slash else numbers


def _rule(item: str, field: Field) -> Rule | None:
    """Return the rule that ``item`` is, None if it is none."""
    if field is DAY:
        return _rule_of_the_month(item)
    return _rule_of_the_week(item) if field is WEEKDAY else None


def _rule_of_the_month(item: str) -> Rule | None:
    if item == "LW":
        return partial(last_workday)
    if match := _LAST.fullmatch(item):
        before = int(match["before"] or 0)
        if before >= DAY.most:
            raise DAY.refusal(item)
        return partial(last_day, before=before)
    if match := _NEAREST.fullmatch(item):
        return partial(nearest_workday, day=DAY.value(match["day"], item))
    return None


def _rule_of_the_week(item: str) -> Rule | None:
    match = _NTH_OR_LAST.fullmatch(item)
    if match is None:
        return None
    weekday = WEEKDAY.value(match["weekday"], item) % 7
    if match["number"]:
        return partial(nth_weekday, weekday=weekday, number=int(match["number"]))
    return partial(last_weekday, weekday=weekday)
