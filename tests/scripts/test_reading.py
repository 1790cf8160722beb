"""``list``, ``next`` and ``runs``: what a person or a program is told."""

import json
import re

import pytest

from tests.scripts.faulty import Faulty

KEYS = [
    "id",
    "kind",
    "schedule",
    "task",
    "fire_time",
    "due",
    "state",
    "reason",
    "attempt",
    "crashes",
    "node",
    "claimed_at",
    "started_at",
    "finished_at",
    "error",
    "key",
    "equals",
]


def tidy():
    return "tidied"


def explode():
    raise ValueError("no\x1b[31m luck")


def test_list_shows_each_schedule_with_its_state_and_its_next_fire_time(outside):
    outside.schedule(outside.task(tidy), interval=90)
    outside.engine.start()
    outside.fire(90)
    outside.scheduler.pause("tidy")

    answer = outside.ask("list", "app.ini")

    assert answer.code == 0
    titles = ["schedule (task)", "when", "state", "next (UTC)", "last (UTC)"]
    assert re.split(r" {2,}", answer.lines[0].strip()) == titles
    row = answer.lines[2]
    assert "every 90 seconds" in row
    assert "paused" in row
    assert "2030-01-31 12:03:00" in row
    assert "2030-01-31 12:01:30" in row


def test_list_as_json_has_one_line_per_schedule(outside):
    task = outside.task(tidy)
    outside.schedule(task, interval=60)
    outside.schedule(task, "tidy-once", at="2031-01-01T00:00:00")
    outside.engine.start()

    lines = [json.loads(line) for line in outside.ask("list", "app.ini", "--json").lines]

    assert [line["name"] for line in lines] == ["tidy", "tidy-once"]
    assert lines[0] == {
        "name": "tidy",
        "task": "tidy",
        "trigger": "every minute",
        "timezone": "UTC",
        "state": "active",
        "origin": "code",
        "next": "2030-01-31T12:01:00.000000+00:00",
        "last": None,
    }
    assert lines[1]["trigger"] == "once, 2031-01-01 00:00:00"


def test_next_shows_the_fire_times_of_all_schedules_soonest_first(outside):
    task = outside.task(tidy)
    outside.schedule(task, "slow", interval=60)
    outside.schedule(task, "quick", interval=25)
    outside.engine.start()

    lines = outside.ask("next", "app.ini", "-n", "4", "--json").lines

    told = [(json.loads(line)["schedule"], json.loads(line)["fire_time"][14:19]) for line in lines]
    assert told == [("quick", "00:25"), ("quick", "00:50"), ("slow", "01:00"), ("quick", "01:15")]


def test_next_of_one_schedule_shows_only_that(outside):
    task = outside.task(tidy)
    outside.schedule(task, "slow", interval=60)
    outside.schedule(task, "quick", interval=25)
    outside.engine.start()

    answer = outside.ask("next", "app.ini", "--schedule", "slow", "-n", "2")

    assert "quick" not in answer.out
    assert len(answer.lines) == 4


def test_next_of_an_unknown_schedule_names_the_nearest_one(outside):
    outside.schedule(outside.task(tidy), interval=60)
    outside.engine.start()

    answer = outside.ask("next", "app.ini", "--schedule", "tydi")

    assert answer.code == 2
    assert answer.out == ""
    assert answer.err == ("pscheduler: error: no schedule is named 'tydi'; did you mean 'tidy'?\n")


def test_next_says_when_nothing_will_ever_fire(outside):
    outside.engine.start()
    assert outside.ask("next", "app.ini").out == "no fire time to come\n"


def test_runs_as_json_has_exactly_the_promised_keys(outside):
    outside.schedule(outside.task(tidy), interval=10)
    outside.engine.start()
    outside.fire(10.25)

    (line,) = outside.ask("runs", "app.ini", "--json").lines

    run = json.loads(line)
    assert list(run) == KEYS
    assert run["kind"] == "scheduled"
    assert run["schedule"] == run["task"] == "tidy"
    assert run["state"] == "succeeded"
    assert run["fire_time"] == "2030-01-31T12:00:10.000000+00:00"
    assert run["finished_at"] == "2030-01-31T12:00:10.250000+00:00"
    assert (run["attempt"], run["crashes"], run["reason"], run["error"]) == (1, 0, None, None)
    assert run["node"] == "node-1"


def test_the_error_of_a_failed_run_is_its_type_and_message(outside):
    outside.task(explode)
    outside.engine.start()
    outside.scheduler.run_now("explode")

    (line,) = outside.ask("runs", "app.ini", "--json").lines

    run = json.loads(line)
    assert run["kind"] == "asked"
    assert run["schedule"] is None
    assert run["error"] == {"type": "builtins.ValueError", "message": "no\x1b[31m luck"}
    assert "\x1b" not in line


def test_the_table_of_runs_escapes_what_could_drive_the_terminal(outside):
    outside.task(explode)
    outside.engine.start()
    outside.scheduler.run_now("explode")

    answer = outside.ask("runs", "app.ini")

    assert "\x1b" not in answer.out
    assert r"builtins.ValueError: no\x1b[31m luck" in answer.out
    assert "explode (asked)" in answer.out


