"""A connection that waits for no answer longer than it may.

The server's own time-outs end what takes long there. A network that swallows everything in silence
is noticed by nobody but who waits, and TCP alone waits for hours.
"""

from collections.abc import Generator
from time import monotonic
from typing import Any, TypeVar

import psycopg

R = TypeVar("R")
Steps = Generator[Any, Any, R]


class Bounded(psycopg.Connection[Any]):
    """A psycopg connection; ``patience`` (s) is how long it waits for the answer to a statement."""

    patience = 0.0  # until it is set: as long as it takes

    def wait(self, gen: Steps[R], *args: Any, **options: Any) -> R:
        """Wait until ``gen`` has what it waits for. Raises psycopg.OperationalError: too long."""
        return super().wait(self._bounded(gen) if self.patience else gen, *args, **options)

    def _bounded(self, gen: Steps[R]) -> Steps[R]:
        """Pass ``gen`` on; psycopg asks it now and then even if nothing has come."""
        latest = monotonic() + self.patience
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and monotonic() > latest:
                    self.pgconn.finish()  # whatever comes yet is of no use
                    raise psycopg.OperationalError(f"no answer within {self.patience:g} s")
                wanted = gen.send(ready)
        except StopIteration as done:
            answer: R = done.value
            return answer
