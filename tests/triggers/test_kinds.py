"""The kinds of trigger that a row may name."""

import pkgutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Self

import pytest

from pyramid_scheduler import triggers
from pyramid_scheduler.errors import InvalidValue, UnknownName
from pyramid_scheduler.model import Trigger
from pyramid_scheduler.triggers import IntervalTrigger, dump_trigger, load_trigger, register
from pyramid_scheduler.triggers.kinds import find_kind, is_registered


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


def kinds_of_ours() -> dict[str, str]:
    """The kind of each trigger that a module of ours defines, with that module."""
    for module in pkgutil.walk_packages(triggers.__path__, f"{triggers.__name__}."):
        import_module(module.name)
    found, seen = {}, [Trigger]
    for base in seen:
        seen += base.__subclasses__()
        if base.__module__.startswith(triggers.__name__) and hasattr(base, "kind"):
            found[base.kind] = base.__module__
    return found


@pytest.mark.parametrize(("kind", "module"), sorted(kinds_of_ours().items()))
def test_each_kind_is_found_by_a_process_that_has_loaded_none(kind: str, module: str) -> None:
    program = (
        "from pyramid_scheduler.triggers.kinds import find_kind\n"
        f"print(find_kind({kind!r}).__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == f"{module}\n"
    assert find_kind(kind).kind == kind


def test_ones_own_trigger_cannot_take_a_kind_of_ours_that_was_not_loaded() -> None:
    program = (
        "from pyramid_scheduler.model import Trigger\n"
        "from pyramid_scheduler.triggers import register\n"
        "register(type('Mine', (Trigger,), {'kind': 'cron'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert "InvalidValue: two triggers are of kind 'cron'" in done.stderr


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