def test_runs_are_newest_first_and_can_be_chosen(outside):
    outside.schedule(outside.task(tidy), interval=10)
    outside.task(explode)
    outside.engine.start()
    for _ in range(3):
        outside.fire(10)
    outside.scheduler.run_now("explode")

    def told(*options):
        lines = outside.ask("runs", "app.ini", "--json", *options).lines
        return [json.loads(line)["fire_time"][14:19] for line in lines]

    assert told() == ["00:30", "00:30", "00:20", "00:10"]
    assert told("--task", "tidy") == ["00:30", "00:20", "00:10"]
    assert told("--schedule", "tidy", "--limit", "2") == ["00:30", "00:20"]
    assert told("--state", "failed") == ["00:30"]
    assert told("--state", "running") == []


def test_skipped_fire_times_stand_below_the_runs(outside):
    outside.schedule(outside.task(tidy), interval=10)
    outside.engine.start()
    outside.fire(35)

    answer = outside.ask("runs", "app.ini")

    assert answer.lines[-1] == (
        "tidy: 2 skipped (misfire), 2030-01-31 12:00:10 to 2030-01-31 12:00:20"
    )
    assert "skipped" not in outside.ask("runs", "app.ini", "--state", "succeeded").out


@pytest.mark.parametrize("choice", [["--task", "tidy"], ["--schedule", "tidy"]])
def test_a_choice_that_nothing_matches_says_so(outside, choice):
    outside.schedule(outside.task(tidy), interval=60)
    outside.engine.start()
    assert outside.ask("runs", "app.ini", *choice) == (0, "no such run\n", "")


@pytest.mark.parametrize("options", [[], ["--json"], ["--state", "failed"]])
@pytest.mark.parametrize("kind", ["task", "schedule"])
def test_runs_of_what_nobody_knows_are_an_error_that_names_the_nearest(outside, kind, options):
    outside.schedule(outside.task(tidy), interval=60)
    outside.engine.start()

    answer = outside.ask("runs", "app.ini", f"--{kind}", "tydi", *options)

    assert answer == (
        2,
        "",
        f"pscheduler: error: no {kind} is named 'tydi'; did you mean 'tidy'?\n",
    )


def test_runs_of_what_code_no_longer_declares_are_shown(outside):
    outside.schedule(outside.task(tidy), interval=10)
    outside.engine.start()
    outside.fire(10)
    outside.declared.tasks.clear()
    outside.declared.definitions.clear()
    outside.scheduler.remove("tidy")

    for choice in (["--task", "tidy"], ["--schedule", "tidy"]):
        assert "succeeded" in outside.ask("runs", "app.ini", *choice).out
        assert outside.ask("runs", "app.ini", "--state", "failed", *choice).code == 0


@pytest.mark.parametrize("command", ["list", "next"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_faulty_trigger_is_told_beside_the_answer(outside, command, options):
    task = outside.task(tidy)
    outside.schedule(task, interval=60)
    outside.schedule(task, "never", trigger=Faulty(good=0))
    outside.schedule(task, "once", trigger=Faulty(good=1))
    outside.engine.start()

    answer = outside.ask(command, "app.ini", *options)

    assert answer.code == 0
    assert "tidy" in answer.out
    told = answer.err.splitlines()
    assert [line.partition(" raised ")[0] for line in told] == [
        "problem: the trigger of schedule 'never'",
        "problem: the trigger of schedule 'once'",
    ]
    assert all("RuntimeError: out of order (" in line for line in told)
    assert all("faulty.py:" in line for line in told)


@pytest.mark.parametrize("command", ["list", "next", "runs"])
def test_reading_never_makes_the_store(untouched, command):
    answer = untouched.ask(command, "app.ini")

    assert answer.code == 0
    assert answer.out.startswith("nothing recorded yet")
    assert not untouched.store.made


@pytest.mark.parametrize("command", ["list", "next", "runs"])
def test_where_nothing_is_recorded_json_has_no_line(untouched, command):
    assert untouched.ask(command, "app.ini", "--json") == (0, "", "")
    assert not untouched.store.made


def leak():
    raise RuntimeError("cannot reach postgresql://bob:hunter2@db/x")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_password_in_the_error_of_a_task_is_not_shown(outside, options):
    outside.engine.start()
    outside.task(leak)
    outside.scheduler.run_now("leak")
    outside.engine.wake()

    answer = outside.ask("runs", "app.ini", *options)

    assert "RuntimeError" in answer.out
    assert "postgresql://bob:***@db/x" in answer.out


def test_why_says_what_became_of_an_instant(outside):
    outside.schedule(outside.task(tidy), interval=60)
    outside.engine.start()
    outside.fire(60)

    ran = outside.ask("why", "app.ini", "tidy", "2030-01-31T12:01:00")
    other = outside.ask("why", "app.ini", "tidy", "2030-01-31T12:01:30", "--json")

    assert ran.code == 0
    assert re.fullmatch("ran: its run .* has succeeded at 2030-01-31 12:01:00.*", ran.lines[0])
    assert json.loads(other.lines[0])["verdict"] == "no fire time"


def test_why_of_what_nobody_knows_is_one_line(outside):
    outside.schedule(outside.task(tidy), interval=60)
    outside.engine.start()

    unknown = outside.ask("why", "app.ini", "tydi", "2030-01-31T12:01:00")
    wrong = outside.ask("why", "app.ini", "tidy", "12:01")

    assert (unknown.code, wrong.code) == (2, 2)
    assert "no schedule is named 'tydi'; did you mean 'tidy'?" in unknown.err
    assert "is a time of day, not an instant" in wrong.err
