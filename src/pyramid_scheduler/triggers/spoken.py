"""How durations, numbers and lists are said in English, for ``describe()`` and messages."""

from collections.abc import Sequence
from datetime import timedelta

UNITS = (
    ("week", timedelta(weeks=1)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
    ("second", timedelta(seconds=1)),
    ("millisecond", timedelta(milliseconds=1)),
    ("microsecond", timedelta(microseconds=1)),
)
_IRREGULAR = {1: "st", 2: "nd", 3: "rd"}


def elapsed(duration: timedelta) -> str:
    """Return ``duration`` in its largest whole unit: ``10 seconds``, ``minute``."""
    for unit, length in UNITS:
        if not duration % length:
            return counted(duration // length, unit)
    return str(duration)


def counted(number: int, unit: str) -> str:
    """Return ``number`` of ``unit`` as they follow "every": ``10 days``, ``day``."""
    return unit if number == 1 else f"{number} {unit}s"


def divided(duration: timedelta) -> list[tuple[str, int]]:
    """Return ``duration`` as keywords of a timedelta: ``[("hours", 1), ("minutes", 30)]``."""
    parts = []
    for unit, length in UNITS[1:]:
        number, duration = divmod(duration, length)
        if number:
            parts.append((f"{unit}s", number))
    return parts


def ordinal(number: int) -> str:
    """Return ``1st``, ``22nd``, ``13th``."""
    teens = 10 < number % 100 < 20
    return f"{number}{'th' if teens else _IRREGULAR.get(number % 10, 'th')}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return ``a, b and c``."""
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
