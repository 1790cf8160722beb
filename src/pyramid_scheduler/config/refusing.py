"""What cannot be taken while configuring becomes Pyramid's own error, with the line to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyramid.exceptions import ConfigurationError

from pyramid_scheduler.errors import SchedulerError


@contextmanager
def refusing(info: Any = None) -> Iterator[None]:
    """Raise a SchedulerError as a ConfigurationError that names the line of ``info``.

    ``info`` is Pyramid's ActionInfo, or None where no line of the application is to blame.
    """
    try:
        yield
    except SchedulerError as error:
        file = getattr(info, "file", None)
        place = f" ({file}:{info.line})" if file else ""
        raise ConfigurationError(f"{error}{place}") from error
