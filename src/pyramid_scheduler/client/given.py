"""What callers give: read before a store is asked, whose driver would say something else."""

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import read_duration

LONGEST = 500


def read_given(value: object, what: str) -> str:
    """Return ``value``, which is to name a schedule or a run.

    Raises InvalidValue for what cannot be the name of anything.
    """
    if not isinstance(value, str):
        raise InvalidValue(f"{what}: a name or id is a str, not a {type(value).__qualname__}")
    if len(value) > LONGEST or not value.isprintable():
        raise InvalidValue(f"{what}: {value!r:.50} is no name or id: they are printable and short")
    return value


def read_timeout(value: object, where: str) -> float:
    """Return ``value``, a duration or 0, in seconds. Raises InvalidValue."""
    return 0.0 if value == 0 else read_duration(value, where).total_seconds()
