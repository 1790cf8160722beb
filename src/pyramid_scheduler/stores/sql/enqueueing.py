"""Runs that are owed to no fire time: asked for, or the next of a chain."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from pyramid_scheduler.model import Follow, NewRun, OnCrash, Reason
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.limiting import equal_run
from pyramid_scheduler.stores.sql.locking import wait_for_limits
from pyramid_scheduler.stores.sql.many import write_rows
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.schema import run


def enqueue(connection: Connection, dialect: Dialect, runs: Sequence[NewRun]) -> None:
    """Add ``runs``; one whose id is there already is left alone, one that equals another skipped.

    Of those who ask for equal ones at once, each sees what the one before it has written.
    """
    if not runs:
        return
    hold_unique(connection, dialect, runs)
    rows: list[dict[str, Any]] = []
    new: dict[str, str] = {}
    for one in runs:
        row = row_of(one)
        if one.unique is not None:
            equal = new.get(one.unique.same) or equal_run(connection, one.unique, one.due)
            if equal is None:
                new[one.unique.same] = one.run_id
            else:
                row |= _skipped(equal, one.due)
        rows.append(row)
    write_rows(connection, dialect.insert_new(run), rows)
    revise(connection)


def hold_unique(
    connection: Connection, dialect: Dialect, runs: Iterable[NewRun] | Iterable[Follow]
) -> None:
    """Hold the limits of those tasks whose runs are compared, waiting for who has them."""
    wait_for_limits(connection, dialect, unique_tasks(runs))


def unique_tasks(runs: Iterable[NewRun] | Iterable[Follow]) -> set[str]:
    """Return the tasks of those ``runs`` that are compared with others."""
    return {one.task for one in runs if one.unique is not None}


def row_of(one: NewRun) -> dict[str, Any]:
    """Return the row of a run that waits."""
    return {
        "id": one.run_id,
        "kind": one.kind.value,
        "task": one.task,
        "fire_time": one.due,
        "due": one.due,
        "state": "pending",
        "reason": None,
        "attempt": 0,
        "crashes": 0,
        "token": 0,
        "finished_at": None,
        "stop_requested": False,
        # The node that claims it knows its task, and says what holds.
        "on_crash": OnCrash.RETRY.value,
        "max_crashes": 1,
        "serial": False,
        "arguments": one.arguments,
        "key": one.key,
        "same": None if one.unique is None else one.unique.same,
        "equals": None,
    }


def _skipped(equal: str, at: int) -> dict[str, Any]:
    """Return what is otherwise with a run that equals the one whose id is ``equal``."""
    skipped = {"state": "skipped", "reason": Reason.UNIQUE, "finished_at": at, "equals": equal}
    return {**skipped, "same": None}
