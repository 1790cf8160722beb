"""What the database keeps of a definition: every field, so that no option is lost in it."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pyramid_scheduler.model import Definition, Misfire, Overlap
from pyramid_scheduler.stores.sql.rows import dump_definition, load_definition
from pyramid_scheduler.triggers import IntervalTrigger

PLAIN = Definition(name="a", task="t", trigger=IntervalTrigger(10))

# For each field of a definition another value than PLAIN has.
OTHER: dict[str, Any] = {
    "name": "b",
    "task": "u",
    "trigger": IntervalTrigger("1h"),
    "arguments": "[[1],{}]",
    "timezone": "Asia/Seoul",
    "start": datetime(2030, 1, 2, 3, 4, 5, 6, UTC),
    "end": datetime(2031, 1, 2, 3, 4, 5, 6, UTC),
    "misfire": Misfire.ALL,
    "grace": timedelta(seconds=1, microseconds=2),
    "catch_up": 7,
    "overlap": Overlap.QUEUE,
    "pause_after": 3,
    "enabled": False,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Definition)])
def test_every_field_is_kept_and_told_apart(name: str) -> None:
    assert name in OTHER, "a new field: give it another value here, and carry it in rows.py"
    other = replace(PLAIN, **{name: OTHER[name]})
    assert other != PLAIN
    assert load_definition(dump_definition(other)) == other
    assert dump_definition(other) != dump_definition(PLAIN)


def test_a_start_that_is_now_is_kept() -> None:
    now = replace(PLAIN, start="now")
    assert load_definition(dump_definition(now)) == now
