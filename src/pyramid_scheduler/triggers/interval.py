"""Every so often: elapsed time, counted from an anchor, without drift."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from pyramid_scheduler.instants import (
    LATEST,
    MICROSECOND,
    micros,
    moment,
    read_duration,
    read_instant,
)
from pyramid_scheduler.model import Trigger
from pyramid_scheduler.triggers.kinds import register

LEAST = timedelta(milliseconds=100)
_LATEST = micros(LATEST)


@register
@dataclass(frozen=True, slots=True)
class IntervalTrigger(Trigger):
    """Fires at ``anchor`` and every ``every`` after it: elapsed time, whatever a zone's clock does.

    ``every`` is a timedelta, seconds, or a string such as ``"90s"``, ``"1.5h"``: 0.1 s to 365,000
    days. Without an anchor a schedule counts from its first declaration; asked alone, such a
    trigger counts from the instant asked about.

    Raises InvalidValue for any other interval or an anchor that is no instant.
    """

    kind = "interval"

    every: timedelta
    anchor: datetime | None = None

    def __post_init__(self) -> None:
        """Read what a person may have written into the values that the fields hold."""
        every = read_duration(self.every, "interval", least=LEAST)
        object.__setattr__(self, "every", every)
        if self.anchor is not None:
            anchor = read_instant(self.anchor, UTC, "interval: anchor")
            object.__setattr__(self, "anchor", anchor)

    def next(self, after: datetime) -> datetime | None:
        """Return the first multiple of the interval after ``after``, at the anchor or later."""
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

    def as_json(self) -> dict[str, Any]:
        """Return the interval and the anchor, in microseconds."""
        anchor = None if self.anchor is None else micros(self.anchor)
        return {"every": self.every // MICROSECOND, "anchor": anchor}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the trigger that :meth:`as_json` wrote."""
        anchor = None if data["anchor"] is None else moment(data["anchor"])
        return cls(timedelta(microseconds=data["every"]), anchor)
