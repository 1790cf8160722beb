"""``start``: the engine alone, until a signal."""

import signal

import pytest

from pyramid_scheduler.errors import StoreMisplaced, StoreUnavailable
from pyramid_scheduler.scripts.start import Signals, StartCommand


@pytest.fixture
def signals(monkeypatch):
    """Let the first signal come as soon as it is waited for; collect what happened before."""
    seen = []

    class Stub:
        def wait(self):
            seen.append("waited")
            return "SIGTERM"

    monkeypatch.setattr(StartCommand, "signals", Stub)
    return seen


def test_the_engine_runs_until_a_signal_and_is_then_drained(outside, signals):
    outside.engine.log = signals

    answer = outside.ask("start", "app.ini")

    assert answer.code == 0
    assert signals == ["start", "waited", "stop, exiting"]
    assert "SIGTERM" in answer.err
    assert answer.out == ""


def test_the_request_that_loading_made_is_over_before_anything_runs(outside, signals):
    outside.engine.start = lambda: signals.append(f"start after {outside.closed} closed")
    outside.ask("start", "app.ini")
    assert signals[0] == "start after 1 closed"


def test_a_store_at_an_impossible_place_is_an_error(outside, signals, monkeypatch):
    def refuse(*, create=True):
        raise StoreMisplaced("the store /no/where cannot be written by user 'me'")

    monkeypatch.setattr(outside.store, "open", refuse)

    answer = outside.ask("start", "app.ini")

    assert answer.code == 2
    assert "/no/where" in answer.err
    assert signals == []


def test_a_store_that_does_not_answer_yet_is_waited_for(outside, signals, monkeypatch):
    monkeypatch.setattr(outside.engine, "start", lambda: signals.append("start"))

    def stumble(*, create=True):
        raise StoreUnavailable("no answer")

    monkeypatch.setattr(outside.store, "open", stumble)

    answer = outside.ask("start", "app.ini")

    assert answer.code == 0
    assert signals == ["start", "waited"]


@pytest.fixture
def handlers(monkeypatch):
    """The handlers that a process would have, without touching this one's."""
    installed = {}
    monkeypatch.setattr(signal, "signal", installed.__setitem__)
    return installed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_either_signal_is_waited_for_and_the_second_ends_the_process_at_once(handlers, number):
    signals = Signals()
    handlers[number](number, None)

    assert signals.wait() == number.name
    assert handlers == {signal.SIGTERM: signal.SIG_DFL, signal.SIGINT: signal.SIG_DFL}


def test_a_store_that_is_left_behind_is_named(outside, signals, tmp_path):
    (tmp_path / "shop-0123abcd.sqlite").touch()
    outside.store.address = f"sqlite:///{tmp_path}/shop-ffffffff.sqlite"

    answer = outside.ask("start", "app.ini")

    assert answer.code == 0
    assert f"set scheduler.store = sqlite:///{tmp_path}/shop-0123abcd.sqlite" in answer.err
