"""When an application's engine is started and stopped, with the process around it replaced."""

import logging
import os
import sys
import threading

import pytest

from pyramid_scheduler.config import lifecycle
from pyramid_scheduler.errors import SchemaMismatch, StoreMisplaced, StoreUnavailable
from tests.lifecycle.scene import GREEN, MASTER, SERVES, TOOL, UNKNOWN, WORKER, Scene


@pytest.fixture
def messages(caplog):
    """The log of the lifecycle, as (level, text)."""
    caplog.set_level(logging.INFO, "pyramid_scheduler")
    return lambda: [(record.levelname, record.getMessage()) for record in caplog.records]


def forked(monkeypatch, pid=4711):
    """From now on this is a child."""
    monkeypatch.setattr(os, "getpid", lambda: pid)


def test_nothing_starts_before_the_application_is_made():
    scene = Scene(SERVES)
    assert scene.settled() == []


def test_it_starts_once_the_application_is_made_and_says_so(messages):
    scene = Scene(SERVES).created()
    assert scene.settled() == ["start"]
    assert scene.process.kept == [scene.lifecycle]
    assert len(messages()) == 1
    level, text = messages()[0]
    assert level == "INFO"
    assert str(os.getpid()) in text
    assert "pserve" in text


def test_it_starts_a_little_later_so_that_main_can_finish():
    scene = Scene(SERVES, delay=60).created()
    assert scene.engine.told == []
    scene.lifecycle.stop(0)
    assert scene.settled() == [("stop", 5.0, True)]


def test_a_guess_is_said_where_it_is_seen_without_logging_set_up(messages):
    Scene(UNKNOWN).created().settled()
    level, text = messages()[0]
    assert level == "WARNING"
    assert "scheduler.autostart = false" in text


@pytest.mark.parametrize("facts", [TOOL, MASTER])
def test_tools_and_masters_do_not_start_it(facts):
    assert Scene(facts).created().settled() == []


def test_a_request_to_a_tool_changes_nothing():
    scene = Scene(TOOL).created()
    scene.request()
    assert scene.settled() == []


def test_requests_do_not_start_it_again():
    scene = Scene(SERVES).created()
    scene.request()
    scene.request()
    assert scene.settled() == ["start"]


# --- at the first request


def test_the_first_request_starts_it_when_that_is_asked_for():
    scene = Scene(SERVES, autostart="first-request").created()
    assert scene.settled() == []
    scene.request()
    scene.request()
    assert scene.settled() == ["start"]


def test_a_request_of_a_test_is_not_the_first():
    scene = Scene(SERVES, autostart="first-request").created()
    scene.request(**{"paste.testing": True})
    assert scene.settled() == []


def test_what_was_taken_for_a_master_and_gets_a_request_serves():
    scene = Scene(MASTER).created()
    scene.request()
    assert scene.settled() == ["start"]


# --- forks


def test_a_worker_of_a_master_that_forks_starts_it(monkeypatch):
    scene = Scene(MASTER).created()
    forked(monkeypatch)
    scene.facts = WORKER
    scene.lifecycle.after_fork()
    assert scene.settled() == ["after fork", "start"]


def test_another_child_of_the_master_does_not(monkeypatch):
    scene = Scene(MASTER).created()
    forked(monkeypatch)
    scene.lifecycle.after_fork()
    assert scene.settled() == ["after fork"]


def test_a_child_of_a_process_that_serves_does_not(monkeypatch):
    scene = Scene(SERVES).created()
    scene.settled()
    forked(monkeypatch)
    scene.lifecycle.after_fork()
    assert scene.settled() == ["start", "after fork"]


def test_a_child_that_no_hook_reached_starts_it_at_its_first_request(monkeypatch):
    scene = Scene(MASTER).created()
    forked(monkeypatch)
    scene.facts = WORKER
    scene.request()
    scene.request()
    assert scene.settled() == ["after fork", "start"]


def test_a_child_of_a_script_that_forks_its_own_workers_starts_it_at_its_first_request(monkeypatch):
    scene = Scene(UNKNOWN).created()
    scene.settled()
    forked(monkeypatch)
    scene.request()
    assert scene.settled() == ["start", "after fork", "start"]


def test_a_worker_waits_for_its_first_request_when_that_is_asked_for(monkeypatch):
    scene = Scene(MASTER, autostart="first-request").created()
    forked(monkeypatch)
    scene.facts = WORKER
    scene.lifecycle.after_fork()
    assert scene.settled() == ["after fork"]
    scene.request()
    assert scene.settled() == ["after fork", "start"]


def test_two_hooks_for_one_fork_start_it_once(monkeypatch):
    scene = Scene(MASTER).created()
    forked(monkeypatch)
    scene.facts = WORKER
    scene.lifecycle.after_fork()
    scene.lifecycle.after_fork()
    assert scene.settled() == ["after fork", "start"]


def test_the_first_worker_of_uwsgi_without_a_master_is_no_fork():
    scene = Scene(MASTER).created()
    scene.facts = WORKER
    scene.lifecycle.after_fork()
    assert scene.settled() == ["start"]


def test_a_child_that_no_hook_reached_does_not_stop_what_is_its_parents(monkeypatch):
    scene = Scene(SERVES).created()
    scene.settled()
    forked(monkeypatch)
    scene.lifecycle.stop(0)
    assert scene.engine.told == ["start"]


