"""How a process that serves is ended: by one signal, by two, in the middle of a request."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pyramid_scheduler.model import RunState
from tests.servers.fleet import KINDS, Kind, gunicorn
from tests.servers.server import APPS, Server


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers that are killed after the test."""
    made: list[Server] = []

    def make(kind: str | Kind, **settings: str) -> Server:
        kind = KINDS[kind] if isinstance(kind, str) else kind
        server = kind.make(tmp_path / str(len(made)), **settings)
        made.append(server)
        server.start()
        server.wait_for(task="tick")
        return server

    yield make
    for server in made:
        server.kill()


def hang(server: Server, seconds: float) -> ThreadPoolExecutor:
    """Have a request hang in the server; return once it does."""
    pool = ThreadPoolExecutor(1)
    pool.submit(server.ask, hang=seconds)
    server.wait_for(phase="request")
    return pool


def test_the_second_sigterm_ends_it_at_once(make: Callable[..., Server]) -> None:
    server = make("pserve", **{"scheduler.shutdown_timeout": "60"})
    server.ask("stubborn_retry")
    server.wait_for(task="stubborn_retry", phase="begin")
    server.signal(signal.SIGTERM)
    server.wait_for(task="stubborn_retry", phase="asked to stop")
    server.signal(signal.SIGTERM)
    assert server.ended(timeout=5) == -signal.SIGTERM


def test_sigint_ends_it_in_order(make: Callable[..., Server]) -> None:
    server = make("pserve")
    run_id = server.ask("short")["short"]
    server.wait_for(task="short", phase="begin")
    server.signal(signal.SIGINT)
    server.ended()
    with server.store() as store:
        assert store.run(run_id).state is RunState.SUCCEEDED
    assert server.nodes() == []


def test_where_sigterm_is_not_to_be_handled_it_is_instant_death(
    make: Callable[..., Server],
) -> None:
    server = make("pserve", **{"scheduler.handle_sigterm": "false"})
    assert server.terminate() == -signal.SIGTERM
    assert len(server.nodes()) == 1


def test_sigterm_during_a_request_of_wsgiref_ends_it_in_order_all_the_same(
    make: Callable[..., Server],
) -> None:
    server = make("a script with wsgiref")
    with hang(server, 30):
        server.signal(signal.SIGTERM)
        server.ended(timeout=5)
    assert server.nodes() == []


def test_nothing_begins_after_sigterm_although_a_request_keeps_the_worker(
    make: Callable[..., Server],
) -> None:
    server = make(gunicorn(workers=1))
    with hang(server, 2):
        server.signal(signal.SIGTERM)
        server.wait("SIGTERM", lambda: "Handling signal: term" in server.output())
        told = time.monotonic()
        server.ended()
    late = [tick for tick in server.events(task="tick") if tick["monotonic"] > told + 0.2]
    assert late == []


def test_each_application_of_a_process_has_an_engine_and_all_are_ended(
    make: Callable[..., Server],
) -> None:
    server = make(Kind(("python", str(APPS / "served_twice.py"), "{port}")))
    files = server.wait("two stores", lambda: files_of(server, 2))
    for file in files:
        server.wait("a node", lambda file=file: len(server.nodes(file=file)) == 1)
    assert server.terminate() == 0
    assert [server.nodes(file=file) for file in files] == [[], []]


def files_of(server: Server, count: int) -> list[Path]:
    files = server.store_files
    return files if len(files) == count else []
