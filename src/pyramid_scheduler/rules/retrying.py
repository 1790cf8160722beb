"""Whether a failed attempt is followed by another one, and how long after it."""

from pyramid_scheduler.errors import InvalidArguments, InvalidValue
from pyramid_scheduler.instants import MICROSECOND
from pyramid_scheduler.model import Claim, Retry, Task


def retry_after(task: Task, claim: Claim, error: BaseException) -> int | None:
    """Return how long after ``error`` the run of ``claim`` is due again, in microseconds.

    None: it has failed for good.
    """
    failures = claim.failures + 1
    if not _is_followed(task, failures, error):
        return None
    if isinstance(error, Retry) and error.after is not None:
        return error.after // MICROSECOND
    return task.backoff.delay(failures, claim.run_id)


def _is_followed(task: Task, failures: int, error: BaseException) -> bool:
    if task.retries is not None and failures > task.retries:
        return False
    if isinstance(error, Retry):
        return True
    # What this package refused it would refuse the next time too.
    refused = isinstance(error, InvalidValue | InvalidArguments)
    return task.retries is not None and isinstance(error, task.retry_on) and not refused
