"""Pausing a schedule whose runs fail, with the end of the last of them."""

import logging
from heapq import nlargest

from pyramid_scheduler.model import Kind, RunState
from pyramid_scheduler.rules.definitions import paused
from pyramid_scheduler.rules.pausing import TELLING, has_failed, pause_of_failures
from pyramid_scheduler.stores.memory.book import Book
from pyramid_scheduler.stores.memory.rows import RunRow, Series

log = logging.getLogger("pyramid_scheduler")


def pause_failing(book: Book, run: RunRow, now: int) -> bool:
    """Pause the schedule of ``run`` if that failed once too often in a row; return whether."""
    series = run.series
    if series is None or run.state is not RunState.FAILED or run.kind is not Kind.SCHEDULED:
        return False
    row = series.row
    count = None if row is None else row.definition.pause_after
    if row is None or count is None or row.pause is not None:
        return False
    since = row.anchor - 1 if row.resumed is None else row.resumed
    if not has_failed(_newest(series, since, count), count):
        return False
    why = pause_of_failures(count, run.id, run.error, now)
    book.put(series, paused(row.frozen(), why), now)
    book.revision += 1
    log.error("schedule %s is paused: %s", series.name, why.note)
    return True


def _newest(series: Series, since: int, count: int) -> list[RunState]:
    own = (
        (fire, run.state)
        for fire, run in series.runs.items()
        if fire > since and run.kind is Kind.SCHEDULED and run.state in TELLING
    )
    return [state for _, state in nlargest(count, own)]
