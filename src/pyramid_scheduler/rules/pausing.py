"""When a schedule is paused because its runs fail, and what is said of it."""

from pyramid_scheduler.model import ErrorInfo, Pause
from pyramid_scheduler.showing import shortened

# Who pauses a schedule that fails.
AUTHOR = "pyramid_scheduler"
LONGEST_NOTE = 1000


def pause_of_failures(count: int, run_id: str, error: ErrorInfo | None, now: int) -> Pause:
    """Return the pause at ``now`` that follows ``count`` failures in a row, the last of ``run_id``.

    ``error`` is how that one failed; None: it said nothing.
    """
    failures = "1 failure" if count == 1 else f"{count:,} failures in a row, the last"
    said = "without an error" if error is None else f"{error.type}: {error.message}"
    return Pause(now, shortened(f"{failures}: run {run_id}, {said}", LONGEST_NOTE), AUTHOR)
