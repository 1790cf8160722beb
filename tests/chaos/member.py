"""One process of the harness: an application without a web server. It is not told what is owed.

Its only argument is JSON: ``name``, ``address`` of the store, ``journal`` (a file descriptor),
``offset`` (microseconds from CLOCK_MONOTONIC_RAW to the wall clock as the driver read it once, for
all), ``start`` (when its schedules begin, in seconds), ``mutant``. Each line of its input is a
command in JSON. What it has to say it writes into the journal, a line a time.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from types import TracebackType
from typing import Any

from pyramid.config import Configurator

from pyramid_scheduler import current_run
from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.errors import StoreUnavailable
from pyramid_scheduler.events import SchedulerStarted
from pyramid_scheduler.instants import micros
from tests.chaos.declared import MAX_CRASHES, SCHEDULES, SETTINGS, TASKS, TaskSaid
from tests.chaos.wire import Wire


class Journal:
    """The log outside of the store: a line is one ``write``, and shorter than PIPE_BUF."""

    def __init__(self, name: str, file: int, offset: int) -> None:
        self._name = name
        self._file = file
        self._offset = offset

    def write(self, what: str, **said: Any) -> None:
        at = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW) // 1000 + self._offset
        line = json.dumps({"what": what, "at": at, "node": self._name, **said})
        os.write(self._file, f"{line}\n".encode())


class Failure(Exception):
    """What a task raises by chance."""


def make_call(journal: Journal, said: TaskSaid) -> Callable[[], int]:
    """Return the function of a task: it logs its beginning and its end, and returns its token."""

    def call() -> int:
        run = current_run()
        chance = Random(f"{run.id} {run.token}")
        journal.write(
            "start", run=run.id, schedule=run.schedule, task=run.task, token=run.token,
            fire_time=micros(run.fire_time), attempt=run.attempt,
        )  # fmt: skip
        length = chance.uniform(said.shortest, said.longest)
        if said.heeds:
            run.stop.wait(length)
        else:
            time.sleep(length)
        failed = chance.random() < said.fails
        journal.write("end", run=run.id, token=run.token, failed=failed)
        if failed:
            raise Failure
        return run.token

    return call


class Reporter(logging.Handler):
    """Puts into the journal what the package reports as an error."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.ERROR)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        self._journal.write("error", said=record.getMessage()[:500])


def report_deaths(journal: Journal) -> None:
    """Put into the journal which threads die, and of what."""

    def hook(died: threading.ExceptHookArgs) -> None:
        journal.write("error", said=f"thread {died.thread} died: {died.exc_value!r}"[:500])

    threading.excepthook = hook
    main_as_it_was = sys.excepthook

    def main_hook(
        kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        journal.write("error", said=f"the process died: {error!r}"[:500])
        main_as_it_was(kind, error, where)

    sys.excepthook = main_hook


def make(given: dict[str, Any], journal: Journal) -> Configurator:
    """Return the application as it is configured; its engine starts when it is made."""
    config = Configurator(settings={"scheduler.store": given["address"], **SETTINGS})
    config.include("pyramid_scheduler")
    for name, said in TASKS.items():
        config.add_task(make_call(journal, said), name, max_crashes=MAX_CRASHES, **said.options)
    start = datetime.fromtimestamp(given["start"], UTC)
    for name, one in SCHEDULES.items():
        config.add_schedule(one.task, name=name, interval=one.interval, start=start, **one.options)
    config.add_subscriber(lambda _: journal.write("up"), SchedulerStarted)
    config.commit()
    return config


def obey(scheduler: Scheduler, wire: Wire, journal: Journal, do: str, **given: Any) -> None:
    """Do what the driver says."""
    if do == "ask":
        try:
            run = scheduler.run_now(given["task"])
        except StoreUnavailable:
            return  # there is no answer: it may be there or not
        journal.write("asked", run=run)
    elif do == "cut":
        wire.cut(given["seconds"])
    elif do == "lose":
        wire.lose(given["verb"])
    elif do == "report":
        engine: Any = scheduler.engine
        journal.write("state", fine=engine.running and engine.health().ready)


def main(given: dict[str, Any]) -> None:
    """Serve until the end of the input, or SIGTERM."""
    journal = Journal(given["name"], given["journal"], given["offset"])
    logging.basicConfig(
        level=logging.INFO, format=f"{given['name']} %(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("pyramid_scheduler").addHandler(Reporter(journal))
    report_deaths(journal)
    if given["mutant"]:
        from tests.chaos.mutants import apply  # noqa: PLC0415 - the product has none of it

        apply(given["mutant"])
    config = make(given, journal)
    scheduler = config.registry.scheduler
    wire = Wire(scheduler.store)
    config.make_wsgi_app()
    for line in sys.stdin:
        obey(scheduler, wire, journal, **json.loads(line))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
