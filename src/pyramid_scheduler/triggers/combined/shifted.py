"""A trigger whose fire times are moved to business days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from pyramid_scheduler.instants import micros
from pyramid_scheduler.reading import read_choice
from pyramid_scheduler.triggers.calendars import (
    Calendar,
    calendar_of,
    is_business_day,
    loaded_calendar,
    read_calendar,
    said_calendar,
    written_calendar,
)
from pyramid_scheduler.triggers.combined.trigger import (
    Around,
    Steps,
    check_parts,
    described,
    read_zone_for,
    search_in,
    zone_goes_without_saying,
)
from pyramid_scheduler.triggers.kinds import register
from pyramid_scheduler.triggers.local import gap_end, instants, local_moment

ONE_DAY = timedelta(days=1)
# A year in which no day is a business day is taken for one without end.
MOST_DAYS = 366


class Direction(StrEnum):
    """Which business day takes what falls on a day that is none."""

    NEXT = "next"
    PREVIOUS = "previous"


@register
@dataclass(frozen=True, repr=False)
class Shifted(Around):
    """The fire times of a trigger, each on a business day at its time of day.

    All that is moved to one business day comes from the days around it that are none. So the next
    fire time is the earliest of what each of these days gives.
    """

    kind = "shifted"
    civil = True

    direction: Direction
    calendar: Calendar | str | None
    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone called ``timezone``."""
        return ZoneInfo(self.timezone)

    def __post_init__(self) -> None:
        """Read the direction, the calendar and the zone."""
        where = "shifted_to_business_day"
        check_parts(self.parts, where)
        object.__setattr__(self, "direction", read_choice(self.direction, where, Direction))
        if self.calendar is not None:
            object.__setattr__(self, "calendar", read_calendar(self.calendar, where))
        object.__setattr__(self, "timezone", read_zone_for(self.trigger, self.timezone, where))

    def search(self, after: int, steps: Steps) -> int | None:
        """Return the first of what falls on the business day of ``after`` or a later one."""
        day = self._business_day(local_moment(after, self.zone).date(), Direction.NEXT)
        while day is not None:
            block = self._moved_to(day)
            found = [self._first_of(one, day, after, steps) for one in block]
            fires = [fire for fire in found if fire is not None]
            if fires:
                return min(fires)
            beyond = search_in(self.trigger, self._begin(max(block) + ONE_DAY) - 1, steps)
            if beyond is None or not steps.take(beyond):
                return None
            day = self._business_day(local_moment(beyond, self.zone).date(), self.direction)
        return None

    def first(self, declared: datetime) -> datetime | None:
        """Return what the trigger owes first, moved, although it has passed; else the next."""
        first = self.anchored(declared).trigger.first(declared)
        if first is None or first >= declared:
            return self.next(declared)
        local = local_moment(micros(first), self.zone)
        day = self._business_day(local.date(), self.direction)
        return None if day is None else self.shown_moment(self._moved(local, day))

    def _first_of(self, day: date, target: date, after: int, steps: Steps) -> int | None:
        """Return the first fire time after ``after`` that is moved from ``day`` to ``target``."""
        local = local_moment(after, self.zone)
        earliest = local.time() if local.date() == target else time.min
        asked = self._begin(day, earliest) - 1
        # A step for each question: one trigger of this kind around another asks it for many days.
        while steps.take(asked) and (fire := search_in(self.trigger, asked, steps)) is not None:
            local = local_moment(fire, self.zone)
            if local.date() != day:
                return None
            moved = self._moved(local, target)
            if moved > after:
                return moved
            asked = fire
        return None

    def _moved(self, local: datetime, target: date) -> int:
        if local.date() == target:
            return micros(local)
        return self._begin(target, local.time())

    def _begin(self, day: date, clock: time = time.min) -> int:
        """Return the first instant at which the clock shows this, or that follows its gap."""
        wall = datetime.combine(day, clock)
        shown = instants(wall, self.zone)
        return shown[0] if shown else gap_end(wall, self.zone)

    def _moved_to(self, day: date) -> list[date]:
        """Return the business day ``day``, and the days whose fire times are moved to it."""
        back = -ONE_DAY if self.direction is Direction.NEXT else ONE_DAY
        days = [day]
        while not self._is_business_day(days[-1] + back) and len(days) < MOST_DAYS:
            days.append(days[-1] + back)
        return days

    def _business_day(self, day: date, direction: Direction) -> date | None:
        """Return ``day``, or the business day nearest to it in ``direction``."""
        step = ONE_DAY if direction is Direction.NEXT else -ONE_DAY
        for _ in range(MOST_DAYS):
            if self._is_business_day(day):
                return day
            day += step
        return None

    def _is_business_day(self, day: date) -> bool:
        calendar = None if self.calendar is None else calendar_of(self.calendar)
        return is_business_day(day, calendar)

    def options(self) -> dict[str, Any]:
        """Return the direction, the calendar's name and the zone."""
        calendar = None if self.calendar is None else written_calendar(self.calendar)
        return {
            "direction": str(self.direction),
            "calendar": calendar,
            "timezone": self.timezone,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what :meth:`as_json` wrote; raise UnknownName for a calendar nobody declared."""
        if data["calendar"] is not None:
            loaded_calendar(data["calendar"])
        return super().from_json(data)

    def describe(self) -> str:
        """Return it in words."""
        but = "" if self.calendar is None else f" (without {said_calendar(self.calendar)})"
        return f"{described(self.trigger)}, on the {self.direction} business day{but} if it is none"

    def __repr__(self) -> str:
        said = [repr(str(self.direction))]
        if self.calendar is not None:
            said.append(repr(self.calendar))
        if not zone_goes_without_saying(self.trigger, self.timezone):
            said.append(f"timezone={self.timezone!r}")
        return self.written(f"shifted_to_business_day({', '.join(said)})")
