"""What a dotted name stands for."""

from pkgutil import resolve_name

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.showing import shortened, shown


def imported(name: str, where: str) -> object:
    """Return what the dotted ``name`` stands for. Raises InvalidValue, whatever its import does."""
    try:
        return resolve_name(name)
    except Exception as error:  # importing a module runs it
        reason = shortened(f"{type(error).__name__}: {error}", 300)  # it may repeat the name
        raise InvalidValue(f"{where}: {shown(name)} cannot be imported: {reason}") from error
