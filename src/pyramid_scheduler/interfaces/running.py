"""What runs: a clock, executors and who hears of them, the engine as its application has it."""

from collections.abc import Callable
from typing import Protocol

from pyramid_scheduler.model import Claim, Health, Outcome, Task


class Clock(Protocol):
    """Time, as an argument. Tests turn one by hand."""

    def now(self) -> int:
        """Return the wall clock's instant, in microseconds."""

    def monotonic(self) -> float:
        """Return seconds that only ever grow; waits and leases are measured by it."""

    def boot_offset(self) -> int:
        """Return wall clock minus time since boot, in microseconds: the same for all who agree."""


class RunReport(Protocol):
    """Whom an executor tells, from whatever thread."""

    def begins(self, claim: Claim) -> bool:
        """Return whether the run may begin now; an executor asks directly before the call."""

    def ended(self, claim: Claim, outcome: Outcome) -> None:
        """Take note of how it ended."""


class StopFlag(Protocol):
    """What tells a task that it should stop; a ``threading.Event`` is one."""

    def is_set(self) -> bool:
        """Return whether it should."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it should, at most ``timeout`` seconds; return whether it should."""


class Executor(Protocol):
    """WHERE a claimed run is executed; HOW is ``execution.execute``, the same everywhere."""

    def start(self, report: RunReport) -> None:
        """Make ready to take runs."""

    def submit(self, task: Task, claim: Claim, stop: StopFlag) -> None:
        """Run it as soon as there is room, in the order submitted. Never blocks, never raises.

        Called by any thread of the engine.
        """

    def idle(self) -> int:
        """Return how many runs would begin at once if they were submitted now."""

    def abandon(self, task: Task, claim: Claim, began: int) -> None:
        """Report that a run which began at ``began`` has timed out (``execution.timed_out``).

        It may go on for ever: its slot is not counted on any more. If it ends after all, its own
        outcome is reported as any, and comes too late. Of a run that has ended nothing is reported.
        """

    @property
    def exhausted(self) -> bool:
        """Return whether so many slots are lost that no further runs may be submitted."""

    def stop(self) -> None:
        """Take no more; what runs goes on."""


class EngineControl(Protocol):
    """What an application, and who asks it, need of the engine of their process.

    ``leaving`` is asked now and then whether the process is about to end; True ends claiming.
    """

    leaving: Callable[[], bool] | None

    @property
    def running(self) -> bool:
        """Return whether it runs in this very process."""

    @property
    def lease(self) -> float:
        """Return for how many seconds a node is believed without a heartbeat."""

    def health(self) -> Health:
        """Return how it is, in this very process."""

    def start(self) -> None:
        """Start it; once per process, however often it is called."""

    def stop(self, timeout: float | None = None, *, exiting: bool = False) -> None:
        """Stop it, if it was started; wait at most ``timeout`` seconds for what runs.

        None means its own ``shutdown_timeout``; ``exiting`` that this is the process's last act.
        """

    def drain(self) -> None:
        """Claim nothing any more. Async-signal-safe."""

    def wake(self) -> None:
        """Have it look at the store at once."""

    def after_fork(self) -> None:
        """Forget the threads, locks and connections of the parent."""
