"""What cannot be taken while configuring becomes Pyramid's own error, with the line to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyramid.exceptions import ConfigurationError

from pyramid_scheduler.errors import InvalidSetting, InvalidValue, SchedulerError


@contextmanager
def refusing(info: Any = None) -> Iterator[None]:
    """Raise a SchedulerError as a ConfigurationError that names the line of ``info``.

    ``info`` is Pyramid's ActionInfo, or None where no line of the application is to blame; a
    setting that is has its own place.
    """
    try:
        yield
    except InvalidSetting as error:
        raise ConfigurationError(str(error)) from error
    except SchedulerError as error:
        file = getattr(info, "file", None)
        place = f" ({file}:{info.line})" if file else ""
        raise ConfigurationError(f"{error}{place}") from error


class Problems:
    """What is wrong with the settings, gathered, so that a person hears of all of it at once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._found: list[str] = []

    def add(self, problem: str) -> None:
        """Take note of one."""
        self._found.append(problem)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Take note of an InvalidValue raised within, and go on behind it."""
        try:
            yield
        except InvalidValue as error:
            self.add(str(error))

    def refuse(self) -> None:
        """Raise InvalidSetting, a line for each, if there are any."""
        if self._found:
            raise InvalidSetting("\n".join(self._found))
