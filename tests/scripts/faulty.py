"""A trigger that is out of order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from pyramid_scheduler import Trigger
from pyramid_scheduler.triggers import register


@register
@dataclass(frozen=True)
class Faulty(Trigger):
    """Raises, once it has given ``good`` fire times after it was declared."""

    kind = "scripts-faulty"

    good: int
    since: datetime | None = None

    def next(self, after: datetime) -> datetime | None:
        fire = after + timedelta(hours=1)
        if self.since is not None and after - self.since < self.good * timedelta(hours=1):
            return fire
        raise RuntimeError("out of order")

    def anchored(self, anchor: datetime) -> "Faulty":
        return Faulty(self.good, anchor)

    def as_json(self) -> dict[str, Any]:
        return {"good": self.good}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(**data)
