"""The kinds of trigger that a row may name."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import pytest

from pyramid_scheduler.errors import InvalidValue, UnknownName
from pyramid_scheduler.model import Trigger
from pyramid_scheduler.triggers import IntervalTrigger, dump_trigger, load_trigger, register
from pyramid_scheduler.triggers.kinds import is_registered


@dataclass(frozen=True)
class Never(Trigger):
    """Fires never."""

    kind = "tests-never"

    def next(self, after: datetime) -> datetime | None:
        return None

    def as_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls()


def test_a_trigger_is_written_with_its_kind() -> None:
    written = dump_trigger(IntervalTrigger(timedelta(seconds=10)))
    assert written == {"kind": "interval", "every": 10_000_000, "anchor": None}
    assert load_trigger(written) == IntervalTrigger(timedelta(seconds=10))


def test_reading_leaves_what_was_written_as_it_is() -> None:
    written = dump_trigger(IntervalTrigger(timedelta(seconds=10)))
    load_trigger(written)
    assert written["kind"] == "interval"


@pytest.mark.parametrize("kind", ["intervall", "os:system", "builtins.eval", ""])
def test_a_row_that_names_anything_else_runs_nothing(kind: str) -> None:
    with pytest.raises(UnknownName, match="no trigger is of kind"):
        load_trigger({"kind": kind, "every": 1})


def test_a_name_that_is_nearly_right_gets_a_hint() -> None:
    with pytest.raises(UnknownName, match="did you mean 'interval'"):
        load_trigger({"kind": "intervall"})


def test_a_trigger_of_ones_own_is_known_once_it_is_registered() -> None:
    assert not is_registered(Never())
    assert register(Never) is Never
    assert is_registered(Never())
    assert load_trigger(dump_trigger(Never())) == Never()
    assert register(Never) is Never, "a module that is loaded anew registers again"


def test_two_triggers_of_one_kind_are_refused() -> None:
    class Impostor(Never):
        kind = "interval"

    with pytest.raises(InvalidValue, match="two triggers are of kind 'interval'"):
        register(Impostor)
    assert isinstance(load_trigger({"kind": "interval", "every": 10**6, "anchor": None}),
                      IntervalTrigger)  # fmt: skip
