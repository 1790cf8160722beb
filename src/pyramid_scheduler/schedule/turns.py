"""The jobs: a list as programs know it, and beside it whose turn it is."""

from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pyramid_scheduler.schedule.job import Job

# As many places as a list of this process can have, and more.
_BITS = 40
_PLACE = (1 << _BITS) - 1


def _key(due: int, place: int) -> int:
    """Return what sorts by when a job is due, then by its place: the soonest is the greatest."""
    return -(due << _BITS | place)


def _upsetting(change: Callable[..., Any]) -> Any:
    """Make a change of a list one that is taken note of."""

    def noted(self: "Jobs", *args: Any, **kwargs: Any) -> Any:
        try:
            return change(self, *args, **kwargs)
        finally:
            self.upset()

    return noted


class Jobs(list[Job]):
    """The jobs, in the order of ``do()``. A program may change it as it may any list.

    Beside it they are kept in the order in which they are due, which saves ``run_pending()`` a look
    at them all. This follows what a loop does all the time: a job is added, one is taken out, one
    is due later than it was. After anything else it is made anew at the next look. Only who looks
    changes it: another thread may add jobs.
    """

    def __init__(self, jobs: Iterable[Job] = ()) -> None:
        super().__init__(jobs)
        self._added: deque[Job] = deque()
        self._moved = Job.moved
        self.upset()

    def upset(self) -> None:
        """Take note that the order is wrong: it is made anew when somebody looks."""
        self._upset = True
        #: The soonest is the last: it goes without moving the others.
        self._keys: list[int] = []
        #: By place; None when it was taken out. Its key stays until it would have been due.
        self._placed: list[Job | None] = []
        self._places: dict[Job, int] = {}

    def append(self, job: Job) -> None:
        """Add a job."""
        super().append(job)
        self._added.append(job)

    def remove(self, job: Job) -> None:
        """Take out a job. Raises ValueError: it is not there."""
        super().remove(job)
        placed, place = self._placed, self._places.pop(job, len(self._placed))
        # Another thread may have made them anew meanwhile.
        if place < len(placed) and placed[place] is job:
            placed[place] = None
        if len(self._places) + len(self._added) != len(self):
            self.upset()

    __delitem__ = _upsetting(list.__delitem__)
    __iadd__ = _upsetting(list.__iadd__)
    __imul__ = _upsetting(list.__imul__)
    __setitem__ = _upsetting(list.__setitem__)
    clear = _upsetting(list.clear)
    extend = _upsetting(list.extend)
    insert = _upsetting(list.insert)
    pop = _upsetting(list.pop)
    reverse = _upsetting(list.reverse)
    sort = _upsetting(list.sort)

    def __reduce_ex__(self, protocol: object) -> tuple[type, tuple[list[Job]]]:
        """A copy is a list like any other."""
        return list, (self[:],)

    @contextmanager
    def due(self, now: int) -> Iterator[list[Job]]:
        """Hand out the jobs that are due at ``now``: the longest due first, then as in the list.

        Until they come back, with the times that they have then, nobody else is handed them.
        """
        self._look()
        placed, taken = self._placed, self._take(now)
        try:
            yield [job for _, job in taken]
        finally:
            # If the order was made anew meanwhile, they are in it.
            if placed is self._placed:
                for place, job in taken:
                    if placed[place] is job and job.due is not None:
                        insort(self._keys, _key(job.due, place))

    def holds(self, job: Job) -> bool:
        """Whether ``job`` is one of them: at once, however many there are."""
        if self._upset or self._added:
            self._follow()
        return job in self._places

    def _take(self, now: int) -> list[tuple[int, Job]]:
        keys, placed, taken = self._keys, self._placed, []
        not_yet = _key(now + 1, 0)
        while keys and keys[-1] > not_yet:
            key = -keys.pop()
            place = key & _PLACE
            job = placed[place]
            if job is None or job.due is None:
                continue
            if job.due == key >> _BITS:
                taken.append((place, job))
            else:  # it ran meanwhile, asked for by hand
                insort(keys, _key(job.due, place))
        return taken

    def _look(self) -> None:
        if self._moved is not Job.moved:
            self.upset()
        self._follow()
        # A job that is there twice, or has no time, or was put there behind our back: programs that
        # do so are so few that all is made anew for them each time. And where most are gone.
        if len(self._places) != len(self) or len(self._placed) > 2 * len(self):
            self._begin_anew()

    def _follow(self) -> None:
        if self._upset:
            self._begin_anew()
        while self._added:
            job = self._added.popleft()
            if job not in self._places and job.due is not None:
                place = self._places[job] = len(self._placed)
                self._placed.append(job)
                insort(self._keys, _key(job.due, place))

    def _begin_anew(self) -> None:
        self._upset, self._moved = False, Job.moved
        self._added.clear()
        jobs = self[:]
        timed = [(place, job) for place, job in enumerate(jobs) if job.due is not None]
        self._keys = sorted(_key(job.due, place) for place, job in timed if job.due is not None)
        self._placed, self._places = [*jobs], {job: place for place, job in timed}
