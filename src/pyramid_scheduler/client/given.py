"""What callers give: read before a store is asked, whose driver would say something else."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyramid_scheduler.errors import InvalidValue, UnknownSchedule, nearest
from pyramid_scheduler.instants import micros, moment, read_duration, read_instant, read_zone
from pyramid_scheduler.model import RunState, Schedule
from pyramid_scheduler.reading import read_text
from pyramid_scheduler.rules.planning import between
from pyramid_scheduler.showing import shown

LONGEST = 500
SHORT = 200
NOTE = 2_000


def read_given(value: object, what: str) -> str:
    """Return ``value``, which is to name a schedule or a run.

    Raises InvalidValue for what cannot be the name of anything.
    """
    if not isinstance(value, str):
        raise InvalidValue(f"{what}: a name or id is a str, not a {type(value).__qualname__}")
    if len(value) > LONGEST or not value.isprintable():
        raise InvalidValue(f"{what}: {value!r:.50} is no name or id: they are printable and short")
    return value


def read_short(value: object, where: str, most: int = SHORT) -> str:
    """Return a text of at most ``most`` characters. Raises InvalidValue."""
    text = read_text(value, where)
    if len(text) > most:
        raise InvalidValue(f"{where}: {shown(text)} has {len(text):,} characters; {most:,} may be")
    return text


def read_coming(value: datetime | str | None, zone: ZoneInfo, where: str, now: int) -> int | None:
    """Return the instant ``value``, None for none, in us. Raises InvalidValue for one that is past.

    ``now`` is in us, too.
    """
    if value is None:
        return None
    instant = micros(read_instant(value, zone, where))
    if instant <= now:
        raise InvalidValue(f"{where}: {moment(instant)} has passed")
    return instant


def read_many(value: object) -> list[dict[str, Any]]:
    """Return schedules, each a dict of arguments with a ``task``. Raises InvalidValue."""
    if not isinstance(value, Iterable):
        raise InvalidValue(f"schedule_many: {shown(value)} is not a list of dicts")
    given = list(value)
    for one in given:
        names = one if isinstance(one, dict) else ()
        if "task" not in names or not all(isinstance(name, str) for name in names):
            raise InvalidValue(
                f"schedule_many: {shown(one)} is not a dict of the arguments of schedule, with a"
                " 'task'"
            )
    return given


def read_timeout(value: object, where: str) -> float:
    """Return ``value``, a duration or 0, in seconds. Raises InvalidValue."""
    return 0.0 if value == 0 else read_duration(value, where).total_seconds()


def read_state(state: RunState | str | None) -> RunState | None:
    """Return the state that ``state`` is or names, None for None. Raises InvalidValue."""
    try:
        return None if state is None else RunState(state)
    except ValueError:
        allowed = ", ".join(RunState)
        hint = nearest(state, RunState) if isinstance(state, str) else ""
        raise InvalidValue(f"runs: state: {shown(state)} is none of {allowed}{hint}") from None


def read_limit(limit: object, where: str) -> int:
    """Return a whole number from 1 to 10,000. Raises InvalidValue."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 10_000:
        raise InvalidValue(f"{where}: {shown(limit)} is not a whole number from 1 to 10,000")
    return limit


def unknown_schedule(schedule: str, known: Iterable[str]) -> UnknownSchedule:
    """Return the error about a name that is none of those ``known``."""
    return UnknownSchedule(f"no schedule is named {schedule!r}{nearest(schedule, known)}")


def find_schedule(name: str, known: Sequence[Schedule]) -> Schedule:
    """Return the schedule called ``name`` among those ``known``. Raises UnknownSchedule."""
    read_given(name, "schedule")
    for one in known:
        if one.name == name:
            return one
    raise unknown_schedule(name, [one.name for one in known])


def read_past(
    schedule: Schedule, start: datetime | str, end: datetime | str, most: int
) -> list[int]:
    """Return the fire times of ``schedule`` between two instants.

    Raises InvalidValue: the end is before the start, or there are more than ``most``.
    """
    zone = read_zone(schedule.definition.timezone, "backfill")
    first, last = (
        micros(read_instant(value, zone, f"backfill: {name}"))
        for name, value in (("start", start), ("end", end))
    )
    if last < first:
        raise InvalidValue(f"backfill: end {moment(last)} is before start {moment(first)}")
    fires = between(schedule, first, last, most + 1)
    if len(fires) > most:
        raise InvalidValue(
            f"backfill: {schedule.name!r} has more than {most:,} fire times between"
            f" {moment(first)} and {moment(last)}: say a shorter span, or limit="
        )
    return fires
