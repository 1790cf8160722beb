"""Days of the week: 0 is Monday, as in ``datetime``; how they are read, and how they are said."""

from collections.abc import Iterable

from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.civil import read_parts
from pyramid_scheduler.triggers.spoken import listed

NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT = tuple(name[:3].lower() for name in NAMES)
WORKDAYS = (0, 1, 2, 3, 4)
WEEKEND = (5, 6)
EVERY_DAY = (*WORKDAYS, *WEEKEND)

_DAYS = {
    **{name.lower(): (number,) for number, name in enumerate(NAMES)},
    **{f"{name.lower()}s": (number,) for number, name in enumerate(NAMES)},
    **{name: (number,) for number, name in enumerate(SHORT)},
    "tues": (1,),
    "thur": (3,),
    "thurs": (3,),
    "weekday": WORKDAYS,
    "weekdays": WORKDAYS,
    "workday": WORKDAYS,
    "workdays": WORKDAYS,
    "business day": WORKDAYS,
    "business days": WORKDAYS,
    "weekend": WEEKEND,
    "weekends": WEEKEND,
}
_MOST = 100


def read_weekdays(value: object, where: str) -> tuple[int, ...]:
    """Return the days that ``value`` names, in order, each once.

    ``value`` is a text such as ``"mon-fri"``, ``"mon, wed, fri"``, ``"monday"``, ``"weekends"``, or
    a list of such texts. A range may go over Sunday: ``"sat-mon"``.

    Raises InvalidValue: a name that is none, or none at all.
    """
    texts = read_parts(value, where, _MOST)
    if not texts:
        raise _not_days(value, where)
    return tuple(sorted({day for text in texts for day in _range(text, where)}))


def _range(text: object, where: str) -> Iterable[int]:
    if not isinstance(text, str):
        raise _not_days(text, where)
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        return _named(first, where)
    (start, *more), (end, *further) = _named(first, where), _named(last, where)
    if more or further:
        raise _not_days(text, where)
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _named(word: str, where: str) -> tuple[int, ...]:
    known = _DAYS.get(word.lower())
    if known is None:
        hint = nearest(word.lower(), _DAYS)
        raise InvalidValue(f"{where}: {shown(word)} is not a day of the week{hint}")
    return known


def _not_days(value: object, where: str) -> InvalidValue:
    return InvalidValue(
        f"{where}: {shown(value)} are not days of the week, such as 'mon-fri' or 'sat, sun'"
    )


def write_weekdays(days: tuple[int, ...]) -> str:
    """Return ``days`` as :func:`read_weekdays` reads them: ``mon-fri``, ``mon,wed``."""
    return ",".join(
        SHORT[first] if first == last else f"{SHORT[first]}-{SHORT[last]}"
        for first, last in _spans(days)
    )


def say_weekdays(days: tuple[int, ...]) -> str:
    """Return ``days`` for people: ``Monday to Friday``, ``Monday and Wednesday``."""
    return listed(
        [
            NAMES[first] if first == last else f"{NAMES[first]} to {NAMES[last]}"
            for first, last in _spans(days)
        ]
    )


def _spans(days: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return runs of three and more days as (first, last), other days as they are."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    spans = []
    for run in runs:
        spans.extend([(run[0], run[-1])] if len(run) > 2 else [(day, day) for day in run])
    return spans
