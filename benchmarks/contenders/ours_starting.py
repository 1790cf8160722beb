"""Ours, as it is included by an application that starts.

The application has imported Pyramid and SQLAlchemy, as most have. What is timed is the import of
the package, its include, and the making of the application, whose engine starts by itself a moment
later, as it does in a process that serves. The store is a file of SQLite that is not there yet.
"""

from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks.contenders import Ended, Task

APPLICATION = """
import os, sys, time
import sqlalchemy
from pyramid.config import Configurator

begun = time.perf_counter()
config = Configurator(settings={{"scheduler.store": "sqlite:///{folder}/starting.sqlite"}})
{include}
application = config.make_wsgi_app()
sys.stdout.write(str(time.perf_counter() - begun))
sys.stdout.flush()
os._exit(0)
"""
INCLUDE = """
import pyramid_scheduler
config.include(pyramid_scheduler)
"""


class OursStarting:
    """A program that makes an application and says how long that took."""

    def __init__(self, folder: Path, task: Task, ended: Ended) -> None:
        """Need none of these."""
        del folder, task, ended

    def about(self) -> dict[str, str]:
        """Return the versions."""
        names = ("pyramid-scheduler", "pyramid", "SQLAlchemy")
        return {
            "versions": ", ".join(f"{name} {version(name)}" for name in names),
            "durability": "",
        }

    def commands(self, folder: Path) -> tuple[list[str], list[str]]:
        """Return what Python is given, for an application without the package and with it."""
        program = partial(APPLICATION.format, folder=folder)
        return ["-c", program(include="")], ["-c", program(include=INCLUDE)]


make = OursStarting
