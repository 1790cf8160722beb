"""Our stores of SQL, filled as the tests fill them, faster than any application could."""

from typing import Any

from sqlalchemy import text

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
        "analyze",
    ):
        with store._database.write() as connection:
            connection.execute(text(statement))
