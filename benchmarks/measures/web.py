"""What is left of the web requests that an application serves beside the engine: wrk asks."""

import re
import subprocess
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol, cast
from urllib.request import urlopen

from benchmarks import tasks
from benchmarks.contenders import Make
from benchmarks.measures import Measured, unheard

# Runs in each second; none is without an engine.
RUNS = (0, 100, 1_000, 10_000)
CONNECTIONS = 8
SETTLED = 1.0
MS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
# What is too short to say anything is only to show that it runs.
SHORTEST = 2
P99 = re.compile(r"99% +([\d.]+)(us|ms|s)")
RATE = re.compile(r"Requests/sec: +([\d.]+)")


class Web(Protocol):
    """An application that has an engine in its process, or none."""

    def about(self) -> dict[str, str]:
        """Return its versions, and how durable its store is."""

    def serving(self, runs: int) -> AbstractContextManager[str]:
        """Serve with ``runs`` in each second; give the address."""


class Asked(NamedTuple):
    """What wrk says, and how many runs ended in each second meanwhile."""

    requests: float
    p99: float
    ended: float


def web(make: Make, folder: Path, size: int) -> tuple[Web, Measured]:
    """Return req/s and p99, ``size`` seconds for each rate of runs.

    ``kept`` is which part there is of what there is without an engine: of req/s, and of how quick
    p99 is.
    """
    application = cast(Web, make(folder, tasks.nothing, unheard))
    figures: Measured = {}
    bare = _asked(application, 0, size)
    for runs in RUNS if size >= SHORTEST else RUNS[:2]:
        asked = _asked(application, runs, size) if runs else bare
        figures[f"req/s at {runs} runs/s"] = asked.requests
        figures[f"p99 ms at {runs} runs/s"] = asked.p99
        if runs:
            figures[f"runs/s of {runs}"] = asked.ended
            figures[f"req/s kept at {runs} runs/s"] = asked.requests / bare.requests
            figures[f"p99 kept at {runs} runs/s"] = bare.p99 / asked.p99
    return application, figures


def _asked(application: Web, runs: int, seconds: int) -> Asked:
    with application.serving(runs) as address:
        # So that the engine has come to its pace, and wrk does not wait for what is imported.
        time.sleep(SETTLED)
        before, begun = _ended(address), time.perf_counter()
        said = _wrk(address, seconds)
        ended = (_ended(address) - before) / (time.perf_counter() - begun)
    p99, rate = P99.search(said), RATE.search(said)
    if p99 is None or rate is None or "Non-2xx" in said:
        raise RuntimeError(f"wrk: {said}")
    return Asked(float(rate[1]), float(p99[1]) * MS[p99[2]], ended)


def _ended(address: str) -> int:
    with urlopen(f"{address}/ended") as answer:
        return int(answer.read())


def _wrk(address: str, seconds: int) -> str:
    command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s"]
    done = subprocess.run(
        [*command, "--latency", f"{address}/"],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=True,
    )
    return done.stdout
