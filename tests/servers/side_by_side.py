"""Scenes that are played at the same time: most of their time goes by in waiting."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.servers.fleet import KINDS, Kind
from tests.servers.server import Server


class Stage:
    """Where one scene is played: a folder, and the servers that it starts there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._servers: list[Server] = []

    def server(self, kind: str | Kind, name: str = "server", **settings: str | None) -> Server:
        """Make a server, not started, that is killed after the scene."""
        kind = KINDS[kind] if isinstance(kind, str) else kind
        self._servers.append(kind.make(self.folder / name, **settings))
        return self._servers[-1]

    def serving(self, kind: str | Kind, **settings: str | None) -> Server:
        """Make a server and wait until its task has run."""
        server = self.server(kind, **settings)
        server.start()
        server.wait_for(task="tick")
        return server

    def clear(self) -> None:
        """Kill what is left."""
        for server in self._servers:
            server.kill()


Scene = Callable[[Stage], Any]


class Scenes(list[Scene]):
    """The scenes of a module."""

    def add(self, scene: Scene) -> Scene:
        """Add one; a decorator."""
        self.append(scene)
        return scene


def selected(request: pytest.FixtureRequest, argument: str) -> list[Any]:
    """Return the values of the parameter ``argument`` in the tests of this module that will run."""
    values = [
        item.callspec.params[argument]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.module is request.module
        and argument in getattr(item, "callspec", item).params
    ]
    return list(dict.fromkeys(values))


@contextmanager
def played(scenes: list[Scene], folder: Path, at_once: int) -> Iterator[dict[Scene, Future[Any]]]:
    """Play ``scenes``, so many of them ``at_once``."""
    with ThreadPoolExecutor(at_once) as pool:
        yield {scene: pool.submit(_play, scene, folder / scene.__name__) for scene in scenes}


def _play(scene: Scene, folder: Path) -> Any:
    stage = Stage(folder)
    try:
        return scene(stage)
    finally:
        stage.clear()
