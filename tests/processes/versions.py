"""One process of an application in one of two versions, which are deployed side by side.

Its only argument is JSON as a crowd gives it, with ``version``, "old" or "new". It serves as a
script of somebody's own does, and ends at SIGTERM; what it is told on its input is answered by a
line each. ``main`` is the application as an ini file names it.
"""

import json
import os
import sys
import threading
from typing import Any

from pyramid.config import Configurator

from pyramid_scheduler import current_run
from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.events import SchedulerStarted
from pyramid_scheduler.stores.sql import nodes
from tests.processes.member import Answer, Journal, log_to, obey, say
from tests.processes.victim import around

EVERY = 0.2  # s
KEPT = {"overlap": "allow", "misfire": "all"}
VANISHING = {"old": "vanished", "new": "fresh"}
RENAMED = {"old": "before", "new": "after"}


class Application:
    """The application in one version, which says in the journal what it runs."""

    def __init__(self, version: str, journal: str) -> None:
        self.version = version
        self.journal = Journal(journal)

    def note(self, *arguments: Any) -> None:
        self.journal.note(version=self.version, arguments=arguments)

    def stay(self, number: int) -> None:
        """Go on until it is asked to stop."""
        self.note(number)
        current_run().stop.wait()

    def configure(self, settings: dict[str, str]) -> Configurator:
        """Return what each version declares: the two agree in little."""
        new = self.version == "new"
        config = Configurator(settings=settings)
        config.include("pyramid_scheduler")
        config.add_task(self.note, "same")
        config.add_schedule("same", name="same", interval=EVERY, **KEPT)
        config.add_schedule("same", name="trigger", interval=EVERY * (2 if new else 1), **KEPT)
        config.add_schedule("same", name="option", interval=EVERY, overlap="allow",
                            misfire="latest" if new else "all")  # fmt: skip
        config.add_schedule("same", name=RENAMED[self.version], interval=EVERY, **KEPT)
        config.add_task(self.note, VANISHING[self.version])
        config.add_schedule(VANISHING[self.version], interval=EVERY, **KEPT)
        if not new:
            config.add_task(self.stay, "in_flight", max_running=1)
        return config


def count_changes(journal: Journal) -> None:
    """Have the journal say of each schedule that a join, a departure or a death has changed."""

    def said(changes: Any) -> None:
        for what, names in zip(changes._fields, changes, strict=True):
            for name in names:
                journal.write({"change": what, "name": name, "pid": os.getpid()})

    around(nodes, "_reconcile", after=said)


def ask(scheduler: Scheduler, task: str, number: int) -> Answer:
    return {"run": scheduler.run_now(task, number)}


def state(scheduler: Scheduler, run: str) -> Answer:
    return {"state": scheduler.run(run).state}


def schedules(scheduler: Scheduler) -> Answer:
    return {each.name: each.state for each in scheduler.schedules()}


def main(global_config: object, **settings: str) -> Any:
    """Make the application, with ``version`` and ``journal`` among its settings."""
    app = Application(settings.pop("version"), settings.pop("journal"))
    return app.configure(settings).make_wsgi_app()


def serve(given: dict[str, Any]) -> None:
    """Serve until SIGTERM."""
    log_to(given["log"])
    app, started = Application(given["version"], given["journal"]), threading.Event()
    count_changes(app.journal)
    config = app.configure(given["settings"])
    config.add_subscriber(lambda _: started.set(), SchedulerStarted)
    config.make_wsgi_app()
    say({"started": started.wait(60)})
    commands = {each.__name__: each for each in (ask, state, schedules)}
    obey(config.registry.scheduler, commands)


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
