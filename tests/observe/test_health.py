"""The views for who watches a process: red while it would not run what is due, and green again."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pyramid.authorization import ACLHelper, Allow
from pyramid.config import Configurator
from webtest import TestApp

from pyramid_scheduler import task

PATIENCE = 20  # s
QUICK = {
    "scheduler.heartbeat": "0.2",
    "scheduler.lease": "1.5",
    "scheduler.statement_timeout": "0.2",
}


class OnlyTheBoss:
    """A security policy that permits everything to who says that he is the boss."""

    def permits(self, request: Any, context: Any, permission: str) -> Any:
        who = [request.headers.get("X-Who", "nobody")]
        acl = type("Context", (), {"__acl__": [(Allow, "boss", "scheduler:view")]})()
        return ACLHelper().permits(acl, who, permission)


@task(interval=0.2)
def tick() -> None:
    """Do nothing."""


@task(timeout=0.1)
def hang(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.01)


class Watched:
    """An application as who watches it sees it."""

    def __init__(self, path: Path, *, autostart: bool = True, **settings: str) -> None:
        self.path = path
        store = {"scheduler.store": f"sqlite:///{path}", "scheduler.autostart": "false"}
        config = Configurator(settings={**store, **QUICK, **settings})
        config.include("pyramid_scheduler.observe.health", route_prefix="/scheduler")
        config.add_task(tick)
        config.add_schedule(tick, interval=0.2)
        config.add_task(hang, timeout=0.1)
        if settings.get("policy"):
            config.set_security_policy(OnlyTheBoss())
        self.app = TestApp(config.make_wsgi_app())
        self.scheduler = config.registry.scheduler
        if autostart:
            self.scheduler.start()

    def get(self, what: str, **headers: str) -> tuple[int, Any]:
        answer = self.app.get(f"/scheduler/{what}", headers=headers, expect_errors=True)
        return answer.status_int, answer.json if answer.content_type.endswith("json") else None

    def becomes(self, what: str, status: int) -> Any:
        """Wait until a view answers ``status``; return what it says."""
        deadline = time.monotonic() + PATIENCE
        while (got := self.get(what))[0] != status:
            assert time.monotonic() < deadline, got
            Event().wait(0.02)
        return got[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def watched(path: Path) -> Iterator[Watched]:
    watched = Watched(path, **{"scheduler.threads": "1"})
    yield watched
    watched.scheduler.stop()


def test_a_process_whose_engine_runs_is_alive_and_ready(watched: Watched) -> None:
    assert watched.becomes("ready", 200) == {"ready": True, "troubles": []}
    assert watched.becomes("live", 200)["live"] is True


def test_a_store_that_goes_away_makes_it_red_and_one_that_comes_back_green(
    watched: Watched,
) -> None:
    watched.becomes("ready", 200)
    holder = sqlite3.connect(watched.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert watched.becomes("ready", 503)["troubles"] == ["the store does not answer"]
    assert watched.get("live")[0] == 200
    holder.execute("ROLLBACK")
    holder.close()
    watched.becomes("ready", 200)


def test_threads_that_are_lost_make_it_red_and_those_that_end_after_all_green(
    watched: Watched, tmp_path: Path
) -> None:
    watched.becomes("ready", 200)
    enough = tmp_path / "enough"
    for _ in range(2):
        watched.scheduler.run_now("tests.observe.test_health.hang", str(enough))
    troubles = watched.becomes("ready", 503)["troubles"]
    assert troubles == ["executor threads has lost its slots to runs that have timed out and go on"]
    enough.touch()
    watched.becomes("ready", 200)


def test_a_loop_that_is_stuck_is_not_alive(watched: Watched) -> None:
    watched.becomes("ready", 200)
    stuck, go_on = Event(), Event()
    beat = watched.scheduler.store.beat

    def wait(one: Any) -> Any:
        stuck.set()
        go_on.wait(PATIENCE)
        return beat(one)

    watched.scheduler.store.beat = wait
    assert stuck.wait(PATIENCE)
    assert watched.becomes("live", 503)["seconds since it turned"] > 1
    go_on.set()
    watched.becomes("live", 200)


def test_a_process_that_only_asks_is_ready_and_one_that_was_stopped_is_not(path: Path) -> None:
    watched = Watched(path, autostart=False)
    assert watched.get("live") == (200, {"live": True, "seconds since it turned": None})
    assert watched.get("ready")[0] == 200
    watched.scheduler.start()
    watched.becomes("ready", 200)
    watched.scheduler.stop()
    assert watched.get("ready") == (
        503, {"ready": False, "troubles": ["the scheduler stops or has stopped"]}
    )  # fmt: skip
    assert watched.get("live")[0] == 200


def test_what_the_doctor_says_is_closed_without_a_policy(watched: Watched) -> None:
    assert watched.get("doctor")[0] == 403


def test_what_the_doctor_says_is_for_who_may_view(path: Path) -> None:
    watched = Watched(path, autostart=False, policy="yes")
    assert watched.get("doctor")[0] == 403
    status, said = watched.get("doctor", **{"X-Who": "boss"})
    assert (status, said["findings"][0]["wrong"]) == (200, False)
    watched.scheduler.start()
    watched.becomes("ready", 200)
    assert watched.get("doctor", **{"X-Who": "boss"}) == (200, {"findings": []})
    watched.scheduler.stop()
    status, said = watched.get("doctor", **{"X-Who": "boss"})
    assert (status, said["findings"][0]["wrong"]) == (503, True)


def test_nothing_but_reading_is_answered(watched: Watched) -> None:
    assert watched.app.post("/scheduler/ready", expect_errors=True).status_int == 404
