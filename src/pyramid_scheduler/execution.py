"""HOW a claimed run becomes an outcome: call, then classify. The same wherever it runs."""

import logging
import traceback
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime, timedelta

from pyramid_scheduler.errors import NotStarted, RunTimeout, SchedulerError
from pyramid_scheduler.instants import SECOND, moment
from pyramid_scheduler.interfaces import Clock, StopFlag
from pyramid_scheduler.model import Claim, ErrorInfo, Kind, Outcome, Reason, RunState, Task
from pyramid_scheduler.payload import dump_result, load_arguments
from pyramid_scheduler.rules.chaining import after_failure, after_success
from pyramid_scheduler.rules.retrying import retry_after

log = logging.getLogger("pyramid_scheduler")

TRACEBACK_LIMIT = 16 * 1024
MESSAGE_LIMIT = 1024


class StopRun(BaseException):
    """Raised by ``current_run().raise_if_stopped()``: the task gives up because it was asked to.

    Not an Exception, so that a task's ``except Exception`` does not swallow it.
    """


class CurrentRun:
    """The run that a task is the execution of, as :func:`current_run` gives it.

    ``id`` is the key of an idempotent task: it is the same at every attempt. ``attempt`` counts
    from 1; ``token`` grows with every claim, so a store that keeps the highest one seen can
    refuse a ghost. ``stop`` is set when the run is cancelled or its process is about to exit.
    ``written`` is how it ended, once the task's own transaction has written that; ``deadline`` the
    moment of the monotonic clock (s) at which the time of this attempt is over, None for never.
    """

    __slots__ = ("_claim", "args", "deadline", "kwargs", "started_at", "stop", "written")

    def __init__(
        self, claim: Claim, stop: StopFlag, started_at: int = 0, deadline: float | None = None
    ) -> None:
        """Take what the claim says, when the attempt began, and until when it may take."""
        self._claim = claim
        self.args, self.kwargs = load_arguments(claim.arguments)
        self.stop = stop
        self.started_at = started_at
        self.deadline = deadline
        self.written: Outcome | None = None

    @property
    def id(self) -> str:
        """Return the run's id, the same at every attempt."""
        return self._claim.run_id

    @property
    def kind(self) -> Kind:
        """Return what the run is owed to."""
        return self._claim.kind

    @property
    def schedule(self) -> str | None:
        """Return the schedule's name, None for a run that was asked for."""
        return self._claim.schedule

    @property
    def task(self) -> str:
        """Return the task's name."""
        return self._claim.task

    @property
    def fire_time(self) -> datetime:
        """Return the instant that the run was owed at (aware, UTC); it never changes."""
        return moment(self._claim.fire_time)

    @property
    def attempt(self) -> int:
        """Return which attempt this is, from 1."""
        return self._claim.attempt

    @property
    def token(self) -> int:
        """Return the fencing token of this attempt."""
        return self._claim.token

    @property
    def node(self) -> str:
        """Return the id of the node that runs it."""
        return self._claim.node

    def raise_if_stopped(self) -> None:
        """Raise StopRun if the run was asked to stop.

        A cancelled run then ends as cancelled; one whose process exits is owed again, or has
        failed if its task runs at most once.
        """
        if self.stop.is_set():
            raise StopRun


class Undone(SchedulerError):
    """Raised where a task's transaction is aborted, since its run is not its own to end.

    ``state`` is what becomes of this attempt: CANCELLED, or FAILED, which is refused under its
    token unless it is for the ``reason`` that its time is over.
    """

    def __init__(self, message: str, state: RunState, reason: str | None = None) -> None:
        """Take what it ends as, and why."""
        super().__init__(message)
        self.state = state
        self.reason = reason


_CURRENT: ContextVar[CurrentRun] = ContextVar("pyramid_scheduler.current_run")


def current_run() -> CurrentRun:
    """Return the run that this code is part of.

    Raises NotStarted outside a task.
    """
    try:
        return _CURRENT.get()
    except LookupError:
        raise NotStarted("current_run() has an answer only inside a task that is run") from None


