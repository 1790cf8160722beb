"""One process of a crowd: an application without a web server, told what to do on its input.

Its only argument is JSON: ``settings`` of the application, ``journal`` and ``log`` (files),
``rows`` (the file for the store's runs when it ends), ``every`` (s, None for no recurring
schedule), ``limited`` (whether there are tasks with limits). Each line of its input is a command in
JSON, and is answered by a line of JSON. At the end of its input it stops its engine and ends.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyramid.config import Configurator

from pyramid_scheduler import current_run
from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.events import SchedulerStarted
from pyramid_scheduler.interfaces import RunFilter

Answer = dict[str, Any]
RATE = "5/second"


class Journal:
    """The log outside of the store. A line is one ``write`` to a file opened with O_APPEND."""

    def __init__(self, path: str) -> None:
        """Open it; many processes share it."""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)

    def note(self, **more: Any) -> None:
        """Add a line about the run that calls."""
        run = current_run()
        line = {
            **more,
            "run": run.id,
            "schedule": run.schedule,
            "task": run.task,
            "fire_time": run.fire_time.timestamp(),
            "token": run.token,
            "attempt": run.attempt,
            "pid": os.getpid(),
            "wall": time.time(),
            **more,
        }
        self.write(line)

    def write(self, line: dict[str, Any]) -> None:
        """Add a line."""
        os.write(self._file, (json.dumps(line) + "\n").encode())

    def note_both_ends(self, key: str = "", length: float = 0.02) -> None:
        """Add a line with when it began and when it ended, by a clock that all processes share."""
        begun = time.monotonic()
        current_run().stop.wait(length)
        self.note(key=key, begun=begun, ended=time.monotonic())

    def note_and_stay(self) -> None:
        """Add a line, and at the first claim never end."""
        self.note()
        if current_run().token == 1:
            threading.Event().wait()


def make(given: dict[str, Any]) -> tuple[Scheduler, threading.Event]:
    """Return the scheduler of the application, and what says that its engine runs."""
    journal, started = Journal(given["journal"]), threading.Event()
    config = Configurator(settings={"scheduler.autostart": "false", **given["settings"]})
    config.include("pyramid_scheduler")
    config.add_task(journal.note, "note")
    config.add_task(journal.note_and_stay, "stay_retry", on_crash="retry")
    config.add_task(journal.note_and_stay, "stay_fail", on_crash="fail")
    if given["limited"]:
        _add_limited(config, journal)
    if given["every"] is not None:
        config.add_schedule("note", interval=given["every"], overlap="allow", misfire="all",
                            name="recurring")  # fmt: skip
    config.add_subscriber(lambda _: started.set(), SchedulerStarted)
    config.make_wsgi_app()
    return config.registry.scheduler, started


def _add_limited(config: Any, journal: Journal) -> None:
    """Declare tasks of which only so many may run, or begin, or be asked for."""
    ends = journal.note_both_ends
    config.add_task(ends, "single", max_running=1)
    config.add_task(ends, "keyed", max_running=1, key=lambda key="", length=0.0: key or None)
    config.add_task(ends, "rated", rate=RATE)
    config.add_task(ends, "sole", unique="args", unique_for="1h")


def owe(scheduler: Scheduler, count: int, after: float, waves: int = 1) -> Answer:
    """Make ``count`` one-offs that are all due at one instant, ``after`` seconds from now.

    With several ``waves`` they are due at as many instants, a tenth of a second apart. A thousand
    at a time: on a busy machine more of them would keep the others from a file of SQLite for so
    long that they call it an outage, and rightly so.
    """
    at = time.time() + after
    when = [datetime.fromtimestamp(at + wave / 10, UTC) for wave in range(waves)]
    one_offs = [
        {"task": "note", "id": f"one-off-{number}", "at": when[number % waves]}
        for number in range(count)
    ]
    for first in range(0, count, 1000):
        scheduler.schedule_many(one_offs[first : first + 1000])
    return {"at": at, "made": time.time()}


def ask(scheduler: Scheduler, tasks: list[str], args: list[Any] | None = None) -> Answer:
    """Ask for a run of each of ``tasks``, with the same arguments."""
    return {"runs": [scheduler.run_now(task, *(args or [])) for task in tasks]}


def recur(scheduler: Scheduler, task: str, names: list[str], every: float) -> Answer:
    """Make schedules of ``task`` that may overlap with themselves."""
    scheduler.schedule_many(
        [{"task": task, "id": id, "interval": every, "overlap": "allow"} for id in names]
    )
    return {}


COMMANDS: dict[str, Callable[..., Answer]] = {"owe": owe, "ask": ask, "recur": recur}


def say(answer: Answer) -> None:
    """Answer a command."""
    os.write(1, (json.dumps(answer) + "\n").encode())


def write_rows(scheduler: Scheduler, path: str) -> None:
    """Write the store's runs, each with the attempts that ended before it did."""
    rows = [
        {
            "run": run.id,
            "schedule": run.schedule,
            "task": run.task,
            "fire_time": run.fire_time.timestamp(),
            "state": run.state,
            "reason": run.reason,
            "attempt": run.attempt,
            "crashes": run.crashes,
            "token": run.token,
            "equals": run.equals,
            "claimed_at": run.claimed_at and run.claimed_at.timestamp(),
        }
        for run in scheduler.store.runs(RunFilter(limit=1_000_000))
    ]
    Path(path).write_text(json.dumps(rows))


def log_to(path: str) -> None:
    """Have everything logged there."""
    logging.basicConfig(
        filename=path, level=logging.INFO, format="%(levelname)s %(name)s %(message)s"
    )


def obey(scheduler: Scheduler, commands: Mapping[str, Callable[..., Answer]]) -> None:
    """Do what the input says until its end."""
    for line in sys.stdin:
        command = json.loads(line)
        say(commands[command.pop("do")](scheduler, **command))


def main(given: dict[str, Any]) -> None:
    """Serve the input until its end."""
    log_to(given["log"])
    scheduler, started = make(given)
    scheduler.start()
    say({"started": started.wait(60)})
    obey(scheduler, COMMANDS)
    scheduler.stop(timeout=20)
    write_rows(scheduler, given["rows"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
