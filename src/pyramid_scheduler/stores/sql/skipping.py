"""Writing skipped fire times: neighbours of one schedule for one reason are one row."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, insert, update

from pyramid_scheduler.model import Skip
from pyramid_scheduler.stores.sql.schema import skip

_EXTEND = (
    update(skip)
    .where(
        and_(
            skip.c.schedule == bindparam("of"),
            skip.c.reason == bindparam("why"),
            skip.c.last == bindparam("before"),
        )
    )
    .values(
        last=bindparam("to"),
        count=skip.c["count"] + bindparam("more"),
        exact=and_(skip.c.exact, bindparam("is_exact")),
    )
)


def write_skips(connection: Connection, last_fire: int | None, skips: Sequence[Skip]) -> None:
    """Write ``skips`` of one schedule, whose last fire time dealt with was ``last_fire``.

    The first of them that follows directly on a row of the same reason extends that row.
    """
    for one in skips:
        if not _extend(connection, last_fire, one):
            connection.execute(
                insert(skip).values(
                    schedule=one.schedule,
                    reason=one.reason,
                    first=one.first,
                    last=one.last,
                    count=one.count,
                    exact=one.exact,
                )
            )
        last_fire = one.last


def _extend(connection: Connection, last_fire: int | None, one: Skip) -> bool:
    if last_fire is None:
        return False
    values = {
        "of": one.schedule,
        "why": one.reason,
        "before": last_fire,
        "to": one.last,
        "more": one.count,
        "is_exact": one.exact,
    }
    return connection.execute(_EXTEND, values).rowcount == 1
