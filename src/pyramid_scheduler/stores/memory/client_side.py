"""What people and programs read and change in the store in memory."""

from collections.abc import Iterator, Sequence
from threading import Lock

from pyramid_scheduler.errors import UnknownRun, UnknownSchedule, nearest
from pyramid_scheduler.interfaces import Clock, RunFilter
from pyramid_scheduler.model import (
    Attempt,
    Definition,
    NewRun,
    Node,
    Reason,
    Run,
    RunState,
    Schedule,
    Skip,
)
from pyramid_scheduler.rules.definitions import check_names, dealt_with, edited, paused, resumed
from pyramid_scheduler.rules.planning import given_up
from pyramid_scheduler.stores.memory.book import Book
from pyramid_scheduler.stores.memory.rows import RunRow, Series
from pyramid_scheduler.stores.memory.views import frozen


class ClientSide:
    """:class:`pyramid_scheduler.interfaces.ClientStore` over a book, under its lock."""

    _book: Book
    _lock: Lock
    _clock: Clock

    def enqueue(self, runs: Sequence[NewRun]) -> None:
        """Add runs that were asked for; one whose id is there already is left as it is."""
        with self._lock:
            book, now = self._book, self._clock.now()
            for run_id, task, due, arguments, kind in runs:
                if run_id not in book.runs:
                    run = RunRow(run_id, kind, None, book.task(task), due, arguments)
                    book.runs[run_id] = run
                    book.wait(run, now)
                    book.revision += 1

    def put_schedule(self, definitions: Sequence[Definition], *, replace: bool) -> None:
        """Add schedules of origin STORE, all or none."""
        with self._lock:
            now = self._clock.now()
            rows = [self._book.series_of(one.name) for one in definitions]
            known = {series.name for series in rows if series.row is not None}
            check_names((one.name for one in definitions), known, replace=replace)
            revised = [
                dealt_with(edited(series.schedule, one, now), series.runs)
                for series, one in zip(rows, definitions, strict=True)
            ]
            for series, (schedule, skips) in zip(rows, revised, strict=True):
                self._book.skip(series, skips)
                self._book.put(series, schedule, now)
            self._book.revision += 1

    def remove_schedule(self, name: str) -> Sequence[str]:
        """Delete a schedule and cancel its waiting runs; return the ids of runs that still run."""
        with self._lock:
            now = self._clock.now()
            series, schedule = self._find(name)
            passed = given_up(schedule, now, Reason.REMOVED)
            self._book.skip(series, passed.skips)
            self._book.put(series, None, now)
            for run in list(series.pending.values()):
                self._book.end(run, RunState.CANCELLED, Reason.REMOVED, now, now)
            self._book.revision += 1
            return list(series.running)

    def pause(self, name: str) -> Sequence[str]:
        """Pause a schedule; return the ids of its runs that may still begin or go on."""
        with self._lock:
            now = self._clock.now()
            series, schedule = self._find(name)
            self._book.put(series, paused(schedule, now), now)
            self._book.revision += 1
            return [*series.running, *series.pending]

    def resume(self, name: str) -> None:
        """Resume a schedule; what passed meanwhile is skipped(paused)."""
        with self._lock:
            now = self._clock.now()
            series, schedule = self._find(name)
            going, skips = resumed(schedule, now)
            self._book.skip(series, skips)
            self._book.put(series, going, now)
            self._book.revision += 1

    def cancel(self, run_id: str) -> RunState:
        """Cancel a waiting run, ask a running one to stop; return the state it now has."""
        with self._lock:
            run, now = self._find_run(run_id), self._clock.now()
            if run.state is RunState.PENDING:
                self._book.end(run, RunState.CANCELLED, Reason.CANCELLED, now, now)
                self._book.revision += 1
            elif run.state is RunState.RUNNING:
                run.stop_requested = True
                run.reason = Reason.CANCELLED
                self._book.revision += 1
            return run.state

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
            return frozen(self._find_run(run_id))

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

    def _find(self, name: str) -> tuple[Series, Schedule]:
        series = self._book.series.get(name)
        if series is None or series.schedule is None:
            hint = nearest(name, [known.name for known in self._known()])
            raise UnknownSchedule(f"no schedule is named {name!r}{hint}")
        return series, series.schedule

    def _known(self) -> Iterator[Schedule]:
        return (series.schedule for series in self._book.series.values() if series.schedule)

    def _find_run(self, run_id: str) -> RunRow:
        run = self._book.runs.get(run_id)
        if run is None:
            raise UnknownRun(f"no run has the id {run_id!r}; after the retention runs are deleted")
        return run


def _is_wanted(run: RunRow, which: RunFilter) -> bool:
    return (
        which.task in (None, run.task.name)
        and which.state in (None, run.state)
        and which.fire_time in (None, run.fire_time)
    )
