"""``pscheduler check``: what an application would run, and what is wrong with it."""

import os
from pathlib import Path

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.model import Definition, Task
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.scripts.command import Command
from pyramid_scheduler.scripts.faults import declared_now, faults
from pyramid_scheduler.scripts.printing import plain
from pyramid_scheduler.scripts.problems import problems
from pyramid_scheduler.scripts.words import counted

COLUMNS = ("task", "schedule", "when", "misfire", "overlap", "on_crash")
NEVER = " (never)"
Row = tuple[str, str | None, str, str | None, str | None, str]


class CheckCommand(Command):
    """Load the application and judge what it declares."""

    name = "check"
    description = """\
    Load the application and say what would be scheduled and what is wrong.
    Nothing is started, and the store is neither read nor made. The exit code
    is 2 if anything is wrong; what never fires is only a warning.
    """

    def run(self) -> int:
        """Show what is declared, then every problem."""
        try:
            with self.scheduler() as scheduler:
                declared, address = scheduler.declared, scheduler.store.address
        except Exception as error:
            if self.args.traceback:
                raise
            return self.judge(problems(error))
        if self.args.traceback:
            for definition in declared.definitions.values():
                declared_now(definition)
        self._tell(declared, address)
        return self.judge([*faults(declared), *_misplaced(address)], _idle(declared))

    def _tell(self, declared: Declarations, address: str) -> None:
        rows = _rows(declared)
        if self.screen.json:
            for row in rows:
                self.screen.record(dict(zip(COLUMNS, row, strict=True)))
            return
        if rows:
            self.screen.table(COLUMNS, [tuple(cell or "-" for cell in row) for row in rows])
        tasks = counted(len(declared.tasks), "task")
        schedules = counted(len(declared.definitions), "schedule")
        self.screen.out(f"{tasks}, {schedules}; the store is {plain(address)}")


def _idle(declared: Declarations) -> list[str]:
    """Return a line for each schedule by which nothing will ever fire, though it is enabled."""
    names = sorted(name for name, one in declared.definitions.items() if _exception(one) == NEVER)
    return [f"schedule {plain(name)}: never fires" for name in names]


def _misplaced(address: str) -> list[str]:
    """Return what is wrong with the place of the store, without touching it."""
    scheme, _, path = address.partition(":///")
    if scheme != "sqlite":
        return []
    store = nearest = Path(path)
    while not os.access(nearest, os.F_OK):
        nearest = nearest.parent
    if os.access(nearest, os.W_OK) and (nearest == store or nearest.is_dir()):
        return []
    return [
        f"the store {plain(path)} cannot be made or written by this user: see"
        f" {plain(str(nearest))}; set scheduler.store or scheduler.state_dir"
    ]


def _rows(declared: Declarations) -> list[Row]:
    """Return a row for each schedule, by name, and then one for each task that has none."""
    definitions = sorted(declared.definitions.values(), key=lambda each: each.name)
    scheduled = {definition.task for definition in definitions}
    rows = [_row(each, declared.tasks[each.task]) for each in definitions]
    rest = sorted(declared.tasks.keys() - scheduled)
    return rows + [
        (name, None, "when asked", None, None, declared.tasks[name].on_crash) for name in rest
    ]


def _row(definition: Definition, task: Task) -> Row:
    return (
        task.name,
        definition.name,
        definition.trigger.describe() + _exception(definition),
        definition.misfire,
        definition.overlap,
        task.on_crash,
    )


def _exception(definition: Definition) -> str:
    """Return why it does not fire as its trigger says, empty where it does."""
    if not definition.enabled:
        return " (disabled)"
    try:
        return "" if declared_now(definition).next_fire is not None else NEVER
    except FaultyTrigger:
        return " (faulty)"
