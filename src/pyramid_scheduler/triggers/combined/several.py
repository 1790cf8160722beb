"""Several triggers as one: when any of them fires, or when all of them do."""

from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from typing import Any, Self

from pyramid_scheduler import model
from pyramid_scheduler.instants import micros
from pyramid_scheduler.triggers.combined.trigger import (
    Combined,
    Steps,
    check_parts,
    described,
    enclosed,
    owes_the_past,
    search_in,
)
from pyramid_scheduler.triggers.kinds import dump_trigger, load_trigger, parts_of, register


@dataclass(frozen=True, repr=False)
class Several(Combined):
    """Two triggers and more; those of one class inside each other are one."""

    triggers: tuple[model.Trigger, ...]

    def __post_init__(self) -> None:
        """Take what is of the same class apart."""
        check_parts(self.triggers, self.kind)
        flat = [part for one in self.triggers for part in self._apart(one)]
        object.__setattr__(self, "triggers", tuple(flat))

    def _apart(self, trigger: model.Trigger) -> tuple[model.Trigger, ...]:
        return parts_of(trigger) if type(trigger) is type(self) else (trigger,)

    @property
    def parts(self) -> tuple[model.Trigger, ...]:
        """Return the triggers."""
        return self.triggers

    def rebuilt(self, parts: tuple[model.Trigger, ...]) -> Self:
        """Return the same of other triggers."""
        return type(self)(parts)

    def as_json(self) -> dict[str, Any]:
        """Return the triggers."""
        return {"triggers": [dump_trigger(part) for part in self.triggers]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what :meth:`as_json` wrote."""
        return cls(tuple(map(load_trigger, data["triggers"])))


@register
class AnyOf(Several):
    """Fires whenever one of its triggers does, once where several do."""

    kind = "any"

    def search(self, after: int, steps: Steps) -> int | None:
        """Return the earliest of what they answer."""
        return steps.earliest(self.triggers, after)

    def first(self, declared: datetime) -> datetime | None:
        """Return the earliest of what they owe first, be it past."""
        past = filter(owes_the_past, self.anchored(declared).triggers)
        owed = [*(part.first(declared) for part in past), self.next(declared)]
        first = min((fire for fire in owed if fire is not None), default=None)
        return None if first is None else self.shown_moment(micros(first))

    def delay(self, name: str, fire: int) -> int:
        """Return the longest of the delays of those that fire at ``fire``."""
        longest = 0
        for part in self.triggers:
            delay = part.delay(name, fire)
            # What has no delay is not asked whether it fires.
            if delay > longest and part.next_instant(fire - 1) == fire:
                longest = delay
        return longest

    def describe(self) -> str:
        """Return it in words."""
        return " or ".join(map(described, self.triggers))

    def __repr__(self) -> str:
        return " | ".join(map(enclosed, self.triggers))


@register
class AllOf(Several):
    """Fires when all of its triggers do, at the same instant."""

    kind = "all"

    def search(self, after: int, steps: Steps) -> int | None:
        """Return the first instant that all of them answer.

        Each in turn is asked for its first fire time not before the latest answer of the others,
        until all agree.
        """
        meeting, agreed = after + 1, 0
        for part in cycle(self.triggers):
            fire = search_in(part, meeting - 1, steps)
            if fire is None:
                return None
            agreed = agreed + 1 if fire == meeting else 1
            meeting = fire
            if agreed == len(self.triggers):
                return meeting
            if not steps.take(meeting):
                return None
        return None

    def describe(self) -> str:
        """Return it in words."""
        return " and at once ".join(map(described, self.triggers))

    def __repr__(self) -> str:
        return " & ".join(map(enclosed, self.triggers))
