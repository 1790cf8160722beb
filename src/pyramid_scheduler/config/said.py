"""A declaration as it was said, checked and not yet in force: what code says of one name.

It is compared with others of its name by content, so that one said twice counts once, and it is
resolved when the configuration is committed, with the overrides of the ini file over it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from pyramid_scheduler.config.callables import (
    Callee,
    default_name,
    read_callee,
    signature_of,
    takes_request,
)
from pyramid_scheduler.config.overrides import overriding, told_of
from pyramid_scheduler.declaring import TRIGGERS, When, read_task_options, read_when, with_calendars
from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.model import Definition, Task
from pyramid_scheduler.reading import read_name
from pyramid_scheduler.showing import shown

Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SaidTask:
    """A task as code declares it; ``options`` are read, ``raw`` is what was written."""

    name: str
    callee: Callee
    options: Mapping[str, Any]
    raw: Raw = field(compare=False)

    def as_written(self) -> Task:
        """Return the task as the code has it, not yet derived."""
        return self._task(self.options)

    def resolve(self, overrides: Raw, executors: Collection[str]) -> Task:
        """Return the task, not yet derived, with ``overrides`` over what code says.

        Raises InvalidValue: an override, or an executor that nobody has.
        """
        where = f"task {self.name!r}"
        with told_of("task", self.name, overrides):
            task = self._task(read_task_options(overriding(self.raw, overrides), where))
            if task.executor not in executors:
                raise InvalidValue(
                    f"{where}: executor: {task.executor!r} is not one of"
                    f" {', '.join(sorted(executors))}{nearest(task.executor, executors)}"
                )
        return task

    def _task(self, options: Mapping[str, Any]) -> Task:
        where = f"task {self.name!r}"
        said = options.get("request")
        if options.get("transactional"):
            if said is False:
                raise InvalidValue(
                    f"{where}: request: a transactional task is given the request, whose"
                    " transaction it works in: it cannot be false"
                )
            said = True
        with_request = takes_request(self.callee, said, where)
        return Task(
            name=self.name,
            func=self.callee.func,
            signature=signature_of(self.callee, with_request=with_request, where=where),
            call=self.callee.func,
            takes_request=with_request,
            **{key: value for key, value in options.items() if key != "request"},
        )


def say_task(given: Any, name: str | None, attr: str | None, raw: Raw) -> SaidTask:
    """Return the task that code declares, checked as far as it can be before the commit."""
    where = "task" if name is None else f"task {shown(name)}"
    callee = read_callee(given, attr, where)
    named = default_name(callee, where) if name is None else _read_name(name, where)
    said = SaidTask(named, callee, read_task_options(raw, f"task {named!r}"), dict(raw))
    said.as_written()
    return said


def _read_name(name: object, where: str) -> str:
    try:
        return read_name(name, f"{where}: name")
    except InvalidValue as error:
        if isinstance(name, str) and " " in name.strip():  # of add_schedule, it would be a phrase
            raise InvalidValue(f"{error}; when it runs is said by when=") from None
        raise


@dataclass(frozen=True, slots=True)
class SaidSchedule:
    """A schedule as code declares it, of the task called or calling ``task``."""

    name: str
    task: str | Callable[..., Any]
    when: When
    raw: Raw = field(compare=False)

    def resolve(self, task: Task, overrides: Raw, zone: ZoneInfo) -> Definition:
        """Return the definition, with ``overrides`` over what code says.

        Raises InvalidValue: an override; InvalidArguments: they do not fit the task.
        """
        where = f"schedule {self.name!r}"
        raw = dict(self.raw)
        if overrides.keys() & TRIGGERS.keys():
            raw = {key: value for key, value in raw.items() if key not in TRIGGERS}
        with told_of("schedule", self.name, overrides):
            when = read_when(overriding(raw, overrides), zone, where)
            return with_calendars(when.tie(self.name, task, where), where)


def say_schedule(
    name: str, task: str | Callable[..., Any], raw: Raw, zone: ZoneInfo
) -> SaidSchedule:
    """Return the schedule that code declares, checked as far as it can be before the commit."""
    where = f"schedule {shown(name)}"
    read_name(name, f"{where}: name")
    return SaidSchedule(name, task, read_when(raw, zone, where), dict(raw))
