"""What becomes of a run whose attempt did not end by itself (``docs/state-machine.md``)."""

from typing import NamedTuple

from pyramid_scheduler.errors import WrongState
from pyramid_scheduler.model import OnCrash, Reason, RunState


class Verdict(NamedTuple):
    """The state that follows, and the reason for it; PENDING means that it is owed again."""

    state: RunState
    reason: str | None = None


PENDING_AGAIN = Verdict(RunState.PENDING)


def check_retry(run_id: str, state: RunState) -> None:
    """Raise WrongState unless a person may have a run in ``state`` tried again."""
    if state not in (RunState.FAILED, RunState.CANCELLED):
        raise WrongState(
            f"run {run_id!r} is {state}: only failed and cancelled ones are tried again"
        )


def after_crash(on_crash: OnCrash, crashes: int, most: int, stop_requested: bool) -> Verdict:
    """Return what becomes of a run whose node died; ``crashes`` counts this one.

    Crashes are counted apart from retries: a task that kills its process must not kill every
    process in turn.
    """
    if stop_requested:
        return Verdict(RunState.CANCELLED, Reason.CANCELLED)
    if on_crash is OnCrash.FAIL:
        return Verdict(RunState.FAILED, Reason.CRASHED)
    if crashes >= most:
        return Verdict(RunState.FAILED, Reason.POISON)
    return PENDING_AGAIN


def after_shutdown(on_crash: OnCrash, stop_requested: bool) -> Verdict:
    """Return what becomes of a run still going when its process exits, as its last act."""
    if stop_requested:
        return Verdict(RunState.CANCELLED, Reason.CANCELLED)
    if on_crash is OnCrash.FAIL:
        return Verdict(RunState.FAILED, Reason.SHUTDOWN)
    return PENDING_AGAIN
