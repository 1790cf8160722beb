"""Run it: ``python -m benchmarks.each_once [--count 10000] [--only huey]``.

Each peer is installed into an environment of its own below ``benchmarks/.environments`` and runs as
its documentation says, with four tasks at a time in each of two processes. Every task writes a line
into a file outside of any store. What is counted: how many ran, how many of them more than once,
how many never, and the seconds from the instant at which all were due until the last line.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.environments import python_of
from benchmarks.servers import new_database

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE = 30  # s without a new line
# By contender: the module, and the stores it runs on here.
CONTENDERS = {
    "pyramid_scheduler": ("ours", ("SQLite", "PostgreSQL")),
    "APScheduler 4": ("apscheduler4", ("SQLite", "PostgreSQL")),
    "procrastinate": ("procrastinate", ("PostgreSQL",)),
    "huey": ("huey", ("SQLite",)),
}


class Result(NamedTuple):
    """What came of it.

    ``share`` is that of the least busy process; ``ready`` is whether all processes waited when
    the runs were due.
    """

    ran: int
    twice: int
    never: int
    share: float
    seconds: float
    complaints: int
    ready: bool = True


@contextmanager
def address_on(store: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database."""
    if store == "SQLite":
        yield f"sqlite:///{folder}/store.sqlite"
        return
    with new_database(store) as address:
        yield address


def play(
    module: str, python: str, address: str, folder: Path, count: int, ahead: float, several: int = 2
) -> Result:
    """Have ``several`` processes run ``count`` one-offs; the first of them adds all."""
    log, errors = folder / "log", (folder / "errors").open("wb")
    with log.open("wb") as sink:
        paths = os.pathsep.join(map(str, (ROOT, ROOT / "src")))
        environment = {**os.environ, "LOG": str(sink.fileno()), "PYTHONPATH": paths}
        at = time.time() + ahead

        def start(numbers: int) -> subprocess.Popen[bytes]:
            said = [python, str(HERE / f"with_{module}.py"), address, str(numbers), str(at)]
            return subprocess.Popen(
                said, cwd=folder, env=environment, pass_fds=[sink.fileno()],
                stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip

        first = start(count)
        _ready(first)  # it has added all
        began = max(at, time.time())  # should adding them have taken longer
        processes = [first, *(start(0) for _ in range(several - 1))]
        for process in processes[1:]:
            _ready(process)
        ready = time.time() < at
        last = _wait(log, count, began)
        for process in processes:
            process.kill()
            process.wait()
    errors.close()
    return _judge(log, folder / "errors", count, several, last - began)._replace(ready=ready)


def _ready(process: subprocess.Popen[bytes]) -> None:
    """Wait for the line that it writes once it is about to run what is due."""
    assert process.stdout is not None
    process.stdout.readline()


def _wait(log: Path, count: int, due: float) -> float:
    """Wait until all ran, or nothing was written for PATIENCE; return when the last line was."""
    lines, since = 0, time.time()
    while time.time() - max(since, due) < (2 if lines >= count else PATIENCE):
        time.sleep(0.05)
        now = log.read_bytes().count(b"\n")
        if now != lines:
            lines, since = now, log.stat().st_mtime
    return since


def _judge(log: Path, errors: Path, count: int, several: int, seconds: float) -> Result:
    lines = [line.split() for line in log.read_text().splitlines()]
    ran = Counter(int(number) for number, _ in lines)
    by = Counter(pid for _, pid in lines)
    share = min(by.values()) / len(lines) if len(by) == several else 0.0
    twice = sum(times > 1 for times in ran.values())
    complaints = errors.read_bytes().count(b"Traceback")
    return Result(len(ran), twice, count - len(ran), share, seconds, complaints)


def _say(*cells: object) -> None:
    sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.each_once", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--ahead", type=float, default=5, help="seconds until all are due")
    parser.add_argument("--only", action="append", choices=CONTENDERS)
    asked = parser.parse_args()
    _say("contender", "store", "ran", "twice", "never", "share of the second", "s", "tracebacks")
    _say(*["---"] * 8)
    for name, (module, stores) in CONTENDERS.items():
        if asked.only and name not in asked.only:
            continue
        python = python_of(module)
        for store in stores:
            folder = Path(tempfile.mkdtemp(prefix=f"{module}-{store}-"))
            with address_on(store, folder) as address:
                one = play(module, python, address, folder, asked.count, asked.ahead)
            counts = [f"{number:,}" for number in (one.ran, one.twice, one.never)]
            _say(name, store, *counts, f"{one.share:.0%}", f"{one.seconds:.1f}", one.complaints)
    return 0


if __name__ == "__main__":
    sys.exit(main())
