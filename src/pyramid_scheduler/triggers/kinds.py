"""The kinds of trigger that this process knows, by the name that a row may hold."""

from importlib import import_module
from typing import Any, TypeVar

from pyramid_scheduler.errors import InvalidValue, UnknownName, nearest
from pyramid_scheduler.model import Trigger

TriggerType = TypeVar("TriggerType", bound=Trigger)

_KINDS: dict[str, type[Trigger]] = {}

# Where ours are, so that an application waits only for those that it uses.
_HOMES = {
    "all": "combined.several",
    "any": "combined.several",
    "between": "combined.filtered",
    "calendar": "calendar.trigger",
    "cron": "cron.trigger",
    "excluding": "combined.filtered",
    "interval": "interval",
    "irregular": "irregular",
    "jitter": "combined.jittered",
    "on": "combined.filtered",
    "once": "once",
    "only": "combined.filtered",
    "rrule": "rrule.trigger",
    "shifted": "combined.shifted",
    "starting": "combined.spans",
    "times": "combined.spans",
    "until": "combined.spans",
}


def register(kind: type[TriggerType]) -> type[TriggerType]:
    """Make the class decorated known under its ``kind``, so that a row may name it.

    Raises InvalidValue when another class has that kind.
    """
    name = kind.kind
    if kind.__module__ != _home(name):
        _load(name)
    known = _KINDS.setdefault(name, kind)
    if known is not kind and _name(known) != _name(kind):
        raise InvalidValue(f"two triggers are of kind {name!r}: {known!r} and {kind!r}")
    _KINDS[name] = kind
    return kind


def _home(kind: str) -> str | None:
    return f"{__package__}.{_HOMES[kind]}" if kind in _HOMES else None


def _load(kind: str) -> None:
    """Have one of ours register itself."""
    home = _home(kind)
    if kind not in _KINDS and home is not None:
        import_module(home)


def _name(kind: type[Trigger]) -> tuple[str, str]:
    # Of a module that was loaded anew, the class is another one of the same name.
    return kind.__module__, kind.__qualname__


def dump_trigger(trigger: Trigger) -> dict[str, Any]:
    """Return ``trigger`` as plain JSON values."""
    return {"kind": trigger.kind, **trigger.as_json()}


def load_trigger(data: dict[str, Any]) -> Trigger:
    """Return the trigger that :func:`dump_trigger` wrote.

    Raises UnknownName when this process knows no trigger of that kind (a newer version may), or
    not the calendar that it names; InvalidValue when triggers are nested too deep to be read.
    """
    parameters = dict(data)
    kind = find_kind(parameters.pop("kind"))
    try:
        return kind.from_json(parameters)
    except RecursionError:
        raise InvalidValue("a trigger: it is nested too deep to be read") from None


def find_kind(kind: str) -> type[Trigger]:
    """Return the class of the triggers of ``kind``.

    Raises UnknownName.
    """
    _load(kind)
    if kind not in _KINDS:
        known = {*_KINDS, *_HOMES}
        raise UnknownName(f"no trigger is of kind {kind!r}{nearest(kind, known)}")
    return _KINDS[kind]


def is_registered(trigger: Trigger) -> bool:
    """Return whether a row that holds ``trigger`` can be read back by this process."""
    known = _KINDS.get(getattr(trigger, "kind", "")) is type(trigger)
    return known and all(is_registered(part) for part in parts_of(trigger))


def parts_of(trigger: Trigger) -> tuple[Trigger, ...]:
    """Return the triggers that ``trigger`` is made of, none for one that is no combination."""
    parts = getattr(trigger, "parts", ())
    # Somebody's own trigger may call anything so.
    made_of = isinstance(parts, tuple) and all(isinstance(part, Trigger) for part in parts)
    return parts if made_of else ()
