"""A trigger with some of its fire times left out: windows of the day, weekdays, calendars."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.triggers.calendars import (
    Calendar,
    calendar_of,
    loaded_calendar,
    read_calendar,
    said_calendar,
    written_calendar,
)
from pyramid_scheduler.triggers.civil import read_time_of_day, say_time, since_midnight
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
from pyramid_scheduler.triggers.local import local_moment, segment
from pyramid_scheduler.triggers.weekdays import read_weekdays, say_weekdays, write_weekdays

_DAY = 86_400 * SECOND


@dataclass(frozen=True, repr=False)
class Filtered(Around):
    """The fire times of a trigger that pass; what the clock of ``timezone`` shows then decides."""

    civil = True

    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone called ``timezone``."""
        return ZoneInfo(self.timezone)

    def __post_init__(self) -> None:
        """Read what a person may have written into what the fields hold."""
        where = self.kind
        check_parts(self.parts, where)
        object.__setattr__(self, "timezone", read_zone_for(self.trigger, self.timezone, where))
        self.read_options(where)

    def read_options(self, where: str) -> None:
        """Read the fields that the subclass adds."""
        raise NotImplementedError

    def search(self, after: int, steps: Steps) -> int | None:
        """Return the first that passes, going from one that does not to when one may."""
        while (fire := search_in(self.trigger, after, steps)) is not None:
            opens = self._opens(fire)
            if opens == fire:
                return fire
            if not steps.take(fire):
                return None
            after = opens - 1
        return None

    def passes(self, fire: int) -> bool:
        """Return whether ``fire`` is not left out."""
        return self._opens(fire) == fire

    def closed_for(self, local: datetime) -> int:
        """Return for how many microseconds from ``local`` on nothing passes, 0 if it passes."""
        raise NotImplementedError

    def _opens(self, fire: int) -> int:
        """Return an instant before which, from ``fire`` on, nothing passes; ``fire`` if it does."""
        closed = self.closed_for(local_moment(fire, self.zone))
        if not closed:
            return fire
        # Where the clock is changed on the way, the wait ends there and the question is put anew.
        changed = segment(fire // SECOND, self.zone).end * SECOND
        return min(fire + closed, max(changed, fire + 1))

    def options(self) -> dict[str, Any]:
        """Return the zone; a subclass adds its own."""
        return {"timezone": self.timezone}

    def called(self, *arguments: object) -> str:
        """Return how it is written: the method's call, with the zone where it has to be said."""
        said = [*map(repr, arguments)]
        if not zone_goes_without_saying(self.trigger, self.timezone):
            said.append(f"timezone={self.timezone!r}")
        return self.written(f"{self.kind}({', '.join(said)})")

    def in_words(self, words: str) -> str:
        """Return the inner trigger in words, then ``words`` and the zone if it has to be said."""
        said = zone_goes_without_saying(self.trigger, self.timezone)
        return f"{described(self.trigger)} {words}{'' if said else f' ({self.timezone})'}"


@register
@dataclass(frozen=True, repr=False)
class Between(Filtered):
    """The fire times from ``start`` to ``end`` of the day, both included."""

    kind = "between"

    start: time
    end: time

    def read_options(self, where: str) -> None:
        """Read the two times of day."""
        object.__setattr__(self, "start", read_time_of_day(self.start, f"{where}: start"))
        object.__setattr__(self, "end", read_time_of_day(self.end, f"{where}: end"))

    def closed_for(self, local: datetime) -> int:
        """Return how long it is until ``start``, outside of the window."""
        now, start, end = map(since_midnight, (local.time(), self.start, self.end))
        over_midnight = start > end
        inside = (now >= start or now <= end) if over_midnight else start <= now <= end
        return 0 if inside else (start - now) % _DAY

    def options(self) -> dict[str, Any]:
        """Return the window and the zone."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat(), **super().options()}

    def describe(self) -> str:
        """Return it in words."""
        return self.in_words(f"between {say_time(self.start)} and {say_time(self.end)}")

    def __repr__(self) -> str:
        return self.called(say_time(self.start), say_time(self.end))


@register
@dataclass(frozen=True, repr=False)
class On(Filtered):
    """The fire times on some days of the week."""

    kind = "on"

    days: tuple[int, ...]

    def read_options(self, where: str) -> None:
        """Read the days."""
        object.__setattr__(self, "days", read_weekdays(self.days, where))

    def closed_for(self, local: datetime) -> int:
        """Return how long it is until the next of the days begins."""
        if (today := local.weekday()) in self.days:
            return 0
        days = min((day - today) % 7 for day in self.days)
        return days * _DAY - since_midnight(local.time())

    def options(self) -> dict[str, Any]:
        """Return the days and the zone."""
        return {"days": write_weekdays(self.days), **super().options()}

    def describe(self) -> str:
        """Return it in words."""
        return self.in_words(f"on {say_weekdays(self.days)}")

    def __repr__(self) -> str:
        return self.called(write_weekdays(self.days))


@dataclass(frozen=True, repr=False)
class ByCalendar(Filtered):
    """The fire times on some days of a calendar, which is a value or a name."""

    calendar: Calendar | str

    def read_options(self, where: str) -> None:
        """Read the calendar; a name is looked up when it is needed."""
        object.__setattr__(self, "calendar", read_calendar(self.calendar, where))

    def closed_for(self, local: datetime) -> int:
        """Return how long it is until the day is over, on one that is left out."""
        inside = local.date() in calendar_of(self.calendar)
        return 0 if inside == self.keeps() else _DAY - since_midnight(local.time())

    def keeps(self) -> bool:
        """Return whether the days of the calendar are those that pass."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """Return the calendar's name and the zone."""
        return {"calendar": written_calendar(self.calendar), **super().options()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Any:
        """Return what :meth:`as_json` wrote; raise UnknownName for a calendar nobody declared."""
        loaded_calendar(data["calendar"])
        return super().from_json(data)

    def __repr__(self) -> str:
        return self.called(self.calendar)


@register
class Only(ByCalendar):
    """The fire times on the days of a calendar."""

    kind = "only"

    def keeps(self) -> bool:
        """Return that they are."""
        return True

    def describe(self) -> str:
        """Return it in words."""
        return self.in_words(f"only on days of {said_calendar(self.calendar)}")


@register
class Excluding(ByCalendar):
    """The fire times on all days but those of a calendar."""

    kind = "excluding"

    def keeps(self) -> bool:
        """Return that they are not."""
        return False

    def describe(self) -> str:
        """Return it in words."""
        return self.in_words(f"except on days of {said_calendar(self.calendar)}")
