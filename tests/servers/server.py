"""A real server under test: its command, its folder, its log, its store, its end."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from pyramid_scheduler.engine import SystemClock
from pyramid_scheduler.interfaces import Store
from pyramid_scheduler.model import Node
from pyramid_scheduler.stores import make_store

BIN = Path(sys.executable).parent
APPS = Path(__file__).parents[1] / "apps"
SETTINGS_VARIABLE = "SERVED_SETTINGS"
UNPRIVILEGED = "www-data"

Event = dict[str, Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """One application, served by ``command`` from ``folder``.

    In ``command``, ``{port}``, ``{folder}`` and ``{apps}`` are filled in. ``processes`` is how
    many of them serve; ``server`` is the ini file's section of that name; a setting of None is
    left out. ``path`` is where the application is.
    """

    folder: Path
    command: list[str]
    processes: int = 1
    server: str = "use = egg:waitress#main\nlisten = 127.0.0.1:{port}"
    settings: dict[str, str | None] = field(default_factory=dict)
    user: str | None = None
    cwd: Path | None = None
    path: Path = APPS

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.log = self.folder / "log.jsonl"
        self.out = self.folder / "out.txt"
        self.ini = self.folder / "app.ini"
        self.process: subprocess.Popen[bytes] | None = None
        given = {
            "served.log": str(self.log),
            "scheduler.state_dir": str(self.folder / "state"),
            **self.settings,
        }
        self.settings = {key: value for key, value in given.items() if value is not None}
        self.ini.write_text(self._ini())
        self.out.touch()
        if self.user is not None:
            shutil.chown(self.folder, self.user)
            shutil.chown(self.out, self.user)

    def _ini(self) -> str:
        lines = "\n".join(f"{key} = {value}" for key, value in self.settings.items())
        server = self.server.format(port=self.port)
        return (
            f"[app:main]\npaste.app_factory = served:main\n{lines}\n\n[server:main]\n{server}\n"
            + AROUND_IT
        )

    @property
    def environment(self) -> dict[str, str]:
        """What the server gets: ours, without what pytest and others left in it."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("PYTEST_", "PYRAMID_", "COV_", "XDG_"))
        }
        return {
            **kept,
            "HOME": str(self.folder),
            "PYTHONPATH": str(self.path),
            "PYTHONWARNINGS": "ignore",
            "PYTHONUNBUFFERED": "1",
            SETTINGS_VARIABLE: json.dumps(self.settings),
        }

    def start(self, *extra: str, **environment: str) -> None:
        filled = {"port": str(self.port), "folder": str(self.folder), "apps": str(APPS)}
        command = [part.format(**filled) for part in self.command]
        with self.out.open("ab") as out:
            self.process = subprocess.Popen(
                [*_as_user(self.user), *command, *extra],
                cwd=self.cwd or self.folder,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    # --- what it does

    def events(self, **wanted: Any) -> list[Event]:
        """What the tasks have said so far, only what is ``wanted``."""
        if not self.log.exists():
            return []
        # A reader may see a write that crosses a page up to the page: leave out what has no end.
        lines = self.log.read_text().rpartition("\n")[0].splitlines()
        events = [json.loads(line) for line in lines]
        return [one for one in events if wanted.items() <= one.items()]

    def wait(self, what: str, seen: Callable[[], Any], timeout: float = 60.0) -> Any:
        """Wait until ``seen()`` is true, and return it; fail with ``what`` if it does not come."""
        deadline = time.monotonic() + timeout
        while True:
            answer = seen()
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {timeout:g} s\n{self.output()}")
            time.sleep(0.02)

    def wait_for(self, count: int = 1, timeout: float = 60.0, **wanted: Any) -> list[Event]:
        """Wait for ``count`` lines of the log that are as ``wanted``; return them."""

        def enough() -> list[Event]:
            found = self.events(**wanted)
            return found if len(found) >= count else []

        events: list[Event] = self.wait(f"{count} of {wanted}", enough, timeout)
        return events

    def ask(self, *tasks: str, hang: float | None = None) -> dict[str, str]:
        """Ask it, by a request, for a run of each task; return the runs' ids."""
        query = urlencode(
            [("task", name) for name in tasks] + [("hang", hang)] * (hang is not None)
        )
        with urlopen(f"http://127.0.0.1:{self.port}/ask?{query}", timeout=30) as answer:
            ids: dict[str, str] = json.load(answer)
            return ids

    def wait_until_it_listens(self) -> None:
        """Wait until it takes connections."""

        def connects() -> bool:
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", self.port)) == 0

        self.wait("connection", connects)

    def output(self) -> str:
        """The end of what it wrote."""
        return self.out.read_text(errors="replace")[-6000:]

    # --- how it ends

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process that was started."""
        assert self.process is not None
        self.process.send_signal(number)

    def ended(self, timeout: float = 30.0) -> int:
        """Wait until the process that was started has ended; return how."""
        assert self.process is not None
        return self.process.wait(timeout)

    def terminate(self) -> int:
        """Send SIGTERM to the process that was started; return how it ended."""
        self.signal(signal.SIGTERM)
        return self.ended()

    def kill(self) -> None:
        """Kill -9 everything that the server is made of; harmless when nothing is left."""
        if self.process is None:
            return
        for pid in [*descendants(self.process.pid), self.process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    # --- what it remembers

    @property
    def store_files(self) -> list[Path]:
        """Its stores, at their default paths."""
        return sorted((self.folder / "state/pyramid_scheduler").glob("*.sqlite"))

    @contextmanager
    def store(self, file: Path | None = None) -> Iterator[Store]:
        """Its only store, or the one in ``file``, read from this process."""
        if file is None:
            [file] = self.store_files
        store = make_store(f"sqlite:///{file}", clock=SystemClock())
        store.open(create=False)
        try:
            yield store
        finally:
            store.close()

    def nodes(self, *, alive: bool = True, file: Path | None = None) -> list[Node]:
        """Return the nodes of its store that are alive, or that are not any more."""
        with self.store(file) as store:
            return [node for node in store.nodes() if node.alive is alive]


AROUND_IT = """
[pserve]
# The reloader shall not see who works on the package while the tests run.
ignore_files = */pyramid_scheduler/*

[loggers]
keys = root

[handlers]
keys = console

[formatters]
keys = plain

[logger_root]
level = INFO
handlers = console

[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain

[formatter_plain]
format = %(asctime)s %(process)d %(levelname)s %(name)s %(message)s
"""


def _as_user(name: str | None) -> list[str]:
    """Return what makes a command run as ``name``, which may still read all that root may.

    Apache refuses to serve as root, and the interpreter may be in root's home.
    """
    if name is None:
        return []
    user = pwd.getpwnam(name)
    return [
        "setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
    ]


def descendants(pid: int) -> list[int]:
    """Return the processes below ``pid``, children before their own."""
    children = _children()
    found, front = [], [pid]
    while front:
        front = [child for parent in front for child in children.get(parent, [])]
        found += front
    return found


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has just ended
            continue
        parent = int(text.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(stat.parent.name))
    return children
