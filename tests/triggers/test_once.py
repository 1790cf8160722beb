"""Once, at an instant."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.triggers import OnceTrigger, dump_trigger, load_trigger

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    [
        NOON,
        datetime(2030, 1, 1, 21, tzinfo=timezone(timedelta(hours=9))),
        datetime(2030, 1, 1, 12),  # noqa: DTZ001
        "2030-01-01T12:00:00+00:00",
        "2030-01-01T12:00:00Z",
        "2030-01-01 12:00",
        "2030-01-01T21:00+09:00",
        "2030-01-01T12:00:00.000000",
    ],
)
def test_what_may_be_said(said: Any) -> None:
    trigger = OnceTrigger(said)
    assert trigger.at == NOON
    assert trigger.at.tzinfo is UTC


@pytest.mark.parametrize(
    "said", ["12:00", "2030-01-01", date(2030, 1, 1), None, True, 5, "", "soon", NOON.time()]
)
def test_what_may_not_be_said_is_one_clear_error(said: Any) -> None:
    with pytest.raises(InvalidValue, match="at: "):
        OnceTrigger(said)


def test_it_fires_once() -> None:
    trigger = OnceTrigger(NOON)
    assert trigger.next(NOON - timedelta(microseconds=1)) == NOON
    assert trigger.next(NOON) is None
    assert trigger.next(NOON + timedelta(days=1)) is None


@pytest.mark.parametrize("declared", [NOON - timedelta(days=1), NOON, NOON + timedelta(days=1)])
def test_it_is_owed_although_it_has_passed_when_it_is_declared(declared: datetime) -> None:
    assert OnceTrigger(NOON).first(declared) == NOON


def test_an_anchor_means_nothing_to_it() -> None:
    assert OnceTrigger(NOON).anchored(NOON + timedelta(days=1)) == OnceTrigger(NOON)


def test_it_comes_back_from_json_as_it_was() -> None:
    trigger = OnceTrigger(NOON + timedelta(microseconds=1))
    assert load_trigger(dump_trigger(trigger)) == trigger
