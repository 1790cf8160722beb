"""The processes of the harness from outside: started, signalled, and what they write collected."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FAKETIME = "/usr/lib/*/faketime/libfaketimeMT.so.1"

Line = dict[str, Any]


def raw_now() -> int:
    """Microseconds of the clock that nobody sets."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW) // 1000


def wall_offset() -> int:
    """Microseconds from the raw clock to the wall clock."""
    return time.time_ns() // 1000 - raw_now()


def python_path() -> dict[str, str]:
    """What a child needs in its environment to find the package and these tests."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}


def faketime() -> str | None:
    """The library that fakes a process's wall clock, where Debian's ``faketime`` is installed."""
    return next((str(found) for found in Path("/").glob(FAKETIME[1:])), None)


class Collector:
    """A file behind a pipe: what is written into the pipe is appended, whoever dies.

    The file is another process's, so that no limit of the writers' applies to it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("ab") as file:
            self._cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=file)
        assert self._cat.stdin is not None
        self.end = self._cat.stdin.fileno()
        self._read = 0

    def new_lines(self) -> list[Line]:
        """Return what has come since the last call."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        return [json.loads(line) for line in whole.splitlines()]

    def close(self) -> None:
        """Wait until all that was written is there; the writers must have ended."""
        assert self._cat.stdin is not None
        self._cat.stdin.close()
        self._cat.wait(10)


class Process:
    """One process under the name ``name``, never used again."""

    def __init__(self, name: str, given: Line, journal: Collector, log: Collector) -> None:
        self.name = name
        self.up = False
        self.begun = time.monotonic()
        self.busy_until = 0.0
        given = {**given, "name": name, "journal": journal.end}
        clock = given.pop("clock", None)
        program = "tests.chaos.faked" if clock else "tests.chaos.member"
        self._process = subprocess.Popen(
            [sys.executable, "-m", program, json.dumps(given)],
            cwd=ROOT,
            env={**python_path(), **(_faked(clock) if clock else {})},
            stdin=subprocess.PIPE,
            stdout=log.end,
            stderr=log.end,
            pass_fds=[journal.end],
            bufsize=0,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, None while it lives."""
        return self._process.poll()

    def tell(self, do: str, **more: Any) -> None:
        """Give it a command; whatever it does with it is in the journal."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write((json.dumps({"do": do, **more}) + "\n").encode())

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill -9, frozen or not, and bury it."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()


def _faked(clock: str) -> dict[str, str]:
    library = faketime()
    assert library is not None
    return {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": clock,
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_RESET": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # what the log and the leases are measured by
    }
