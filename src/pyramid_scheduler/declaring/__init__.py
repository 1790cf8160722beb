"""What may be said about a task and a schedule, and how it is read.

One table for each. Code, an ini file and a call at run time say the same options, so all three
are read here; nothing here knows Pyramid. An option that is None was not said.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pyramid_scheduler import triggers
from pyramid_scheduler.declaring.limiting import check_limits, read_key, read_rate
from pyramid_scheduler.declaring.retrying import read_backoff, read_errors
from pyramid_scheduler.declaring.when import TRIGGERS, InZone, Option
from pyramid_scheduler.errors import InvalidValue, UnknownName, nearest
from pyramid_scheduler.instants import LATEST, read_duration, read_instant, read_zone
from pyramid_scheduler.model import (
    Definition,
    Misfire,
    OnCrash,
    Overlap,
    Task,
    Trigger,
    UniqueBy,
)
from pyramid_scheduler.payload import dump_arguments
from pyramid_scheduler.reading import (
    read_bool,
    read_choice,
    read_count,
    read_list,
    read_name,
    read_object,
    read_schedule_id,
    read_task,
    read_text,
    read_words,
)
from pyramid_scheduler.registry import bind
from pyramid_scheduler.rules.limiting import key_of
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.calendars import check_calendars
from pyramid_scheduler.triggers.once import OnceTrigger

__all__ = [
    "SCHEDULE_OPTIONS",
    "TASK_OPTIONS",
    "TRIGGERS",
    "InZone",
    "Option",
    "When",
    "definition_from",
    "known_options",
    "read_task_options",
    "read_when",
    "with_calendars",
]


def _plain(read: Callable[..., Any], **limits: Any) -> Callable[[Any, str, ZoneInfo], Any]:
    """Return a reader for an option that has nothing to do with a time zone."""

    def read_plain(value: object, where: str, zone: ZoneInfo) -> Any:
        del zone
        return read(value, where, **limits)

    return read_plain


def _zone(value: object, where: str, zone: ZoneInfo) -> ZoneInfo:
    del zone
    return read_zone(value, where)


def _start(value: object, where: str, zone: ZoneInfo) -> datetime | Literal["now"]:
    if isinstance(value, str) and value.strip().lower() == "now":
        return "now"
    return read_instant(value, zone, where)


def _instant(value: object, where: str, zone: ZoneInfo) -> datetime:
    return read_instant(value, zone, where)


TASK_OPTIONS: Mapping[str, Option] = {
    "executor": Option(_plain(read_name), "where its runs are executed"),
    "on_crash": Option(
        _plain(read_choice, choices=OnCrash),
        "what becomes of a run whose node died: retry (at least once) or fail (at most once)",
    ),
    "priority": Option(
        _plain(read_count, least=0, most=100), "0 to 100: of what is due, the higher goes first"
    ),
    "max_running": Option(_plain(read_count), "how many of its runs may run at once, everywhere"),
    "rate": Option(
        _plain(read_rate), "how many may begin in any span of time: 100/minute, 5/10 seconds"
    ),
    "key": Option(
        _plain(read_key),
        "what makes a text of a run's arguments: max_running and rate then hold for each such text",
    ),
    "unique": Option(
        _plain(read_choice, choices=UniqueBy),
        "of runs with the same args, the same key, or of the whole task only one waits or runs",
    ),
    "unique_for": Option(
        _plain(read_duration), "for how long after one that succeeded an equal one is skipped"
    ),
    "max_crashes": Option(
        _plain(read_count), "after how many deaths of its node a run is failed as poison"
    ),
    "timeout": Option(
        _plain(read_duration),
        "how long an attempt may take: then it has failed, and is told to stop",
    ),
    "retries": Option(
        _plain(read_count, least=0, most=10_000),
        "how many attempts may follow the first one that failed",
    ),
    "retry_on": Option(_plain(read_errors), "which exceptions are worth another attempt"),
    "backoff": Option(
        _plain(read_backoff), "how long after a failure: 30s, exponential 5s up to 10m with jitter"
    ),
    "then": Option(
        _plain(read_task), "the task that is run with the result when a run has succeeded"
    ),
    "on_failure": Option(
        _plain(read_task), "the task that is run with the error when a run has failed for good"
    ),
    "request": Option(
        _plain(read_bool),
        "whether its first parameter is given the request; else: whether it is named so",
    ),
    "transactional": Option(
        _plain(read_bool),
        "whether the transaction of its request writes how the run ends: its effect comes once",
    ),
    "tags": Option(_plain(read_words), "words to find it by"),
    "description": Option(_plain(read_text), "what it is for, in a sentence"),
}

SCHEDULE_OPTIONS: Mapping[str, Option] = {
    **TRIGGERS,
    "timezone": Option(_zone, "the zone in which naive instants are read and calendars counted"),
    "start": Option(_start, "nothing fires before this instant; 'now' fires at once"),
    "end": Option(_instant, "nothing fires after this instant"),
    "misfire": Option(_plain(read_choice, choices=Misfire), "which of several owed fire times run"),
    "grace": Option(_plain(read_duration), "how late a fire time may still run"),
    "catch_up": Option(
        _plain(read_count, most=1000), "how many owed fire times run with misfire='all'"
    ),
    "overlap": Option(
        _plain(read_choice, choices=Overlap), "what becomes of one while an earlier run goes on"
    ),
    "pause_after": Option(_plain(read_count), "after how many failures in a row it is paused"),
    "args": Option(_plain(read_list), "the positional arguments of its runs"),
    "kwargs": Option(_plain(read_object), "the named arguments of its runs"),
    "enabled": Option(_plain(read_bool), "whether it fires at all"),
}
# Who asks at run time may say a duration instead of a trigger.
_ASKED_OPTIONS: Mapping[str, Option] = {
    **SCHEDULE_OPTIONS,
    "after": Option(_plain(read_duration), "fires once, so long from now"),
}
_TRIGGERS = tuple(TRIGGERS)
_ASKED_TRIGGERS = (*TRIGGERS, "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A schedule as it was said: every option read, but not yet tied to a task.

    ``fields`` are those of :class:`~pyramid_scheduler.model.Definition` that were said, with the
    trigger and the zone; ``arguments`` is ``args`` and ``kwargs`` as JSON.
    """

    fields: Mapping[str, Any]
    args: list[Any]
    kwargs: dict[str, Any]
    arguments: str

    def tie(self, name: str, task: Task, where: str) -> Definition:
        """Return the definition of the schedule ``name`` of ``task``.

        Raises InvalidArguments: the arguments do not fit the task's signature. InvalidValue: the
        trigger cannot have that name, or the task's ``key`` makes nothing of the arguments.
        """
        arguments = bind(task, self.args, self.kwargs, where)
        try:
            trigger = self.fields["trigger"].named(name)
        except InvalidValue as error:
            raise InvalidValue(f"{where}: trigger: {error}") from None
        key_of(task, arguments, where)  # what the arguments make no key of is refused at once
        fields = {**self.fields, "trigger": trigger}
        return Definition(name=name, task=task.name, arguments=arguments, **fields)


