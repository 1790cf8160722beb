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
        self._retention = options.retention

    def purge(self, now: float) -> None:
        """Delete one batch; while there is more, the next one is soon."""
        self.at = now + EVERY
        # A run younger than a schedule's grace still tells which of its fire times are dealt with.
        graces = (one.definition.grace for one in self._store.schedules())
        keep = max([self._retention, *(grace for grace in graces if grace is not None)])
        # By the store's clock: this process's own may be wrong by more than is kept.
        before = self._store.now() - keep // MICROSECOND
        if self._store.purge(before, BATCH) == BATCH:
            self.at = now + PAUSE
