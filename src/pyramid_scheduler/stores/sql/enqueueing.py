"""Runs that are owed to no fire time: asked for, or the next of a chain."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from pyramid_scheduler.model import NewRun, OnCrash
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.schema import run


def enqueue(connection: Connection, dialect: Dialect, runs: Sequence[NewRun]) -> None:
    """Add ``runs``; one whose id is there already is left alone."""
    if not runs:
        return
    connection.execute(dialect.insert_new(run), [row_of(one) for one in runs])
    revise(connection)


def row_of(one: NewRun) -> dict[str, Any]:
    """Return the row of a run that waits."""
    return {
        "id": one.run_id,
        "kind": one.kind.value,
        "task": one.task,
        "fire_time": one.due,
        "due": one.due,
        "state": "pending",
        "attempt": 0,
        "crashes": 0,
        "token": 0,
        "stop_requested": False,
        # The node that claims it knows its task, and says what holds.
        "on_crash": OnCrash.RETRY.value,
        "max_crashes": 1,
        "serial": False,
        "arguments": one.arguments,
    }
