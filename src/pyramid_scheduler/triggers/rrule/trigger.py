"""``RRuleTrigger``: the recurrence rules of iCalendar, in a zone's local time."""

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import SECOND, micros, moment, read_instant
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.bounds import EARLIEST, LATEST
from pyramid_scheduler.triggers.civil import read_date, read_zone_name
from pyramid_scheduler.triggers.combining import Trigger
from pyramid_scheduler.triggers.kinds import register
from pyramid_scheduler.triggers.local import gap_length, local_moment, segment
from pyramid_scheduler.triggers.rrule.parts import Recurrence, read_rule
from pyramid_scheduler.triggers.rrule.walls import last_counted, walls
from pyramid_scheduler.triggers.spoken import counted

MOST_DATES = 10_000
_UNITS = {
    "YEARLY": "year",
    "MONTHLY": "month",
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "hour",
    "MINUTELY": "minute",
    "SECONDLY": "second",
}
_BASIC_DATE = re.compile(r"\d{8}", re.ASCII)
_A_DAY = date(1970, 1, 1)
_OF_THE_CLOCK = ("BYHOUR", "BYMINUTE", "BYSECOND")


@register
@dataclass(frozen=True, init=False, repr=False)
class RRuleTrigger(Trigger):
    """Fires as a recurrence rule of RFC 5545 says, such as ``"FREQ=MONTHLY;BYDAY=-1FR"``.

    Parameters
    ----------
    rule : the RRULE alone, with or without ``RRULE:`` before it
    dtstart : from when it counts, and the first fire time if it fits the rule: a local time of
        ``timezone`` or an aware datetime; or a date, for midnight. Text: ``"2030-01-31T09:00"``,
        ``"20300131T090000"``, ``"2030-01-31"``. None: midnight of the day on which the schedule is
        first declared; asked alone, of the day of the instant asked about
    timezone : in which the rule reads the clock
    exdate : instants that are left out; rdate : further ones. As ``dtstart``, up to 10,000

    A local time that a clock put forward leaves out is read with the offset before (2:30 is then
    3:30), one that a clock put back shows twice is its first (RFC 5545, 3.3.5). What RFC 5545
    leaves to DTSTART is taken from ``dtstart``. A second 60 is the 59th.

    COUNT is at most 100,000. A rule by which nothing comes for a hundred years, or that has to be
    searched for more than a bounded number of steps, comes no more.

    Raises InvalidValue: whatever RFC 5545, 3.3.10, does not allow, in one sentence.
    """

    kind = "rrule"
    civil = True
    # As a part of a combination: dateutil takes its time.
    toil: ClassVar[int] = 9

    rule: str
    dtstart: datetime | date | None
    timezone: str
    exdate: tuple[datetime, ...]
    rdate: tuple[datetime, ...]
    _read: Recurrence = field(init=False, compare=False)

    def __init__(
        self,
        rule: str,
        *,
        dtstart: datetime | date | str | None,
        timezone: str | ZoneInfo,
        exdate: Iterable[datetime | date | str] = (),
        rdate: Iterable[datetime | date | str] = (),
    ) -> None:
        read = read_rule(rule, "rrule")
        name = read_zone_name(timezone, "rrule: timezone")
        start = None if dtstart is None else _read_start(dtstart, ZoneInfo(name))
        for field_name, value in {
            "rule": read.text,
            "dtstart": start,
            "timezone": name,
            "exdate": _read_dates(exdate, start, name, "rrule: exdate"),
            "rdate": _read_dates(rdate, start, name, "rrule: rdate"),
            "_read": read,
        }.items():
            object.__setattr__(self, field_name, value)
        _check_start(self if start is not None else self._from_midnight(_A_DAY))

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone called ``timezone``."""
        return ZoneInfo(self.timezone)

    def next(self, after: datetime) -> datetime | None:
        """Return the first fire time after ``after`` (naive: local), as the zone shows it."""
        fire = self.next_instant(micros(read_instant(after, self.zone, "rrule: after")))
        return None if fire is None else local_moment(fire, self.zone)

    def next_instant(self, after: int) -> int | None:
        """Return the same as an instant."""
        after = max(after, EARLIEST)
        if after > LATEST:
            return None
        if self.dtstart is None:
            return self.anchored(moment(after)).next_instant(after)
        excluded = set(map(micros, self.exdate))
        added = (micros(one) for one in self.rdate)
        fires = [fire for fire in added if fire > after and fire not in excluded]
        ruled = self._by_rule(after, excluded)
        return min(fires if ruled is None else [ruled, *fires], default=None)

    def anchored(self, anchor: datetime) -> Self:
        """Return this trigger counted from the day of ``anchor``, if it says no day itself."""
        if self.dtstart is not None:
            return self
        return self._from_midnight(local_moment(micros(anchor), self.zone).date())

    def counted_from(self, start: datetime) -> Self:
        """Return this trigger counted from ``start``, if it says no day itself.

        Raises InvalidValue: the rule does not go with it.
        """
        if self.dtstart is not None:
            return self
        counted = self._with_start(_read_start(start, self.zone))
        _check_start(counted)
        return counted

    def _from_midnight(self, day: date) -> Self:
        # An UNTIL without a time of day goes with a start without one (RFC 5545, 3.3.10).
        whole = self._read.until is not None and not isinstance(self._read.until, datetime)
        return self._with_start(day if whole else datetime.combine(day, time.min))

    def _with_start(self, start: datetime | date) -> Self:
        other = copy(self)
        object.__setattr__(other, "dtstart", start)
        return other

    def _by_rule(self, after: int, excluded: set[int]) -> int | None:
        """Return the first fire time of the rule itself."""
        zone, last = self.zone, self._last()
        found = None
        for wall in walls(self._read, _wall(self.dtstart), self._begin(after)):
            if last is not None and wall > last:
                break
            fire = micros(wall.replace(tzinfo=zone))
            if fire <= after or fire in excluded:
                continue
            found = fire if found is None else min(found, fire)
            # A time in a gap is moved behind others that come after it on the clock.
            if not gap_length(wall, zone):
                break
        return None if found is None or self._is_over(found) else found

    def _begin(self, after: int) -> datetime:
        """Return the first wall-clock time that can be later than the instant ``after``."""
        here = segment(after // SECOND, self.zone)
        wall = after + here.offset * SECOND
        gap = (here.start + here.before) * SECOND
        if here.before < here.offset and after < (here.start + here.offset - here.before) * SECOND:
            wall = min(wall, gap)
        return moment(wall).replace(tzinfo=None, microsecond=0)

    def _last(self) -> datetime | None:
        """Return the last wall-clock time by COUNT, None where there is none to heed."""
        if self._read.count is None:
            return None
        return last_counted(self._read, _wall(self.dtstart))

    def _is_over(self, fire: int) -> bool:
        until = self._read.until
        if until is None:
            return False
        if isinstance(until, datetime):
            return fire > micros(until)
        return local_moment(fire, self.zone).date() > until

    def as_json(self) -> dict[str, Any]:
        """Return the keywords that make it again."""
        return {
            "rule": self.rule,
            "dtstart": None if self.dtstart is None else self.dtstart.isoformat(),
            "timezone": self.timezone,
            "exdate": [one.isoformat() for one in self.exdate],
            "rdate": [one.isoformat() for one in self.rdate],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the trigger that :meth:`as_json` wrote."""
        return cls(**data)

    def describe(self) -> str:
        """Return it in words, and the rule itself where it says more than how often."""
        often = f"every {counted(self._read.interval, _UNITS[self._read.freq])}"
        more = "" if self.rule in (f"FREQ={self._read.freq}",) else f" ({self.rule})"
        zone = "" if self.timezone == "UTC" else f" {self.timezone}"
        if self.dtstart is None:
            return f"{often}{zone}{more}"
        return f"{often} from {_wall(self.dtstart):%Y-%m-%d %H:%M}{zone} on{more}"

    def __repr__(self) -> str:
        said = {"dtstart": None} | {
            key: value for key, value in self.as_json().items() if value and key != "rule"
        }
        options = ", ".join(f"{key}={value!r}" for key, value in said.items())
        return f"RRuleTrigger({self.rule!r}, {options})"


