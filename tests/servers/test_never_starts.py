"""What makes the application without serving it runs no task and makes no store.

Each program is run twice: as it is, and told by the environment to start the engine all the same,
which shows that a start would have been seen.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.server import BIN, Server

pytestmark = pytest.mark.timeout(240)

# How long the process stays. An engine starts after 0.3 s, and fires what is due 0.5 s later; one
# that was told to start is waited for.
LINGER, PATIENCE = "2", "30"

BOOTSTRAP = """
from pyramid.paster import bootstrap
with bootstrap("app.ini") as env:
    assert env["registry"].scheduler
"""
TEST = """
import unittest
from pyramid.paster import get_app
from webtest import TestApp

class TestAsk(unittest.TestCase):
    def test_ask(self):
        TestApp(get_app("app.ini")).get("/ask")
"""
MIGRATION = """
import sqlalchemy
from alembic import context
from pyramid.paster import get_app

get_app("app.ini")
with sqlalchemy.create_engine("sqlite://").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
FILES = {
    "script.py": BOOTSTRAP,
    "test_ask.py": TEST,
    "migrations/env.py": MIGRATION,
    "migrations/script.py.mako": "",
    "migrations/versions/.keep": "",
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
}

PROGRAMS = {
    "pshell": ["pshell", "app.ini", "-p", "python"],
    "proutes": ["proutes", "app.ini"],
    "pviews": ["pviews", "app.ini", "/ask"],
    "ptweens": ["ptweens", "app.ini"],
    "prequest": ["prequest", "app.ini", "/ask"],
    "bootstrap": ["python", "script.py"],
    "alembic": ["alembic", "current"],
    "pytest": ["pytest", "-p", "no:cacheprovider", "test_ask.py"],
    "unittest": ["python", "-m", "unittest", "test_ask"],
    "pscheduler list": ["pscheduler", "list", "app.ini"],
    "pscheduler check": ["pscheduler", "check", "app.ini"],
    "pdistreport": ["pdistreport"],
}
# These do not start it even when told to: one shall only look, the other makes no application.
NOT_EVEN_THEN = {"pscheduler list", "pscheduler check", "pdistreport"}


@dataclass
class Seen:
    """What a program did."""

    exit_code: int
    output: str
    made: bool
    ticks: int
    store: bool


def run(folder: Path, program: str, *, told: bool) -> Seen:
    command = PROGRAMS[program]
    linger = PATIENCE if told and program not in NOT_EVEN_THEN else LINGER
    settings: dict[str, str | None] = {"served.linger": linger}
    server = Server(folder, [str(BIN / command[0]), *command[1:]], settings=settings)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    server.start(**({"PYRAMID_SCHEDULER_AUTOSTART": "true"} if told else {}))
    try:
        code = server.ended(90)
    finally:
        server.kill()
    return Seen(
        code,
        server.output(),
        bool(server.events(phase="made")),
        len(server.events(task="tick")),
        (folder / "state").exists(),
    )


Runs = dict[tuple[str, bool], Future[Seen]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("programs")
    with ThreadPoolExecutor(12) as pool:
        yield {
            (name, told): pool.submit(run, folder / f"{name}_{told}", name, told=told)
            for name in PROGRAMS
            for told in (False, True)
        }


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_runs_no_task_and_makes_no_store(program: str, runs: Runs) -> None:
    seen = runs[program, False].result()
    assert seen.exit_code == 0, seen.output
    assert seen.made is (program != "pdistreport"), seen.output
    assert (seen.ticks, seen.store) == (0, False), seen.output


@pytest.mark.parametrize("program", [name for name in PROGRAMS if name not in NOT_EVEN_THEN])
def test_it_does_both_when_it_is_told_to_start(program: str, runs: Runs) -> None:
    seen = runs[program, True].result()
    assert seen.exit_code == 0, seen.output
    assert (seen.ticks > 0, seen.store) == (True, True), seen.output


@pytest.mark.parametrize("program", sorted(NOT_EVEN_THEN))
def test_it_does_neither_even_when_it_is_told_to_start(program: str, runs: Runs) -> None:
    seen = runs[program, True].result()
    assert seen.exit_code == 0, seen.output
    assert (seen.ticks, seen.store) == (0, False), seen.output
