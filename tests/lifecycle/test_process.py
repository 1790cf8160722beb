"""What a process has one of: its forks, its SIGTERM, its end, whatever applications it has."""

import gc
import os
import signal
import sys
import threading
from types import ModuleType

import pytest

from pyramid_scheduler.config import process as process_module
from pyramid_scheduler.config.process import Process
from pyramid_scheduler.config.signals import Sigterm


class FakeMember:
    """Takes note of what it is told."""

    hurried = False

    def __init__(self, told=None):
        self.told = [] if told is None else told

    def after_fork(self):
        self.told.append("after fork")

    def drain(self):
        self.told.append("drain")

    def stop(self, spent):
        self.told.append("stop")


@pytest.fixture
def hooks(monkeypatch):
    """What would be called at the end and in a child; nothing of it is left behind."""
    found = {}
    monkeypatch.setattr(process_module.atexit, "register", lambda f: found.update(exit=f))
    monkeypatch.setattr(
        process_module.os,
        "register_at_fork",
        lambda after_in_child: found.update(fork=after_in_child),
    )
    return found


@pytest.fixture
def sigterm():
    """The handler of SIGTERM is put back after the test."""
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def test_every_application_hears_of_a_fork_and_of_the_end(hooks):
    process = Process()
    members = [FakeMember(), FakeMember()]
    for member in members:
        process.watch(member)
    hooks["fork"]()
    hooks["exit"]()
    assert [member.told for member in members] == [["after fork", "drain", "stop"]] * 2


def test_all_stop_claiming_before_the_first_is_stopped(hooks):
    process = Process()
    told = []
    members = [FakeMember(told), FakeMember(told)]
    for member in members:
        process.watch(member)
    hooks["exit"]()
    assert told == ["drain", "drain", "stop", "stop"]


def test_they_share_the_time_of_one(hooks):
    process = Process()
    spent = []

    class Slow(FakeMember):
        def stop(self, seconds):
            spent.append(seconds)
            threading.Event().wait(0.05)

    members = [Slow(), Slow()]
    for member in members:
        process.watch(member)
    hooks["exit"]()
    assert spent[0] < 0.05 <= spent[1]


def test_one_that_cannot_be_stopped_does_not_keep_the_others(hooks, caplog):
    process = Process()
    told = []

    class Broken(FakeMember):
        def stop(self, spent):
            told.append("broken")
            raise ZeroDivisionError

    members = [Broken(), Broken()]
    for member in members:
        process.watch(member)
    hooks["exit"]()
    assert told == ["broken", "broken"]
    assert "ZeroDivisionError" in caplog.text


def test_an_application_that_is_gone_is_forgotten_unless_its_engine_was_started(hooks):
    process = Process()
    told = []
    process.watch(FakeMember(told))
    kept = FakeMember(told)
    process.watch(kept)
    process.started(kept)
    del kept
    gc.collect()
    hooks["exit"]()
    assert told == ["drain", "stop"]


# --- uWSGI


@pytest.fixture
def uwsgi(monkeypatch):
    module = ModuleType("uwsgi")
    monkeypatch.setitem(sys.modules, "uwsgi", module)
    return module


def test_uwsgi_tells_of_its_forks_by_a_hook_of_its_own(hooks, uwsgi):
    member = FakeMember()
    Process().watch(member)
    uwsgi.post_fork_hook()
    assert member.told == ["after fork"]


def test_who_had_that_hook_before_is_called_first_and_once(hooks, uwsgi):
    member = FakeMember()
    uwsgi.post_fork_hook = lambda: member.told.append("theirs")
    process = Process()
    process.watch(member)
    process.watch(member)
    uwsgi.post_fork_hook()
    assert member.told == ["theirs", "after fork"]


# --- SIGTERM


def test_sigterm_drains_and_lets_the_server_close(hooks, sigterm):
    process = Process()
    member = FakeMember()
    process.watch(member)
    assert process.handle_sigterm()
    with pytest.raises(SystemExit) as exit_:
        signal.raise_signal(signal.SIGTERM)
    assert exit_.value.code == 0
    assert member.told == ["drain"]


def test_the_second_sigterm_is_not_handled_any_more(hooks, sigterm):
    process = Process()
    process.handle_sigterm()
    with pytest.raises(SystemExit):
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_where_atexit_comes_too_late_sigterm_stops_at_once_and_then_kills(
    hooks, sigterm, monkeypatch
):
    process = Process()
    member = FakeMember()
    member.hurried = True
    process.watch(member)
    process.handle_sigterm()
    monkeypatch.setattr(os, "kill", lambda pid, number: member.told.append(number))
    signal.raise_signal(signal.SIGTERM)
    assert member.told == ["drain", "drain", "stop", signal.SIGTERM]


def test_the_handler_that_was_there_is_called_after_ours(hooks, sigterm):
    order = []
    theirs = lambda signum, frame: order.append(("theirs", signum))  # noqa: E731
    signal.signal(signal.SIGTERM, theirs)
    process = Process()
    member = FakeMember(order)
    process.watch(member)
    process.handle_sigterm()
    signal.raise_signal(signal.SIGTERM)
    assert order == ["drain", ("theirs", signal.SIGTERM)]
    assert signal.getsignal(signal.SIGTERM) is theirs


def test_one_handler_serves_all_applications(hooks, sigterm):
    process = Process()
    assert process.handle_sigterm()
    installed = signal.getsignal(signal.SIGTERM)
    assert process.handle_sigterm()
    assert signal.getsignal(signal.SIGTERM) is installed


def test_it_is_not_installed_outside_the_main_thread(hooks, sigterm):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(Process().handle_sigterm()))
    thread.start()
    thread.join()
    assert answers == [False]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_signal_that_is_ignored_stays_so(hooks, sigterm):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert not Process().handle_sigterm()


def test_a_forked_child_ends_by_sigterm_as_it_would_have(hooks, sigterm):
    process = Process()
    process.watch(FakeMember())
    process.handle_sigterm()
    hooks["fork"]()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_request_of_wsgiref_would_swallow_the_exit_so_all_is_done_before_dying(
    sigterm, monkeypatch
):
    done = []
    handler = Sigterm(lambda last: done.append(last) or last)
    handler.install()
    monkeypatch.setattr(os, "kill", lambda pid, number: done.append((pid, number)))
    request = {"__name__": "wsgiref.handlers", "signal": signal}
    exec("def run():\n    signal.raise_signal(signal.SIGTERM)", request)
    request["run"]()
    assert done == [True, (os.getpid(), signal.SIGTERM)]
