"""``H``: a value that is the same at every start, and another for every schedule.

So that a hundred schedules of "once an hour" do not all fire in its first minute. The value comes
from a hash of the schedule's name: SHA-256, since Python's own differs from process to process.
"""

import re
from hashlib import sha256

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.cron.fields import DAY, WEEKDAY, YEAR, Field, ordered, read_step

_SPREAD = re.compile(r"H(?:\((?P<low>[^()-]*)-(?P<high>[^()-]*)\))?(?:/(?P<step>.*))?")
# Each month has a 28th, and 7 would give Sunday two chances.
_MOST = {DAY: 28, WEEKDAY: 6}


def spread(text: str, field: Field, name: str | None) -> str:
    """Return ``text`` with each ``H`` in the place that ``name`` gives it.

    Without a name: with all that it may become.

    Raises InvalidValue: an ``H`` that is not written ``H``, ``H(a-b)``, ``H/n`` or ``H(a-b)/n``.
    """
    return ",".join(
        _placed(item, field, name) if item.startswith("H") else item for item in text.split(",")
    )


def _placed(item: str, field: Field, name: str | None) -> str:
    match = _SPREAD.fullmatch(item)
    if match is None or field is YEAR:
        allowed = "is not allowed" if match else "is written H, H(a-b), H/n or H(a-b)/n"
        raise InvalidValue(f"{shown(item)}: H {allowed} in the {field.name}")
    span = _span(match, field)
    step = None if match["step"] is None else read_step(match["step"], field)
    if name is None:
        return f"{span[0]}-{span[-1]}" + (f"/{step}" if step else "")
    place = span[_hash(field, name) % min(len(span), step or len(span))]
    return f"{place}-{span[-1]}/{step}" if step else str(place)


def _span(match: re.Match[str], field: Field) -> range:
    if match["low"] is None:
        return range(field.least, _MOST.get(field, field.most) + 1)
    low, high = (field.value(match[end], match[0]) for end in ("low", "high"))
    return ordered(low, high, field)


def _hash(field: Field, name: str) -> int:
    """Return a number for ``name``, another in each field.

    Whoever changes a field's name, or this, moves every schedule that says ``H``.
    """
    return int.from_bytes(sha256(f"{field.name}\0{name}".encode()).digest()[:8])
