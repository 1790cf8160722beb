"""``CronTrigger``: when a zone's clock shows what a cron expression says."""

from dataclasses import KW_ONLY, dataclass, field, fields, replace
from datetime import datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal, Self, overload
from zoneinfo import ZoneInfo

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import SECOND, micros, moment, read_instant, read_zone
from pyramid_scheduler.reading import read_choice, read_text
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.combining import Trigger
from pyramid_scheduler.triggers.cron.expression import Expression, read_expression, tidied
from pyramid_scheduler.triggers.cron.wall import WallTimes
from pyramid_scheduler.triggers.cron.words import describe
from pyramid_scheduler.triggers.cron.zoned import ZonedTimes
from pyramid_scheduler.triggers.kinds import register
from pyramid_scheduler.triggers.local import DstGap, DstOverlap


@register
@dataclass(frozen=True, repr=False)
class CronTrigger(Trigger):
    """Fires when the clock of ``timezone`` shows what ``expression`` says, from 1970 to 2099.

    ``expression`` has five fields: minute, hour, day of the month, month, day of the week; six
    with the second first; seven with the year last as well. A field is ``*`` or a list of values,
    ranges (``a-b``) and steps (``*/n``, ``a-b/n``, and ``a/n`` from a to the maximum); months and
    days of the week have names; 0 and 7 are Sunday. Days of the month may be ``L`` (the last),
    ``L-3``, ``LW`` (the last workday), ``15W`` (the workday nearest to the 15th); days of the week
    ``5L`` (the last Friday) and ``5#2`` (the second). If both day fields say something, either is
    enough; a field that is exactly ``*`` or ``?`` says nothing. ``H``, ``H(a-b)``, ``H/n`` and
    ``H(a-b)/n`` are values that depend on ``name``, which is filled in with the schedule's.
    ``@yearly``, ``@monthly``, ``@weekly``, ``@daily`` and ``@hourly`` are nicknames.

    When the zone's clock is changed, a *fixed* time, whose minute and hour do not begin with
    ``*``, fires in a gap (of up to three hours) once, at the first instant after it, or with
    ``dst_gap="skip"`` not at all; in an overlap in the ``dst_overlap`` ``"first"`` pass, the
    ``"second"``, or ``"both"``. Any other expression fires whenever the clock shows what it says:
    never in a gap, in both passes of an overlap; only ``dst_overlap="second"`` leaves the first
    pass out. These are the rules of Debian's cron, cron(8).

    Raises InvalidValue: the expression is wrong or never comes, or an option is not one of these.
    """

    kind = "cron"
    civil = True

    expression: str
    _: KW_ONLY
    timezone: str | ZoneInfo = "UTC"
    name: str | None = None
    dst_gap: Literal["shift", "skip"] = "shift"
    dst_overlap: Literal["first", "second", "both"] = "first"
    _expression: Expression = field(init=False, compare=False)
    # None while an H waits for a name.
    _zoned: ZonedTimes | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Read what a person may have written into the values that the fields hold."""
        given = self.timezone
        zone = read_zone(given.key if isinstance(given, ZoneInfo) else given, "cron: timezone")
        expression = tidied(self.expression)
        name = None if self.name is None else read_text(self.name, "cron: name")
        gap = _choice(self.dst_gap, "cron: dst_gap", DstGap.SHIFT)
        overlap = _choice(self.dst_overlap, "cron: dst_overlap", DstOverlap.FIRST)
        said, zoned = _read(expression, name, zone, gap, overlap)
        # Around the frozen class's own setter, which is there for everybody else.
        vars(self).update(
            expression=expression,
            timezone=zone.key,
            name=name,
            dst_gap=gap,
            dst_overlap=overlap,
            _expression=said,
            _zoned=zoned,
        )

    def __repr__(self) -> str:
        """Return how it can be written, without what need not be said."""
        said = [
            f"{option.name}={getattr(self, option.name)!r}"
            for option in fields(self)
            if option.init and getattr(self, option.name) != option.default
        ]
        return f"CronTrigger({', '.join(said).removeprefix('expression=')})"

    def named(self, name: str) -> "CronTrigger":
        """Return this trigger with each ``H`` spread by ``name``, unless it has a name already."""
        return replace(self, name=name) if self._zoned is None else self

    def next(self, after: datetime) -> datetime | None:
        """Return the first fire time later than ``after``, in local time with a fixed offset.

        A naive ``after`` is read in the trigger's zone. None: there is no more until 2099.

        Raises InvalidValue: ``after`` is no datetime, or an ``H`` has no name to be spread by.
        """
        times = self._zoned or self._named_times()
        try:
            return times.later(after)
        except TypeError:
            return times.later(moment(self._instant(after, "next")))

    def previous(self, before: datetime) -> datetime | None:
        """Return the last fire time earlier than ``before``; otherwise as :meth:`next`."""
        times = self._named_times()
        fire = times.at_or_before((self._instant(before, "previous") - 1) // SECOND)
        return None if fire is None else times.shown(fire)

    def next_instant(self, after: int) -> int | None:
        """Return the same as :meth:`next`, in integers throughout."""
        fire = self._named_times().at_or_after(after // SECOND + 1)
        return None if fire is None else fire * SECOND

    def matches(self, moment: datetime) -> bool:
        """Return whether ``moment`` is a fire time, to the microsecond."""
        second, rest = divmod(self._instant(moment, "matches"), SECOND)
        return self._named_times().at_or_after(second) == second and not rest

    @overload
    def between(self, start: datetime, end: datetime) -> list[datetime]: ...
    @overload
    def between(
        self, start: time | str, end: time | str, timezone: str | ZoneInfo | None = None
    ) -> Trigger: ...
    def between(self, start: Any, end: Any, timezone: Any = None) -> Any:
        """Return the fire times later than ``start`` and not later than ``end``, in order.

        With times of day it is :meth:`Trigger.between`: what fires within that window.

        Raises InvalidValue: they are neither both datetimes nor both times of day.
        """
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return super().between(start, end, timezone)
        times, last = self._named_times(), self._instant(end, "between") // SECOND
        found = []
        fire = times.at_or_after(self._instant(start, "between") // SECOND + 1)
        while fire is not None and fire <= last:
            found.append(times.shown(fire))
            fire = times.at_or_after(fire + 1)
        return found

    def describe(self, locale: str = "en") -> str:
        """Return in words what the expression says, an ``H`` as the value that it has.

        ``locale`` is English or Korean, such as ``en``, ``ko`` or ``ko_KR``; the zone is told
        unless it is UTC.

        Raises InvalidValue: another language, or an ``H`` without a name.
        """
        self._named_times()
        return describe(self._expression, str(self.timezone), locale)

    def as_json(self) -> dict[str, Any]:
        """Return the expression and the options."""
        return {said.name: getattr(self, said.name) for said in fields(self) if said.init}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the trigger that :meth:`as_json` wrote."""
        # A row of another version may have fewer options, and more.
        names = [said.name for said in fields(cls) if said.init and said.name in data]
        return cls(**{name: data[name] for name in names})

    def _named_times(self) -> ZonedTimes:
        if self._zoned is None:
            raise InvalidValue(
                f"cron: {shown(self.expression)}: H is spread by a name, and this trigger has"
                " none: a schedule gives it its own; else write CronTrigger(..., name='report')"
            )
        return self._zoned

    def _instant(self, value: datetime, where: str) -> int:
        """Return ``value`` as an instant."""
        try:
            return micros(value)
        except TypeError:  # naive, or no datetime at all
            zone = read_zone(self.timezone, "cron: timezone")
            return micros(read_instant(value, zone, f"cron: {where}"))


def _choice(value: str, where: str, default: StrEnum) -> str:
    """Return the choice as a plain string; the default, which is mostly meant, takes no time."""
    return str(default if value == default else read_choice(value, where, type(default)))


@lru_cache(maxsize=1024)
def _read(
    expression: str, name: str | None, zone: ZoneInfo, gap: str, overlap: str
) -> tuple[Expression, ZonedTimes | None]:
    """Return what an expression says, and its fire times unless they depend on a name to come.

    It is kept because a store reads its schedules again and again.

    Raises InvalidValue: it is wrong, or never comes.
    """
    said = read_expression(expression, name)
    times = WallTimes(said)
    if not times.come():
        raise InvalidValue(
            f"cron: {shown(expression)} never comes: none of its months from 1970 to 2099 has such"
            " a day"
        )
    if said.spreads and name is None:
        return said, None
    zoned = ZonedTimes(times, zone, fixed=said.fixed, gap=gap, overlap=overlap)
    return said, zoned
