"""``scheduler.stop()``: who waits for what."""

import threading
from typing import Any

import pytest
from pyramid.config import Configurator

from pyramid_scheduler import current_run, scheduler
from pyramid_scheduler.client import Scheduler
from tests.config.scene import configurator

TOO_LONG = 60.0


class Stopping:
    """An application that runs, with a task that stops a scheduler and is told what came of it."""

    def __init__(self, whose: Any = None, *, with_request: bool = False) -> None:
        self.said = threading.Event()
        self.go_on = threading.Event()
        self.config = configurator(settings={"scheduler.shutdown_timeout": str(TOO_LONG)})
        self.config.add_task(self.stop, "stop", request=with_request)
        self.config.make_wsgi_app()
        self.known: Scheduler = self.config.registry.scheduler
        self.whose = whose or scheduler

    def stop(self, request: Any = None) -> str:
        self.whose.stop()
        self.said.set()
        assert self.go_on.wait(TOO_LONG)
        return "stopped" if current_run().stop.wait(TOO_LONG) else "nobody asked it to stop"

    def end(self) -> None:
        self.go_on.set()
        self.known.engine.stop(TOO_LONG, exiting=True)


@pytest.mark.parametrize("with_request", [False, True])
def test_a_run_that_stops_its_own_scheduler_does_not_wait_for_itself(with_request: bool) -> None:
    scene = Stopping(with_request=with_request)
    scene.known.start()
    handle = scene.known.run(scene.known.run_now("stop"))
    try:
        assert scene.said.wait(TOO_LONG / 2)
        assert not scene.known.engine.running
        assert handle.state == "running"
        scene.go_on.set()
        assert handle.wait(TOO_LONG).result == "stopped"
    finally:
        scene.end()


def test_a_run_that_stops_another_applications_scheduler_waits_for_it() -> None:
    told: list[float | None] = []
    other = configured()
    other.registry.scheduler.engine.stop = lambda timeout=None, **_: told.append(timeout)
    scene = Stopping(other.registry.scheduler)
    scene.known.start()
    scene.known.run_now("stop")
    try:
        assert scene.said.wait(TOO_LONG)
        assert told == [None]
    finally:
        scene.known.cancel(scene.known.runs()[0].id)
        scene.end()


def configured() -> Configurator:
    config = configurator()
    config.make_wsgi_app()
    return config
