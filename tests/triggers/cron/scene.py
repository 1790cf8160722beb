"""Short ways to ask a cron trigger."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from pyramid_scheduler.triggers import CronTrigger


def at(text: str) -> datetime:
    """The instant that an ISO text says; without an offset it is in UTC."""
    said = datetime.fromisoformat(text)
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def chain(trigger: CronTrigger, start: datetime) -> Iterator[datetime]:
    """The fire times after ``start``, one asked for after the other."""
    fire = trigger.next(start)
    while fire is not None:
        yield fire
        fire = trigger.next(fire)


def shown(expression: str, start: str, count: int, **options: Any) -> list[str]:
    """The first fire times after ``start``, to the second, with their offsets."""
    fires = chain(CronTrigger(expression, **options), at(start))
    return [fire.isoformat(" ") for fire in islice(fires, count)]


def days(expression: str, start: str, count: int) -> list[str]:
    """The days of the first fire times after ``start``, in UTC."""
    return [fire[:10] for fire in shown(expression, start, count)]
