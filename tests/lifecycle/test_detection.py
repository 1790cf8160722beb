"""Which process this is: what is decided from what can be seen of it."""

import threading
from dataclasses import replace

import pytest

from pyramid_scheduler.config.detection import (
    Action,
    Facts,
    decide,
    in_container,
    is_real,
    shutdown_timeout,
    snapshot,
)

PSERVE = "pyramid.scripts.pserve:run"

SERVING = {
    "pserve": Facts(program="pserve", stack=("myapp:main", PSERVE)),
    "pserve by another name": Facts(program="serve-it", stack=("myapp:main", PSERVE)),
    "python -m pyramid.scripts.pserve": Facts(program="pserve", main="pyramid.scripts.pserve"),
    "pserve --reload, its child": Facts(program="pserve", stack=(PSERVE,), reloaded=True),
    "waitress-serve": Facts(program="waitress-serve", stack=("waitress.runner:run",)),
    "python -m waitress": Facts(main="waitress.__main__", stack=("waitress.runner:run",)),
    "mod_wsgi": Facts(program="mod_wsgi", mod_wsgi=True),
    "uWSGI, a worker": Facts(program="uwsgi", uwsgi="worker"),
    "gunicorn, a worker": Facts(program="gunicorn", gunicorn="worker"),
    "pserve with egg:gunicorn, a worker": Facts(
        program="pserve", stack=(PSERVE,), gunicorn="worker"
    ),
}
MASTERS = {
    "uWSGI before it forks": Facts(program="uwsgi", uwsgi="master"),
    "gunicorn --preload": Facts(program="gunicorn", gunicorn="loaded"),
    "pserve with egg:gunicorn": Facts(program="pserve", stack=(PSERVE,), gunicorn="loaded"),
}
BYSTANDERS = {
    "pshell": Facts(program="pshell", stack=("pyramid.scripts.pshell:run",)),
    "python -m pyramid.scripts.pshell": Facts(main="pyramid.scripts.pshell"),
    "proutes by another name": Facts(program="routes", stack=("pyramid.scripts.proutes:run",)),
    "pviews": Facts(program="pviews"),
    "ptweens": Facts(program="ptweens"),
    "prequest": Facts(program="prequest"),
    "pdistreport": Facts(program="pdistreport"),
    "pscheduler": Facts(program="pscheduler"),
    "alembic": Facts(program="alembic", stack=("env_py:<module>", "alembic.command:upgrade")),
    "celery": Facts(program="celery", stack=("celery.bin.celery:main",)),
    "bootstrap() in a script": Facts(program="nightly", stack=("pyramid.paster:bootstrap",)),
    "bootstrap() in a script that imports gunicorn": Facts(
        program="nightly", stack=("pyramid.paster:bootstrap",), gunicorn="loaded"
    ),
    "pytest": Facts(program="pytest", stack=("_pytest.python:pytest_pyfunc_call",)),
    "a thread of a test": Facts(elsewhere=frozenset({"_pytest.main:pytest_cmdline_main"})),
    "unittest": Facts(main="unittest.__main__", stack=("unittest.case:run",)),
    "the reloader itself": Facts(elsewhere=frozenset({"hupper.reloader:run"})),
    "a mule of uWSGI": Facts(program="uwsgi", uwsgi="helper"),
}
UNKNOWN = {
    "a script with serve_forever()": Facts(program="app", stack=("__main__:<module>",)),
    "an application of the name of a test runner": Facts(stack=("robot.web:main",)),
    "a script that uses unittest.mock": Facts(stack=("__main__:run", "unittest.mock:patched")),
}


def all_of(*tables):
    return [pytest.param(facts, id=name) for table in tables for name, facts in table.items()]


@pytest.mark.parametrize("facts", all_of(SERVING))
def test_a_process_of_a_known_server_starts_it(facts):
    verdict = decide(facts)
    assert (verdict.action, verdict.known) == (Action.START, True)
    assert verdict.who in verdict.why


