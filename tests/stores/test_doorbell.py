"""How processes that share a file hear of each other's changes."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from pyramid_scheduler.stores.sql import doorbell
from pyramid_scheduler.stores.sql.doorbell import Doorbell
from tests.clock import HandClock
from tests.conformance.scene import Scene, every
from tests.stores.test_sqlite import open_store

PATIENCE = 10


class Ears:
    """Who listens, and what a test waits for."""

    def __init__(self) -> None:
        self.rings: Queue[str] = Queue()

    def hear(self) -> None:
        self.rings.put("ring")

    def wait(self) -> str:
        return self.rings.get(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No thread of a test goes on into the next one."""
    yield
    for thread in listeners():
        thread.join(PATIENCE)
    assert not listeners()


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "store.sqlite"
    path.touch()
    return path


@pytest.fixture
def bell(path: Path) -> Iterator[Doorbell]:
    bell = Doorbell(path)
    yield bell
    bell.silence()


def files_open() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def listeners() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "doorbell" in thread.name]


def test_a_change_is_heard_by_the_other_stores_on_the_file(tmp_path: Path, ears: Ears) -> None:
    clock = HandClock()
    one, two = (Scene(open_store(tmp_path / "s.sqlite", clock), clock) for _ in range(2))
    one.join("a", every(10))
    assert two.store.listen(ears.hear)
    one.store.pause("beat")
    assert ears.wait()
    one.store.close()
    two.store.close()


def test_a_beat_a_claim_and_a_look_are_no_changes(tmp_path: Path, ears: Ears) -> None:
    clock = HandClock()
    one, two = (Scene(open_store(tmp_path / "s.sqlite", clock), clock) for _ in range(2))
    one.join("a", every(10))
    one.store.revision()
    two.store.listen(ears.hear)
    one.beat("a")
    clock.advance(10)
    assert one.claim()
    one.store.schedules()
    assert ears.rings.empty()
    two.store.unlisten(ears.hear)
    assert ears.wait(), "the thread says once more that it may be over"
    assert ears.rings.empty()
    one.store.close()
    two.store.close()


def test_it_is_rung_before_the_commit_too_so_that_a_death_in_between_is_no_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()
    scene = Scene(open_store(tmp_path / "s.sqlite", clock), clock)
    other = Scene(open_store(tmp_path / "s.sqlite", clock), clock)
    seen: list[int] = []
    monkeypatch.setattr(Doorbell, "ring", lambda bell: seen.append(len(other.store.schedules())))
    scene.store.put_schedule([every(10)], replace=False)
    assert seen == [0, 1]
    scene.store.close()
    other.store.close()


def test_many_rings_are_few_looks(bell: Doorbell, ears: Ears) -> None:
    bell.listen(ears.hear)
    for _ in range(1000):
        bell.ring()
    ears.wait()
    (thread,) = listeners()
    bell.silence()
    thread.join(PATIENCE)
    assert ears.rings.qsize() < 100


def test_who_listens_last_is_called_alone(bell: Doorbell, ears: Ears) -> None:
    late = Ears()
    bell.listen(ears.hear)
    bell.listen(late.hear)
    bell.unlisten(ears.hear)  # it is called no more as it is
    bell.ring()
    assert late.wait()
    assert ears.rings.empty()
    assert len(listeners()) == 1


def test_a_file_that_was_replaced_is_listened_to_when_asked_again(
    bell: Doorbell, path: Path, ears: Ears
) -> None:
    bell.listen(ears.hear)
    (thread,) = listeners()
    path.unlink()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert not bell.listen(ears.hear), "there is no file"
    path.touch()
    assert bell.listen(ears.hear)
    while not ears.rings.empty():
        ears.wait()
    bell.ring()
    assert ears.wait()


def test_to_ring_where_there_is_no_file_is_nothing(bell: Doorbell, path: Path) -> None:
    path.unlink()
    bell.ring()


@pytest.mark.parametrize("refuses", ["inotify_init1", "inotify_add_watch"])
def test_without_a_watch_it_says_so(
    bell: Doorbell, ears: Ears, monkeypatch: pytest.MonkeyPatch, refuses: str
) -> None:
    class Refusing:
        """A kernel whose limit of watchers is reached."""

        def __getattr__(self, name: str) -> object:
            return (lambda *given: -1) if name == refuses else getattr(real, name)

    real = doorbell._libc
    monkeypatch.setattr(doorbell, "_libc", Refusing())
    before = files_open()
    assert not bell.listen(ears.hear)
    assert files_open() == before


def test_without_inotify_it_says_so(
    bell: Doorbell, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorbell, "_libc", object())
    assert not bell.listen(ears.hear)


def test_a_forked_child_listens_for_itself(bell: Doorbell, ears: Ears) -> None:
    bell.listen(ears.hear)
    child = os.fork()
    if not child:
        bell.after_fork()
        own = Ears()
        heard = bell.listen(own.hear) and (bell.ring() or own.wait())
        os._exit(0 if heard else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert ears.wait()
