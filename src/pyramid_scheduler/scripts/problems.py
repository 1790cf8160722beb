"""Errors as a command tells them: one line each, with the place to look at, and no password."""

import traceback
from collections.abc import Iterable
from configparser import InterpolationSyntaxError

from plaster import PlasterError
from pyramid.exceptions import (
    ConfigurationConflictError,
    ConfigurationError,
    ConfigurationExecutionError,
)

from pyramid_scheduler.errors import FaultyTrigger, InvalidSetting, SchedulerError
from pyramid_scheduler.scripts.application import CommandError
from pyramid_scheduler.scripts.printing import one_line
from pyramid_scheduler.showing import shown

# These say all that there is to say; any other error's type and place are needed as well.
_SPEAKING = (CommandError, SchedulerError, ConfigurationError, PlasterError)


def problem(error: BaseException) -> str:
    """Return ``error`` on one line."""
    return "; ".join(problems(error))


def problems(error: BaseException) -> list[str]:
    """Return each problem that ``error`` tells of, on a line of its own."""
    if isinstance(error, BaseExceptionGroup):
        return [line for one in error.exceptions for line in problems(one)]
    if isinstance(error, ConfigurationConflictError):
        return [_conflict(what, infos) for what, infos in error._conflicts.items()]
    if isinstance(error, ConfigurationExecutionError):
        lines, place = problems(error.evalue), _place(error.info)
        if isinstance(error.evalue.__cause__, InvalidSetting):
            return lines  # what is to be corrected is a file of settings, not this place
        return [line if place in line else f"{line} ({place})" for line in lines]
    if isinstance(error.__cause__ or error, SchedulerError):
        # One of ours, perhaps on its way through Pyramid: it has a line for each problem.
        return [one_line(line) for line in _message(error).splitlines() if line.strip()]
    return [one_line(_said(error))]


def _said(error: BaseException) -> str:
    if isinstance(error, FaultyTrigger) and error.__cause__ is not None:
        return f"{_message(error)}{_raised_at(error.__cause__)}"
    if isinstance(error, _SPEAKING):
        return _message(error)
    if isinstance(error, SystemExit):
        return f"the application exits, with {shown(error.code)}{_raised_at(error)}"
    if isinstance(error, InterpolationSyntaxError):
        # Its message repeats what follows the '%', which may be the rest of a password.
        return f"[{error.section}] {error.option}: in an ini file, each '%' is doubled: write '%%'"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return f"{type(error).__name__}: {_message(error)}{_raised_at(error)}"


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as second:  # noqa: BLE001 - an application's own __str__
        return f"its message cannot be shown ({type(second).__name__})"


def _raised_at(error: BaseException) -> str:
    """Return the innermost place that is a file: the machinery of import is none."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f" ({each.filename}:{each.lineno})" for each in frames if each.filename[:1] != "<"]
    return places[-1] if places else ""


def _conflict(what: object, infos: Iterable[object]) -> str:
    named = " ".join(map(str, what)) if isinstance(what, tuple) else str(what)
    places = [place for place in map(_place, infos) if place]
    return one_line(f"declared more than once: {named}" + "".join(f", at {at}" for at in places))


def _place(info: object) -> str:
    """Return where a statement of configuration stands, as Pyramid's ActionInfo has it."""
    file, line = getattr(info, "file", None), getattr(info, "line", None)
    return f"{file}:{line}" if file else ""
