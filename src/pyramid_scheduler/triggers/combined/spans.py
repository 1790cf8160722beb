"""A part of a trigger's fire times: from an instant on, up to one, or so many."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from pyramid_scheduler import model
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import micros, read_instant
from pyramid_scheduler.reading import read_count
from pyramid_scheduler.triggers.bounds import STEPS
from pyramid_scheduler.triggers.combined.trigger import (
    Around,
    Steps,
    check_parts,
    described,
    read_zone_for,
    search_in,
)
from pyramid_scheduler.triggers.kinds import parts_of, register

MOST_TIMES = 10_000


@register
@dataclass(frozen=True, repr=False)
class Starting(Around):
    """The fire times from ``start`` on, inclusive. A trigger that counts, counts from there."""

    kind = "starting"

    start: datetime

    def __post_init__(self) -> None:
        """Read the start, in the zone of the trigger if it has no offset."""
        object.__setattr__(self, "start", _read_end(self, self.start, "starting"))

    def anchored(self, anchor: datetime) -> Self:
        """Return this, counted from the start."""
        del anchor
        return super().anchored(self.start)

    def search(self, after: int, steps: Steps) -> int | None:
        """Return the first of them."""
        return search_in(self.trigger, max(after, micros(self.start) - 1), steps)

    def passes(self, fire: int) -> bool:
        """Return whether ``fire`` is not before the start."""
        return fire >= micros(self.start)

    def options(self) -> dict[str, Any]:
        """Return the start as ISO 8601."""
        return {"start": self.start.isoformat()}

    def describe(self) -> str:
        """Return it in words."""
        return f"{described(self.trigger)} from {_said(self.start)} on"

    def __repr__(self) -> str:
        return self.written(f"starting({self.start.isoformat()!r})")


@register
@dataclass(frozen=True, repr=False)
class Until(Around):
    """The fire times up to ``end``, inclusive."""

    kind = "until"

    end: datetime

    def __post_init__(self) -> None:
        """Read the end, in the zone of the trigger if it has no offset."""
        object.__setattr__(self, "end", _read_end(self, self.end, "until"))

    def search(self, after: int, steps: Steps) -> int | None:
        """Return the first of them."""
        fire = search_in(self.trigger, after, steps)
        return fire if fire is not None and self.passes(fire) else None

    def passes(self, fire: int) -> bool:
        """Return whether ``fire`` is not after the end."""
        return fire <= micros(self.end)

    def options(self) -> dict[str, Any]:
        """Return the end as ISO 8601."""
        return {"end": self.end.isoformat()}

    def describe(self) -> str:
        """Return it in words."""
        return f"{described(self.trigger)} until {_said(self.end)}"

    def __repr__(self) -> str:
        return self.written(f"until({self.end.isoformat()!r})")


@register
@dataclass(frozen=True, repr=False)
class Times(Around):
    """The first ``count`` fire times of a trigger that says from when it counts."""

    kind = "times"

    count: int

    def __post_init__(self) -> None:
        """Read the count, and look for what it is counted from.

        Raises InvalidValue: the trigger has no start.
        """
        check_parts(self.parts, "times")
        object.__setattr__(self, "count", read_count(self.count, "times", most=MOST_TIMES))
        if _origin(self.trigger) is None:
            raise InvalidValue(
                f"times: {self.count} times from when? Say .starting(...) before .times(...)"
            )

    def search(self, after: int, steps: Steps) -> int | None:
        """Return the next, if it is one of the first."""
        fire = search_in(self.trigger, after, steps)
        return fire if fire is not None and self.passes(fire) else None

    def passes(self, fire: int) -> bool:
        """Return whether ``fire`` is not after the last of them."""
        return fire <= _last(self)

    def options(self) -> dict[str, Any]:
        """Return the count."""
        return {"count": self.count}

    def describe(self) -> str:
        """Return it in words."""
        return f"{described(self.trigger)}, {'once' if self.count == 1 else f'{self.count} times'}"

    def __repr__(self) -> str:
        return self.written(f"times({self.count})")


@lru_cache(maxsize=1_000)
def _last(times: Times) -> int:
    """Return the last of the fire times counted; of fewer than that, the last there is.

    Each may take the steps of one answer, all of them together those of twenty.
    """
    origin = _origin(times.trigger)
    assert origin is not None, "it was looked for when the trigger was made"
    trigger = times.trigger.anchored(origin)
    last, left = micros(origin) - 1, 20 * STEPS
    for _ in range(times.count):
        steps = Steps(last, given := min(STEPS, left))
        fire = search_in(trigger, last, steps)
        if fire is None:
            break
        last, left = fire, left - (given - steps.left)
    return last


def _origin(trigger: model.Trigger) -> datetime | None:
    """Return from when ``trigger`` counts, None where that is not said."""
    fields = ("start", "anchor", "at", "dtstart")
    for said in (getattr(trigger, field, None) for field in fields):
        if isinstance(said, date):
            at = said if isinstance(said, datetime) else datetime.combine(said, time.min)
            return read_instant(at, ZoneInfo(read_zone_for(trigger, None, "times")), "times")
    origins = [_origin(part) for part in parts_of(trigger)]
    known = [origin for origin in origins if origin is not None]
    return min(known) if known and len(known) == len(origins) else None


def _read_end(around: Around, value: object, where: str) -> datetime:
    check_parts(around.parts, where)
    zone = read_zone_for(around.trigger, None, where)
    return read_instant(value, ZoneInfo(zone), where)


def _said(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
