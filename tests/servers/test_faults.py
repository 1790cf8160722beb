"""Four gunicorn workers and what befalls them: kill -9 of one, of all, a freeze past the lease."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import Attempt, Node, Run, RunState, Skip
from tests.servers.accounting import account
from tests.servers.fleet import KINDS, WORKERS
from tests.servers.server import Event, Server

pytestmark = pytest.mark.timeout(240)

LEASE = 2.0
SETTINGS = {
    "scheduler.heartbeat": "0.2",
    "scheduler.lease": str(LEASE),
    "scheduler.statement_timeout": "0.3",
    # A tick that a dead worker has holds up no other.
    "scheduler.schedule.served.tick.overlap": "allow",
}


@dataclass
class Seen:
    """What a scene left behind."""

    server: Server
    ticks: list[Event] = field(default_factory=list)
    held: list[Event] = field(default_factory=list)
    run: Run | None = None
    attempts: list[Attempt] = field(default_factory=list)
    failed: Run | None = None
    crashed_ticks: set[str] = field(default_factory=set)
    skips: list[Skip] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    at: float = 0.0


def alive(server: Server, pid: int | None = None) -> list[Node]:
    return [node for node in server.nodes() if pid in (None, node.pid)]


def serving(folder: Path) -> Server:
    """Start it; wait until each worker has an engine and ticks have run."""
    server = KINDS["gunicorn"].make(folder, **SETTINGS)
    server.start()
    server.wait_for(3, task="tick")
    server.wait("workers with engines", lambda: len(alive(server)) >= WORKERS)
    return server


def remember(seen: Seen, run_id: str, failed_id: str | None = None) -> Seen:
    """Read what the store says in the end."""
    server = seen.server
    seen.ticks = server.events(task="tick")
    with server.store() as store:
        seen.run = store.run(run_id)
        seen.attempts = list(store.attempts(run_id))
        seen.failed = store.run(failed_id) if failed_id else None
        seen.skips = list(store.skips())
        seen.nodes = list(store.nodes())
        ticks = store.runs(RunFilter(schedule="served.tick", limit=1000))
        seen.crashed_ticks = {tick.id for tick in ticks if tick.crashes}
    return seen


def kill_one(folder: Path) -> Seen:
    """Kill the worker that is in the middle of a task; let the others go on."""
    server = serving(folder)
    run_id = server.ask("stubborn_retry")["stubborn_retry"]
    [begin] = server.wait_for(task="stubborn_retry", phase="begin")
    os.kill(begin["pid"], signal.SIGKILL)
    seen = Seen(server, at=begin["monotonic"])
    server.wait_for(task="stubborn_retry", phase="end")
    server.wait_for(len(server.events(task="tick")) + 4, task="tick")
    seen.held = server.events(task="stubborn_retry")
    server.terminate()
    return remember(seen, run_id)


def kill_all(folder: Path) -> Seen:
    """Kill everything in the middle of tasks, and start it again."""
    server = serving(folder)
    asked = server.ask("stubborn_retry", "stubborn_fail")
    for name in asked:
        server.wait_for(task=name, phase="begin")
    server.kill()
    seen = Seen(server)
    server.start()
    server.wait_for(task="stubborn_retry", phase="end")
    server.wait_for(len(server.events(task="tick")) + 4, task="tick")
    server.terminate()
    return remember(seen, asked["stubborn_retry"], asked["stubborn_fail"])


def freeze(folder: Path) -> Seen:
    """Freeze the worker that has a run until another has taken it over; let both end it."""
    server = serving(folder)
    run_id = server.ask("patient")["patient"]
    [begin] = server.wait_for(task="patient", phase="begin")
    os.kill(begin["pid"], signal.SIGSTOP)
    try:
        server.wait_for(2, task="patient", phase="begin")
    finally:
        os.kill(begin["pid"], signal.SIGCONT)
    server.wait("the frozen worker under a new id", lambda: alive(server, begin["pid"]))
    (folder / "go").touch()
    server.wait_for(2, task="patient", phase="end")
    server.wait_for(len(server.events(task="tick")) + 4, task="tick")
    seen = Seen(server, held=server.events(task="patient"))
    server.terminate()
    return remember(seen, run_id)


Scenes = dict[Callable[[Path], Seen], Future[Seen]]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    """All three at the same time, each with a store of its own."""
    folder = tmp_path_factory.mktemp("faults")
    with ThreadPoolExecutor(3) as pool:
        yield {
            scene: pool.submit(scene, folder / scene.__name__)
            for scene in (kill_one, kill_all, freeze)
        }


@pytest.fixture
def killed(scenes: Scenes) -> Seen:
    return scenes[kill_one].result()


@pytest.fixture
def restarted(scenes: Scenes) -> Seen:
    return scenes[kill_all].result()


@pytest.fixture
def frozen(scenes: Scenes) -> Seen:
    return scenes[freeze].result()


def test_what_a_killed_worker_had_not_claimed_is_not_late(killed: Seen) -> None:
    late = {
        tick["run"]: tick["wall"] - tick["fire_time"]
        for tick in killed.ticks
        if tick["wall"] - tick["fire_time"] > 1
    }
    assert late.keys() <= killed.crashed_ticks, late


def test_what_a_killed_worker_had_is_taken_over_after_its_lease_and_ends_once(
    killed: Seen,
) -> None:
    first, second, end = killed.held
    assert [first["phase"], second["phase"], end["phase"]] == ["begin", "begin", "end"]
    assert second["pid"] == end["pid"] != first["pid"]
    assert LEASE - 0.2 < second["monotonic"] - killed.at < LEASE + 3
    assert killed.run is not None
    assert (killed.run.state, killed.run.crashes) == (RunState.SUCCEEDED, 1)
    assert [attempt.ending for attempt in killed.attempts] == ["abandoned"]


@pytest.mark.parametrize("scene", ["killed", "restarted", "frozen"])
def test_each_fire_time_is_accounted_for(scene: str, request: pytest.FixtureRequest) -> None:
    seen: Seen = request.getfixturevalue(scene)
    result = account(seen.ticks, seen.skips)
    repeated = {tick["run"] for tick in seen.ticks if result.ran[tick_instant(tick)] > 1}
    assert repeated <= seen.crashed_ticks
    assert (result.both, result.off, result.lost) == ([], [], [])


def tick_instant(tick: Event) -> int:
    return round(tick["fire_time"] * 1_000_000)


@pytest.mark.parametrize("scene", ["killed", "restarted", "frozen"])
def test_nothing_begins_twice_under_one_token(scene: str, request: pytest.FixtureRequest) -> None:
    seen: Seen = request.getfixturevalue(scene)
    begun = [(one["run"], one["token"]) for one in seen.server.events(phase="begin")]
    assert len(begun) == len(set(begun))


def test_after_all_were_killed_each_run_ends_as_its_policy_says(restarted: Seen) -> None:
    assert restarted.run is not None
    assert restarted.failed is not None
    assert (restarted.run.state, restarted.run.crashes) == (RunState.SUCCEEDED, 1)
    assert (restarted.failed.state, restarted.failed.reason) == (RunState.FAILED, "crashed")


def test_after_all_were_killed_what_was_missed_is_skipped_with_its_reason(restarted: Seen) -> None:
    assert {skip.reason for skip in restarted.skips} == {"misfire"}


def test_a_frozen_worker_loses_its_run_and_its_result_is_refused(frozen: Seen) -> None:
    ghost, owner = [one for one in frozen.held if one["phase"] == "begin"]
    assert frozen.run is not None
    assert ghost["token"] < owner["token"] == frozen.run.token
    assert (frozen.run.state, frozen.run.result) == (RunState.SUCCEEDED, owner["token"])
    assert f"lease lost: run {frozen.run.id}" in frozen.server.output()


def test_a_frozen_worker_goes_on_under_a_new_id(frozen: Seen) -> None:
    ghost = frozen.held[0]["pid"]
    assert len([node for node in frozen.nodes if node.pid == ghost]) == 2


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left(scenes: Scenes) -> Iterator[None]:
    yield
    for scene in scenes.values():
        if scene.exception() is None:
            scene.result().server.kill()
