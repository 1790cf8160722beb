"""``run``, ``pause`` and ``resume``: what a person asks for."""

import json

import pytest

from pyramid_scheduler.interfaces import ClaimRequest, Room


def add(a, b=0):
    return a + b


def explode():
    raise ValueError("no luck")


def test_run_prints_the_id_of_the_run_that_was_asked_for(outside):
    outside.task(add)
    outside.engine.start()

    answer = outside.ask("run", "app.ini", "add", "--args", "[1]", "--kwargs", '{"b": 2}')

    assert answer.code == 0
    assert answer.err == ""
    run = outside.scheduler.run(answer.out.strip())
    assert run.result == 3


def test_run_says_so_when_no_engine_is_known(outside):
    outside.task(add)

    answer = outside.ask("run", "app.ini", "add", "--args", "[1]")

    assert answer.code == 0
    assert answer.err.startswith("note: no engine of this application is known to run")
    assert outside.scheduler.run(answer.out.strip()).state == "pending"


def test_run_with_wait_tells_the_end(outside):
    outside.task(add)
    outside.engine.start()

    answer = outside.ask("run", "app.ini", "add", "--args", "[1]", "--wait", "1")

    assert answer.code == 0
    assert answer.lines[0].split() == ["id", "state", "took", "result", "why"]
    assert answer.lines[2].split()[1:] == ["succeeded", "0.000", "s", "1"]


def test_a_run_that_fails_is_exit_code_1(outside):
    outside.task(explode)
    outside.engine.start()

    answer = outside.ask("run", "app.ini", "explode", "--wait", "1", "--json")

    assert answer.code == 1
    run = json.loads(answer.out)
    assert run["state"] == "failed"
    assert run["error"] == {"type": "builtins.ValueError", "message": "no luck"}


def test_a_run_that_does_not_end_in_time_is_an_error(outside):
    outside.task(add)

    answer = outside.ask("run", "app.ini", "add", "--args", "[1]", "--wait", "0")

    assert answer.code == 2
    assert answer.out == ""
    assert "is pending after 0.0 s" in answer.err


def test_run_as_json_is_the_run(outside):
    outside.task(add)
    run = json.loads(outside.ask("run", "app.ini", "add", "--args", "[1]", "--json").out)
    assert (run["kind"], run["task"], run["state"]) == ("asked", "add", "pending")


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (["adding"], "no task is named 'adding'; did you mean 'add'?"),
        (["add"], "missing a required argument: 'a'"),
        (["add", "--args", "[1, 2, 3]"], "too many positional arguments"),
        (["add", "--args", "[NaN]"], "argument 1 is the number nan"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_no_run(outside, options, wrong):
    outside.task(add)

    answer = outside.ask("run", "app.ini", *options)

    assert answer.code == 2
    assert answer.err.startswith("pscheduler: error: ")
    assert wrong in answer.err
    assert answer.err.count("\n") == 1
    assert outside.scheduler.runs() == []


@pytest.mark.parametrize(
    "options",
    [
        ["--args", "{}"],
        ["--args", "[1"],
        ["--args", "[" * 100_000],
        ["--kwargs", "[]"],
        ["--wait", "soon"],
        ["--wait", "-1"],
        ["--wait", "nan"],
    ],
)
def test_an_argument_of_the_wrong_form_is_refused_before_anything_is_loaded(
    outside, options, capsys
):
    with pytest.raises(SystemExit) as refused:
        outside.ask("run", "app.ini", "add", *options)

    assert refused.value.code == 2
    assert outside.loaded == []
    assert "Traceback" not in capsys.readouterr().err


def test_a_paused_schedule_rests_until_it_is_resumed(outside):
    outside.schedule(outside.task(add), interval=10, args=[1])
    outside.engine.start()

    assert outside.ask("pause", "app.ini", "add") == (0, "add: paused\n", "")
    outside.fire(30)
    assert outside.scheduler.runs() == []

    assert outside.ask("resume", "app.ini", "add") == (0, "add: resumed\n", "")
    outside.fire(10)
    assert len(outside.scheduler.runs()) == 1


def test_pause_tells_the_runs_that_may_still_begin(outside):
    outside.schedule(outside.task(add), interval=10, args=[1], overlap="queue")
    outside.engine.start()
    outside.engine.node, node = None, outside.engine.node
    outside.clock.advance(10)
    claimed = claim_without_running(outside, node)

    assert outside.ask("pause", "app.ini", "add").lines == [
        "add: paused",
        f"may still begin or go on: {claimed[0]}",
    ]
    answer = outside.ask("pause", "app.ini", "add", "--json")
    assert json.loads(answer.out) == {"schedule": "add", "state": "paused", "runs": claimed}


def claim_without_running(outside, node):
    request = ClaimRequest(node, outside.declared.tasks, {"threads": Room(1)}, 0)
    return [claim.run_id for claim in outside.store.claim(request).claims]


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_an_unknown_schedule_is_an_error_that_names_the_nearest(outside, command):
    outside.schedule(outside.task(add), interval=10, args=[1])
    outside.engine.start()

    answer = outside.ask(command, "app.ini", "ad")

    assert answer.code == 2
    assert answer.err == "pscheduler: error: no schedule is named 'ad'; did you mean 'add'?\n"


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_neither_makes_a_store_that_is_not_there(untouched, command):
    answer = untouched.ask(command, "app.ini", "add")

    assert answer.code == 2
    assert "nothing recorded yet" in answer.err
    assert not untouched.store.made


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_end_of_a_run_shows_no_password(outside, options):
    def leak():
        raise RuntimeError("cannot reach postgresql://bob:hunter2@db/x")

    outside.task(leak)
    outside.engine.start()

    answer = outside.ask("run", "app.ini", "leak", "--wait", "5", *options)

    assert answer.code == 1
    assert "postgresql://bob:***@db/x" in answer.out


@pytest.mark.parametrize("options", [["--args", "[" * 10**6], ["--" + "x" * 10**6]])
def test_an_argument_is_not_repeated_without_bound(outside, options, capsys):
    with pytest.raises(SystemExit):
        outside.ask("run", "app.ini", "add", *options)
    assert len(capsys.readouterr().err) < 2_000
