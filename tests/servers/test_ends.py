"""How a process that serves is ended: by one signal, by two, in the middle of a request."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from pyramid_scheduler.model import RunState
from tests.servers.fleet import Kind, gunicorn
from tests.servers.server import APPS, Server
from tests.servers.side_by_side import Scene, Scenes, Stage, played, selected

pytestmark = pytest.mark.timeout(240)

SCENES = Scenes()


def hang(server: Server, seconds: float) -> ThreadPoolExecutor:
    """Have a request hang in the server; return once it does."""
    pool = ThreadPoolExecutor(1)
    pool.submit(server.ask, hang=seconds)
    server.wait_for(phase="request")
    return pool


@SCENES.add
def the_second_sigterm_ends_it_at_once(stage: Stage) -> None:
    server = stage.serving("pserve", **{"scheduler.shutdown_timeout": "60"})
    server.ask("stubborn_retry")
    server.wait_for(task="stubborn_retry", phase="begin")
    server.signal(signal.SIGTERM)
    server.wait_for(task="stubborn_retry", phase="asked to stop")
    server.signal(signal.SIGTERM)
    assert server.ended(timeout=5) == -signal.SIGTERM


@SCENES.add
def sigint_ends_it_in_order(stage: Stage) -> None:
    server = stage.serving("pserve")
    run_id = server.ask("short")["short"]
    server.wait_for(task="short", phase="begin")
    server.signal(signal.SIGINT)
    server.ended()
    with server.store() as store:
        assert store.run(run_id).state is RunState.SUCCEEDED
    assert server.nodes() == []


@SCENES.add
def where_sigterm_is_not_to_be_handled_it_is_instant_death(stage: Stage) -> None:
    server = stage.serving("pserve", **{"scheduler.handle_sigterm": "false"})
    assert server.terminate() == -signal.SIGTERM
    assert len(server.nodes()) == 1


@SCENES.add
def sigterm_during_a_request_of_wsgiref_ends_it_in_order_all_the_same(stage: Stage) -> None:
    server = stage.serving("a script with wsgiref")
    with hang(server, 30):
        server.signal(signal.SIGTERM)
        server.ended(timeout=5)
    assert server.nodes() == []


@SCENES.add
def nothing_begins_after_sigterm_although_a_request_keeps_the_worker(stage: Stage) -> None:
    server = stage.serving(gunicorn(workers=1))
    with hang(server, 2):
        server.signal(signal.SIGTERM)
        server.wait("SIGTERM", lambda: "Handling signal: term" in server.output())
        told = time.monotonic()
        server.ended()
    late = [tick for tick in server.events(task="tick") if tick["monotonic"] > told + 0.2]
    assert late == []


@SCENES.add
def each_application_of_a_process_has_an_engine_and_all_are_ended(stage: Stage) -> None:
    server = stage.serving(Kind(("python", str(APPS / "served_twice.py"), "{port}")))
    files = server.wait("two stores", lambda: files_of(server, 2))
    for file in files:
        server.wait("a node", lambda file=file: len(server.nodes(file=file)) == 1)
    assert server.terminate() == 0
    assert [server.nodes(file=file) for file in files] == [[], []]


def files_of(server: Server, count: int) -> list[Path]:
    files = server.store_files
    return files if len(files) == count else []


@pytest.fixture(scope="module")
def plays(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Scene, Future[None]]]:
    with played(selected(request, "play"), tmp_path_factory.mktemp("ends"), at_once=4) as plays:
        yield plays


@pytest.mark.parametrize("play", SCENES, ids=lambda play: play.__name__)
def test_an_end(play: Scene, plays: dict[Scene, Future[None]]) -> None:
    plays[play].result()
