"""What can go wrong: one class per cause that a caller can act on; each docstring says what to do.

A message names what was given, where, and what is allowed. None ever contains a password.
"""

import re
from collections.abc import Iterable

LONGEST_COMPARED = 300
MOST_COMPARED = 30_000  # characters
# How alike two names have to be. From 0.73 down another library's word is taken for a slip.
ALIKE = 0.75


class SchedulerError(Exception):
    """Anything that this package raises on purpose. Catch it to catch them all."""


class InvalidValue(SchedulerError, ValueError):
    """A value that cannot be taken: an option, an instant, an interval, a setting. Correct it."""


class InvalidSetting(InvalidValue):
    """Settings that cannot be taken: a line for each. Correct them where they stand, in a file."""


class InvalidPayload(InvalidValue):
    """Arguments that are not plain JSON, or too large. Pass an id, and look it up in the task."""


class InvalidArguments(SchedulerError, TypeError):
    """Arguments that do not fit the task's signature. Call the task as its function is written."""


class UnknownName(SchedulerError, LookupError):
    """A task, schedule or run that nobody declared. The message names the nearest one known."""


class UnknownTask(UnknownName):
    """No task has this name. Declare it with ``@task`` and scan, or ``config.add_task``."""


class UnknownSchedule(UnknownName):
    """No schedule has this name. ``scheduler.schedules()`` lists those that exist."""


class UnknownRun(UnknownName):
    """No run has this id; it may have been deleted after the retention."""


class WrongState(SchedulerError):
    """A run is in a state in which that cannot be asked of it; the message says in which one."""


class AlreadyExists(SchedulerError):
    """A schedule with this id exists. Pass ``replace=True`` to replace it, or another id."""


class NoScheduler(SchedulerError):
    """The module's ``scheduler`` cannot tell which application is meant: ask its registry's."""


class NotStarted(SchedulerError):
    """The engine cannot be started or used here; the message says why and what to do."""


class StoreUnavailable(SchedulerError):
    """The store did not answer. Nothing was changed as far as is known; try again later."""


class StoreLocked(StoreUnavailable):
    """Somebody keeps locked, for long, what that needs. Nothing was changed; try again later."""


class StoreMisplaced(SchedulerError):
    """The store's folder or address cannot be used; the message names it, the user, the setting."""


class Unreadable(SchedulerError):
    """A schedule in the store that this process cannot read; a newer version may. It is left."""


class FaultyTrigger(SchedulerError):
    """A trigger raised, or answered with an instant that is not later. Mend its ``next``.

    Its schedule is left as it is until then; what the trigger raised is the ``__cause__``.
    """


class NotTransactional(SchedulerError):
    """A transactional task whose transaction cannot write how its run ends; the message says why.

    It needs pyramid_tm, ``scheduler.session_factory``, and the store in that session's database.
    """


class SchemaMismatch(SchedulerError):
    """The store was written by a newer version of this package. Upgrade the package."""


class NodeLost(SchedulerError):
    """This node was marked dead by another: its claims are no longer its own."""


class RunTimeout(SchedulerError, TimeoutError):
    """A task took longer than its ``timeout``. Nothing raises it; it is how the attempt failed."""


class WaitTimeout(SchedulerError, TimeoutError):
    """The run had not ended when the time given was over. It goes on; wait again or cancel it."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name nearest to ``name``, else ``""``.

    Case does not count, and the last part of a known name may stand for it: ``tidy`` is near to
    ``shop.tidy``, ``berlin`` to ``Europe/Berlin``. Comparing takes the product of two lengths:
    names that are too long or too many are passed over, those of another length first.
    """
    if len(name) > LONGEST_COMPARED:
        return ""
    from difflib import get_close_matches  # noqa: PLC0415 - only who errs waits for it

    wanted, spelled = name.casefold(), dict[str, str]()
    by_length = sorted(known, key=lambda one: (abs(len(one) - len(name)), one))
    for one in by_length[: MOST_COMPARED // max(10, len(name))]:
        spelled.setdefault(one.casefold(), one)
        spelled.setdefault(re.split("[./]", one)[-1].casefold(), one)
    close = get_close_matches(wanted, spelled, n=1, cutoff=ALIKE)
    close = close or [form for form in spelled if _akin(wanted, form)]
    return f"; did you mean {spelled[close[0]]!r}?" if close else ""


def _akin(one: str, other: str) -> bool:
    """Return whether one begins with the other, or has its letters in another order."""
    short, long = sorted((one, other), key=len)
    return (len(short) > 2 and long.startswith(short)) or sorted(one) == sorted(other)
