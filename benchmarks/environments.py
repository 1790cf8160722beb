"""Each peer in an environment of its own, with what it was compared with when the bars were set.

Made when first needed, below ``.environments``, and made anew when what is asked for has changed.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from venv import EnvBuilder

ENVIRONMENTS = Path(__file__).with_name(".environments")
PATIENCE = 600  # s; of a slow index
# The drivers that ours is measured with too.
_SQLALCHEMY, _PSYCOPG = "SQLAlchemy==2.1.9", "psycopg[binary]==3.3.9"
# By the contender's module: what is installed for it. All others need only what tests need.
PACKAGES = {
    "apscheduler3": ("apscheduler==3.11.3", _SQLALCHEMY, _PSYCOPG),
    "apscheduler4": (
        "apscheduler==4.0.0a6", "sniffio", "SQLAlchemy[asyncio]==2.1.9", _PSYCOPG,
        "asyncpg==0.32.0", "aiosqlite==0.22.1",
    ),
    "celery": ("celery==5.7.0",),
    "huey": ("huey==3.5.4",),
    "procrastinate": ("procrastinate==3.10.0", _PSYCOPG),
    "schedule": ("schedule==1.2.2",),
}  # fmt: skip
# By the contender's module: what it needs beside Python.
PROGRAMS = {"ours_web": "wrk"}
# What the environment of the tests has as well: nothing is installed to see that these run.
IN_TESTS = ("apscheduler3", "schedule")


class NotInstalledError(Exception):
    """What a peer needs could not be installed; the text says why."""


def python_of(module: str) -> str:
    """Return the interpreter that has what ``module`` needs. Raises NotInstalledError."""
    packages = PACKAGES.get(module)
    if packages is None:
        return sys.executable
    folder = ENVIRONMENTS / module
    made = folder / "packages"
    python = str(folder / "bin" / "python")
    if not made.exists() or made.read_text() != "\n".join(packages):
        EnvBuilder(clear=True, with_pip=True).create(folder)
        _install(python, packages)
        made.write_text("\n".join(packages))
    return python


def require_program(module: str) -> None:
    """Raise NotInstalledError if ``module`` needs a program that is not there."""
    program = PROGRAMS.get(module)
    if program and shutil.which(program) is None:
        raise NotInstalledError(f"there is no {program}")


def _install(python: str, packages: tuple[str, ...]) -> None:
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise NotInstalledError(f"pip: {done.stderr.strip().splitlines()[-1:]}")
