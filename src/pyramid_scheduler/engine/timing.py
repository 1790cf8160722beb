"""Which monotonic moment an instant is, whether that was changed, how long to wait for a store."""

import logging
from random import Random

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.interfaces import Clock

log = logging.getLogger("pyramid_scheduler")

JUMP = 0.05
FIRST_RETRY = 0.1
SLOWEST_RETRY = 30.0
# Nobody tells of a lock that is free again: it is asked for, as often as a person notices no delay.
LATER = 0.05


def backoff(failures: int, lease: float, random: Random) -> float:
    """Return the seconds to wait after so many ``failures``: doubled at each, capped, jittered."""
    # After an outage each node has to be back before another has watched it for a lease.
    slowest = min(SLOWEST_RETRY, lease / 4)
    longest: float = min(FIRST_RETRY * 2 ** min(failures, 10), slowest)
    return longest * random.uniform(0.5, 1.0)


class Alignment:
    """The offset between the store's clock and the monotonic one, as observations bound it.

    An answer of the store that was asked for at ``before``, came at ``after`` and says ``now``
    tells that the offset lies between ``now - after`` and ``now - before``. Taking the largest
    lower bound, a run never starts early, and late by no more than the quickest answer took.
    """

    def __init__(self) -> None:
        """Begin without an observation."""
        self._offset: float | None = None

    def observe(self, before: float, now: int, after: float) -> None:
        """Take note of an answer; one that contradicts the others says that a clock was set."""
        least, most = now / 1e6 - after, now / 1e6 - before
        if self._offset is None or not least <= self._offset <= most:
            self._offset = least

    def monotonic(self, instant: int) -> float:
        """Return the monotonic second at which the store's clock shows ``instant``."""
        return instant / 1e6 - (self._offset or 0.0)


class WallClock:
    """The wall clock of this machine, watched by the monotonic one."""

    def __init__(self, clock: Clock) -> None:
        """Take it as it is."""
        self._clock = clock
        self._offset = self._compare()

    def was_set(self) -> bool:
        """Return whether it was set since this was last asked."""
        before, self._offset = self._offset, self._compare()
        moved = self._offset - before
        if abs(moved) <= JUMP:
            return False
        level = logging.WARNING if abs(moved) > 1 else logging.DEBUG
        log.log(level, "the wall clock was set by %+.1f s", moved)
        return True

    def _compare(self) -> float:
        return self._clock.now() / SECOND - self._clock.monotonic()
