"""How it may be said when something runs: the options that say a trigger, each read into one."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, NamedTuple, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from pyramid_scheduler import triggers  # each kind is loaded by the first who says it
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import read_instant
from pyramid_scheduler.model import Trigger
from pyramid_scheduler.reading import read_object, read_text
from pyramid_scheduler.showing import shortened, shown
from pyramid_scheduler.triggers.kinds import is_registered, load_trigger

# A cron line has an asterisk in it, or is a nickname, or begins with two numbers or an H for one as
# no phrase of so many words does.
_HAND = r"([0-9]|H(?![a-z]))\S*"
_CRON = re.compile(rf"@|.*\*|{_HAND}\s+{_HAND}(\s+\S+){{3}}", re.ASCII | re.DOTALL | re.IGNORECASE)
_PHRASE = re.compile(r"every|at|on", re.IGNORECASE)


@runtime_checkable
class InZone(Protocol):
    """A trigger that was said without a zone: it is made when that of its schedule is known."""

    def in_zone(self, zone: ZoneInfo) -> Trigger:
        """Return the trigger. Raises InvalidValue."""
        ...


class Option(NamedTuple):
    """How an option is read, given the value, the place and the zone; and what it says."""

    read: Callable[[Any, str, ZoneInfo], Any]
    doc: str


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Have what a trigger refuses begin with the place instead of the trigger's kind."""
    try:
        yield
    except InvalidValue as error:
        reason = re.sub(r"^(cron|interval|phrase|rrule): ", "", str(error))
        raise InvalidValue(f"{where}: {reason}") from None


def _when(value: object, where: str, zone: ZoneInfo) -> Trigger:
    if isinstance(value, Trigger):
        return _trigger(value, where, zone)
    text = read_text(value, where)
    with _told(where):
        if _CRON.match(text[:1000].lstrip()):
            return triggers.CronTrigger(text, timezone=zone)
        return triggers.parse_phrase(text, zone)


def _interval(value: Any, where: str, zone: ZoneInfo) -> Trigger:
    del zone
    with _told(where):
        return triggers.IntervalTrigger(value)


def _every(value: object, where: str, zone: ZoneInfo) -> Trigger:
    if isinstance(value, int | float | timedelta):
        return _interval(value, where, zone)
    text = read_text(value, where).strip()
    with suppress(InvalidValue):
        return triggers.IntervalTrigger(text)
    with _told(where):
        return triggers.parse_phrase(text if _PHRASE.match(text) else f"every {text}", zone)


def _cron(value: object, where: str, zone: ZoneInfo) -> Trigger:
    with _told(where):
        return triggers.CronTrigger(read_text(value, where), timezone=zone)


def _rrule(value: object, where: str, zone: ZoneInfo) -> Trigger:
    with _told(where):
        return triggers.RRuleTrigger(read_text(value, where), dtstart=None, timezone=zone)


def _at(value: object, where: str, zone: ZoneInfo) -> Trigger:
    return triggers.OnceTrigger(read_instant(value, zone, where))


def _trigger(value: object, where: str, zone: ZoneInfo) -> Trigger:
    if isinstance(value, str):
        value = _written_trigger(value, where)
    elif isinstance(value, InZone):
        value = value.in_zone(zone)
    if not isinstance(value, Trigger):
        raise InvalidValue(
            f"{where}: {shown(value)} is not a trigger: give one such as IntervalTrigger('90s'), or"
            " an instance of a subclass of pyramid_scheduler.Trigger that is decorated with"
            " @pyramid_scheduler.triggers.register"
        )
    if not is_registered(value):
        name = type(value).__qualname__
        raise InvalidValue(
            f"{where}: the store could not read a {name} back: decorate the class with"
            " @pyramid_scheduler.triggers.register and give it a kind of its own"
        )
    return value


def _written_trigger(text: str, where: str) -> Trigger:
    """Return the trigger that an ini file writes as JSON, as ``dump_trigger`` has it."""
    data = read_object(text, where)
    try:
        return load_trigger(data)
    except KeyError as error:
        raise InvalidValue(f"{where}: {shown(text)} lacks {error}") from None
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        reason = shortened(str(error), 300)  # it may repeat the text
        raise InvalidValue(f"{where}: {shown(text)} is not a trigger: {reason}") from None


TRIGGERS: Mapping[str, Option] = {
    "when": Option(_when, "a phrase, a cron line or a trigger: 'every 10 minutes', '*/5 * * * *'"),
    "interval": Option(_interval, "fires every so often: seconds, a timedelta, '90s', '1h30m'"),
    "every": Option(_every, "the same, or a phrase: '10 minutes', 'weekday at 09:00'"),
    "cron": Option(_cron, "fires when the clock shows what a cron expression says"),
    "rrule": Option(_rrule, "fires by a recurrence rule of RFC 5545, counted from start="),
    "at": Option(_at, "fires once, at this instant"),
    "trigger": Option(_trigger, "fires when this trigger says"),
}
