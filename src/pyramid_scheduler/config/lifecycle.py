"""When the engine of an application starts and stops: the contract's points 12 and 13."""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from pyramid.config import Configurator
from pyramid.events import ApplicationCreated, NewRequest

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.config.detection import (
    Action,
    Facts,
    Verdict,
    decide,
    gunicorn_worker,
    in_container,
    is_real,
    shutdown_timeout,
    snapshot,
)
from pyramid_scheduler.config.location import left_behind
from pyramid_scheduler.config.process import PROCESS, Process
from pyramid_scheduler.config.settings import Settings
from pyramid_scheduler.errors import SchedulerError, StoreUnavailable

log = logging.getLogger("pyramid_scheduler")

# Long enough for main() to finish what follows make_wsgi_app(), and for a command to be done.
START_DELAY = 0.3

_REFUSED = (
    "the scheduler does not start in process %d: %s. The application serves all the same. Use"
    " workers with real threads (gunicorn: sync or gthread), or run the engine in a process of its"
    " own: pscheduler start"
)
_IN_CONTAINER = (
    "this is a container, and the scheduler's store is a file in it: each container fires for"
    " itself, and what it remembers is gone with it, unless scheduler.state_dir is on a volume"
)
_PREVENT = ". To prevent it: scheduler.autostart = false"
_ASKED = Verdict(Action.START, "", "a request has come to it")


def install(config: Configurator, scheduler: Scheduler, settings: Settings) -> "Lifecycle":
    """Have the engine started and stopped with the application that ``config`` makes.

    This starts nothing: what happens is decided once the application has been created.
    """
    lifecycle = Lifecycle(scheduler, settings)
    config.add_subscriber(lifecycle.application_created, ApplicationCreated)
    config.add_subscriber(lifecycle.new_request, NewRequest)
    return lifecycle


