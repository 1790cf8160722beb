"""What the tests of triggers ask of all of them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import strategies as st

from pyramid_scheduler import triggers
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import EPOCH, SECOND, micros, moment
from pyramid_scheduler.model import Trigger
from pyramid_scheduler.triggers import dump_trigger, load_trigger

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)  # a Tuesday

moments = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


class Asked(Trigger):
    """Fires every so many seconds, and counts how often it was asked: a bound without a clock."""

    kind = "tests-asked"

    def __init__(self, seconds: int, phase: int = 0) -> None:
        self.every, self.phase, self.times = seconds * SECOND, phase, 0

    def next_instant(self, after: int) -> int:
        self.times += 1
        return after + self.every - (after - self.phase) % self.every

    def next(self, after: datetime) -> datetime:
        return moment(self.next_instant(micros(after)))

    def as_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Asked":
        return cls(**data)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def fires(trigger: Trigger, after: datetime, count: int) -> list[datetime]:
    """The next ``count`` fire times, or all if there are fewer; each later than the one before."""
    found: list[datetime] = []
    while len(found) < count:
        fire = trigger.next(found[-1] if found else after)
        if fire is None:
            break
        found.append(fire)
    assert all(one < other for one, other in pairwise([after, *found]))
    return found


def shown(trigger: Trigger, after: datetime, count: int) -> list[str]:
    """The same as the trigger's zone shows them."""
    return [f"{fire:%a %Y-%m-%d %H:%M}" for fire in fires(trigger, after, count)]


def holds(trigger: Trigger, after: datetime) -> datetime | None:
    """What every trigger promises at ``after``; returns its next fire time."""
    fire = trigger.next(after)
    instant = trigger.next_instant(micros(after))
    assert instant == (None if fire is None else micros(fire))
    with pytest.raises(InvalidValue, match="after"):
        trigger.next("now")  # type: ignore[arg-type]
    if fire is not None:
        assert fire > after
        assert fire.utcoffset() is not None
        # Nothing between is passed over, and what is later never comes sooner.
        assert trigger.next(after + (fire - after) / 2) == fire
        later = trigger.next(fire)
        assert later is None or later > fire
    return fire


def is_a_value(trigger: Trigger) -> None:
    """What every trigger promises whenever it is asked."""
    again = load_trigger(dump_trigger(trigger))
    assert again == trigger
    assert hash(again) == hash(trigger)
    assert dump_trigger(again) == dump_trigger(trigger)
    assert repr(again) == repr(trigger)
    assert trigger.anchored(EPOCH).anchored(NOON) == trigger.anchored(EPOCH)
    assert trigger.describe()


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def eval_as_written(written: str) -> Any:
    """What an application gets that writes a trigger as it is shown."""
    return eval(written, vars(triggers))
