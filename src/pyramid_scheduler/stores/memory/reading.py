"""What people and programs read in the store in memory."""

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

from pyramid_scheduler.instants import MICROSECOND
from pyramid_scheduler.interfaces import Clock, RunFilter
from pyramid_scheduler.model import Attempt, Checkup, Node, Pile, Run, RunState, Schedule, Skip
from pyramid_scheduler.stores.memory.book import Book
from pyramid_scheduler.stores.memory.client_side import find_run
from pyramid_scheduler.stores.memory.rows import RunRow
from pyramid_scheduler.stores.memory.views import frozen


class Reading:
    """:class:`pyramid_scheduler.interfaces.ReadStore` over a book, under its lock."""

    _book: Book
    _lock: Lock
    _clock: Clock

    def schedules(self) -> Sequence[Schedule]:
        """Return every schedule, by name."""
        with self._lock:
            known = [series.schedule for series in self._book.series.values()]
        return sorted(filter(None, known), key=lambda schedule: schedule.name)

    def runs(self, which: RunFilter) -> Sequence[Run]:
        """Return runs, newest first."""
        found: list[Run] = []
        with self._lock:
            for run in self._newest_first(which.schedule):
                if len(found) >= which.limit:
                    break
                if _is_wanted(run, which):
                    found.append(frozen(run))
        return found

    def _newest_first(self, schedule: str | None) -> Iterator[RunRow]:
        if schedule is None:
            return reversed(self._book.runs.values())
        series = self._book.series.get(schedule)
        return iter(()) if series is None else reversed(series.runs.values())

    def run(self, run_id: str) -> Run:
        """Return one run. Raises UnknownRun."""
        with self._lock:
            return frozen(find_run(self._book, run_id))

    def attempts(self, run_id: str) -> Sequence[Attempt]:
        """Return the attempts of a run that ended before it did, in order."""
        with self._lock:
            return tuple(self._book.attempts.get(run_id, ()))

    def skips(self, schedule: str | None = None) -> Sequence[Skip]:
        """Return skipped fire times, oldest first."""
        with self._lock:
            known = self._book.skips
            kept = known.values() if schedule is None else [known.get(schedule, [])]
            found = [skip for skips in kept for skip in skips]
        return sorted(found, key=lambda skip: skip.first)

    def nodes(self) -> Sequence[Node]:
        """Return every node known, the dead and the gone included."""
        with self._lock:
            return [row.node for row in self._book.nodes.values()]

    def longest_grace(self) -> int:
        """Return the longest grace of any schedule."""
        graces = (one.definition.grace for one in self.schedules())
        return max((grace // MICROSECOND for grace in graces if grace is not None), default=0)

    def checkup(self) -> Checkup:
        """Return what there is to judge the store's own state by."""
        with self._lock:
            now = self._clock.now()
            runs = self._book.runs.values()
            known = filter(None, (series.schedule for series in self._book.series.values()))
            nodes = [row.node for row in self._book.nodes.values()]
            alive = {node.id for node in nodes if node.alive}
            running = [one for one in runs if one.state is RunState.RUNNING]
            waiting = [one for one in runs if one.state is RunState.PENDING and one.due <= now]
            return Checkup(
                now,
                running=_piles((one.node, one.claimed_at) for one in running),
                waiting=_piles((one.task.name, one.due) for one in waiting),
                scheduled=_piles((one.task, one.wake) for one in known if one.wake is not None),
                ownerless=_piles(
                    (one.node, one.claimed_at) for one in running if one.node not in alive
                ),
                nodes=nodes,
            )


def _piles(pairs: Iterable[tuple[str | None, int | None]]) -> list[Pile]:
    """Return a pile for each name, by name."""
    piles: dict[str | None, list[int]] = {}
    for name, instant in pairs:
        piles.setdefault(name, []).append(instant or 0)
    return [Pile(name, len(piles[name]), min(piles[name])) for name in sorted(piles, key=str)]


def _is_wanted(run: RunRow, which: RunFilter) -> bool:
    return (
        which.task in (None, run.task.name)
        and which.state in (None, run.state)
        and which.fire_time in (None, run.fire_time)
    )
