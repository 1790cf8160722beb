"""Why a schedule ran, or did not run, at an instant: one verdict for any of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from pyramid_scheduler.instants import SECOND, moment
from pyramid_scheduler.model import (
    Explanation,
    Node,
    Pause,
    Reason,
    Run,
    RunState,
    Schedule,
    ScheduleState,
    Skip,
    Task,
    Verdict,
)
from pyramid_scheduler.rules.planning import following
from pyramid_scheduler.showing import shown

_SKIPPED = {
    Reason.MISFIRE: "it was older than its grace, or a newer fire time took its place",
    Reason.OVERLAP: "an earlier run of the schedule had not ended",
    Reason.UNIQUE: "an equal run of its task waited or ran, or had run within unique_for",
    Reason.PAUSED: "the schedule was paused",
    Reason.DISABLED: "the schedule was disabled",
    Reason.PARKED: "no live process declared the schedule",
    Reason.CHANGED: "the schedule was given another definition before it was dealt with",
    Reason.REMOVED: "the schedule was removed",
}
_RESTS = {
    ScheduleState.PAUSED: "the schedule is paused",
    ScheduleState.DISABLED: "the schedule is disabled",
    ScheduleState.PARKED: "no live process declares the schedule",
}


def explain(
    schedule: Schedule,
    instant: int,
    run: Run | None,
    skips: Iterable[Skip],
    nodes: Sequence[Node],
    now: int,
    task: Task | None = None,
) -> Explanation:
    """Return what became, or will become, of ``schedule`` at ``instant``.

    ``run`` is the one of that fire time, if there is any; ``skips`` those of the schedule; ``task``
    is its task, if this process knows that. Raises FaultyTrigger.
    """
    if run is not None:
        return _of_run(run, task)
    skip = next((one for one in skips if one.first <= instant <= one.last), None)
    if skip is None and instant < schedule.anchor:
        words = f"the schedule was first declared at {moment(schedule.anchor)}"
        return Explanation(Verdict.BEFORE_DECLARED, words)
    fire = following(schedule, instant - 1)
    if fire != instant:
        return _never(fire)
    if skip is not None:
        why = _SKIPPED.get(skip.reason, skip.reason)
        return Explanation(Verdict.SKIPPED, f"it was skipped: {why}", skip=skip)
    return _not_dealt_with(schedule, instant, nodes, now, task)


def _never(later: int | None) -> Explanation:
    after = "there is no later one" if later is None else f"the next one is {moment(later)}"
    return Explanation(Verdict.NO_FIRE_TIME, f"that is none of its fire times; {after}")


def _of_run(run: Run, task: Task | None) -> Explanation:
    words = f"its run {run.id} {_SAID[run.state](run)}"
    if run.state is RunState.PENDING:
        words += _limits(task, run.key)
    return Explanation(Verdict.WAITS if run.state is RunState.PENDING else Verdict.RAN, words, run)


def _pending(run: Run) -> str:
    if run.attempt:
        # It may have failed, died with its node, or been cancelled and asked for again.
        tried = "1 attempt" if run.attempt == 1 else f"{run.attempt} attempts"
        return f"has had {tried} and waits for another: it is due again at {run.due}"
    return f"waits: it is due at {run.due}, and may wait for an earlier run, a limit, or a thread"


def _ended(run: Run) -> str:
    reason = f" ({run.reason})" if run.reason else ""
    return f"has {run.state}{reason} at {run.finished_at}, after {run.attempt} attempts"


_SAID: Mapping[RunState, Callable[[Run], str]] = {
    RunState.PENDING: _pending,
    RunState.RUNNING: lambda run: f"runs, claimed by node {run.node} at {run.claimed_at}",
    RunState.SUCCEEDED: _ended,
    RunState.FAILED: _ended,
    RunState.CANCELLED: lambda run: f"was cancelled ({run.reason}) at {run.finished_at}",
    RunState.SKIPPED: lambda run: f"was given up before it began ({run.reason})",
}


def _not_dealt_with(
    schedule: Schedule, instant: int, nodes: Sequence[Node], now: int, task: Task | None
) -> Explanation:
    """Return why a fire time has neither a run nor a skip."""
    if schedule.next_fire is None or instant < schedule.next_fire:
        words = "what became of it is no longer known: it was deleted after the retention"
        return Explanation(Verdict.FORGOTTEN, words)
    if _rests(schedule, instant):
        words = f"it is not run: {_RESTS[schedule.state]}{_why(schedule.pause)}"
        return Explanation(Verdict.RESTS, words)
    if not any(node.alive for node in nodes):
        return Explanation(Verdict.NOBODY, "no process runs the scheduler")
    if instant > now:
        return Explanation(Verdict.TO_COME, f"it is to come at {moment(instant)}")
    words = "it is owed, and no node has claimed it: none knows its task, or none has room for it"
    late = (now - instant) / SECOND
    return Explanation(Verdict.OWED, f"{words}{_limits(task, None)}; it is {late:.1f} s late")


def _limits(task: Task | None, key: str | None) -> str:
    """Return what limits the runs of ``task``, those of ``key`` if they have keys."""
    if task is None or (task.max_running is None and task.rate is None):
        return ""
    most = "" if task.max_running is None else f"{task.max_running} run at once"
    rate = "" if task.rate is None else f"{task.rate.count} begin in {task.rate.per}"
    of = f" of the key {shown(key)}" if key is not None else " of each key" if task.key else ""
    return f"; of its task at most {' and '.join(filter(None, (most, rate)))}{of}"


def _rests(schedule: Schedule, instant: int) -> bool:
    """Return whether ``schedule`` will not run at ``instant`` as things are."""
    pause = schedule.pause
    if schedule.state is ScheduleState.PAUSED and pause is not None and pause.until is not None:
        return instant <= pause.until
    return schedule.state in _RESTS


def _why(pause: Pause | None) -> str:
    """Return who paused a schedule, why and until when, as far as that was said."""
    if pause is None:
        return ""
    by = f" by {pause.by}" if pause.by else ""
    until = f" until {moment(pause.until)}" if pause.until is not None else ""
    return f"{by}{until}{f': {pause.note}' if pause.note else ''}"
