"""What all combinations share: how they are asked, shown and rebuilt, and how far they look."""

from collections.abc import Callable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pyramid_scheduler import model
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import micros, moment, read_instant
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.bounds import EARLIEST, HORIZON_US, LATEST, STEPS
from pyramid_scheduler.triggers.civil import read_zone_name
from pyramid_scheduler.triggers.combining import Trigger
from pyramid_scheduler.triggers.kinds import dump_trigger, load_trigger, parts_of
from pyramid_scheduler.triggers.local import local_moment

DEEPEST = 20
MOST = 100


class Steps:
    """How far one answer may still look, for all that is nested in one combination together.

    Without one budget for all, searches inside searches would multiply their bounds. A trigger
    that takes long to answer says by its ``toil`` how many steps more that is worth.
    """

    __slots__ = ("_answers", "_until", "left")

    def __init__(self, after: int, left: int = STEPS) -> None:
        self.left = left
        self._until = after + HORIZON_US
        # By the id of a part: since when it was asked, and its answer, which holds until then.
        self._answers: dict[int, tuple[int, int | None]] = {}

    def take(self, fire: int) -> bool:
        """Return whether the search may go on after ``fire``, which was not the answer."""
        self.left -= 1
        return self.left > 0 and fire < self._until

    def earliest(self, parts: tuple[model.Trigger, ...], after: int) -> int | None:
        """Return the first fire time of any of ``parts`` later than ``after``.

        Each part may take its share of what is left, so that one that looks in vain leaves the
        others theirs; and none is asked again for what it has answered.
        """
        fires = [self._shared(part, after, len(parts) - place) for place, part in enumerate(parts)]
        return min((fire for fire in fires if fire is not None), default=None)

    def _shared(self, part: model.Trigger, after: int, among: int) -> int | None:
        since, fire = self._answers.get(id(part), (after, after))
        if since <= after and (fire is None or after < fire):
            return fire
        share = copy(self)
        share.left = given = self.left // among
        fire = search_in(part, after, share)
        self.left -= given - share.left
        self._answers[id(part)] = (after, fire)
        return fire


def search_in(trigger: model.Trigger, after: int, steps: Steps) -> int | None:
    """Return the first fire time of ``trigger``, a part of a combination, later than ``after``.

    None too for one so late that no zone's clock could show it.
    """
    if isinstance(trigger, Combined):
        return trigger.search(after, steps)
    fire = trigger.next_instant(after)
    steps.left -= getattr(trigger, "toil", 0)
    return fire if fire is not None and fire < LATEST else None


class Combined(Trigger):
    """A trigger made of others: its ``parts``. A subclass says :meth:`search` and what it adds."""

    @property
    def parts(self) -> tuple[model.Trigger, ...]:
        """Return the triggers it is made of."""
        raise NotImplementedError

    @property
    def civil(self) -> bool:
        """Return whether one of its parts is."""
        return any(part.civil for part in self.parts)

    def rebuilt(self, parts: tuple[model.Trigger, ...]) -> Self:
        """Return this combination of other parts, of which each was one of these before."""
        raise NotImplementedError

    def search(self, after: int, steps: Steps) -> int | None:
        """Return the first fire time later than ``after``, None if there is none within bounds."""
        raise NotImplementedError

    def next(self, after: datetime) -> datetime | None:
        """Return the first fire time after ``after``, as the zone inside shows it, else in UTC."""
        asked = read_instant(after, self._zone(), f"{self.kind}: after")
        return self.shown_moment(self.next_instant(micros(asked)))

    def next_instant(self, after: int) -> int | None:
        """Return the same as an instant."""
        after = max(after, EARLIEST)
        if after > LATEST:
            return None
        return self.anchored(moment(after)).search(after, Steps(after))

    def shown_moment(self, fire: int | None) -> datetime | None:
        """Return ``fire`` as the zone inside shows it, if there is only one."""
        return None if fire is None else local_moment(fire, self._zone())

    def _zone(self) -> ZoneInfo:
        zones = zones_of(self)
        return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")

    def anchored(self, anchor: datetime) -> Self:
        """Return this combination, its parts counted from ``anchor`` where they count."""
        return self._with(lambda part: part.anchored(anchor))

    def named(self, name: str) -> Self:
        """Return this combination for the schedule ``name``."""
        return self._with(lambda part: part.named(name))

    def delay(self, name: str, fire: int) -> int:
        """Return the longest of the delays of its parts that fire at ``fire``."""
        return max(part.delay(name, fire) for part in self.parts)

    def _with(self, change: Callable[[model.Trigger], model.Trigger]) -> Self:
        parts = self.parts
        changed = tuple(change(part) for part in parts)
        same = all(new is old for new, old in zip(changed, parts, strict=True))
        return self if same else self.rebuilt(changed)


