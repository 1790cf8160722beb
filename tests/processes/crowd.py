"""Several real processes over one store, and what they leave: a journal, logs, rows."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from tests.postgresql import server

ROOT = Path(__file__).parents[2]
PROGRAM = "tests.processes.member"
PYTHON_PATH = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
PATIENCE = 60.0

Row = dict[str, Any]


class Member:
    """One process of a crowd, from this side of its pipes."""

    def __init__(self, folder: Path, name: str, given: Row, program: str = PROGRAM) -> None:
        """Start it; :meth:`answer` then says that its engine runs."""
        self.name = name
        self.log = folder / f"{name}.log"
        self._rows = folder / f"{name}.rows"
        given = {**given, "log": str(self.log), "rows": str(self._rows)}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", program, json.dumps(given)],
                cwd=folder,
                env={**kept, "PYTHONPATH": PYTHON_PATH, "PYTHONWARNINGS": "ignore"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tell(self, do: str, **arguments: Any) -> Row:
        """Give it a command; return its answer."""
        self.send(do, **arguments)
        return self.answer()

    def send(self, do: str, **arguments: Any) -> None:
        """Give it a command, without waiting for its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write((json.dumps({"do": do, **arguments}) + "\n").encode())

    def answer(self) -> Row:
        """Return the line that it says next."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            raise AssertionError(f"no answer from process {self.pid}:\n{self.said()}")
        answer: Row = json.loads(line)
        return answer

    def stop(self) -> None:
        """Have it end in order."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def ended(self) -> list[Row]:
        """Wait until it has; return the runs that the store had then."""
        code = self._process.wait(PATIENCE)
        assert code == 0, f"process {self.pid} ended with {code}:\n{self.said()}"
        rows: list[Row] = json.loads(self._rows.read_text())
        return rows

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def died(self) -> int:
        """Wait until it has ended, in whatever way; return its exit code."""
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """Kill -9; harmless when it has ended."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def said(self) -> str:
        """What it logged, and what it wrote to its standard error."""
        return self.log.read_text(errors="replace")


class Crowd:
    """Processes of one application over the store at ``address``, in ``folder``."""

    def __init__(
        self,
        folder: Path,
        address: str,
        every: float | None = None,
        program: str = PROGRAM,
        *,
        limited: bool = False,
    ) -> None:
        """Begin without any; ``every`` (s) is the interval of a schedule that all declare.

        With ``limited`` they declare tasks with limits too.
        """
        self.members: list[Member] = []
        self._folder = folder
        self._journal = folder / "journal.jsonl"
        self._journal.touch()
        self._read = 0
        self._notes: list[Row] = []
        self._address = address
        self._every = every
        self._limited = limited
        self._program = program
        self._names = count()

    def start(self, count: int, **settings: str) -> list[Member]:
        """Start ``count`` processes more; return them when the engine of each runs."""
        new = [self.begin(settings) for _ in range(count)]
        for member in new:
            assert member.answer()["started"], member.said()
        return new

    def begin(self, settings: dict[str, str], address: str | None = None, **given: Any) -> Member:
        """Start one process more, which reaches the store by ``address``; wait for nothing."""
        store = {"scheduler.store": address or self._address}
        said = {
            "settings": {**store, **settings}, "every": self._every, "limited": self._limited,
            **given,
        }  # fmt: skip
        said["journal"] = str(self._journal)
        member = Member(self._folder, f"member-{next(self._names)}", said, self._program)
        self.members.append(member)
        return member

    @property
    def notes(self) -> list[Row]:
        """What the tasks have written so far."""
        with self._journal.open("rb") as journal:
            journal.seek(self._read)
            for line in journal:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                self._notes.append(json.loads(line))
        return self._notes

    def wait(
        self, what: str, seen: Callable[[list[Row]], bool], patience: float = PATIENCE
    ) -> list[Row]:
        """Watch the journal until ``seen`` is true of its lines; return them."""
        deadline = time.monotonic() + patience
        while not seen(self.notes):
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {patience:g} s\n{self.said()[-6000:]}")
            time.sleep(0.02)
        return self.notes

    def stop(self) -> list[Row]:
        """Let those that live end, one of them last; return the runs that the store has then."""
        *others, last = self.members
        for member in others:
            member.stop()
        for member in others:
            member.ended()
        last.stop()
        return last.ended()

    def lose(self, member: Member) -> None:
        """Kill -9 one of them."""
        member.kill()
        self.members.remove(member)

    def clear(self) -> None:
        """Kill what is left."""
        for member in self.members:
            member.kill()

    def said(self) -> str:
        """What all of them have logged, the lost ones too."""
        return "\n".join(log.read_text(errors="replace") for log in self._folder.glob("*.log"))


def new_store(kind: str, folder: Path) -> str:
    """The address of a store that is empty: a file in ``folder``, or a schema of the server."""
    if kind == "SQLite":
        return f"sqlite:///{folder}/store.sqlite"
    found = server()
    return found.address(found.new_schema())


MakeCrowd = Callable[..., Crowd]
