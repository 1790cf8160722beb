"""A trigger that is at fault."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from pyramid_scheduler.instants import micros, moment
from pyramid_scheduler.model import Trigger


def oops(after: int) -> int | None:
    """Raise, as an application's own code may."""
    raise RuntimeError("oops")


@dataclass(frozen=True)
class Faulty(Trigger):
    """A trigger that gives one instant, and what ``fault`` answers from it on."""

    kind = "faulty"

    at: int
    fault: Callable[[int], int | None] = oops

    def next(self, after: datetime) -> datetime | None:
        if micros(after) < self.at:
            return moment(self.at)
        fire = self.fault(micros(after))
        return None if fire is None else moment(fire)

    def as_json(self) -> dict[str, Any]:
        raise NotImplementedError

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        raise NotImplementedError
