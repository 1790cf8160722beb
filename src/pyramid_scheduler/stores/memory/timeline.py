"""What waits for an instant in memory."""

from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar

SPARSE = 1024

# In the order in which they came: of two that are alike, the older is first.
numbers = count()


class Waiting:
    """What stands in a timeline at most once; ``entry`` is where, None while it does not."""

    __slots__ = ("entry",)

    entry: tuple[int, int, "Waiting"] | None


WaitingType = TypeVar("WaitingType", bound=Waiting)


class Timeline(Generic[WaitingType]):
    """What waits for an instant, earliest first, equals in the order they came.

    An entry that its row no longer names is dead, and dropped when it comes to the front. What
    is due and what is to come are kept apart, so that a backlog never hides the next instant.
    """

    __slots__ = ("_due", "_later", "_most")

    def __init__(self) -> None:
        """Begin empty."""
        self._due: list[tuple[int, int, WaitingType]] = []
        self._later: list[tuple[int, int, WaitingType]] = []
        self._most = SPARSE

    def push(self, instant: int, row: WaitingType, now: int) -> None:
        """Let ``row`` wait for ``instant``, in place of what it waited for before."""
        entry = (instant, next(numbers), row)
        row.entry = entry
        heappush(self._due if instant <= now else self._later, entry)
        if len(self._later) > self._most:
            self._drop_dead()

    def _drop_dead(self) -> None:
        self._later = [entry for entry in self._later if entry[2].entry is entry]
        heapify(self._later)
        self._most = max(SPARSE, 2 * len(self._later))

    def first(self, now: int) -> int | None:
        """Return the earliest instant that anything waits for, be it due at ``now`` or not."""
        later = self._later
        while later and (later[0][0] <= now or later[0][2].entry is not later[0]):
            entry = heappop(later)
            if entry[2].entry is entry:
                heappush(self._due, entry)
        due = self._due
        while due and due[0][2].entry is not due[0]:
            heappop(due)
        front = self._front()
        return front[0][0] if front else None

    def take(self) -> WaitingType:
        """Take away what :meth:`first` has just told of."""
        row = heappop(self._front())[2]
        row.entry = None
        return row

    def _front(self) -> list[tuple[int, int, WaitingType]]:
        # When the wall clock was set back, what was due may be later than what is to come.
        due, later = self._due, self._later
        return due if due and (not later or due[0] < later[0]) else later

    def after(self, now: int) -> int | None:
        """Return the earliest instant later than ``now``."""
        first = self.first(now)
        if first is not None and first <= now:
            return self._later[0][0] if self._later else None
        return first
