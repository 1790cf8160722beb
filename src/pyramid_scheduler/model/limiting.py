"""How often a task may begin, and which of its runs count as one and the same."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from pyramid_scheduler.instants import MICROSECOND, SECOND, read_duration
from pyramid_scheduler.reading import read_count

# A claim counts what has begun within the span.
MOST_STARTS = 100_000


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``count`` attempts are claimed in any span of ``per``.

    ``per`` is seconds, a timedelta or a text such as ``"1m"``; ``count`` at most 100,000. Raises
    InvalidValue.
    """

    count: int
    per: timedelta

    def __post_init__(self) -> None:
        """Read what was given."""
        object.__setattr__(self, "count", read_count(self.count, "rate", most=MOST_STARTS))
        object.__setattr__(self, "per", read_duration(self.per, "rate: per"))

    def __str__(self) -> str:
        """Say it as it may be written, to the microsecond."""
        seconds, rest = divmod(self.span, SECOND)
        fraction = f".{rest:06}".rstrip("0") if rest else ""
        return f"{self.count}/{seconds}{fraction} seconds"

    @property
    def span(self) -> int:
        """Return ``per`` in microseconds."""
        return self.per // MICROSECOND


class UniqueBy(StrEnum):
    """What two runs of a task have in common that count as equal: arguments, key, or the task."""

    ARGS = "args"
    KEY = "key"
    TASK = "task"


class Uniqueness(NamedTuple):
    """What a run is compared by: equal runs have the same text ``same`` (40 characters).

    It is not to run beside one that waits or runs; nor beside one that has succeeded and was owed
    no more than ``within`` microseconds before it, if that is said.
    """

    same: str
    within: int | None = None
