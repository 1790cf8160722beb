"""An expression's text: its seven fields, each read, and every mistake one clear sentence."""

import re
from itertools import repeat
from typing import NamedTuple

from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.cron.fields import FIELDS, Said, read_field
from pyramid_scheduler.triggers.cron.spread import spread

LONGEST = 1000
NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_NO_TIMES = {
    "@reboot": "let a schedule fire when it is made by start='now'",
    "@every": "say every so often by an interval, such as IntervalTrigger('5m')",
}
_FORMS = "5 fields, 6 with the seconds first, or 7 with the seconds first and the year last"
_STRANGE = re.compile(r"[^ -~\t]")
_YEAR = re.compile(r"[0-9]{4}")
# A user or a command, but not FRIL.
_WORD = re.compile(r"(?!...L\b)[a-z]{4,}|/[a-z]", re.IGNORECASE)


def tidied(expression: object) -> str:
    """Return an expression as it was written, with one blank between its fields.

    Raises InvalidValue: no text, too long, or with characters that no expression has.
    """
    if not isinstance(expression, str):
        raise InvalidValue(f"cron: {shown(expression)} is not a text such as '0 9 * * 1-5'")
    if len(expression) > LONGEST:
        raise InvalidValue(
            f"cron: {shown(expression)} has {len(expression):,} characters; {LONGEST:,} are allowed"
        )
    text = expression.strip(" \t\r\n")
    if strange := _STRANGE.search(text):
        raise InvalidValue(
            f"cron: {shown(expression)} has the character {strange[0]!a} in it: allowed are ASCII"
            " letters, digits, '*?,-/#@()' and blanks"
        )
    return " ".join(text.split())


class Expression(NamedTuple):
    """What an expression says.

    ``fields`` are the seven texts in capitals, each ``H`` in its place; ``said`` is what they
    say. ``spreads``: it has an ``H``. ``fixed``: neither minute nor hour begins with ``*``, which
    decides what becomes of it when the clock is changed.
    """

    fields: tuple[str, ...]
    said: tuple[Said, ...]
    spreads: bool

    @property
    def fixed(self) -> bool:
        """Return whether it speaks of times of day, rather than of every so often."""
        return not self.fields[1].startswith("*") and not self.fields[2].startswith("*")


def read_expression(text: str, name: str | None) -> Expression:
    """Return what ``text``, as :func:`tidied` returns it, says to the schedule ``name``.

    Raises InvalidValue, and says which field is wrong and what is allowed in it.
    """
    try:
        return _read(_seven(text), name)
    except InvalidValue as error:
        raise InvalidValue(f"cron: {shown(text)}: {error}{_hint(text.split())}") from None


def _read(written: list[str], name: str | None) -> Expression:
    placed = written
    if "H" in "".join(written):
        placed = [*map(spread, written, FIELDS, repeat(name))]
    return Expression(tuple(placed), tuple(map(read_field, placed, FIELDS)), placed != written)


def _seven(text: str) -> list[str]:
    """Return the texts of the seven fields, in capitals."""
    if text.startswith("@"):
        text = _meant(text)
    fields = text.upper().split()
    if len(fields) == 5:
        return ["0", *fields, "*"]
    if len(fields) == 6:
        return [*fields, "*"]
    if len(fields) == 7:
        return fields
    raise InvalidValue(f"it has {len(fields)} fields: allowed are {_FORMS}")


def _meant(text: str) -> str:
    """Return what a nickname stands for."""
    nickname, *more = text.lower().split()
    if nickname in _NO_TIMES:
        raise InvalidValue(f"{nickname} is no time: {_NO_TIMES[nickname]}")
    if nickname not in NICKNAMES:
        known = ", ".join(NICKNAMES)
        hint = nearest(nickname, NICKNAMES)
        raise InvalidValue(f"{shown(nickname)} is none of the nicknames {known}{hint}")
    if more:
        raise InvalidValue(f"{nickname} stands alone: leave out {shown(' '.join(more))}")
    return NICKNAMES[nickname]


def _hint(fields: list[str]) -> str:
    """Return what somebody may have meant who wrote it as other programs have it."""
    if any(_WORD.search(field) for field in fields[5:]):
        return "; of a line of a crontab, leave out the user and the command"
    if len(fields) == 6 and _YEAR.fullmatch(fields[-1]):
        return "; the first of six fields is the second: to say a year, write all seven"
    return ""
