"""Forgetting what ended long ago (the retention)."""

from bisect import bisect_left

from pyramid_scheduler.model import Origin
from pyramid_scheduler.stores.memory.book import Book
from pyramid_scheduler.stores.memory.rows import RunRow, ScheduleRow


class Purging:
    """One purge of what ended before ``before``: at most ``limit`` runs and skips."""

    def __init__(self, book: Book, before: int, limit: int) -> None:
        """Prepare; :meth:`run` does it."""
        self._book = book
        self._before = before
        self._limit = limit
        self._left = limit

    def run(self) -> int:
        """Delete; return how many runs and skips."""
        self._purge_runs()
        self._purge_skips()
        self._purge_series()
        self._purge_nodes()
        return self._limit - self._left

    def _purge_runs(self) -> None:
        """Delete runs in the order they ended; the last of a schedule stays first in line."""
        ended, kept = self._book.ended, []
        while ended and self._left > 0 and self._is_old(ended[0].finished_at):
            run = ended.popleft()
            if self._is_to_stay(run):
                kept.append(run)
            else:
                self._delete(run)
        ended.extendleft(reversed(kept))

    def _is_old(self, instant: int | None) -> bool:
        return instant is not None and instant < self._before

    def _is_to_stay(self, run: RunRow) -> bool:
        series = run.series
        if series is None or series.row is None or self._is_done(series.row):
            return False
        return run.fire_time == series.newest

    def _is_done(self, row: ScheduleRow) -> bool:
        """Return whether the schedule was asked for at run time and has no fire time to come."""
        return row.origin is Origin.STORE and row.next_fire is None

    def _delete(self, run: RunRow) -> None:
        self._left -= 1
        del self._book.runs[run.id]
        self._book.equals.forget(run)
        self._book.attempts.pop(run.id, None)
        if run.series is not None:
            run.series.delete(run)

    def _purge_skips(self) -> None:
        for name, skips in list(self._book.skips.items()):
            old = min(bisect_left(skips, self._before, key=lambda skip: skip.last), self._left)
            del skips[:old]
            self._left -= old
            if not skips:
                del self._book.skips[name]

    def _purge_series(self) -> None:
        """Delete what bears no run any more: removed schedules, and those done long ago."""
        for series in list(self._book.series.values()):
            row = series.row
            if not series.runs and (row is None or self._is_long_done(row)):
                del self._book.series[series.name]

    def _is_long_done(self, row: ScheduleRow) -> bool:
        last = row.anchor if row.last_fire is None else row.last_fire
        return self._is_done(row) and self._is_old(last)

    def _purge_nodes(self) -> None:
        for row in list(self._book.nodes.values()):
            if not row.node.alive and not row.runs and self._is_old(row.node.beaten_at):
                del self._book.nodes[row.node.id]
