"""What is to come, with what a person should know of it: clock changes, days left out, company."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pyramid_scheduler.client.given import find_schedule, unknown_schedule
from pyramid_scheduler.declaring import read_when
from pyramid_scheduler.errors import FaultyTrigger, InvalidValue
from pyramid_scheduler.instants import SECOND, moment
from pyramid_scheduler.model import Definition, FireTime, Origin, Schedule, Trigger
from pyramid_scheduler.reading import SCHEDULE_ID
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.rules.definitions import created
from pyramid_scheduler.rules.outlook import fires_within
from pyramid_scheduler.rules.planning import trigger_of, upcoming
from pyramid_scheduler.triggers.calendars import calendar_of, said_calendar
from pyramid_scheduler.triggers.combined.trigger import zones_of
from pyramid_scheduler.triggers.kinds import parts_of
from pyramid_scheduler.triggers.local import instants, local_moment, segment

if TYPE_CHECKING:
    from pyramid_scheduler.triggers.combined.filtered import ByCalendar

# So many fire times between two are looked at for days that were left out.
STEPS = 1_000
ASKED = 100_000
SAID = 3


def fire_times(known: Sequence[Schedule], schedule: str | None, count: int) -> list[FireTime]:
    """Return the next ``count`` fire times of all active schedules of ``known``, or of one.

    Raises UnknownSchedule, InvalidValue.
    """
    if schedule is not None:
        known = [find_schedule(schedule, known)]
    return list(islice(merge(*map(_coming, known)), count))


def _coming(schedule: Schedule) -> Iterator[FireTime]:
    fires = () if schedule.wake is None else upcoming(schedule)
    return (FireTime(moment(fire), schedule.name, schedule.task) for fire in fires)


def expected(declared: Declarations, recorded: Iterable[Schedule], now: int) -> list[Schedule]:
    """Return the schedules ``recorded`` and, as if an engine began now, those only declared."""
    known = {one.name: one for one in recorded}
    for name, definition in declared.definitions.items():
        if name not in known:
            with suppress(FaultyTrigger):  # it will be said when an engine begins
                known[name] = created(definition, Origin.CODE, now)
    return list(known.values())


def preview(
    known: Sequence[Schedule], of: str | Trigger | None, count: int, after: int, zone: ZoneInfo
) -> list[FireTime]:
    """Return the next ``count`` fire times of all active schedules of ``known``, or of one.

    Raises UnknownSchedule; InvalidValue: ``of`` says no trigger.
    """
    chosen = [one for one in known if one.wake is not None]
    if of is not None:
        chosen = [_chosen(of, known, after, zone)]
    coming = merge(*(marked(one, after) for one in chosen), key=lambda fire: fire.fire_time)
    return in_company(islice(coming, count), known)


def _chosen(of: str | Trigger, known: Sequence[Schedule], after: int, zone: ZoneInfo) -> Schedule:
    """Return the schedule called ``of``, or one as it would be if it were declared then."""
    if isinstance(of, str) and any(one.name == of for one in known):
        return find_schedule(of, known)
    option = "when" if isinstance(of, str) else "trigger"
    try:
        when = read_when({option: of}, zone, "preview")
    except InvalidValue:
        if isinstance(of, str) and SCHEDULE_ID.fullmatch(of):
            raise unknown_schedule(of, [one.name for one in known]) from None
        raise
    definition = Definition(name="", task="", **when.fields)
    named = replace(definition, trigger=definition.trigger.named("preview"))
    return created(named, Origin.STORE, after)


def marked(schedule: Schedule, after: int) -> Iterator[FireTime]:
    """Iterate over the fire times of ``schedule`` later than ``after``, local and marked."""
    definition = schedule.definition
    trigger = trigger_of(definition, schedule.anchor)
    zones = zones_of(trigger)
    zone = ZoneInfo(zones.pop() if len(zones) == 1 else definition.timezone)
    before = after
    for fire in upcoming(schedule, after):
        marks = (*_clock(before, fire, zone), *_left_out(trigger, before, fire))
        yield FireTime(local_moment(fire, zone), schedule.name, schedule.task, marks)
        before = fire


def in_company(fires: Iterable[FireTime], schedules: Sequence[Schedule]) -> list[FireTime]:
    """Return ``fires`` with the schedules among ``schedules`` that fire in the same second.

    Each of them is asked about each fire time; about so many of the first as can be done at once.
    """
    asked = ASKED // max(1, len(schedules))
    return [
        fire._replace(marks=(*fire.marks, *_company(fire, schedules))) if place < asked else fire
        for place, fire in enumerate(fires)
    ]


def _company(fire: FireTime, schedules: Sequence[Schedule]) -> Iterator[str]:
    begin = int(fire.fire_time.timestamp()) * SECOND
    others = (one for one in schedules if one.name != fire.schedule)
    names = [one.name for one in others if fires_within(one, begin, begin + SECOND)]
    if names:
        more = f" and {len(names) - SAID} others" if len(names) > SAID else ""
        yield f"with {', '.join(names[:SAID])}{more}"


def _clock(before: int, fire: int, zone: ZoneInfo) -> Iterator[str]:
    """Say what a change of the zone's clock has to do with ``fire``."""
    here = segment(fire // SECOND, zone)
    moved = here.offset - segment(before // SECOND, zone).offset
    if moved:
        yield f"the clock was put {'forward' if moved > 0 else 'back'} {_hours(abs(moved))}"
    local = local_moment(fire, zone)
    passes = instants(local.replace(tzinfo=None), zone)
    if len(passes) > 1:
        which = "first" if fire == passes[0] else "second"
        yield f"the {which} {local:%H:%M} of two"
    elif fire == here.start * SECOND and here.offset > here.before:
        yield "at the end of a gap of the clock"


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:g} h"


def _left_out(trigger: Trigger, before: int, fire: int) -> Iterator[str]:
    """Say which days between the two a calendar has left out, and from which ``fire`` was moved."""
    # Where there are none of them, nobody waits for their modules.
    from pyramid_scheduler.triggers.combined.filtered import ByCalendar  # noqa: PLC0415 - as said
    from pyramid_scheduler.triggers.combined.shifted import Shifted  # noqa: PLC0415 - as said

    if isinstance(trigger, ByCalendar):
        yield from _by_calendar(trigger, before, fire)
    elif isinstance(trigger, Shifted) and trigger.trigger.next_instant(fire - 1) != fire:
        yield "moved to a business day"
    for part in parts_of(trigger):
        yield from _left_out(part, before, fire)


def _by_calendar(trigger: "ByCalendar", before: int, fire: int) -> Iterator[str]:
    days: dict[date, None] = {}
    for passed in islice(_between(trigger.trigger, before, fire), STEPS):
        if not trigger.passes(passed):
            days[local_moment(passed, trigger.zone).date()] = None
    said = [_named(trigger, day) for day in islice(days, SAID)]
    more = f" and {len(days) - SAID} days more" if len(days) > SAID else ""
    if said:
        yield f"leaves out {', '.join(said)}{more}"


def _named(trigger: "ByCalendar", day: date) -> str:
    if trigger.keeps():
        return f"{day} (not in {said_calendar(trigger.calendar)})"
    name = calendar_of(trigger.calendar).name_of(day) or said_calendar(trigger.calendar)
    return f"{day} ({name})"


def _between(trigger: Trigger, after: int, until: int) -> Iterator[int]:
    fire = trigger.next_instant(after)
    while fire is not None and fire < until:
        yield fire
        fire = trigger.next_instant(fire)
