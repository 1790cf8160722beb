"""Our stores of SQL, filled as the tests fill them, faster than any application could."""

import os
import sqlite3
from contextlib import closing
from typing import Any

from sqlalchemy import text

from benchmarks.contenders import ADDRESS
from benchmarks.schemas import execute
from pyramid_scheduler.instants import SECOND, moment
from pyramid_scheduler.model import Definition
from pyramid_scheduler.triggers import OnceTrigger
from tests.stores.filling import Filling

TASK = "job"
HOUR = 3600 * SECOND


def fill(store: Any, schedules: int, runs: int) -> None:
    """Add schedules that are due in an hour or later, and runs of theirs that have ended."""
    kind = store.address.partition(":")[0]
    now = store.now()
    # Only one of a hundred is due by the time that the template is.
    trigger = OnceTrigger(moment(now + HOUR + schedules // 100 * SECOND))
    template = Definition(name="template", task=TASK, trigger=trigger)
    store.put_schedule([template], replace=False)
    filling = Filling(kind, schedules, now)
    for statement in (
        *filling.of_schedules(),
        *filling.of_runs("succeeded", "s", runs),
        "delete from scheduler_schedule where name = 'template'",
    ):
        with store._database.write() as connection:
            connection.execute(text(statement))
    _settle(store, kind)


def _settle(store: Any, kind: str) -> None:
    """Do at once what the database would do later, while it is measured.

    SQLite counts nothing by itself, and no application of ours asks it to.
    """
    if kind == "postgresql":
        for statement in ("vacuum analyze", "checkpoint"):
            execute(os.environ[ADDRESS], statement)
    else:
        with closing(sqlite3.connect(store._database.dialect.path)) as connection:
            connection.execute("pragma wal_checkpoint(truncate)")
