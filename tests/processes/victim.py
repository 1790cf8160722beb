"""One process of a crowd to which something is done, or which does it to itself.

It is told on its input what to do, as ``member`` is, and is an application with two pages as well:
one of its own, and ``ready``. Beside what a member is given: ``claims`` (the tasks that it claims
at first; not given: all), ``dies`` (the step at which it kills itself), ``impatient`` (it obeys
before its engine runs).
"""

import ctypes
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_scheduler import current_run
from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.events import SchedulerStarted
from pyramid_scheduler.stores.sql.claiming import Claiming
from pyramid_scheduler.stores.sql.dialects.sqlite import Sqlite
from pyramid_scheduler.stores.sql.ending import Endings
from tests.processes.member import Answer, Journal, ask, log_to, obey, owe, say, write_rows

STEPS = (
    "within the claim", "after the claim", "in the middle",
    "before the finish", "within the finish", "after the finish",
)  # fmt: skip
POLICIES = ("skip", "queue", "allow", "cancel")
MAX_CRASHES = 2
LONG = 0.25  # s, longer than the interval of who overlaps


class Tasks:
    """What is run; each says in the journal that it begins, and most that they end."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.journal = Journal(given["journal"])
        self._go = Path(given["journal"]).with_name("go")
        self._dies = given.get("dies", "")

    def step(self) -> int:
        self.journal.note(phase="begin")
        if self._dies == "in the middle":
            self.die()
        return current_run().token

    def die(self) -> None:
        self.journal.write({"phase": "death", "step": self._dies, "wall": time.time()})
        os.kill(os.getpid(), signal.SIGKILL)

    def follow(self, token: int) -> None:
        self.journal.note(phase="begin", after=token)

    def linger(self) -> int:
        """End once the file ``go`` is there, whoever asks it to stop."""
        self.journal.note(phase="begin")
        while not self._go.exists():
            time.sleep(0.02)
        self.journal.note(phase="end", stop=current_run().stop.is_set())
        return current_run().token

    def hog(self, seconds: float) -> int:
        """Keep the interpreter from every other thread, as a call into C may; once."""
        self.journal.note(phase="begin")
        if current_run().token == 1:
            ctypes.PyDLL(None).usleep(round(seconds * 1e6))
        self.journal.note(phase="end")
        return current_run().token

    def exit(self) -> None:
        self.journal.note(phase="begin")
        os._exit(1)

    def overlap(self) -> None:
        self.journal.note(phase="begin")
        current_run().stop.wait(LONG)
        self.journal.note(phase="end")


class Victim:
    """The application, and what it can be told."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.tasks, self.started = Tasks(given), Event()
        self._claims: list[str] | None = given.get("claims")
        self._freezes = False
        config = Configurator(settings={"scheduler.autostart": "false", **given["settings"]})
        config.include("pyramid_scheduler.observe.health")
        config.add_route("page", "/page")
        config.add_view(lambda _: Response("here"), route_name="page")
        self._declare(config, given["every"])
        config.add_subscriber(lambda _: self.started.set(), SchedulerStarted)
        self._app = config.make_wsgi_app()
        self.scheduler: Scheduler = config.registry.scheduler
        self._harm(given.get("dies", ""))

    def _declare(self, config: Configurator, every: float | None) -> None:
        config.add_task(self.tasks.journal.note, "note")
        config.add_task(self.tasks.follow, "follow")
        for step in STEPS:
            config.add_task(self.tasks.step, name_of(step), then="follow")
        for name in ("linger", "hog", "overlap"):
            config.add_task(getattr(self.tasks, name), name)
        config.add_task(self.tasks.exit, "exit", max_crashes=MAX_CRASHES)
        if every is not None:
            config.add_schedule("note", interval=every, overlap="allow", misfire="all",
                                name="recurring")  # fmt: skip

    def _harm(self, step: str) -> None:
        """Have this process die at ``step`` of its first run."""
        store, die = self.scheduler.store, self.tasks.die
        around(store, "claim", before=self._only_some)
        around(Claiming, "claim", after=self._freeze)
        if step == "within the claim":
            around(Claiming, "claim", after=lambda claimed: claimed.claims and die())
        elif step == "after the claim":
            around(store, "claim", after=lambda claimed: claimed.claims and die())
        elif step == "before the finish":
            around(store, "finish", before=lambda *asked: die())
        elif step == "within the finish":
            around(Endings, "finish", after=lambda answers: die())
        elif step == "after the finish":
            around(store, "finish", after=lambda answers: die())

    def _only_some(self, request: Any) -> Any:
        if self._claims is None:
            return (request,)
        known = {name: task for name, task in request.tasks.items() if name in self._claims}
        return (request._replace(tasks=known),)

    def _freeze(self, claimed: Any) -> None:
        if self._freezes and claimed.claims:
            self._freezes = False
            os.kill(os.getpid(), signal.SIGSTOP)

    @property
    def commands(self) -> dict[str, Callable[..., Answer]]:
        mine = (self.claim_all, self.freeze, self.look, self.read_only, self.pause, self.hog,
                self.overlap, self.state)  # fmt: skip
        return {"ask": ask, "owe": owe, **{each.__name__: each for each in mine}}

    def claim_all(self, scheduler: Scheduler) -> Answer:
        self._claims = None
        scheduler.engine.wake()
        return {}

    def freeze(self, scheduler: Scheduler) -> Answer:
        """Stand still between the next claim and its COMMIT."""
        self._freezes = True
        return {}

    def look(self, scheduler: Scheduler) -> Answer:
        """Ask both pages."""
        ready, page = (Request.blank(path).get_response(self._app) for path in ("/ready", "/page"))
        return {"status": ready.status_int, "page": page.text, "troubles": ready.json["troubles"]}

    def read_only(self, scheduler: Scheduler, on: bool) -> Answer:
        """Have SQLite refuse to write to its file, as where its file system is read-only."""
        prepare = partial(set_read_only, on)
        Sqlite._prepare = staticmethod(prepare) if on else PREPARE  # type: ignore[method-assign]
        database: Any = scheduler.store._database  # type: ignore[attr-defined]
        with database._own_turn:
            prepare(database._driver or database._own_connection().connection.driver_connection)
        return {}

    def pause(self, scheduler: Scheduler) -> Answer:
        return {"may_begin": list(scheduler.pause("recurring")), "wall": time.time()}

    def hog(self, scheduler: Scheduler, seconds: float) -> Answer:
        return {"run": scheduler.run_now("hog", seconds)}

    def state(self, scheduler: Scheduler, run: str) -> Answer:
        return {"state": scheduler.run(run).state}

    def overlap(self, scheduler: Scheduler, every: float) -> Answer:
        """Make a schedule of each policy."""
        for policy in POLICIES:
            scheduler.schedule("overlap", interval=every, overlap=policy, id=policy)
        return {}


PREPARE = Sqlite.__dict__["_prepare"]


def set_read_only(on: bool, connection: sqlite3.Connection, record: object = None) -> None:
    if record is not None:
        PREPARE(connection, record)
    connection.execute(f"PRAGMA query_only = {int(on)}")


def name_of(step: str) -> str:
    """Return the name of the task whose process dies at ``step``."""
    return step.replace(" ", "_")


def around(
    owner: Any,
    verb: str,
    before: Callable[..., Any] | None = None,
    after: Callable[[Any], object] | None = None,
) -> None:
    """Do something before and after each call of ``verb``; what ``before`` returns is passed on."""
    whole = getattr(owner, verb)

    def call(*asked: Any, **options: Any) -> Any:
        asked = asked if before is None else before(*asked)
        answer = whole(*asked, **options)
        if after is not None:
            after(answer)
        return answer

    setattr(owner, verb, call)


def main(given: dict[str, Any]) -> None:
    """Serve the input until its end."""
    log_to(given["log"])
    victim = Victim(given)
    victim.scheduler.start()
    say({"started": given.get("impatient") or victim.started.wait(60)})
    obey(victim.scheduler, victim.commands)
    victim.scheduler.stop(timeout=20)
    write_rows(victim.scheduler, given["rows"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
