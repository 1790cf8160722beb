"""What is in the store in the end, as a process that has nothing to do with it reads it.

It pauses every schedule, waits until all that was owed has ended, at most ``patience`` seconds,
and prints JSON.
"""

import json
import sys
import time
from typing import Any

from pyramid.config import Configurator

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.instants import micros
from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import RunState

ALL = 1_000_000


def calm(scheduler: Scheduler, patience: float) -> int:
    """Pause all, and wait for what goes on; return when it was paused."""
    paused = micros_now()
    for schedule in scheduler.schedules():
        scheduler.pause(schedule.name)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and going(scheduler):
        time.sleep(0.2)
    return paused


def micros_now() -> int:
    return time.time_ns() // 1000


def going(scheduler: Scheduler) -> bool:
    """Return whether anything waits or runs."""
    return any(scheduler.runs(state=state) for state in (RunState.PENDING, RunState.RUNNING))


def read(scheduler: Scheduler) -> dict[str, Any]:
    """Return rows and skips as the judge wants them, and the names of the nodes that live."""
    rows = [
        [run.id, run.schedule, micros(run.fire_time), run.state, run.reason, run.attempt,
         run.token, run.result, micros(run.due)]
        for run in scheduler.store.runs(RunFilter(limit=ALL))
    ]  # fmt: skip
    skips = [[one.schedule, one.first, one.last, one.reason] for one in scheduler.skips()]
    return {
        "rows": rows,
        "skips": skips,
        "crashes": sum(run.crashes for run in scheduler.store.runs(RunFilter(limit=ALL))),
        "alive": sum(node.alive for node in scheduler.nodes()),
    }


def main(address: str, patience: float) -> None:
    config = Configurator(settings={"scheduler.store": address, "scheduler.autostart": "false"})
    config.include("pyramid_scheduler")
    config.make_wsgi_app()
    scheduler = config.registry.scheduler
    paused = calm(scheduler, patience)
    sys.stdout.write(json.dumps({"paused": paused, **read(scheduler)}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
