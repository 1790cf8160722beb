"""Every server, for real, with four workers where it forks: on time, once, and an end in order.

Four of them run at a time, each with a store of its own; what they did is then judged one by one.
"""

import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import Attempt, Node, Run, RunState, Skip
from tests.servers.accounting import account
from tests.servers.fleet import KINDS
from tests.servers.server import Event, Server
from tests.servers.side_by_side import selected

pytestmark = pytest.mark.timeout(240)

FIRES = 30
# Each has up to four processes, whose imports alone are a second of work; all fourteen at once
# would be judged by the end of a second that they have not had.
AT_ONCE = 4


@dataclass
class Seen:
    """What one server did in its two lives, and what its store said at the end of the first."""

    server: Server
    ticks: list[Event] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    told_to_end: float = 0.0
    ended_as: int = 0
    left: dict[str, Run] = field(default_factory=dict)
    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    running: list[Run] = field(default_factory=list)
    nodes_left: list[Node] = field(default_factory=list)
    again: list[Event] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)


def live_twice(server: Server) -> Seen:
    """Serve until 30 fire times have run; end it with work in its hands; serve again."""
    seen = Seen(server)
    server.start()
    seen.ticks = server.wait_for(FIRES, timeout=120, task="tick")
    seen.nodes = all_nodes(server)
    end_with_work(server, seen)
    server.start()
    seen.again = server.wait_for(task="stubborn_retry", phase="end")
    server.wait_for(len(server.events(task="tick")) + 2, task="tick")
    # uWSGI that is told to end while a worker still loads the application never ends: the signal
    # is an exception in the import, which it prints, and serves on without an application.
    all_nodes(server)
    server.terminate()
    with server.store() as store:
        seen.skips = list(store.skips())
    return seen


def all_nodes(server: Server) -> list[Node]:
    """Wait until each of its processes has an engine; return the nodes alive."""

    def alive() -> list[Node]:
        nodes = server.nodes()
        return nodes if len(nodes) >= server.processes else []

    nodes: list[Node] = server.wait(f"{server.processes} nodes", alive, timeout=30)
    return nodes


def end_with_work(server: Server, seen: Seen) -> None:
    asked = server.ask("stubborn_retry", "stubborn_fail", "short")
    for name in asked:
        server.wait_for(task=name, phase="begin")
    seen.told_to_end = server.events(task="short", phase="begin")[0]["monotonic"]
    seen.ended_as = server.terminate()
    with server.store() as store:
        seen.left = {name: store.run(run_id) for name, run_id in asked.items()}
        seen.attempts = {name: list(store.attempts(run_id)) for name, run_id in asked.items()}
        seen.running = list(store.runs(RunFilter(state=RunState.RUNNING)))
    seen.nodes_left = server.nodes()


@pytest.fixture(scope="module")
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Seen]]]:
    """Each server's two lives, four lived at a time; only of those that were selected."""
    folder = tmp_path_factory.mktemp("servers")
    servers = {
        name: KINDS[name].make(folder / name.replace(" ", "_"))
        for name in selected(request, "seen")
        if not KINDS[name].missing
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        lives = {name: pool.submit(live_twice, server) for name, server in servers.items()}
        try:
            yield lives
        finally:
            for server in servers.values():
                server.kill()


@pytest.fixture(params=KINDS)
def seen(request: pytest.FixtureRequest, fleet: dict[str, Future[Seen]]) -> Seen:
    kind = KINDS[request.param]
    if kind.missing:
        pytest.skip(kind.missing)
    return fleet[request.param].result()


def test_every_fire_time_runs_once(seen: Seen) -> None:
    ticks = seen.server.events(task="tick")
    result = account(ticks, seen.skips)
    assert len(seen.ticks) >= FIRES
    assert result.twice == []
    assert result.off == []
    assert result.both == []


def test_no_fire_time_is_lost_neither_while_it_serves_nor_between(seen: Seen) -> None:
    ticks = seen.server.events(task="tick")
    assert account(ticks, seen.skips).lost == []


def test_each_of_its_processes_has_one_engine(seen: Seen) -> None:
    pids = [node.pid for node in seen.nodes]
    assert len(pids) == len(set(pids)) == seen.server.processes
    assert {tick["pid"] for tick in seen.ticks} <= set(pids)


def test_what_ends_in_time_is_awaited_when_it_is_told_to_end(seen: Seen) -> None:
    [end] = seen.server.events(task="short", phase="end")
    assert end["monotonic"] > seen.told_to_end
    assert seen.left["short"].state is RunState.SUCCEEDED


def test_what_does_not_end_is_owed_again_and_runs_after_the_restart(seen: Seen) -> None:
    run = seen.left["stubborn_retry"]
    assert (run.state, run.crashes) == (RunState.PENDING, 0)
    assert [attempt.ending for attempt in seen.attempts["stubborn_retry"]] == ["released"]
    [first, second] = seen.server.events(task="stubborn_retry", phase="begin")
    assert first["run"] == second["run"] == run.id
    assert first["token"] < second["token"]


def test_what_does_not_end_and_must_not_run_twice_has_failed(seen: Seen) -> None:
    run = seen.left["stubborn_fail"]
    assert (run.state, run.reason) == (RunState.FAILED, "shutdown")
    assert len(seen.server.events(task="stubborn_fail", phase="begin")) == 1


def test_it_leaves_nothing_claimed_and_no_node_alive(seen: Seen) -> None:
    assert seen.running == []
    assert seen.nodes_left == []


def test_it_ends_as_it_should(seen: Seen) -> None:
    # What the reloader watches has a second: it says goodbye and lets the signal kill it.
    reloaded = "--reload" in seen.server.command
    assert seen.ended_as == (256 - signal.SIGTERM if reloaded else 0)