def execute(task: Task, claim: Claim, stop: StopFlag, clock: Clock) -> Outcome:
    """Run ``task`` for ``claim`` and return how it ended. Never raises.

    Whatever the task raises, SystemExit and KeyboardInterrupt included, is its own failure: the
    thread that called it has other runs to do.
    """
    started = clock.now()
    try:
        deadline = None if task.timeout is None else _deadline(task.timeout, clock)
        run = CurrentRun(claim, stop, started, deadline)
        reset = _CURRENT.set(run)
        try:
            result = task.call(run, None)
        except BaseException:
            if run.written is None:
                raise
            log.exception("run %s has ended well; what came after that raised", run.id)
            result = None
        finally:
            _CURRENT.reset(reset)
        return run.written or success(task, run, result, clock)
    except Undone as error:
        if error.reason == Reason.TIMEOUT:  # the engine may not have noticed it
            return timed_out(task, claim, started, clock)
        return Outcome(error.state, started, clock.now(), error=describe(error))
    except StopRun as error:
        if stop.is_set():
            return Outcome(RunState.CANCELLED, started, clock.now())
        return _failed(task, claim, error, started, clock)  # nobody asked: that is a mistake
    except BaseException as error:  # noqa: BLE001 - it is the task's failure, not the thread's
        return _failed(task, claim, error, started, clock)


def success(task: Task, run: CurrentRun, result: object, clock: Clock) -> Outcome:
    """Return the outcome of an attempt whose task has returned ``result``."""
    given = dump_result(result)
    outcome = Outcome(RunState.SUCCEEDED, run.started_at, clock.now(), given)
    if task.then is None:
        return outcome
    return outcome._replace(follow=after_success(task.then, given))


def timed_out(task: Task, claim: Claim, started: int, clock: Clock) -> Outcome:
    """Return the outcome of an attempt that has taken longer than its task allows."""
    error = RunTimeout(f"it had not ended {task.timeout} after it began")
    return _failed(task, claim, error, started, clock)._replace(reason=Reason.TIMEOUT)


def _deadline(timeout: timedelta, clock: Clock) -> float:
    return clock.monotonic() + timeout.total_seconds()


def _failed(task: Task, claim: Claim, error: BaseException, started: int, clock: Clock) -> Outcome:
    ended = clock.now()
    again = retry_after(task, claim, error)
    # The application's filters and handlers are called by this, and may raise anything.
    with suppress(BaseException):
        level, then = logging.ERROR, ""
        if again is not None:
            level, then = logging.WARNING, f"; it is tried again in {again / SECOND:g} s"
        log.log(
            level, "task %s failed: run %s, attempt %d%s", task.name, claim.run_id, claim.attempt,
            then, exc_info=error,
        )  # fmt: skip
    said = describe(error)
    outcome = Outcome(RunState.FAILED, started, ended, None, said, again)
    if again is not None:
        return outcome
    return outcome._replace(follow=after_failure(task.on_failure, task.name, claim.run_id, said))


def describe(error: BaseException) -> ErrorInfo:
    """Return the type, message (at most 1 KiB) and traceback (at most 16 KiB) of ``error``.

    The end of a long traceback is kept: it says where it happened.
    """
    text = _printable("".join(_format(error)))
    if len(text) > TRACEBACK_LIMIT:
        text = "[...]\n" + text[-(TRACEBACK_LIMIT - 6) :]
    message = _printable(_message(error))[:MESSAGE_LIMIT]
    return ErrorInfo(f"{type(error).__module__}.{type(error).__qualname__}", message, text)


def _format(error: BaseException) -> list[str]:
    try:
        return traceback.format_exception(error)
    except BaseException as broken:  # noqa: BLE001 - an application's __str__ may raise anything
        return [f"{type(error).__qualname__}: its traceback raised {type(broken).__name__}\n"]


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as broken:  # noqa: BLE001 - as above
        return f"<__str__ raised {type(broken).__name__}>"


def _printable(text: str) -> str:
    """Return ``text`` as every store can keep it: no lone surrogate, no NUL."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
