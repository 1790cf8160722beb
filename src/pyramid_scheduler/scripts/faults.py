"""Triggers that raise or do not go on, found by asking them: an engine leaves their schedules."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.instants import micros
from pyramid_scheduler.model import Definition, Schedule
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.rules.planning import Standing, first_fire, following
from pyramid_scheduler.scripts.problems import problem


class _Declared(NamedTuple):
    """A schedule as it will stand when it is declared: what planning asks of one."""

    definition: Definition
    anchor: int
    next_fire: int | None


def declared_now(definition: Definition) -> Standing:
    """Return how a schedule stands that is declared now.

    Raises FaultyTrigger, be it at the first fire time or at the one behind it.
    """
    now = micros(datetime.now(UTC))
    schedule = _Declared(definition, now, first_fire(definition, now))
    _ask(schedule)
    return schedule


def faults(declared: Declarations, stored: Iterable[Schedule] = ()) -> list[str]:
    """Return a line for each faulty trigger: of what the store has, and of what code declares."""
    asking: dict[str, Callable[[], object]] = {
        name: partial(declared_now, each) for name, each in sorted(declared.definitions.items())
    }
    asking |= {each.name: partial(_ask, each) for each in stored}
    return [fault for ask in asking.values() if (fault := _fault(ask))]


def _fault(ask: Callable[[], object]) -> str:
    try:
        ask()
    except FaultyTrigger as error:
        return problem(error)
    return ""


def _ask(schedule: Standing) -> None:
    if schedule.next_fire is not None:
        following(schedule, schedule.next_fire)
