"""Until when the runs that have begun may take."""

from collections import deque
from heapq import heappop, heappush
from itertools import count

from pyramid_scheduler.engine.hands import Held


class Deadlines:
    """The runs that have a time-out, in the order in which their time is over.

    Workers add to it; everything else is called by the engine's loop.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._added: deque[tuple[float, int, Held]] = deque()
        self._coming: list[tuple[float, int, Held]] = []
        self._order = count()

    def add(self, held: Held, moment: float) -> None:
        """Have ``held`` be over at the monotonic ``moment``; from any thread."""
        self._added.append((moment, next(self._order), held))

    def first(self) -> float | None:
        """Return the monotonic moment at which the next one is over."""
        self._sort()
        return self._coming[0][0] if self._coming else None

    def passed(self, now: float) -> list[Held]:
        """Return, and forget, those that are over at ``now`` and whose outcome is not known."""
        self._sort()
        found = []
        while self._coming and self._coming[0][0] <= now:
            found.append(heappop(self._coming)[2])
        return [held for held in found if not held.over]

    def _sort(self) -> None:
        while self._added:
            heappush(self._coming, self._added.popleft())
        while self._coming and self._coming[0][2].over:
            heappop(self._coming)