@dataclass(frozen=True, repr=False)
class Around(Combined):
    """A combination around one trigger."""

    trigger: model.Trigger

    @property
    def parts(self) -> tuple[model.Trigger, ...]:
        """Return the one trigger."""
        return (self.trigger,)

    def rebuilt(self, parts: tuple[model.Trigger, ...]) -> Self:
        """Return the same around another trigger."""
        # What its fields hold was read once and is not read again, as replace() would.
        other = copy(self)
        object.__setattr__(other, "trigger", parts[0])
        return other

    def first(self, declared: datetime) -> datetime | None:
        """Return the inner first fire time, be it past, if it is one here; else the next."""
        first = self.anchored(declared).trigger.first(declared)
        if first is not None and self.passes(micros(first)):
            return self.shown_moment(micros(first))
        return self.next(declared)

    def passes(self, fire: int) -> bool:
        """Return whether ``fire``, a fire time of the inner trigger, is one of this too."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """Return its fields but the trigger, as JSON values that the class takes again."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """Return the inner trigger and the options."""
        return {"trigger": dump_trigger(self.trigger), **self.options()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the combination that :meth:`as_json` wrote."""
        return cls(**{**data, "trigger": load_trigger(data["trigger"])})

    def written(self, call: str) -> str:
        """Return how it is written in code, by the ``call`` of a method of the inner trigger."""
        return f"{enclosed(self.trigger)}.{call}"


def owes_the_past(trigger: model.Trigger) -> bool:
    """Return whether anything in ``trigger`` may owe first what has passed, as a one-off does."""
    parts = parts_of(trigger)
    return any(map(owes_the_past, parts)) or not (
        parts or type(trigger).first is model.Trigger.first
    )


def enclosed(trigger: model.Trigger) -> str:
    """Return the repr of ``trigger``, in parentheses where an operator is in it."""
    return f"({trigger!r})" if len(parts_of(trigger)) > 1 else repr(trigger)


def described(trigger: model.Trigger) -> str:
    """Return what ``trigger`` says of itself, in parentheses where more is said of it."""
    words = trigger.describe()
    return f"({words})" if len(parts_of(trigger)) > 1 else words


def zones_of(trigger: model.Trigger) -> set[str]:
    """Return the zones in which ``trigger`` reads local times: its own, else those inside."""
    own = getattr(trigger, "timezone", None)
    with suppress(InvalidValue):  # somebody's own trigger may call anything so
        return {read_zone_name(own, "timezone")}
    return {zone for part in parts_of(trigger) for zone in zones_of(part)}


def read_zone_for(trigger: model.Trigger, said: object, where: str) -> str:
    """Return the zone ``said``, else the one that ``trigger`` has, else UTC.

    Raises InvalidValue: none is said, and the trigger has several.
    """
    if said is not None:
        return read_zone_name(said, f"{where}: timezone")
    zones = zones_of(trigger)
    if len(zones) > 1:
        names = " and ".join(sorted(zones))
        raise InvalidValue(f"{where}: the trigger has the zones {names}: say which with timezone=")
    return zones.pop() if zones else "UTC"


def zone_goes_without_saying(trigger: model.Trigger, zone: str) -> bool:
    """Return whether ``zone`` is the one that ``trigger`` gives where none is said."""
    return (zones_of(trigger) or {"UTC"}) == {zone}


def check_parts(parts: tuple[model.Trigger, ...], where: str) -> None:
    """Check that ``parts`` are triggers, and that a combination of them stays within bounds.

    Raises InvalidValue.
    """
    if not parts:
        raise InvalidValue(f"{where}: there is no trigger in it")
    for part in parts:
        if not isinstance(part, model.Trigger):
            raise InvalidValue(f"{where}: {shown(part)} is not a trigger")
    if max(map(_depth, parts)) >= DEEPEST:
        raise InvalidValue(f"{where}: more than {DEEPEST} combinations around each other")
    if sum(map(_size, parts)) > MOST:
        raise InvalidValue(f"{where}: more than {MOST} triggers in one combination")


def _depth(trigger: model.Trigger) -> int:
    return 1 + max(map(_depth, parts_of(trigger)), default=0)


def _size(trigger: model.Trigger) -> int:
    return sum(map(_size, parts_of(trigger))) or 1