class Lifecycle:
    """When the engine of one application starts and stops, in each process that it lives in."""

    def __init__(
        self,
        scheduler: Scheduler,
        settings: Settings,
        *,
        process: Process = PROCESS,
        look: Callable[[], Facts] = snapshot,
        delay: float = START_DELAY,
    ) -> None:
        """Take the scheduler; ``look`` tells of the process, ``delay`` is in seconds."""
        self._scheduler = scheduler
        self._settings = settings
        self._autostart = settings.autostart
        self._process = process
        self._look = look
        self._delay = delay
        self._facts = Facts()
        self._verdict = Verdict(Action.NEVER, "", "the application has not been created")
        self._home = os.getpid()  # the process whose threads and connections the engine has
        self._settled_in = 0  # the process in which a request decides nothing any more
        self._starter: _Starter | None = None
        process.watch(self)

    @property
    def hurried(self) -> bool:
        """Whether ``atexit`` comes too late: hupper's own thread delays it until it kills."""
        return self._facts.reloaded

    @property
    def timeout(self) -> float:
        """How many seconds a stop may take."""
        given = self._settings.shutdown_timeout
        return shutdown_timeout(self._facts) if given is None else given

    def application_created(self, event: ApplicationCreated) -> None:
        """Decide what happens in this process."""
        del event
        self._process.watch(self)
        self._decide()

    def new_request(self, event: NewRequest) -> None:
        """Start where nothing but a request shows that the process serves.

        That is with ``autostart = first-request``, in a forked child that no hook reached, and in
        what was taken for a master that forks.
        """
        if self._settled_in != os.getpid() and is_real(event.request.environ):
            self._asked()

    def after_fork(self) -> None:
        """Begin anew in a forked child; start in one that is a server's worker."""
        if self._home != os.getpid():
            self._home = os.getpid()
            self._starter = None
            self._scheduler.engine.after_fork()
        if self._verdict.action is Action.AFTER_FORK:
            self._decide()

    def drain(self) -> None:
        """Begin nothing any more; may be called from a signal handler."""
        if self._starter is not None:
            self._starter.call_off()
        self._scheduler.engine.drain()

    def stop(self, spent: float) -> None:
        """Stop the engine as the process ends; ``spent`` seconds of its time are over."""
        if self._home != os.getpid():
            return  # a child that no hook reached: what runs is its parent's
        timeout = max(0.0, self.timeout - spent)
        if self._starter is not None:
            self._starter.cancel(timeout)
        self._scheduler.engine.stop(timeout, exiting=True)

    def _decide(self) -> None:
        self._facts = self._look()
        self._act(decide(self._facts, self._autostart))

    def _act(self, verdict: Verdict) -> None:
        self._verdict = verdict
        log.debug("scheduler: %s, because %s", verdict.action.value, verdict.why)
        if verdict.action is Action.START:
            self._start_soon(verdict)
        elif verdict.action is Action.FIRST_REQUEST:
            self._hear_sigterm()
        elif verdict.action is Action.REFUSE:
            log.error(_REFUSED, os.getpid(), verdict.why)

    def _asked(self) -> None:
        """Decide at a request."""
        if self._home != os.getpid():
            self.after_fork()
        if self._settled_in == os.getpid():
            return  # the fork that no hook had told of was a worker's
        self._settled_in = os.getpid()
        if self._verdict.action not in (Action.NEVER, Action.REFUSE):
            self._start_soon(_ASKED)

    def _start_soon(self, verdict: Verdict) -> None:
        self._settled_in = os.getpid()
        self._hear_sigterm()
        self._process.started(self)
        self._starter = _Starter(self._delay, lambda: self._start(verdict))
        self._starter.start()

    def _hear_sigterm(self) -> None:
        # A gunicorn worker is asked whether it leaves; wrapping its handler would undo its
        # siginterrupt(), which keeps the application's system calls whole.
        if self._settings.handle_sigterm and self._facts.gunicorn != "worker":
            self._process.handle_sigterm()

    def _start(self, verdict: Verdict) -> None:
        """Start the engine, if the process still looks like one in which it may."""
        self._facts = self._look()
        if self._vetoed(verdict):
            return
        engine = self._scheduler.engine
        engine.leaving = _gunicorn_leaves if self._facts.gunicorn == "worker" else None
        self._warn()
        try:
            self._open()
            self._scheduler.start()
        except SchedulerError as error:
            log.error("the scheduler does not start in process %d: %s", os.getpid(), error)
        else:
            level, hint = (logging.INFO, "") if verdict.known else (logging.WARNING, _PREVENT)
            log.log(level, "the scheduler starts in process %d, because %s%s",
                    os.getpid(), verdict.why, hint)  # fmt: skip

    def _vetoed(self, verdict: Verdict) -> bool:
        """Return whether the process has turned out to be another than ``verdict`` took it for.

        By now the main thread shows what it does: it is a master's, or the reloader's, or gevent
        has come in. A request that came proves that this is no master.
        """
        now = decide(self._facts, self._autostart)
        master = now.action is Action.AFTER_FORK and verdict is not _ASKED
        if not master and now.action not in (Action.NEVER, Action.REFUSE):
            return False
        self._settled_in = 0
        self._act(now)
        return True

    def _open(self) -> None:
        """Raise what is wrong with the store, unless the engine's trying again may mend it."""
        with suppress(StoreUnavailable):
            self._scheduler.store.open()

    def _warn(self) -> None:
        given = self._settings.store or self._settings.state_dir
        if given is None and in_container():
            log.warning(_IN_CONTAINER)
        if self._settings.store is None and (left := left_behind(self._scheduler.store.address)):
            log.warning(left)


class _Starter(threading.Thread):
    """Calls once, after a while, unless cancelled before."""

    def __init__(self, delay: float, call: Callable[[], None]) -> None:
        super().__init__(name="pyramid_scheduler-start", daemon=True)
        # Its put() is reentrant, which Event.set() is not: a signal may interrupt anything.
        self._called_off: SimpleQueue[None] = SimpleQueue()
        self._delay = delay
        self._call = call

    def call_off(self) -> None:
        """Call no more; may be said in a signal handler."""
        self._called_off.put(None)

    def cancel(self, timeout: float) -> None:
        """Call no more; wait until a call that has begun is over."""
        self.call_off()
        self.join(timeout)

    def run(self) -> None:
        try:
            self._called_off.get(timeout=self._delay)
        except Empty:
            self._start()

    def _start(self) -> None:
        try:
            self._call()
        except Exception:
            log.exception("the scheduler does not start in process %d", os.getpid())


def _gunicorn_leaves() -> bool:
    worker = gunicorn_worker()
    return worker is not None and not worker.alive
