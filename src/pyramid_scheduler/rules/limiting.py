"""What limits a run beside its task's name: its key, and the runs that it equals.

Both are made of the run's own arguments, as JSON gives them back, so that they are the same
whoever asks for the run and whatever process makes it.
"""

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import MICROSECOND
from pyramid_scheduler.model import Follow, Reason, Skip, Task, UniqueBy, Uniqueness
from pyramid_scheduler.payload import load_arguments
from pyramid_scheduler.reading import read_text
from pyramid_scheduler.rules.planning import Plan
from pyramid_scheduler.showing import shortened, shown

log = logging.getLogger("pyramid_scheduler")

LONGEST_KEY = 200


class Group(NamedTuple):
    """Those runs of a task that share its limits: all of them, or those of one key."""

    task: str
    key: str = ""


def group_of(task: Task, key: str | None) -> Group | None:
    """Return with which runs one of ``task`` shares its limits; None: nothing limits it."""
    if task.max_running is None and task.rate is None:
        return None
    if task.key is None:
        return Group(task.name)
    return None if key is None else Group(task.name, key)


def key_of(task: Task, arguments: str, where: str) -> str | None:
    """Return the key of a run of ``task``; an int is taken for the text of it.

    Raises InvalidValue: the task's ``key`` raised, or gave what is no text of 1 to 200 characters.
    """
    if task.key is None:
        return None
    try:
        args, kwargs = load_arguments(arguments)
        key = task.key(*args, **kwargs)
    except BaseException as error:  # a claim has others to take, whatever this one raises
        raised = f"{type(error).__name__}: {_message(error)}"
        raise InvalidValue(f"{where}: key: it raised {raised}") from error
    return None if key is None else _read_key(key, f"{where}: key")


def _message(error: BaseException) -> str:
    try:
        return shortened(str(error), 300)
    except Exception as broken:  # noqa: BLE001 - an application's __str__ may raise anything
        return f"<__str__ raised {type(broken).__name__}>"


def _read_key(given: object, where: str) -> str:
    # A bool is the answer to a question, and would make two keys of all runs.
    if isinstance(given, int) and not isinstance(given, bool) and -(2**63) <= given < 2**63:
        return str(int(given))
    if isinstance(given, str) and 0 < len(given) <= LONGEST_KEY:
        return str(read_text(given, where))
    raise InvalidValue(
        f"{where}: it gave {shown(given)}; allowed are a text of 1 to {LONGEST_KEY} characters, an"
        " int of 64 bits, and None for a run without a key"
    )


def uniqueness(task: Task, key: str | None, arguments: str) -> Uniqueness | None:
    """Return what a run of ``task`` is compared by; None: it equals no other."""
    if task.unique is None or (task.unique is UniqueBy.KEY and key is None):
        return None
    by = key if task.unique is UniqueBy.KEY else ""
    if task.unique is UniqueBy.ARGS:
        by = _named(task, arguments)
    said = f"{task.name}\0{task.unique}\0{by}"
    within = None if task.unique_for is None else task.unique_for // MICROSECOND
    return Uniqueness(blake2b(said.encode(), digest_size=20).hexdigest(), within)


def _named(task: Task, arguments: str) -> str:
    """Return ``arguments`` by their names: the same, however a caller passes them."""
    try:
        args, kwargs = load_arguments(arguments)
        bound = task.signature.bind(*args, **kwargs)
    except (TypeError, ValueError, RecursionError):
        return arguments  # they were meant for another version of the task, or are not ours
    return json.dumps(bound.arguments, sort_keys=True)


def limited(follow: Follow, tasks: Mapping[str, Task], before: str) -> Follow:
    """Return ``follow``, of the run ``before``, with its key and what it is compared by.

    What cannot be known now is said, and asked again at its claim.
    """
    task = tasks.get(follow.task)
    if task is None or (task.key is None and task.unique is None):
        return follow
    try:
        key = key_of(task, follow.arguments, f"after run {before}")
    except InvalidValue as error:
        with suppress(Exception):  # the application's handlers may raise anything
            log.error("the run that follows run %s has no key: %s", before, error)
        return follow
    return follow._replace(key=key, unique=uniqueness(task, key, follow.arguments))


def without_equals(name: str, planned: Plan, equals: Callable[[int], bool]) -> Plan:
    """Return ``planned``, of the schedule called ``name``, with one run at most.

    ``equals`` tells whether the run of a fire time would equal one that is there, and is not one of
    those that it replaces; once there is a new one, those after it equal that. Where none is left,
    nothing is replaced.
    """
    runs = next(([fire] for fire in planned.runs if not equals(fire)), [])
    before = [fire for fire in planned.runs if not runs or fire < runs[0]]
    after = [fire for fire in planned.runs if runs and fire > runs[0]]
    skips = [_skip(name, fires) for fires in (before, after) if fires]
    stop_others = planned.stop_others and bool(runs)
    return planned._replace(runs=runs, skips=[*planned.skips, *skips], stop_others=stop_others)


def _skip(name: str, fires: list[int]) -> Skip:
    return Skip(
        schedule=name, reason=Reason.UNIQUE, first=fires[0], last=fires[-1], count=len(fires)
    )
