"""Writes of committed requests: tried once in the request, and then where nobody waits for them."""

import atexit
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pyramid.threadlocal import get_current_registry

from pyramid_scheduler.config.late import LateWrites
from pyramid_scheduler.errors import AlreadyExists, StoreUnavailable
from pyramid_scheduler.events import AskingFailed
from tests.config.scene import configurator


class Outage:
    """A store away, its writes, the time that passes, and who hears of it."""

    def __init__(self, **options: Any) -> None:
        self.away = True
        self.now = 0.0
        self.pauses: list[float] = []
        self.turn = threading.Semaphore(0)  # one pause more
        self.paused = threading.Semaphore(0)
        self.written: list[str] = []
        self.tried: list[tuple[str, bool, Any]] = []
        self.events: list[AskingFailed] = []
        self.heard = threading.Event()
        self.late = LateWrites(clock=lambda: self.now, pause=self.pause, **options)
        config = configurator()
        config.add_subscriber(self.hear, AskingFailed)
        config.commit()
        self.registry = config.registry

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.paused.release()
        assert self.turn.acquire(timeout=5)

    def hear(self, event: AskingFailed) -> None:
        self.events.append(event)
        self.heard.set()

    def write(self, name: str) -> Callable[[], None]:
        def write() -> None:
            here = threading.current_thread() is threading.main_thread()
            self.tried.append((name, here, get_current_registry()))
            if self.away:
                raise StoreUnavailable("gone")
            self.written.append(name)

        return write

    def ask(self, name: str) -> None:
        self.late.carry_out(self.write(name), name, self.registry)

    def ends(self) -> None:
        """Let the thread go on until there is nothing left to do."""
        self.turn.release(100)
        thread = self.late._thread
        if thread is not None:  # else it is at its end already
            thread.join(5)
            assert not thread.is_alive()


def test_with_the_store_there_it_is_written_in_the_request() -> None:
    scene = Outage()
    scene.away = False
    scene.ask("a")
    assert scene.written == ["a"]
    assert scene.late._thread is None


def test_a_request_tries_once_and_a_thread_goes_on_trying() -> None:
    scene = Outage()
    scene.ask("a")
    assert scene.paused.acquire(timeout=5)
    assert [here for _, here, _ in scene.tried] == [True, False]
    scene.away = False
    scene.ends()
    assert scene.written == ["a"]
    assert scene.tried[-1][2] is scene.registry, "it is inside its application"
    assert scene.events == []


def test_what_is_asked_for_later_is_written_later_and_waits_for_nothing() -> None:
    scene = Outage()
    scene.ask("a")
    assert scene.paused.acquire(timeout=5)
    scene.away = False
    for name in "bcd":
        scene.ask(name)
    assert scene.written == []
    scene.ends()
    assert scene.written == ["a", "b", "c", "d"]


def test_after_an_outage_the_request_writes_again() -> None:
    scene = Outage()
    scene.ask("a")
    scene.away = False
    scene.ends()
    scene.ask("b")
    assert scene.tried[-1][:2] == ("b", True)
    scene.away = True
    scene.ask("c")
    scene.away = False
    scene.ends()
    assert scene.written == ["a", "b", "c"]


def test_pauses_grow_and_are_bounded() -> None:
    scene = Outage(patience=100.0)
    scene.ask("a")
    for _ in range(8):
        assert scene.paused.acquire(timeout=5)
        scene.turn.release()
    scene.away = False
    scene.ends()
    assert scene.pauses[:8] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_what_could_not_be_written_in_time_is_logged_and_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Outage(patience=30.0)
    with caplog.at_level(logging.ERROR, "pyramid_scheduler"):
        scene.ask("run_now(t), run 7")
        scene.ask("another")
        assert scene.paused.acquire(timeout=5)
        tried = len(scene.tried)
        scene.now = 30.0
        scene.ends()
    assert scene.events == [
        AskingFailed("run_now(t), run 7", "StoreUnavailable: gone"),
        AskingFailed("another", "StoreUnavailable: gone"),
    ]
    assert len(scene.tried) == tried + 1, "each would wait for a store that is away"
    record, _ = caplog.records
    assert record.levelno == logging.ERROR
    assert "could not be written: run_now(t), run 7: gone" in record.getMessage()


def test_what_the_store_refuses_is_not_tried_again() -> None:
    scene = Outage()

    def refused() -> None:
        raise AlreadyExists("x is there")

    scene.late.carry_out(refused, "schedule(x)", scene.registry)
    assert scene.events == [AskingFailed("schedule(x)", "AlreadyExists: x is there")]
    assert scene.late._thread is None


def test_no_more_wait_than_there_is_room_for() -> None:
    scene = Outage(most=1)
    scene.ask("a")
    scene.ask("b")
    assert [event.what for event in scene.events] == ["b"]
    assert "1 such writes wait for the store already" in scene.events[0].error
    scene.away = False
    scene.ends()
    assert scene.written == ["a"]


def test_a_subscriber_that_raises_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    scene = Outage()
    config = configurator()

    def raises(event: AskingFailed) -> None:
        raise ZeroDivisionError

    def refused() -> None:
        raise AlreadyExists("x is there")

    config.add_subscriber(raises, AskingFailed)
    config.commit()
    scene.late.carry_out(refused, "schedule(x)", config.registry)
    assert "a subscriber of AskingFailed raised" in caplog.text


def test_a_thread_that_cannot_be_had_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    scene = Outage()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuses)
        scene.ask("a")
    assert scene.events == [AskingFailed("a", "RuntimeError: can't start new thread")]
    scene.ask("b")
    scene.away = False
    scene.ends()
    assert scene.written == ["b"]


def test_a_write_that_would_end_the_thread_does_not() -> None:
    scene = Outage()
    outcomes: list[BaseException] = [SystemExit(1), StoreUnavailable("gone")]

    def ends() -> None:
        raise outcomes.pop()

    scene.late.carry_out(ends, "a", scene.registry)
    assert scene.heard.wait(5)
    scene.away = False
    scene.ask("b")
    scene.ends()
    assert [event.error for event in scene.events] == ["SystemExit: 1"]
    assert scene.written == ["b"]


def test_what_waits_when_the_process_ends_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    at_exit: list[Callable[[], None]] = []
    monkeypatch.setattr(atexit, "register", at_exit.append)
    scene = Outage()
    scene.ask("a")
    assert scene.paused.acquire(timeout=5)
    (end,) = at_exit
    end()
    assert [event.what for event in scene.events] == ["a"]
    assert "the process ends" in scene.events[0].error
    scene.away = False
    scene.ends()


def test_a_forked_child_leaves_to_its_parent_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Outage()
    scene.ask("a")
    assert scene.paused.acquire(timeout=5)
    scene.away = False
    parents = scene.late._thread
    monkeypatch.setattr(os, "getpid", lambda: 4711)
    scene.ask("b")
    assert scene.written == ["b"]
    scene.turn.release(100)
    assert parents is not None
    parents.join(5)
