"""A trigger whose runs are due a little after its fire times, so that not all begin at once."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from pyramid_scheduler import model
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import MICROSECOND, read_duration
from pyramid_scheduler.reading import read_choice
from pyramid_scheduler.triggers.combined.trigger import (
    Around,
    Steps,
    check_parts,
    described,
    search_in,
)
from pyramid_scheduler.triggers.interval import IntervalTrigger
from pyramid_scheduler.triggers.kinds import parts_of, register
from pyramid_scheduler.triggers.spoken import elapsed


class Mode(StrEnum):
    """Whether each fire time has a delay of its own, or the schedule one for all."""

    RANDOM = "random"
    STABLE = "stable"


@register
@dataclass(frozen=True, repr=False)
class Jittered(Around):
    """The fire times of a trigger as they are, with a delay from 0 to ``spread`` for their runs."""

    kind = "jitter"

    spread: timedelta
    mode: Mode = Mode.RANDOM

    def __post_init__(self) -> None:
        """Read the spread and the mode.

        Raises InvalidValue: the spread is negative, NaN, or not shorter than the interval: runs of
        one fire time would come after those of the next.
        """
        check_parts(self.parts, "jitter")
        spread = read_duration(self.spread, "jitter", least=timedelta(0))
        interval = _interval(self.trigger)
        if interval is not None and spread >= interval:
            raise InvalidValue(
                f"jitter: {elapsed(spread)} is not shorter than the interval, {elapsed(interval)}"
            )
        object.__setattr__(self, "spread", spread)
        object.__setattr__(self, "mode", read_choice(self.mode, "jitter: mode", Mode))

    def search(self, after: int, steps: Steps) -> int | None:
        """Return the next fire time of the trigger."""
        return search_in(self.trigger, after, steps)

    def passes(self, fire: int) -> bool:
        """Return that every fire time is one of this."""
        del fire
        return True

    def delay(self, name: str, fire: int) -> int:
        """Return the delay of the schedule ``name`` at ``fire``, and that of the trigger inside."""
        key = name if self.mode is Mode.STABLE else f"{name}\0{fire}"
        # Not hash(), which differs from one process to the next.
        digest = blake2b(key.encode(errors="replace"), digest_size=8).digest()
        own = int.from_bytes(digest) % (self.spread // MICROSECOND + 1)
        return own + self.trigger.delay(name, fire)

    def options(self) -> dict[str, Any]:
        """Return the spread in seconds, and the mode."""
        return {"spread": self.spread.total_seconds(), "mode": str(self.mode)}

    def describe(self) -> str:
        """Return it in words."""
        return f"{described(self.trigger)}, up to {elapsed(self.spread)} later"

    def __repr__(self) -> str:
        mode = "" if self.mode is Mode.RANDOM else f", {str(self.mode)!r}"
        return self.written(f"jitter({self.spread.total_seconds():g}{mode})")


def _interval(trigger: model.Trigger) -> timedelta | None:
    """Return the shortest interval in ``trigger``, None where it has none."""
    if isinstance(trigger, IntervalTrigger):
        return trigger.every
    return min(filter(None, map(_interval, parts_of(trigger))), default=None)
