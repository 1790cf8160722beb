"""Every so often at random: from so many units to so many."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Self

from pyramid_scheduler.instants import (
    LATEST,
    MICROSECOND,
    micros,
    moment,
    read_duration,
    read_instant,
)
from pyramid_scheduler.reading import read_count, read_text
from pyramid_scheduler.triggers.combining import Trigger
from pyramid_scheduler.triggers.interval import LEAST
from pyramid_scheduler.triggers.kinds import register
from pyramid_scheduler.triggers.spoken import elapsed

_LATEST = micros(LATEST)


@register
@dataclass(frozen=True, slots=True, repr=False)
class IrregularTrigger(Trigger):
    """Fires after ``least`` to ``most`` times ``unit``, a random whole number of them each time.

    The number is the same for all that ask: a pure function of the ``name``, which is that of the
    schedule where nothing is said, and of the fire time. Each number is as likely as any other.
    The first two steps from the ``anchor`` on make ``least + most`` together, so do the next two
    and so on, so that the place of any instant is known without walking there. The anchor is the
    first declaration, or the instant asked about, as with
    :class:`~pyramid_scheduler.triggers.IntervalTrigger`.

    Raises InvalidValue: no such numbers, ``most`` below ``least``, steps below 0.1 s.
    """

    kind = "irregular"

    least: int
    most: int
    unit: timedelta
    name: str | None = None
    anchor: datetime | None = None

    def __post_init__(self) -> None:
        """Read what a person may have written into the values that the fields hold."""
        least = read_count(self.least, "irregular: least")
        said: dict[str, object] = {
            "least": least,
            "most": read_count(self.most, "irregular: most", least=least),
            "unit": read_duration(self.unit, "irregular: unit"),
            "name": None if self.name is None else read_text(self.name, "irregular: name"),
        }
        if self.anchor is not None:
            said["anchor"] = read_instant(self.anchor, UTC, "irregular: anchor")
        for name, value in said.items():
            object.__setattr__(self, name, value)
        for many in (self.least, self.most):
            read_duration(self._lasting(many), "irregular: a step", least=LEAST)

    def __repr__(self) -> str:
        said = [f"{self.least}, {self.most}, {self.unit.total_seconds()!r}"]
        if self.name is not None:
            said.append(f"name={self.name!r}")
        if self.anchor is not None:
            said.append(f"anchor={self.anchor.isoformat()!r}")
        return f"IrregularTrigger({', '.join(said)})"

    def next(self, after: datetime) -> datetime | None:
        """Return the end of the step that ``after`` is in; the anchor, if that is later."""
        fire = self.next_instant(micros(read_instant(after, UTC, "irregular: after")))
        return None if fire is None else moment(fire)

    def next_instant(self, after: int) -> int | None:
        """Return the same as an instant."""
        anchor = after if self.anchor is None else micros(self.anchor)
        fire = anchor if after < anchor else self._end_of_step(anchor, after)
        return fire if fire <= _LATEST else None

    def _end_of_step(self, anchor: int, after: int) -> int:
        unit = self.unit // MICROSECOND
        both = (self.least + self.most) * unit
        begin = anchor + (after - anchor) // both * both
        middle = begin + self._chosen(begin) * unit
        return middle if after < middle else begin + both

    def _chosen(self, fire: int) -> int:
        # Not hash(), which differs from one process to the next.
        key = f"{self.name or ''}\0{fire}".encode()
        number = int.from_bytes(blake2b(key, digest_size=8).digest())
        return self.least + number % (self.most - self.least + 1)

    def anchored(self, anchor: datetime) -> "IrregularTrigger":
        """Return this trigger counted from ``anchor``, unless it has an anchor of its own."""
        return self if self.anchor is not None else replace(self, anchor=anchor)

    def named(self, name: str) -> "IrregularTrigger":
        """Return this trigger as that of the schedule ``name``, unless it has a name of its own."""
        return self if self.name is not None else replace(self, name=name)

    def describe(self) -> str:
        """Return it in words."""
        shortest, longest = (elapsed(self._lasting(many)) for many in (self.least, self.most))
        return f"every {shortest} to {longest}, at random"

    def _lasting(self, many: int) -> timedelta:
        try:
            return many * self.unit
        except OverflowError:
            return timedelta.max

    def as_json(self) -> dict[str, Any]:
        """Return the numbers, the name, and the unit and the anchor in microseconds."""
        return {
            "least": self.least,
            "most": self.most,
            "unit": self.unit // MICROSECOND,
            "name": self.name,
            "anchor": None if self.anchor is None else micros(self.anchor),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the trigger that :meth:`as_json` wrote."""
        anchor = None if data["anchor"] is None else moment(data["anchor"])
        unit = timedelta(microseconds=data["unit"])
        return cls(data["least"], data["most"], unit, data["name"], anchor)
