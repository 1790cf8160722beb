"""Which runs are compared with others, by what they have in common (``Uniqueness.same``)."""

from pyramid_scheduler.model import RunState, Uniqueness
from pyramid_scheduler.stores.memory.rows import RunRow, Series


class Equals:
    """Of each kind of equal runs, those that wait or run, and the last that has succeeded."""

    __slots__ = ("_active", "_succeeded")

    def __init__(self) -> None:
        """Begin without any."""
        self._active: dict[str, dict[str, RunRow]] = {}
        self._succeeded: dict[str, RunRow] = {}

    def wait(self, run: RunRow) -> None:
        """Take note of a run that waits or runs."""
        assert run.same is not None, "a run that is compared with none is not told of"
        self._active.setdefault(run.same, {})[run.id] = run

    def end(self, run: RunRow, state: RunState) -> None:
        """Take note of how a run ended."""
        assert run.same is not None, "as above"
        others = self._active.get(run.same, {})
        others.pop(run.id, None)
        if not others:
            self._active.pop(run.same, None)
        last = self._succeeded.get(run.same)
        if state is RunState.SUCCEEDED and (last is None or last.fire_time < run.fire_time):
            self._succeeded[run.same] = run

    def forget(self, run: RunRow) -> None:
        """Forget a run that is deleted."""
        if run.same is not None and self._succeeded.get(run.same) is run:
            del self._succeeded[run.same]

    def find(self, unique: Uniqueness, fire: int, replaced: Series | None = None) -> str | None:
        """Return the id of a run that one owed at ``fire`` would equal, None for none.

        The runs of ``replaced`` that have not ended make place for it.
        """
        for run in self._active.get(unique.same, {}).values():
            if replaced is None or run.series is not replaced:
                return run.id
        last = self._succeeded.get(unique.same)
        if last is None or unique.within is None or last.fire_time < fire - unique.within:
            return None
        return last.id