@pytest.mark.parametrize("facts", all_of(MASTERS))
def test_a_master_leaves_it_to_its_children(facts):
    assert decide(facts).action is Action.AFTER_FORK


@pytest.mark.parametrize("facts", all_of(BYSTANDERS))
def test_what_does_not_serve_never_starts_it(facts):
    assert decide(facts).action is Action.NEVER


@pytest.mark.parametrize("facts", all_of(UNKNOWN))
def test_whatever_else_makes_an_application_serves_and_that_is_a_guess(facts):
    verdict = decide(facts)
    assert (verdict.action, verdict.known) == (Action.START, False)


@pytest.mark.parametrize("green", ["gevent", "eventlet"])
@pytest.mark.parametrize("facts", all_of(SERVING, UNKNOWN))
def test_replaced_threads_are_refused_by_name(facts, green):
    verdict = decide(replace(facts, green=green))
    assert verdict.action is Action.REFUSE
    assert green in verdict.why


@pytest.mark.parametrize("facts", all_of(SERVING, MASTERS, BYSTANDERS, UNKNOWN))
def test_autostart_false_wins_everywhere(facts):
    assert decide(facts, "false").action is Action.NEVER


@pytest.mark.parametrize("facts", all_of(SERVING, BYSTANDERS, UNKNOWN))
def test_autostart_true_starts_it_in_every_process_but_our_own_command(facts):
    forbidden = facts.program == "pscheduler"
    assert (decide(facts, "true").action is Action.START) is not forbidden


@pytest.mark.parametrize("facts", all_of(MASTERS))
def test_autostart_true_still_means_the_children_of_a_master(facts):
    assert decide(facts, "true").action is Action.AFTER_FORK


@pytest.mark.parametrize("facts", all_of(SERVING, UNKNOWN))
def test_autostart_first_request_waits_where_it_would_have_started(facts):
    assert decide(facts, "first-request").action is Action.FIRST_REQUEST


@pytest.mark.parametrize("facts", all_of(BYSTANDERS))
def test_autostart_first_request_does_not_make_a_server_of_a_tool(facts):
    assert decide(facts, "first-request").action is Action.NEVER


def test_this_very_process_runs_tests():
    assert decide(snapshot()).who == "pytest"


def test_and_so_it_does_in_a_thread_of_a_test():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(decide(snapshot())))
    thread.start()
    thread.join()
    assert seen[0].who == "pytest"


@pytest.mark.parametrize(
    ("facts", "seconds"),
    [(Facts(), 5.0), (Facts(reloaded=True), 0.6), (Facts(mod_wsgi=True), 2.5)],
    ids=["any server", "the reloader kills after 1 s", "Apache kills after 3 s"],
)
def test_a_stop_takes_no_longer_than_the_process_has(facts, seconds):
    assert shutdown_timeout(facts) == seconds


@pytest.mark.parametrize("mark", ["paste.testing", "paste.command_request", "wsgi.run_once"])
def test_a_request_of_a_test_or_of_prequest_is_none(mark):
    assert is_real({"wsgi.run_once": False})
    assert not is_real({mark: True})


@pytest.mark.parametrize(
    "environ", [{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, {"container": "podman"}]
)
def test_a_container_is_known_by_its_environment(environ, tmp_path):
    assert in_container(environ, tmp_path)
    assert not in_container({}, tmp_path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".dockerenv", ""),
        ("run/.containerenv", ""),
        ("proc/1/cgroup", "0::/kubepods/burstable/pod1\n"),
    ],
)
def test_a_container_is_known_by_its_files(file, text, tmp_path):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert in_container({}, tmp_path)


def test_a_machine_with_an_ordinary_first_process_is_no_container(tmp_path):
    path = tmp_path / "proc/1/cgroup"
    path.parent.mkdir(parents=True)
    path.write_text("0::/init.scope\n")
    assert not in_container({}, tmp_path)
