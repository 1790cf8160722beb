"""When and where the engine starts in a process that serves, and when it says that it does not."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers.accounting import account
from tests.servers.fleet import KINDS, Kind
from tests.servers.server import APPS, BIN, Server
from tests.servers.side_by_side import Scene, Scenes, Stage, played, selected

pytestmark = pytest.mark.timeout(240)

DEFAULT_PLACE = {"scheduler.state_dir": None}

SCENES = Scenes()


def wait_for_nodes(server: Server, folder: Path) -> Path:
    """Wait until each process has an engine in the only store in ``folder``; return its file."""
    [file] = folder.glob("*.sqlite")
    server.wait("a node each", lambda: len(server.nodes(file=file)) == server.processes)
    return file


def errors(server: Server) -> list[str]:
    return [line for line in server.output().splitlines() if " ERROR pyramid_scheduler " in line]


@SCENES.add
def the_reloader_ends_the_old_copy_before_the_new_one_runs(stage: Stage) -> None:
    copy = shutil.copytree(APPS, stage.folder / "apps")
    server = stage.server("pserve --reload")
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


@SCENES.add
def the_first_request_starts_it_when_that_is_asked_for(stage: Stage) -> None:
    server = stage.server("pserve", **{"scheduler.autostart": "first-request"})
    server.start()
    server.wait_until_it_listens()
    assert server.store_files == []
    server.ask()
    server.wait_for(2, task="tick")
    assert server.terminate() == 0
    assert server.nodes() == []


@SCENES.add
def a_script_that_serves_starts_it_and_says_so_once(stage: Stage) -> None:
    server = stage.server("a script with wsgiref")
    server.start()
    server.wait_for(task="tick")
    assert server.output().count("scheduler.autostart = false") == 1


@SCENES.add
def gevent_is_refused_and_the_application_serves(stage: Stage) -> None:
    pytest.importorskip("gevent", reason="gevent is not installed")
    gevent = "use = egg:gunicorn#main\nbind = 127.0.0.1:{port}\nworkers = 2\nworker_class = gevent"
    server = stage.server(Kind(("pserve", "{folder}/app.ini"), 2, gevent))
    server.start()
    server.wait_until_it_listens()
    server.wait("one error of each worker", lambda: len(errors(server)) == 2)
    assert all("gevent" in error for error in errors(server))
    assert server.ask() == {}
    assert (server.events(task="tick"), server.store_files) == ([], [])


@SCENES.add
def a_worker_of_uwsgi_that_no_hook_reached_starts_it_at_its_first_request(stage: Stage) -> None:
    kind = KINDS["uWSGI prefork"]
    if kind.missing:
        pytest.skip(kind.missing)
    server = stage.server(replace(kind, command=(*kind.command[:-1], "served_unhooked")))
    server.start()
    server.wait_until_it_listens()
    assert server.store_files == []
    server.ask()
    server.wait_for(task="tick")
    assert len(server.nodes()) == 1


@SCENES.add
def a_folder_that_cannot_be_is_one_error_and_the_application_serves(stage: Stage) -> None:
    (stage.folder / "file").touch()
    folder = stage.folder / "file" / "state"
    server = stage.server("pserve", **{"scheduler.state_dir": str(folder)})
    server.start()
    server.wait("an error", lambda: errors(server))
    assert server.ask() == {}
    assert server.terminate() == 0
    [error] = errors(server)
    assert str(folder) in error
    assert "scheduler.state_dir" in error
    assert "root" in error or str(os.getuid()) in error


@SCENES.add
def the_default_store_is_the_same_from_every_server_and_folder(stage: Stage) -> None:
    home = stage.folder / "home"
    elsewhere = stage.folder / "elsewhere"
    elsewhere.mkdir()
    pserve = stage.server("pserve", "pserve", **DEFAULT_PLACE)
    gunicorn = stage.server("gunicorn", "gunicorn", **DEFAULT_PLACE)
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


@pytest.fixture(scope="module")
def plays(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Scene, Future[None]]]:
    with played(selected(request, "play"), tmp_path_factory.mktemp("starts"), at_once=4) as plays:
        yield plays


@pytest.mark.parametrize("play", SCENES, ids=lambda play: play.__name__)
def test_a_start(play: Scene, plays: dict[Scene, Future[None]]) -> None:
    plays[play].result()
