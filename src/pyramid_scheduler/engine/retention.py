"""What ended long ago is deleted, now and then and a little at a time."""

from random import Random

from pyramid_scheduler.engine.options import EngineOptions
from pyramid_scheduler.instants import MICROSECOND
from pyramid_scheduler.interfaces import Store

EVERY = 3600.0
PAUSE = 1.0
BATCH = 500


class Retention:
    """Deletes runs and skips that are older than the retention; ``at`` is when to, the next time.

    Times are monotonic seconds. Nodes that were started together do not all begin together.
    """

    def __init__(self, store: Store, options: EngineOptions, now: float, random: Random) -> None:
        """Begin some minutes after ``now``."""
        self.at = now + random.uniform(0.05, 0.2) * EVERY
        self._store = store
        self._retention = options.retention // MICROSECOND
        self._before = 0
        self._goes_on = False

    def purge(self, now: float) -> None:
        """Delete one batch; while there is more, the next one is soon."""
        self.at = now + EVERY
        if not self._goes_on:
            # A run younger than a grace still tells which fire times are dealt with.
            keep = max(self._retention, self._store.longest_grace())
            # By the store's clock: this process's own may be wrong by more than is kept.
            self._before = self._store.now() - keep
        self._goes_on = self._store.purge(self._before, BATCH) == BATCH
        if self._goes_on:
            self.at = now + PAUSE