def definition_from(
    *,
    name: str,
    task: Task,
    options: Mapping[str, object],
    zone: ZoneInfo,
    where: str,
    now: datetime | None = None,
) -> Definition:
    """Return the definition of a schedule of ``task`` that ``options`` describe.

    ``zone`` is that of a schedule which names none. Given ``now``, the option ``after`` may say a
    duration from then instead of a trigger. ``where`` begins every message.

    Raises InvalidValue, InvalidPayload, InvalidArguments.
    """
    checked = read_schedule_id(name, where)
    return with_calendars(read_when(options, zone, where, now).tie(checked, task, where), where)


def with_calendars(definition: Definition, where: str) -> Definition:
    """Return ``definition``, once every calendar of its trigger is declared.

    Asked at last: an application may declare a calendar after the schedule.

    Raises InvalidValue.
    """
    try:
        check_calendars(definition.trigger)
    except (InvalidValue, UnknownName) as error:
        raise InvalidValue(f"{where}: trigger: {error}") from None
    return definition


def read_when(
    options: Mapping[str, object], zone: ZoneInfo, where: str, now: datetime | None = None
) -> When:
    """Return what ``options`` say about when; arguments as :func:`definition_from` has them."""
    table = SCHEDULE_OPTIONS if now is None else _ASKED_OPTIONS
    said = known_options(options, table, where, "" if now is None else ", id, replace")
    zone = read_zone(said.pop("timezone", zone), f"{where}: timezone")
    read = {key: table[key].read(value, f"{where}: {key}", zone) for key, value in said.items()}
    if now is not None and "after" in read:
        read["after"] = _later(now, read["after"], f"{where}: after")
    trigger = _only_trigger(read, _TRIGGERS if now is None else _ASKED_TRIGGERS, where)
    if isinstance(read.get("start"), datetime) and isinstance(trigger, triggers.RRuleTrigger):
        trigger = trigger.counted_from(read["start"])
    args, kwargs = read.pop("args", []), read.pop("kwargs", {})
    fields = {**read, "trigger": trigger, "timezone": zone.key}
    _check_span(fields, where)
    return When(
        fields=fields, args=args, kwargs=kwargs, arguments=dump_arguments(args, kwargs, where)
    )


