"""``CalendarTrigger``: every so many days, weeks, months or years, at local times of the day."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import dropwhile, islice
from typing import Any, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import SECOND, micros, moment, read_instant
from pyramid_scheduler.reading import read_choice, read_count
from pyramid_scheduler.triggers.bounds import EARLIEST, LATEST
from pyramid_scheduler.triggers.calendar.rules import Rule, read_rule
from pyramid_scheduler.triggers.calendars import Calendar, loaded_calendar, written_calendar
from pyramid_scheduler.triggers.civil import (
    read_date,
    read_times,
    read_zone_name,
    say_time,
    since_midnight,
)
from pyramid_scheduler.triggers.combining import Trigger
from pyramid_scheduler.triggers.kinds import register
from pyramid_scheduler.triggers.local import (
    LONGEST_GAP,
    DstGap,
    DstOverlap,
    Segment,
    gap_end,
    gap_length,
    instants,
    local_moment,
    segment,
)
from pyramid_scheduler.triggers.spoken import listed

_MOST = 1_000
_SAID = 6  # times of the day in words; more are counted
_AHEAD = 64  # fire times that are computed at once, at the most
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
# No clock is put back by more, but for whole days.
LONGEST_OVERLAP = 3 * 3600 * SECOND


class Ahead(NamedTuple):
    """Fire times that follow each other, by what ``calendar`` said when they were computed."""

    fires: tuple[int, ...]
    calendar: Calendar | None


_NOTHING_YET = Ahead((EARLIEST,), None)


@register
@dataclass(frozen=True, init=False, repr=False)
class CalendarTrigger(Trigger):
    """Fires on days of the calendar, ``at`` times of the day as the clock of ``timezone`` shows.

    - ``CalendarTrigger(at="09:00")``: every day;
    - ``CalendarTrigger(days=3, at="9am, 5:30pm")``: every third day, twice;
    - ``CalendarTrigger(weeks=1, on="mon-fri")``: from Monday to Friday, at midnight;
    - ``CalendarTrigger(weeks=2, on="mon", at="10:00")``: every other Monday;
    - ``CalendarTrigger(months=1, on=[1, 15])``: on the 1st and the 15th;
    - ``CalendarTrigger(months=1, on="last friday")``, also ``"2nd tuesday"``, ``"last day"``;
    - ``CalendarTrigger(months=1, on="5th business day", calendar="kr-holidays")``;
    - ``CalendarTrigger(years=1, on="25 december")``, also ``"last friday of november"``.

    Parameters
    ----------
    days, weeks, months, years : of which of these it is every how many; at most one, by itself
        ``days=1``
    on : which day of each, or several; by itself the one that the start has
    at : one time of the day or several
    start : the date from which is counted, before which nothing fires; by itself that of the first
        declaration where it matters, which is where something comes not each day, week and so on
    missing : ``"last"``: the last day stands for a 31st that a month does not have; ``"skip"``:
        nothing does. A month without a 5th Friday has none in any case
    calendar : days that are no business days, as Saturdays and Sundays are none
    dst_gap : a time that a clock put forward leaves out fires at the first instant after it
        (``"shift"``), or not (``"skip"``); a gap of more than three hours is left as it is
    dst_overlap : a time that a clock put back shows twice fires the ``"first"`` time, the
        ``"second"``, or ``"both"``

    Days that do not come within a hundred years come no more.

    Raises InvalidValue.
    """

    kind = "calendar"
    civil = True

    rule: Rule
    at: tuple[time, ...]
    timezone: str
    start: date | None
    dst_gap: DstGap
    dst_overlap: DstOverlap
    _clocks: tuple[int, ...] = field(init=False, compare=False)
    # Read once by whoever asks and replaced as a whole: threads do no harm to each other.
    _ahead: Ahead = field(init=False, compare=False)

    def __init__(
        self,
        *,
        days: int | None = None,
        weeks: int | None = None,
        months: int | None = None,
        years: int | None = None,
        on: str | int | Iterable[str | int] | None = None,
        at: str | time | Iterable[str | time] = "00:00",
        timezone: str | ZoneInfo = "UTC",
        start: date | str | None = None,
        missing: Literal["last", "skip"] = "last",
        calendar: Calendar | str | None = None,
        dst_gap: Literal["shift", "skip"] = "shift",
        dst_overlap: Literal["first", "second", "both"] = "first",
    ) -> None:
        times = read_times(at, "calendar: at")
        unit, every = _only(days=days, weeks=weeks, months=months, years=years)
        self._hold(
            rule=read_rule(unit, every, on, missing, calendar, "calendar"),
            at=times,
            _clocks=tuple(map(since_midnight, times)),
            _ahead=_NOTHING_YET,
            timezone=read_zone_name(timezone, "calendar: timezone"),
            start=None if start is None else read_date(start, "calendar: start"),
            dst_gap=read_choice(dst_gap, "calendar: dst_gap", DstGap),
            dst_overlap=read_choice(dst_overlap, "calendar: dst_overlap", DstOverlap),
        )

    def _hold(self, **fields: object) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone called ``timezone``."""
        return ZoneInfo(self.timezone)

    @property
    def calendar(self) -> Calendar | str | None:
        """Return the calendar whose days are no business days, or its name."""
        return getattr(self.rule, "calendar", None)

    def next(self, after: datetime) -> datetime | None:
        """Return the first fire time after ``after`` (naive: local), as the zone shows it."""
        zone = self.zone
        fire = self.next_instant(micros(read_instant(after, zone, "calendar: after")))
        return None if fire is None else local_moment(fire, zone)

    def next_instant(self, after: int) -> int | None:
        """Return the same as an instant."""
        after = max(after, EARLIEST)
        if after > LATEST:
            return None
        ahead = self._ahead
        known = ahead.calendar is self.rule.known_calendar()
        if known and ahead.fires[0] <= after < ahead.fires[-1]:
            return ahead.fires[bisect_right(ahead.fires, after)]
        return self._search(after)

    def _search(self, after: int) -> int | None:
        """Return the same, and remember what comes then."""
        if self.start is None and self.rule.needs_start:
            return self.anchored(moment(after)).next_instant(after)
        before, calendar = self._ahead.fires, self.rule.known_calendar()
        # For who asks for one after the other, ever more are computed at once.
        many = min(2 * len(before), _AHEAD) if after == before[-1] else 1
        fires = tuple(islice(dropwhile(after.__ge__, self._later(after)), many))
        if not fires:
            return None
        self._hold(_ahead=Ahead(fires, calendar))
        return fires[0]

    def _later(self, after: int) -> Iterator[int]:
        """Yield the fire times in order, from the day of ``after`` on."""
        zone = self.zone
        here = segment(after // SECOND, zone)
        start = self.start or date.min
        held: list[int] = []
        for day in self.rule.dates(start, max(start, self._begin(after, here))):
            midnight = (day.toordinal() - _EPOCH) * _DAY
            if not here.steady(midnight - here.offset):
                here = segment(midnight - here.offset, zone)
            if here.steady(midnight - here.offset):
                yield from held
                held = []
                begun = (midnight - here.offset) * SECOND
                yield from [begun + clock for clock in self._clocks]
                continue
            fires = {fire for clock in self.at for fire in self._fires(day, clock, zone)}
            if held and fires and held[-1] < min(fires):
                yield from held
                held = []
            # A clock put back may show the end of a day after the beginning of the next one.
            held = sorted({*held, *fires})
        yield from held

    def _begin(self, after: int, here: Segment) -> date:
        """Return the first day that may still have a fire time."""
        wall = after + here.offset * SECOND
        if not here.steady(after // SECOND):
            # What is owed of yesterday may still come when the clock was put back at midnight.
            wall -= LONGEST_OVERLAP
        elif wall % (_DAY * SECOND) >= self._clocks[-1]:
            wall += _DAY * SECOND
        return date.fromordinal(_EPOCH + wall // (_DAY * SECOND))

    def _fires(self, day: date, clock: time, zone: ZoneInfo) -> tuple[int, ...]:
        wall = datetime.combine(day, clock)
        found = instants(wall, zone)
        if len(found) == 1:
            return found
        if not found:
            shifts = self.dst_gap is DstGap.SHIFT and gap_length(wall, zone) <= LONGEST_GAP
            return (gap_end(wall, zone),) if shifts else ()
        if self.dst_overlap is DstOverlap.BOTH:
            return found
        return found[:1] if self.dst_overlap is DstOverlap.FIRST else found[1:]

    def anchored(self, anchor: datetime) -> Self:
        """Return this trigger counted from the date of ``anchor``, if it needs one and has none."""
        if self.start is not None or not self.rule.needs_start:
            return self
        counted = copy(self)
        counted._hold(start=local_moment(micros(anchor), self.zone).date())
        return counted

    def as_json(self) -> dict[str, Any]:
        """Return the keywords that make it again."""
        said = self._said()
        if "calendar" in said:
            said["calendar"] = written_calendar(said["calendar"])
        return said

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the trigger that :meth:`as_json` wrote.

        Raises UnknownName: nobody declared its calendar.
        """
        if "calendar" in data:
            loaded_calendar(data["calendar"])
        return cls(**data)

    def _said(self) -> dict[str, Any]:
        """Return the keywords that make it, but for those that go without saying."""
        said = {**self.rule.said(), "at": [say_time(clock) for clock in self.at]}
        if self.timezone != "UTC":
            said["timezone"] = self.timezone
        if self.start is not None:
            said["start"] = self.start.isoformat()
        if self.dst_gap is not DstGap.SHIFT:
            said["dst_gap"] = str(self.dst_gap)
        if self.dst_overlap is not DstOverlap.FIRST:
            said["dst_overlap"] = str(self.dst_overlap)
        return said

    def describe(self) -> str:
        """Return it in words."""
        times = [say_time(clock) for clock in self.at]
        many = f", {len(times)} times from {times[0]} on"
        at = f" at {listed(times)}" if len(times) <= _SAID else many
        zone = "" if self.timezone == "UTC" else f" {self.timezone}"
        start = "" if self.start is None else f", from {self.start} on"
        return f"{self.rule.words()}{at}{zone}{start}"

    def __repr__(self) -> str:
        said = {**self._said(), "at": ", ".join(map(say_time, self.at))}
        return f"CalendarTrigger({', '.join(f'{key}={value!r}' for key, value in said.items())})"


def _only(**units: int | None) -> tuple[str, int]:
    """Return the one unit that was said, and of which it is every how many."""
    said = {unit: number for unit, number in units.items() if number is not None}
    if len(said) > 1:
        given = " and ".join(f"{unit}=" for unit in said)
        raise InvalidValue(f"calendar: it has {given}: say one of {', '.join(units)}")
    for unit, number in said.items():
        return unit, read_count(number, f"calendar: {unit}", most=_MOST)
    return "days", 1
