"""Every server that the package promises to work in, and how each is started."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.servers.server import APPS, BIN, UNPRIVILEGED, Server

WSGI = "served_wsgi:application"
WORKERS = 4
GUNICORN = f"use = egg:gunicorn#main\nbind = 127.0.0.1:{{port}}\nworkers = {WORKERS}"
UWSGI = ("uwsgi", "--http-socket", "127.0.0.1:{port}", "--processes", str(WORKERS))
UWSGI_ENDS = ("--master", "--die-on-term", "--virtualenv", str(BIN.parent))
MOD_WSGI = (
    *("mod_wsgi-express", "start-server", str(APPS / "served_wsgi.py")),
    *("--host", "127.0.0.1", "--port", "{port}", "--processes", str(WORKERS), "--threads", "2"),
    *("--server-root", "{folder}/apache", "--working-directory", "{folder}", "--log-to-terminal"),
)


@dataclass(frozen=True)
class Kind:
    """One way to serve: a command whose program is in the environment's bin folder.

    ``shutdown_timeout`` is None where the default of that server is to be tried.
    """

    command: tuple[str, ...]
    processes: int = 1
    server: str = "use = egg:waitress#main\nlisten = 127.0.0.1:{port}"
    shutdown_timeout: str | None = "1.5"
    apache: bool = False

    @property
    def missing(self) -> str:
        """Say what is not installed here, if anything."""
        if not (BIN / self.command[0]).exists():
            return f"{self.command[0]} is not installed"
        if self.apache and shutil.which("apache2") is None and shutil.which("httpd") is None:
            return "Apache is not installed"
        return ""

    def make(self, folder: Path, **settings: str | None) -> Server:
        """Return a server of this kind, not started."""
        timeout = self.shutdown_timeout
        given = {} if timeout is None else {"scheduler.shutdown_timeout": timeout}
        return Server(
            folder,
            [str(BIN / self.command[0]), *self.command[1:]],
            self.processes,
            self.server,
            {**given, **settings},
            UNPRIVILEGED if self.apache and os.geteuid() == 0 else None,
        )


def gunicorn(*options: str, workers: int = WORKERS) -> Kind:
    """Return gunicorn with so many workers."""
    command = ("gunicorn", "-w", str(workers), "-b", "127.0.0.1:{port}", *options, WSGI)
    return Kind(command, workers)


KINDS = {
    "pserve": Kind(("pserve", "{folder}/app.ini")),
    "pserve --reload": Kind(("pserve", "{folder}/app.ini", "--reload"), shutdown_timeout=None),
    "waitress-serve": Kind(("waitress-serve", "--listen=127.0.0.1:{port}", WSGI)),
    "python -m waitress": Kind(("python", "-m", "waitress", "--listen=127.0.0.1:{port}", WSGI)),
    "a script with waitress": Kind(("python", "{apps}/served_script.py", "waitress", "{port}")),
    "a script with wsgiref": Kind(("python", "{apps}/served_script.py", "wsgiref", "{port}")),
    "gunicorn": gunicorn(),
    "gunicorn gthread": gunicorn("-k", "gthread", "--threads", "2"),
    "gunicorn --preload": gunicorn("--preload"),
    "pserve with egg:gunicorn": Kind(("pserve", "{folder}/app.ini"), WORKERS, GUNICORN),
    "uWSGI prefork": Kind((*UWSGI, *UWSGI_ENDS, "--enable-threads", "-w", WSGI), WORKERS),
    "uWSGI --lazy-apps": Kind((*UWSGI, *UWSGI_ENDS, "--lazy-apps", "-w", WSGI), WORKERS),
    "uWSGI ini-paste": Kind(
        (*UWSGI, *UWSGI_ENDS, "--enable-threads", "--ini-paste", "{folder}/app.ini"), WORKERS
    ),
    "mod_wsgi": Kind(MOD_WSGI, WORKERS, shutdown_timeout=None, apache=True),
}
