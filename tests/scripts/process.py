"""Real processes: ``pscheduler`` and ``pserve`` as a person starts them, over real files."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "examples" / "demo" / "development.ini"
PSCHEDULER = (sys.executable, "-m", "pyramid_scheduler.scripts.pscheduler")
PSERVE = (sys.executable, "-m", "pyramid.scripts.pserve")


class Place:
    """A folder with an application in it, and a state folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environ = {
            **kept,
            "PYTHONPATH": f"{folder}:{ROOT / 'examples'}:{ROOT / 'src'}",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            "XDG_STATE_HOME": str(self.state),
        }

    def write(self, name: str, text: str) -> Path:
        """Write a file of the application."""
        path = self.folder / name
        path.write_text(dedent(text))
        return path

    def ask(self, *argv: object, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """Run ``pscheduler`` to its end."""
        return subprocess.run(
            [*PSCHEDULER, *map(str, argv)],
            env=self.environ,
            cwd=cwd or self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @contextmanager
    def running(self, *argv: object) -> "Iterator[subprocess.Popen[str]]":
        """Start a program; its output is one stream. It is gone at the end, whatever happens."""
        with subprocess.Popen(
            list(map(str, argv)),
            env=self.environ,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    """Read what ``process`` prints up to the line with ``text`` in it; return all of it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"{text!r} was never printed:\n{''.join(lines)}")


def end(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> tuple[int, str]:
    """Send a signal, wait for the end; return the exit code and what was printed until then."""
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    return process.returncode, output
