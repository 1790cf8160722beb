"""Which monotonic moment an instant is, whether that was changed, how long to wait for a store."""

import logging
from math import inf
from random import Random

from pyramid_scheduler.engine.options import EngineOptions
from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.interfaces import Clock

log = logging.getLogger("pyramid_scheduler")

JUMP = 0.05
FIRST_RETRY = 0.1
SLOWEST_RETRY = 30.0
# Nobody tells of a lock that is free again: it is asked for, as often as a person notices no delay.
LATER = 0.05
SMOOTHING = 0.2
# How many times as long as a claim takes it is made before the instant of what it is to take.
MARGIN = 3


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
        # An instant is cut off to a microsecond, and a float of today's seconds is as coarse.
        least, most = now / 1e6 - after, (now + 2) / 1e6 - before
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


class NextClaim:
    """When to claim again (monotonic): ahead of the next instant, at it, or when a run has ended.

    What lies within the lookahead and was not taken had no thread, most likely. So it is claimed
    as soon as one is free, shortly before its instant: a claim at the instant would make it late.
    """

    def __init__(self, options: EngineOptions, random: Random, *, local_clock: bool) -> None:
        """Begin with at once; ``local_clock``: the store decides by this machine's clock."""
        self.at = 0.0
        self._options = options
        self._random = random
        self._local_clock = local_clock
        self._left_some = False
        self._left_ahead: float | None = None
        self._taken = 0.0  # how long a claim takes, smoothed

    def claimed(self, before: float, after: float, due: float | None, *, more: bool) -> None:
        """Take note of a claim; of the moment of what is ``due`` next; if ``more`` is due now."""
        self._taken += SMOOTHING * (after - before - self._taken)
        self._left_some, self._left_ahead = more, None
        # A clock that is not this machine's may be set without anything here noticing it.
        latest = inf if self._local_clock else after + self._options.heartbeat
        if due is None:
            self.at = latest
            return
        lookahead = self._options.lookahead
        if due - lookahead > after:
            # A random part of the lookahead, so that not all nodes ask in the same millisecond.
            due -= lookahead * self._random.uniform(0.6, 1.0)
        else:
            self._left_ahead = due
        self.at = min(due, latest)

    def crowded(self, now: float) -> None:
        """Take note that there was no room for any claim."""
        self._left_some, self.at = True, now + self._options.look

    def room_freed(self) -> None:
        """Take note that a run has ended."""
        if self._left_some:
            self.at = 0.0
        elif self._left_ahead is not None:
            self.at = min(self.at, self._left_ahead - MARGIN * self._taken)
