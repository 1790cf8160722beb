"""Another attempt of a run: asked for by its task, and how long after a failure it begins."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Self, TypeVar

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import LONGEST, MICROSECOND, read_duration
from pyramid_scheduler.reading import read_bool, read_choice

Duration = float | str | timedelta

ZERO = timedelta(0)


class Retry(Exception):
    """Raised by a task: this attempt has failed, and another one is to follow.

    ``after`` is how long after it (seconds, a timedelta, a text such as ``"5m"``); unsaid, the
    task's ``backoff`` decides. It needs no ``retries=`` and no ``retry_on=``; but where
    ``retries=`` is said, there are no more attempts than that. What it is raised ``from`` is kept.

    Raises InvalidValue: no duration.
    """

    def __init__(self, message: str = "", *, after: Duration | None = None) -> None:
        """Read ``after``."""
        super().__init__(message or "another attempt was asked for")
        self.after = None if after is None else read_duration(after, "Retry: after", least=ZERO)


class Growth(StrEnum):
    """How the wait grows from one failure of a run to the next."""

    CONSTANT = "constant"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a run waits after a failure: ``first``, and after further ones as ``growth`` says.

    Twice, three times, four times ``first`` if linear; twice, four, eight times if exponential;
    never more than ``most``. With ``jitter`` it is a part of that, from half of it on, so that
    what failed together is not tried together again; the part follows from the run's id.

    Durations are seconds, a timedelta or a text such as ``"30s"``. Raises InvalidValue.
    """

    first: timedelta
    growth: Growth = Growth.CONSTANT
    most: timedelta = LONGEST
    jitter: bool = False

    def __post_init__(self) -> None:
        """Read what was given."""
        first = read_duration(self.first, "backoff", least=ZERO)
        most = read_duration(self.most, "backoff: most", least=ZERO)
        if first > most:
            raise InvalidValue(f"backoff: the first wait, {first}, is longer than the most, {most}")
        object.__setattr__(self, "first", first)
        object.__setattr__(self, "most", most)
        object.__setattr__(self, "growth", read_choice(self.growth, "backoff: growth", Growth))
        object.__setattr__(self, "jitter", read_bool(self.jitter, "backoff: jitter"))

    @classmethod
    def constant(cls, first: Duration, *, jitter: bool = False) -> Self:
        """Return one that always waits ``first``."""
        return _made(cls, first, Growth.CONSTANT, LONGEST, jitter)

    @classmethod
    def linear(cls, first: Duration, *, most: Duration = LONGEST, jitter: bool = False) -> Self:
        """Return one that waits ``first`` longer each time, at most ``most``."""
        return _made(cls, first, Growth.LINEAR, most, jitter)

    @classmethod
    def exponential(
        cls, first: Duration, *, most: Duration = LONGEST, jitter: bool = False
    ) -> Self:
        """Return one that waits twice as long each time, at most ``most``."""
        return _made(cls, first, Growth.EXPONENTIAL, most, jitter)

    def delay(self, failures: int, run_id: str) -> int:
        """Return how long the run waits after its so many-th failure, in microseconds."""
        most = self.most // MICROSECOND
        wait = min(self.first // MICROSECOND * self._times(failures), most)
        if not self.jitter:
            return wait
        # Not hash(), which differs from one process to the next.
        digest = blake2b(f"{run_id}\0{failures}".encode(), digest_size=8).digest()
        return wait - int.from_bytes(digest) % (wait // 2 + 1)

    def _times(self, failures: int) -> int:
        if self.growth is Growth.EXPONENTIAL:
            return 1 << min(failures - 1, 64)  # beyond, whatever it is is more than most
        return failures if self.growth is Growth.LINEAR else 1


Made = TypeVar("Made", bound=Backoff)


def _made(cls: "type[Made]", *given: Any) -> "Made":
    """Make one of what is yet to be read."""
    return cls(*given)
