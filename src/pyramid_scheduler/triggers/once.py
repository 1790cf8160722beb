"""Once, at an instant."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from pyramid_scheduler.instants import micros, moment, read_instant
from pyramid_scheduler.triggers.combining import Trigger
from pyramid_scheduler.triggers.kinds import register


@register
@dataclass(frozen=True, slots=True, repr=False)
class OnceTrigger(Trigger):
    """Fires once, at the instant ``at``; one that has passed when it is declared is owed at once.

    ``at`` is a datetime or an ISO 8601 string; one without an offset is read as UTC.

    Raises InvalidValue for anything else, a time of day included.
    """

    kind = "once"
    fires_once = True

    at: datetime

    def __post_init__(self) -> None:
        """Read what a person may have written into the instant that the field holds."""
        object.__setattr__(self, "at", read_instant(self.at, UTC, "at"))

    def next(self, after: datetime) -> datetime | None:
        """Return the instant if it is later than ``after``; a naive one is read in UTC."""
        return self.at if self.at > read_instant(after, UTC, "once: after") else None

    def next_instant(self, after: int) -> int | None:
        """Return the instant if it is later than ``after``."""
        at = micros(self.at)
        return at if at > after else None

    def first(self, declared: datetime) -> datetime | None:
        """Return the instant, be it past or to come."""
        del declared
        return self.at

    def as_json(self) -> dict[str, Any]:
        """Return the instant, in microseconds."""
        return {"at": micros(self.at)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the trigger that :meth:`as_json` wrote."""
        return cls(moment(data["at"]))

    def describe(self) -> str:
        """Return the instant in words."""
        return f"once, {self.at:%Y-%m-%d %H:%M:%S}"

    def __repr__(self) -> str:
        return f"OnceTrigger({self.at.isoformat()!r})"
