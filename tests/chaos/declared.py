"""What every process of the harness declares, as plain data; the judge counts by it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

LEASE = 3.0
HEARTBEAT = 0.5
SHUTDOWN = 2.5
SETTINGS = {
    "scheduler.lease": f"{LEASE:g}",
    "scheduler.heartbeat": f"{HEARTBEAT:g}",
    "scheduler.statement_timeout": "0.4",
    "scheduler.lookahead": "1.0",
    "scheduler.threads": "8",
    "scheduler.shutdown_timeout": f"{SHUTDOWN:g}",
    "scheduler.autostart": "true",
}


class TaskSaid(NamedTuple):
    """A task: how long it takes (s, from, to), whether it heeds its stop flag, how often it fails.

    ``options`` are those of ``config.add_task``.
    """

    shortest: float
    longest: float
    heeds: bool = True
    fails: float = 0.0
    options: Mapping[str, Any] = MappingProxyType({})


class ScheduleSaid(NamedTuple):
    """A schedule: its task, its interval (s), and the options of ``config.add_schedule``."""

    task: str
    interval: float
    options: dict[str, Any]


TASKS = {
    "quick": TaskSaid(0.01, 0.2),
    # These make owners that are late: they go on beside their successors.
    "slow": TaskSaid(1.5, 4, heeds=False),
    "serial": TaskSaid(0.1, 1.2),
    "never": TaskSaid(0.1, 1, options={"on_crash": "fail"}),
    "limited": TaskSaid(0.1, 0.5, options={"max_running": 1}),
    "shaky": TaskSaid(0.01, 0.3, fails=0.3, options={"retries": 9, "backoff": 0.5}),
}
# The harness kills more often than any machine: none of these runs is poison.
MAX_CRASHES = 100


def _schedules() -> dict[str, ScheduleSaid]:
    every: dict[str, Any] = {"overlap": "allow", "misfire": "all", "catch_up": 1000}
    newest = {"overlap": "allow"}
    said: list[tuple[str, str, float, dict[str, Any]]] = [
        *(("all", "quick", seconds, every) for seconds in (1, 1.5, 2, 4)),
        *(("latest", "quick", seconds, newest) for seconds in (1, 2.5, 3)),
        *(("slow", "slow", seconds, newest) for seconds in (2, 3, 4, 5)),
        *(("skip", "serial", seconds, {"overlap": "skip"}) for seconds in (1, 2, 3)),
        *(("queue", "serial", seconds, {**every, "overlap": "queue"}) for seconds in (2, 3)),
        *(("cancel", "serial", seconds, {"overlap": "cancel"}) for seconds in (1.5, 4)),
        *(("never", "never", seconds, newest) for seconds in (2, 3)),
        *(("limited", "limited", seconds, newest) for seconds in (2, 3)),
        *(("shaky", "shaky", seconds, newest) for seconds in (2, 3)),
    ]
    return {
        f"{name}-{seconds:g}s": ScheduleSaid(task, seconds, options)
        for name, task, seconds, options in said
    }


SCHEDULES = _schedules()
SERIAL = frozenset(name for name, one in SCHEDULES.items() if one.task == "serial")
LIMITS = {"limited": 1}
ASKED = ("quick", "limited", "shaky", "slow")
