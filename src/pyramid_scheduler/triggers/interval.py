"""Every so often: elapsed time, counted from an anchor, without drift."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import (
    LATEST,
    MICROSECOND,
    micros,
    moment,
    read_duration,
    read_instant,
)
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.combining import Trigger
from pyramid_scheduler.triggers.kinds import register
from pyramid_scheduler.triggers.spoken import divided, elapsed

LEAST = timedelta(milliseconds=100)
_LATEST = micros(LATEST)
_UNITS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")


@register
@dataclass(frozen=True, slots=True, init=False, repr=False)
class IntervalTrigger(Trigger):
    """Fires at ``anchor`` and every ``every`` after it: elapsed time, whatever a zone's clock does.

    ``every`` is a timedelta, seconds, or a string such as ``"90s"``, ``"1h30m"``, ``"PT1H30M"``
    (:func:`~pyramid_scheduler.instants.read_duration`); or say it with keywords, any mix of them:
    ``IntervalTrigger(hours=1, minutes=30)``. It is 0.1 s to 365,000 days. Without an anchor a
    schedule counts from its first declaration; asked alone, such a trigger counts from the instant
    asked about.

    Raises InvalidValue for any other interval or an anchor that is no instant.
    """

    kind = "interval"

    every: timedelta
    anchor: datetime | None

    def __init__(
        self,
        every: timedelta | float | str | None = None,
        anchor: datetime | str | None = None,
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        milliseconds: float = 0,
        microseconds: float = 0,
    ) -> None:
        numbers = (weeks, days, hours, minutes, seconds, milliseconds, microseconds)
        parts = {unit: number for unit, number in zip(_UNITS, numbers, strict=True) if number != 0}
        if every is None and parts:
            every = _sum(parts)
        elif parts:
            raise InvalidValue(
                f"interval: it is {shown(every)} and {shown(parts)}: say one of them"
            )
        object.__setattr__(self, "every", read_duration(every, "interval", least=LEAST))
        if anchor is not None:
            anchor = read_instant(anchor, UTC, "interval: anchor")
        object.__setattr__(self, "anchor", anchor)

    def next(self, after: datetime) -> datetime | None:
        """Return the first multiple of the interval after ``after``, at the anchor or later.

        A naive ``after`` is read in UTC. Raises InvalidValue: it is no datetime.
        """
        try:
            return self._next(after)
        except TypeError:  # only then: reading it each time would take as long as the rest
            return self._next(read_instant(after, UTC, "interval: after"))

    def _next(self, after: datetime) -> datetime | None:
        anchor = self.anchor if self.anchor is not None else after
        if after < anchor:
            return anchor.astimezone(UTC)
        try:
            fire = anchor + ((after - anchor) // self.every + 1) * self.every
        except OverflowError:
            return None
        return fire.astimezone(UTC) if fire <= LATEST else None

    def next_instant(self, after: int) -> int | None:
        """Return the same, in integers throughout."""
        every = self.every // MICROSECOND
        anchor = after if self.anchor is None else micros(self.anchor)
        fire = anchor if after < anchor else anchor + ((after - anchor) // every + 1) * every
        return fire if fire <= _LATEST else None

    def anchored(self, anchor: datetime) -> "IntervalTrigger":
        """Return this trigger counted from ``anchor``, unless it has an anchor of its own."""
        if self.anchor is not None:
            return self
        if type(self) is not IntervalTrigger:
            return replace(self, anchor=anchor)
        # Asked at every plan: what was read once is not read again, as replace() would.
        counted = object.__new__(IntervalTrigger)
        object.__setattr__(counted, "every", self.every)
        object.__setattr__(counted, "anchor", anchor)
        return counted

    def describe(self) -> str:
        """Return the interval in words."""
        return f"every {elapsed(self.every)}"

    def __repr__(self) -> str:
        parts = [f"{unit}={number}" for unit, number in divided(self.every)]
        if self.anchor is not None:
            parts.append(f"anchor={self.anchor.isoformat()!r}")
        return f"IntervalTrigger({', '.join(parts)})"

    def as_json(self) -> dict[str, Any]:
        """Return the interval and the anchor, in microseconds."""
        anchor = None if self.anchor is None else micros(self.anchor)
        return {"every": self.every // MICROSECOND, "anchor": anchor}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the trigger that :meth:`as_json` wrote."""
        anchor = None if data["anchor"] is None else moment(data["anchor"])
        return cls(timedelta(microseconds=data["every"]), anchor)


def _sum(parts: dict[str, Any]) -> timedelta:
    for unit, number in parts.items():
        # Written so that NaN fails it.
        if isinstance(number, bool) or not isinstance(number, int | float) or not number > 0:
            raise InvalidValue(f"interval: {unit}: {shown(number)} is not a number from 0 on")
    try:
        return timedelta(**parts)
    except OverflowError:
        return timedelta.max
