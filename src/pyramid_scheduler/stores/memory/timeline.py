"""What waits for an instant in memory."""

from collections import deque
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
    What falls due mostly does so in order, and stands in a queue, which is ten times as quick to
    take from as a long heap; only what is older than the last of it goes to a heap, too.
    """

    __slots__ = ("_due", "_later", "_most", "_older")

    def __init__(self) -> None:
        """Begin empty."""
        self._due: deque[tuple[int, int, WaitingType]] = deque()
        self._older: list[tuple[int, int, WaitingType]] = []
        self._later: list[tuple[int, int, WaitingType]] = []
        self._most = SPARSE

    def push(self, instant: int, row: WaitingType, now: int) -> None:
        """Let ``row`` wait for ``instant``, in place of what it waited for before."""
        entry = (instant, next(numbers), row)
        row.entry = entry
        if instant <= now:
            self._fall_due(entry)
            return
        heappush(self._later, entry)
        if len(self._later) > self._most:
            self._drop_dead()

    def _fall_due(self, entry: tuple[int, int, WaitingType]) -> None:
        if self._due and entry < self._due[-1]:
            heappush(self._older, entry)
        else:
            self._due.append(entry)

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
                self._fall_due(entry)
        due, older = self._due, self._older
        while due and due[0][2].entry is not due[0]:
            due.popleft()
        while older and older[0][2].entry is not older[0]:
            heappop(older)
        heap = self._earlier() if older or later else None
        if heap:
            return heap[0][0]
        return due[0][0] if due else None

    def take(self) -> WaitingType:
        """Take away what :meth:`first` has just told of."""
        heap = self._earlier() if self._older or self._later else None
        row = (heappop(heap) if heap else self._due.popleft())[2]
        row.entry = None
        return row

    def _earlier(self) -> list[tuple[int, int, WaitingType]] | None:
        """Return the heap whose first is earlier than that of the queue, if one is."""
        # When the wall clock was set back, what was due may be later than what is to come.
        due, older, later = self._due, self._older, self._later
        heap = older if older and (not later or older[0] < later[0]) else later
        return heap if heap and (not due or heap[0] < due[0]) else None

    def after(self, now: int) -> int | None:
        """Return the earliest instant later than ``now``."""
        first = self.first(now)
        if first is not None and first <= now:
            return self._later[0][0] if self._later else None
        return first
