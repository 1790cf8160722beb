"""What a claim may still take: the room of each executor, the limit of each task."""

from collections.abc import Mapping

from pyramid_scheduler.model import OnCrash, Task


class RoomLeft:
    """The room left while one claim goes on; the limits count what is returned by it.

    ``rooms`` gives per executor (idle, ahead): runs that start at once, and runs that may queue
    behind them. Only a run that starts at once may be claimed ahead of its fire time, or may be
    one of ``on_crash="fail"``: for such a run a claim counts as a start. ``running`` counts the
    runs of each limited task that run in the whole cluster.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        rooms: Mapping[str, tuple[int, int]],
        running: Mapping[str, int],
    ) -> None:
        """Begin with all of it."""
        self._tasks = tasks
        self._idle = {name: room[0] for name, room in rooms.items()}
        self._room = {name: sum(room) for name, room in rooms.items()}
        self._left = {
            name: task.max_running - running.get(name, 0)
            for name, task in tasks.items()
            if task.max_running is not None
        }

    def tasks(self) -> list[str]:
        """Return the names of the tasks of which at least one more run may be claimed."""
        return [name for name in self._tasks if self.fits(name)]

    def crowded(self) -> list[str]:
        """Return the names of the tasks that only want of room keeps from being claimed."""
        return [name for name in self._tasks if self._left.get(name, 1) > 0 and not self.fits(name)]

    def most(self) -> int:
        """Return how many runs may be claimed at most."""
        return sum(max(0, room) for room in self._room.values())

    def fits(self, name: str, *, early: bool = False) -> bool:
        """Return whether one more run of the task may be claimed, ``early`` before it is due."""
        task = self._tasks.get(name)
        if task is None or self._left.get(name, 1) <= 0:
            return False
        if early or task.on_crash is OnCrash.FAIL:
            return not (early and task.on_crash is OnCrash.FAIL) and self._idle_left(task) > 0
        return self._room.get(task.executor, 0) > 0

    def take(self, name: str) -> None:
        """Count one more run of the task."""
        executor = self._tasks[name].executor
        self._room[executor] -= 1
        self._idle[executor] -= 1
        if name in self._left:
            self._left[name] -= 1

    def _idle_left(self, task: Task) -> int:
        return min(self._idle.get(task.executor, 0), self._room.get(task.executor, 0))