def _wall(start: datetime | date | None) -> datetime:
    assert start is not None, "a rule without a start is anchored first"
    return start if isinstance(start, datetime) else datetime.combine(start, time.min)


def _read_start(value: object, zone: ZoneInfo) -> datetime | date:
    """Return ``dtstart``: a wall-clock time of ``zone`` to the second, or a date."""
    if _is_date(value):
        return read_date(_extended(value), "rrule: dtstart")
    if isinstance(value, str) and not value.isascii():
        raise InvalidValue(f"rrule: dtstart: {shown(value)} is not an instant")
    instant = read_instant(value, zone, "rrule: dtstart")
    if not EARLIEST <= micros(instant) <= LATEST:
        raise InvalidValue(f"rrule: dtstart: {value} is outside the years 3 to 9996")
    naive = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    if naive.tzinfo is not None:
        naive = instant.astimezone(zone)
    return naive.replace(tzinfo=None, microsecond=0, fold=0)


def _read_dates(
    values: object, start: datetime | date | None, zone: str, where: str
) -> tuple[datetime, ...]:
    """Return the instants of a list, in order, each once."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidValue(f"{where}: {shown(values)} is not a list")
    given = [value for value, _ in zip(values, range(MOST_DATES + 1), strict=False)]
    if len(given) > MOST_DATES:
        raise InvalidValue(f"{where}: it has more than {MOST_DATES:,} instants")
    whole_days = not isinstance(start, datetime)
    return tuple(sorted({_read_one(value, whole_days, ZoneInfo(zone), where) for value in given}))


def _read_one(value: object, whole_days: bool, zone: ZoneInfo, where: str) -> datetime:
    if _is_date(value):
        if not whole_days:
            raise InvalidValue(f"{where}: {shown(value)} is a date, but dtstart is not: say when")
        value = datetime.combine(read_date(_extended(value), where), time.min)
    return read_instant(value, zone, where)


def _is_date(value: object) -> bool:
    if isinstance(value, str):
        return "T" not in value.upper() and " " not in value.strip() and ":" not in value
    return isinstance(value, date) and not isinstance(value, datetime)


def _extended(value: object) -> object:
    """Return ``20300131`` as ``2030-01-31``, anything else as it is."""
    if isinstance(value, str) and _BASIC_DATE.fullmatch(value.strip()):
        text = value.strip()
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return value


def _check_start(trigger: RRuleTrigger) -> None:
    """Check what the rule and its start say together (RFC 5545, 3.3.10)."""
    rule, start = trigger._read, trigger.dtstart
    whole_days = not isinstance(start, datetime)
    of_the_clock = [name for name in _OF_THE_CLOCK if rule.by[name]]
    if rule.freq in ("HOURLY", "MINUTELY", "SECONDLY"):
        of_the_clock.append(f"FREQ={rule.freq}")
    if whole_days and of_the_clock:
        raise InvalidValue(f"rrule: dtstart {start} is a date, which has no {of_the_clock[0]}")
    if rule.until is None:
        return
    if isinstance(rule.until, datetime) == whole_days:
        form = "a date, such as 20301231" if whole_days else "in UTC, such as 20301231T235959Z"
        raise InvalidValue(f"rrule: UNTIL has to be {form}, as dtstart is {start}")
    if trigger._is_over(micros(_wall(start).replace(tzinfo=trigger.zone))):
        raise InvalidValue(f"rrule: UNTIL is before dtstart {start}: it never fires")