def read_task_options(options: Mapping[str, object], where: str) -> dict[str, Any]:
    """Return what ``options`` say about how a task runs, each read, those unsaid left out."""
    said = known_options(options, TASK_OPTIONS, where)
    read = {
        key: TASK_OPTIONS[key].read(value, f"{where}: {key}", _UTC) for key, value in said.items()
    }
    check_limits(read, where)
    return read


_UTC = ZoneInfo("UTC")
# What other libraries call it.
_ELSEWHERE = {"tz": "timezone", "zone": "timezone", "until": "end", "end_date": "end"}


def known_options(
    options: Mapping[str, object], table: Mapping[str, Any], where: str, more: str = ""
) -> dict[str, Any]:
    """Return those of ``options`` that were said.

    Raises InvalidValue: one is not in ``table``; the nearest that is, is named, and ``more`` that
    the caller takes itself.
    """
    for key in options:
        if key not in table:
            hint = nearest(_ELSEWHERE.get(key, key), table)
            raise InvalidValue(
                f"{where}: there is no option {shown(key)}{hint}"
                f" (allowed are {', '.join(table)}{more})"
            )
    return {key: value for key, value in options.items() if value is not None}


def _later(now: datetime, duration: timedelta, where: str) -> Trigger:
    if duration > LATEST - now:
        raise InvalidValue(f"{where}: {duration.days} days from now is outside the years 1 to 9999")
    return OnceTrigger(now + duration)


def _only_trigger(read: dict[str, Any], names: Sequence[str], where: str) -> Trigger:
    """Take the one trigger out of what was read."""
    said = [name for name in names if name in read]
    if len(said) != 1:
        got = " and ".join(f"{name}=" for name in said) or "none of them"
        allowed = ", ".join(f"{name}=" for name in names)
        raise InvalidValue(f"{where}: give exactly one of {allowed} to say when; it has {got}")
    trigger: Trigger = read.pop(said[0])
    return trigger


def _check_span(fields: Mapping[str, Any], where: str) -> None:
    start, end, trigger = fields.get("start"), fields.get("end"), fields["trigger"]
    if isinstance(start, datetime) and end is not None and end < start:
        raise InvalidValue(f"{where}: end {end} is before start {start}")
    if isinstance(trigger, OnceTrigger):
        early = isinstance(start, datetime) and trigger.at < start
        if early or (end is not None and trigger.at > end):
            raise InvalidValue(f"{where}: at {trigger.at} is outside start and end: it never fires")
