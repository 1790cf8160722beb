"""What people and programs change in the store in memory."""

from collections.abc import Callable, Iterator, Sequence
from threading import Lock

from pyramid_scheduler.errors import UnknownRun, UnknownSchedule, nearest
from pyramid_scheduler.interfaces import Apart, Clock
from pyramid_scheduler.model import (
    Definition,
    Kind,
    NewRun,
    Pause,
    Reason,
    RunState,
    Schedule,
)
from pyramid_scheduler.rules.definitions import (
    check_names,
    dealt_with,
    edited,
    left_behind,
    paused,
    resumed,
)
from pyramid_scheduler.rules.planning import given_up
from pyramid_scheduler.rules.runs import check_retry
from pyramid_scheduler.stores.memory.book import Book
from pyramid_scheduler.stores.memory.rows import RunRow, Series
from pyramid_scheduler.stores.memory.views import archived


class ClientSide:
    """:class:`pyramid_scheduler.interfaces.ClientStore` over a book, under its lock."""

    _book: Book
    _lock: Lock
    _clock: Clock
    _new_id: Callable[[], str]

    def within(self, session: object) -> Apart:
        """Return why not: no session of a database is in this process's memory."""
        del session
        return Apart.KIND

    def enqueue(self, runs: Sequence[NewRun]) -> None:
        """Add runs that were asked for; one whose id is there already is left as it is."""
        with self._lock:
            now = self._clock.now()
            for run in runs:
                self._book.enqueue(run, now)

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

    def pause(
        self, name: str, *, note: str = "", by: str = "", until: int | None = None
    ) -> Sequence[str]:
        """Pause a schedule; return the ids of its runs that may still begin or go on."""
        with self._lock:
            now = self._clock.now()
            series, schedule = self._find(name)
            self._book.put(series, paused(schedule, Pause(now, note, by, until)), now)
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

    def backfill(
        self, name: str, fires: Sequence[int], *, at_once: bool, dry_run: bool
    ) -> Sequence[int]:
        """Add a run, due now, for each of ``fires`` that has none; return those fire times."""
        with self._lock:
            now = self._clock.now()
            series, schedule = self._find(name)
            missing = [fire for fire in left_behind(schedule, fires) if fire not in series.runs]
            for fire in [] if dry_run else missing:
                run = self._book.fire(series, fire, now, self._new_id())
                if run is not None:
                    run.kind, run.free = Kind.BACKFILL, at_once
                    self._book.wait(run, now)
            self._book.revision += bool(missing) and not dry_run
            return missing

    def cancel(self, run_id: str) -> RunState:
        """Cancel a waiting run, ask a running one to stop; return the state it now has."""
        with self._lock:
            run, now = find_run(self._book, run_id), self._clock.now()
            if run.state is RunState.PENDING:
                self._book.end(run, RunState.CANCELLED, Reason.CANCELLED, now, now)
                self._book.revision += 1
            elif run.state is RunState.RUNNING:
                run.stop_requested = True
                run.reason = Reason.CANCELLED
                self._book.revision += 1
            return run.state

    def retry(self, run_id: str) -> None:
        """Have a failed or cancelled run be owed again."""
        with self._lock:
            run = find_run(self._book, run_id)
            check_retry(run_id, run.state)
            _reopen(self._book, run, self._clock.now())
            self._book.revision += 1

    def _find(self, name: str) -> tuple[Series, Schedule]:
        series = self._book.series.get(name)
        if series is None or series.schedule is None:
            hint = nearest(name, [known.name for known in self._known()])
            raise UnknownSchedule(f"no schedule is named {name!r}{hint}")
        return series, series.schedule

    def _known(self) -> Iterator[Schedule]:
        return (series.schedule for series in self._book.series.values() if series.schedule)


def find_run(book: Book, run_id: str) -> RunRow:
    """Return the row of a run. Raises UnknownRun."""
    run = book.runs.get(run_id)
    if run is None:
        raise UnknownRun(f"no run has the id {run_id!r}; after the retention runs are deleted")
    return run


def _reopen(book: Book, run: RunRow, now: int) -> None:
    """Have a run that has ended be owed again."""
    if run.claimed_at is not None and run.finished_at is not None:
        ended = archived(run, run.state, run.finished_at)
        book.attempts.setdefault(run.id, []).append(ended)
    book.ended.remove(run)
    run.state, run.due, run.stop_requested = RunState.PENDING, now, False
    run.reason = run.result = None
    run.node = run.claimed_at = run.started_at = run.finished_at = None
    book.wait(run, now)
