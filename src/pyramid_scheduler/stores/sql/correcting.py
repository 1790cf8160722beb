"""Next fire times that time zones or calendars have moved, put right page by page.

Nothing is locked while triggers are asked: that takes seconds where there are many schedules. What
was read has to stand yet when a next fire time is written.
"""

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.instants import moment
from pyramid_scheduler.model import Schedule
from pyramid_scheduler.rules.correcting import corrected
from pyramid_scheduler.stores.sql.numbers import revise
from pyramid_scheduler.stores.sql.rows import leave_alone, readable_schedule
from pyramid_scheduler.stores.sql.schema import schedule

log = logging.getLogger("pyramid_scheduler")

PAGE = 1000
_CIVIL = (
    select(schedule)
    .where(
        schedule.c.civil,
        schedule.c.wake.is_not(None),
        schedule.c.name > bindparam("last"),
    )
    .order_by(schedule.c.name)
    .limit(bindparam("page"))
)
_MOVE = (
    update(schedule)
    .where(
        schedule.c.name == bindparam("of"),
        schedule.c.definition == bindparam("defined"),
        schedule.c.next_fire == bindparam("expected"),
        schedule.c.wake == bindparam("woke"),
        schedule.c.paused_at.is_not_distinct_from(bindparam("paused")),
    )
    .values(next_fire=bindparam("to"), wake=bindparam("to_wake"))
)


def civil_page(connection: Connection, last: str) -> Sequence[Row[Any]]:
    """Return the next schedules, after the one named ``last``, whose rules people change."""
    return connection.execute(_CIVIL, {"last": last, "page": PAGE}).all()


def moved(page: Sequence[Row[Any]], now: int) -> list[tuple[Row[Any], Schedule]]:
    """Return those of ``page`` whose next fire time today's rules put elsewhere, and where."""
    found = []
    for row in page:
        known = readable_schedule(row)
        try:
            right = None if known is None else corrected(known, now)
        except FaultyTrigger as error:
            leave_alone(row.name, error)
            continue
        if right is not None:
            found.append((row, right))
    return found


def move(connection: Connection, found: Sequence[tuple[Row[Any], Schedule]]) -> list[str]:
    """Write what :func:`moved` has found, where nobody was faster; return whose that is."""
    written = [(row, right) for row, right in found if _move(connection, row, right)]
    for row, right in written:
        log.warning(
            "schedule %s: by today's time zone rules and calendars its next fire time is %s,"
            " not %s", row.name, right.next_fire_time, moment(row.next_fire),
        )  # fmt: skip
    if written:
        revise(connection)
    return [row.name for row, _ in written]


def _move(connection: Connection, row: Row[Any], right: Schedule) -> bool:
    values = {
        "of": row.name,
        "defined": row.definition,
        "expected": row.next_fire,
        "woke": row.wake,
        "paused": row.paused_at,
        "to": right.next_fire,
        "to_wake": right.wake,
    }
    return connection.execute(_MOVE, values).rowcount == 1
