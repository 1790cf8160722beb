"""When a schedule is paused because its runs fail, and what is said of it."""

from collections.abc import Iterable
from itertools import islice

from pyramid_scheduler.model import ErrorInfo, Pause, RunState
from pyramid_scheduler.showing import shortened

# Who pauses a schedule that fails.
AUTHOR = "pyramid_scheduler"
LONGEST_NOTE = 1000
# Those that say whether a schedule works; what waits, runs or was cancelled does not.
TELLING = (RunState.SUCCEEDED, RunState.FAILED)


def has_failed(states: Iterable[RunState], pause_after: int) -> bool:
    """Return whether the newest ``pause_after`` of ``states`` are those of failures, and all there.

    They are those of a schedule's own runs since it was last resumed, the newest fire time first,
    and of those only the TELLING ones.
    """
    newest = list(islice(states, pause_after))
    return newest == [RunState.FAILED] * pause_after


def pause_of_failures(count: int, run_id: str, error: ErrorInfo | None, now: int) -> Pause:
    """Return the pause at ``now`` that follows ``count`` failures in a row, the last of ``run_id``.

    ``error`` is how that one failed; None: nobody could say.
    """
    failures = "1 failure" if count == 1 else f"{count:,} failures in a row, the last"
    said = "without an error" if error is None else f"{error.type}: {error.message}"
    return Pause(now, shortened(f"{failures}: run {run_id}, {said}", LONGEST_NOTE), AUTHOR)