# --- what is seen only later


def test_a_process_that_has_become_a_master_by_then_starts_nothing():
    scene = Scene(UNKNOWN, delay=0.05).created()
    scene.facts = MASTER
    assert scene.settled() == []
    scene.request()
    assert scene.settled() == ["start"]


def test_gevent_that_comes_in_later_is_refused_as_well(messages):
    scene = Scene(SERVES, delay=0.05).created()
    scene.facts = GREEN
    assert scene.settled() == []
    assert messages()[0][0] == "ERROR"


def test_gevent_is_refused_with_one_clear_error(messages):
    scene = Scene(GREEN).created()
    scene.request()
    scene.request()
    assert scene.settled() == []
    [(level, text)] = messages()
    assert level == "ERROR"
    assert "gevent" in text
    assert "pscheduler start" in text


# --- the store


@pytest.mark.parametrize("error", [StoreMisplaced, SchemaMismatch])
def test_a_store_that_trying_again_does_not_mend_is_one_error_and_no_engine(error, messages):
    scene = Scene(SERVES)
    scene.store.wrong = error("the folder '/no/where' cannot be written by user 'me'")
    scene.created()
    assert scene.settled() == []
    [(level, text)] = messages()
    assert level == "ERROR"
    assert "/no/where" in text


def test_a_store_that_does_not_answer_yet_is_left_to_the_engine():
    scene = Scene(SERVES)
    scene.store.wrong = StoreUnavailable("no answer")
    assert scene.created().settled() == ["start"]


def test_a_bug_in_starting_is_logged_with_its_traceback(caplog):
    scene = Scene(SERVES)
    scene.store.wrong = ZeroDivisionError("a bug")
    scene.created().settled()
    assert caplog.records[0].levelname == "ERROR"
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("settings", "warns"),
    [({}, True), ({"store": "memory://"}, False), ({"state_dir": "/volume"}, False)],
    ids=["the default path", "a store of its own", "a folder of its own"],
)
def test_in_a_container_the_default_store_is_warned_of(settings, warns, messages, monkeypatch):
    monkeypatch.setattr(lifecycle, "in_container", lambda: True)
    Scene(SERVES, **{"store": None, **settings}).created().settled()
    warned = [text for level, text in messages() if level == "WARNING"]
    assert len(warned) == warns
    assert all("each container fires for itself" in text for text in warned)


def test_a_store_that_is_left_behind_is_named_before_the_new_one_is_made(messages, tmp_path):
    (tmp_path / "shop-0123abcd.sqlite").touch()
    scene = Scene(SERVES, store=None, state_dir=tmp_path)
    scene.store.address = f"sqlite:///{tmp_path}/shop-ffffffff.sqlite"
    scene.created().settled()
    (warning,) = [text for level, text in messages() if level == "WARNING"]
    assert f"set scheduler.store = sqlite:///{tmp_path}/shop-0123abcd.sqlite" in warning


# --- stopping


def test_sigterm_is_handled_where_it_starts():
    assert Scene(SERVES).created().process.hears_sigterm == 1
    assert Scene(SERVES, autostart="first-request").created().process.hears_sigterm == 1


@pytest.mark.parametrize("facts", [TOOL, MASTER, WORKER])
def test_sigterm_is_left_to_tools_and_to_gunicorn(facts):
    assert Scene(facts).created().process.hears_sigterm == 0


def test_sigterm_is_left_alone_when_that_is_asked_for():
    assert Scene(SERVES, handle_sigterm=False).created().process.hears_sigterm == 0


def test_a_start_that_has_not_come_yet_is_called_off_by_a_drain():
    scene = Scene(SERVES, delay=60).created()
    scene.lifecycle.drain()
    assert scene.settled() == ["drain"]


def test_a_drain_may_interrupt_anything_even_another_one():
    scene = Scene(SERVES, delay=60).created()
    interrupted = []

    def interrupt(frame, event, arg):
        # A signal may come between any two lines of whatever the main thread is doing.
        sys.settrace(None)
        interrupted.append(frame.f_lineno)
        scene.lifecycle.drain()
        sys.settrace(interrupt)
        return interrupt

    def drain():
        sys.settrace(interrupt)
        scene.lifecycle.drain()
        sys.settrace(None)

    main = threading.Thread(target=drain, daemon=True)
    main.start()
    main.join(5)
    assert not main.is_alive(), "it waits for a lock that it holds itself"
    assert interrupted
    assert set(scene.settled()) == {"drain"}


def test_a_stop_may_take_what_is_left_of_the_time_given():
    scene = Scene(SERVES, shutdown_timeout=3.0).created()
    scene.settled()
    scene.lifecycle.stop(1.0)
    scene.lifecycle.stop(9.0)
    assert scene.engine.told[1:] == [("stop", 2.0, True), ("stop", 0.0, True)]


def test_the_engine_of_a_gunicorn_worker_is_told_how_to_see_it_leave(monkeypatch):
    scene = Scene(WORKER).created()
    scene.settled()
    worker = type("Worker", (), {"alive": True})()
    monkeypatch.setattr(lifecycle, "gunicorn_worker", lambda: worker)
    assert not scene.engine.leaving()
    worker.alive = False
    assert scene.engine.leaving()


def test_other_engines_have_nothing_to_ask():
    scene = Scene(SERVES).created()
    scene.settled()
    assert scene.engine.leaving is None
