"""How much a node claims at a time."""

from pyramid_scheduler.interfaces import Executor, Room

SPAN = 0.2
MOST = 1000
# Where a claim is no transaction: few enough for what is in flight to stay in the processor's
# caches, and below what makes the garbage collector look for cycles.
MOST_IN_MEMORY = 100
SMOOTHING = 0.5


class Prefetch:
    """How many runs are claimed ahead of an executor's idle threads: what begins within SPAN.

    Tasks of a microsecond are claimed by the hundred, since each claim is a transaction; of tasks
    that take long only as many as can start at once, so that other nodes get the rest. ``begun``
    counts them since the last look; the executor's threads add to it, which is exact enough.
    """

    def __init__(self, now: float, most: int = MOST) -> None:
        """Begin at monotonic ``now`` without any; claim at most ``most`` ahead."""
        self._rate = 0.0
        self._most = most
        self.begun = 0
        self._since = now

    def room(self, executor: Executor, waiting: int, promised: int, now: float) -> Room:
        """Return what may be claimed for ``executor``.

        ``waiting`` runs were given to it and have not begun; ``promised`` ones are held until
        their instant, and each will want a thread then.
        """
        elapsed = now - self._since
        if elapsed > SPAN / 100:
            self._rate += SMOOTHING * (self.begun / elapsed - self._rate)
            self.begun, self._since = 0, now
        idle = max(0, executor.idle() - promised)
        ahead = min(self._most, int(self._rate * SPAN)) - max(0, waiting - idle)
        return Room(idle, max(0, ahead))
