"""An application's lifecycle with everything around it replaced: engine, store, process, facts."""

import threading
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from pyramid_scheduler.config.detection import Facts
from pyramid_scheduler.config.lifecycle import Lifecycle

SERVES = Facts(program="pserve")
MASTER = Facts(program="gunicorn", gunicorn="loaded")
WORKER = Facts(program="gunicorn", gunicorn="worker")
TOOL = Facts(program="proutes")
UNKNOWN = Facts(program="app")
GREEN = Facts(program="pserve", green="gevent")


class FakeEngine:
    """Takes note of what it is told, and says when it was started."""

    def __init__(self):
        self.leaving = None
        self.told = []
        self.changed = threading.Condition()

    def _note(self, what):
        with self.changed:
            self.told.append(what)
            self.changed.notify_all()

    def start(self):
        self._note("start")

    def stop(self, timeout=None, *, exiting=False):
        self._note(("stop", round(timeout, 1), exiting))

    def drain(self):
        self._note("drain")

    def after_fork(self):
        self._note("after fork")

    def hears(self, what, timeout=5.0):
        """Wait until it was told ``what``; return whether it was."""
        with self.changed:
            return self.changed.wait_for(lambda: what in self.told, timeout)


class FakeStore:
    address = "memory://"

    def __init__(self):
        self.wrong = None

    def open(self):
        if self.wrong is not None:
            raise self.wrong
        return True


class FakeProcess:
    """A process that never forks, ends or hears a signal unless the test says so."""

    def __init__(self):
        self.members = []
        self.kept = []
        self.hears_sigterm = 0

    def watch(self, member):
        self.members.append(member)

    def started(self, member):
        self.kept.append(member)

    def handle_sigterm(self):
        self.hears_sigterm += 1
        return True


@dataclass
class FakeSettings:
    autostart: str = "auto"
    shutdown_timeout: float | None = None
    handle_sigterm: bool = True
    store: str | None = "memory://"
    state_dir: Path | None = None


class Scene:
    """One application in one process, seen as ``facts``."""

    def __init__(self, facts, *, delay=0.0, **settings):
        self.facts = facts
        self.engine = FakeEngine()
        self.store = FakeStore()
        self.process = FakeProcess()
        self.lifecycle = Lifecycle(
            SimpleNamespace(engine=self.engine, store=self.store, start=self.engine.start),
            FakeSettings(**settings),
            process=self.process,
            look=lambda: self.facts,
            delay=delay,
        )

    def created(self):
        """The application is made."""
        self.lifecycle.application_created(None)
        return self

    def request(self, **environ):
        """A request comes in."""
        self.lifecycle.new_request(SimpleNamespace(request=SimpleNamespace(environ=environ)))

    def settled(self):
        """Wait until nothing is about to happen any more; return what the engine was told."""
        if self.lifecycle._starter is not None:
            self.lifecycle._starter.join(5.0)
        return self.engine.told
