"""When and where the engine starts in a process that serves, and when it says that it does not."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.accounting import account
from tests.servers.fleet import KINDS, Kind
from tests.servers.server import APPS, BIN, Server

DEFAULT_PLACE = {"scheduler.state_dir": None}


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Make servers that are killed after the test."""
    made: list[Server] = []

    def make(kind: str | Kind, name: str = "server", **settings: str | None) -> Server:
        kind = KINDS[kind] if isinstance(kind, str) else kind
        made.append(kind.make(tmp_path / name, **settings))
        return made[-1]

    yield make
    for server in made:
        server.kill()


def wait_for_nodes(server: Server, folder: Path) -> Path:
    """Wait until each process has an engine in the only store in ``folder``; return its file."""
    [file] = folder.glob("*.sqlite")
    server.wait("a node each", lambda: len(server.nodes(file=file)) == server.processes)
    return file


def errors(server: Server) -> list[str]:
    return [line for line in server.output().splitlines() if " ERROR pyramid_scheduler " in line]


def test_the_reloader_ends_the_old_copy_before_the_new_one_runs(
    make: Callable[..., Server], tmp_path: Path
) -> None:
    copy = shutil.copytree(APPS, tmp_path / "apps")
    server = make("pserve --reload")
    server.path = copy
    server.start()
    [first, *_] = server.wait_for(3, task="tick")

    with (copy / "served.py").open("a") as source:
        source.write("\n# changed\n")

    def others() -> list[int]:
        return [tick["pid"] for tick in server.events(task="tick") if tick["pid"] != first["pid"]]

    server.wait("ticks of the new copy", lambda: len(others()) >= 3)
    assert not Path(f"/proc/{first['pid']}").exists()
    assert [node.pid for node in server.nodes()] == others()[:1]
    assert [node.pid for node in server.nodes(alive=False)] == [first["pid"]]
    server.terminate()
    with server.store() as store:
        result = account(server.events(task="tick"), store.skips())
    assert (result.twice, result.off, result.both, result.lost) == ([], [], [], [])


def test_the_first_request_starts_it_when_that_is_asked_for(make: Callable[..., Server]) -> None:
    server = make("pserve", **{"scheduler.autostart": "first-request"})
    server.start()
    server.wait_until_it_listens()
    assert server.store_files == []
    server.ask()
    server.wait_for(2, task="tick")
    assert server.terminate() == 0
    assert server.nodes() == []


def test_a_script_that_serves_starts_it_and_says_so_once(make: Callable[..., Server]) -> None:
    server = make("a script with wsgiref")
    server.start()
    server.wait_for(task="tick")
    assert server.output().count("scheduler.autostart = false") == 1


def test_gevent_is_refused_and_the_application_serves(make: Callable[..., Server]) -> None:
    pytest.importorskip("gevent", reason="gevent is not installed")
    workers = 2
    ini = f"use = egg:gunicorn#main\nbind = 127.0.0.1:{{port}}\nworkers = {workers}\n"
    server = make(Kind(("pserve", "{folder}/app.ini"), workers, ini + "worker_class = gevent"))
    server.start()
    server.wait_until_it_listens()
    server.wait("one error of each worker", lambda: len(errors(server)) == workers)
    assert all("gevent" in error for error in errors(server))
    assert server.ask() == {}
    assert (server.events(task="tick"), server.store_files) == ([], [])


def test_a_folder_that_cannot_be_is_one_error_and_the_application_serves(
    make: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "state"
    server = make("pserve", **{"scheduler.state_dir": str(folder)})
    server.start()
    server.wait("an error", lambda: errors(server))
    assert server.ask() == {}
    assert server.terminate() == 0
    [error] = errors(server)
    assert str(folder) in error
    assert "scheduler.state_dir" in error
    assert "root" in error or str(os.getuid()) in error


def test_the_default_store_is_the_same_from_every_server_and_folder(
    make: Callable[..., Server], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    pserve = make("pserve", "pserve", **DEFAULT_PLACE)
    gunicorn = make("gunicorn", "gunicorn", **DEFAULT_PLACE)
    gunicorn.command += ["--chdir", str(elsewhere)]
    for server in (pserve, gunicorn):
        server.start(HOME=str(home))
        server.wait_for(task="tick")
        file = wait_for_nodes(server, home / ".local/state/pyramid_scheduler")
        server.terminate()
    listed = subprocess.run(
        [BIN / "pscheduler", "list", "--json", pserve.ini],
        cwd="/",
        env={**pserve.environment, "HOME": str(home)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(listed.stdout)["last"]
    pids = {node.pid for node in pserve.nodes(alive=False, file=file)}
    ticked = {tick["pid"] for server in (pserve, gunicorn) for tick in server.events(task="tick")}
    assert ticked <= pids
    assert len(pids) == 1 + gunicorn.processes
