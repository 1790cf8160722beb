"""One run, followed."""

import time
from typing import Any

from pyramid_scheduler.client.given import read_given, read_timeout
from pyramid_scheduler.errors import UnknownRun, WaitTimeout
from pyramid_scheduler.interfaces import Store
from pyramid_scheduler.model import ErrorInfo, Run, RunState


class RunHandle:
    """A run that was asked for or found: what it is now, and waiting for its end."""

    def __init__(self, store: Store, run_id: str) -> None:
        """Read the run once. Raises UnknownRun."""
        self._store = store
        require_run(store, run_id)
        self._run = store.run(run_id)

    def __repr__(self) -> str:
        """Say which run it is and where it stood when it was last asked; the store is not asked."""
        return f"<RunHandle {self._run.id}: {self._run.task} {self._run.state}>"

    @property
    def run(self) -> Run:
        """Return the run as the store has it now."""
        if not self._run.state.ended:
            self._run = self._store.run(self._run.id)
        return self._run

    @property
    def id(self) -> str:
        """Return its id."""
        return self._run.id

    @property
    def state(self) -> RunState:
        """Return where it stands now."""
        return self.run.state

    @property
    def result(self) -> Any:
        """Return what the task returned, as JSON gives it back; None until it has succeeded."""
        return self.run.result

    @property
    def error(self) -> ErrorInfo | None:
        """Return how its last attempt failed."""
        return self.run.error

    def wait(self, timeout: float | None = None) -> Run:
        """Wait until it has ended, at most ``timeout`` seconds; return the run.

        Raises WaitTimeout, InvalidValue. The store is asked, so it may run on another host.
        """
        limit = None if timeout is None else read_timeout(timeout, "wait: timeout")
        deadline = None if limit is None else time.monotonic() + limit
        pause = 0.005
        while not (run := self.run).state.ended:
            left = pause if deadline is None else min(pause, deadline - time.monotonic())
            if left <= 0:
                raise WaitTimeout(f"run {run.id} of {run.task} is {run.state} after {timeout} s")
            time.sleep(left)
            pause = min(pause * 1.5, 0.25)
        return run


def require_run(store: Store, run_id: str) -> None:
    """Open the store to find a run in it. Raises UnknownRun: it is not there, nor made by this."""
    read_given(run_id, "run")
    if not store.open(create=False):
        raise UnknownRun(f"no run has the id {run_id!r}: there is no store yet")
