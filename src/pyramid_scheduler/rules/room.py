"""What a claim may still take: the room of each executor, the limits of each task."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from pyramid_scheduler.model import OnCrash, Task
from pyramid_scheduler.rules.limiting import Group, group_of


class Use(NamedTuple):
    """How much of its limits a group of runs uses.

    How many ``running``, and how many ``started`` within the span of the rate; the ``oldest`` of
    those, an instant.
    """

    running: int = 0
    started: int = 0
    oldest: int | None = None


class RoomLeft:
    """The room left while one claim goes on; the limits count what is returned by it.

    ``rooms`` gives per executor (idle, ahead): runs that start at once, and runs that may queue
    behind them. Only a run that starts at once may be claimed ahead of its fire time, or may be
    one of ``on_crash="fail"``: for such a run a claim counts as a start. ``used`` is what the
    whole cluster uses of limits; a group not known there uses nothing of them. Of the tasks
    ``barred`` nothing is claimed.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        rooms: Mapping[str, tuple[int, int]],
        used: Mapping[Group, Use],
        barred: Collection[str] = (),
    ) -> None:
        """Begin with all of it."""
        self._tasks = tasks
        if barred:
            self._tasks = {name: task for name, task in tasks.items() if name not in barred}
        self._idle = {name: room[0] for name, room in rooms.items()}
        self._room = {name: sum(room) for name, room in rooms.items()}
        self._limited = {
            name
            for name, task in tasks.items()
            if task.max_running is not None or task.rate is not None
        }
        self._used = dict(used)
        self._counted: set[Group] = set()

    def count(self, group: Group, use: Use) -> None:
        """Take note of what else ``group`` uses, before anything of it is taken."""
        self._counted.add(group)
        running = self._used.get(group, Use()).running + use.running
        self._used[group] = use._replace(running=running)

    def has_counted(self, group: Group) -> bool:
        """Return whether :meth:`count` was told of ``group``."""
        return group in self._counted

    def tasks(self) -> list[str]:
        """Return the names of the tasks of which at least one more run may be claimed."""
        return [name for name in self._tasks if self.fits(name)]

    def crowded(self) -> list[str]:
        """Return the names of the tasks that only want of room keeps from being claimed."""
        return [name for name in self._tasks if self.allows(name, None) and not self.fits(name)]

    def most(self) -> int:
        """Return how many runs may be claimed at most."""
        return sum(max(0, room) for room in self._room.values())

    def fits(self, name: str, key: str | None = None, *, early: bool = False) -> bool:
        """Return whether one more run of the task may be claimed, ``early`` before it is due.

        Of a task with keys: of that ``key``; with None, of any.
        """
        task = self._tasks.get(name)
        if task is None or (name in self._limited and not self.allows(name, key)):
            return False
        if early or task.on_crash is OnCrash.FAIL:
            return not (early and task.on_crash is OnCrash.FAIL) and self._idle_left(task) > 0
        return self._room.get(task.executor, 0) > 0

    def take(self, name: str, key: str | None = None, at: int = 0) -> None:
        """Count one more run of the task, which may begin at the instant ``at``."""
        task = self._tasks[name]
        self._room[task.executor] -= 1
        self._idle[task.executor] -= 1
        group = group_of(task, key) if name in self._limited else None
        if group is not None:
            running, started, oldest = self._used.get(group, Use())
            first = at if oldest is None else min(at, oldest)
            self._used[group] = Use(running + 1, started + 1, first)

    def opens(self) -> int | None:
        """Return the earliest instant at which a rate that is used up allows a further start."""
        instants = (
            use.oldest + rate.span + 1
            for group, use in self._used.items()
            if (task := self._tasks.get(group.task)) is not None
            and (rate := task.rate) is not None
            and use.started >= rate.count
            and use.oldest is not None
        )
        return min(instants, default=None)

    def allows(self, name: str, key: str | None) -> bool:
        """Return whether the limits of the task, which is not barred, allow one more run."""
        if name not in self._limited:
            return True
        task = self._tasks[name]
        group = group_of(task, key)
        use = self._used.get(group) if group is not None else None
        if use is None:
            return True
        if task.max_running is not None and use.running >= task.max_running:
            return False
        return task.rate is None or use.started < task.rate.count

    def _idle_left(self, task: Task) -> int:
        return min(self._idle.get(task.executor, 0), self._room.get(task.executor, 0))
