"""``check``: what would be scheduled, and what is wrong."""

import json

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError

from pyramid_scheduler.config.refusing import refusing
from pyramid_scheduler.errors import FaultyTrigger, InvalidValue
from pyramid_scheduler.scripts.command import Command
from pyramid_scheduler.triggers import CalendarTrigger
from tests.scripts.faulty import Faulty


def tidy():
    return "tidied"


def test_everything_declared_is_shown_and_nothing_is_touched(untouched):
    task = untouched.task(tidy)
    untouched.schedule(task, interval=10)
    untouched.schedule(task, "nightly", interval="1d", enabled=False)
    untouched.schedule(task, "past", interval="1h", end="2001-01-01T00:00:00")
    untouched.task(tidy, "by-hand", on_crash="fail")

    answer = untouched.ask("check", "app.ini")

    assert answer.code == 0
    assert answer.lines[0].split() == ["task", "schedule", "when", "misfire", "overlap", "on_crash"]
    assert [" ".join(line.split()) for line in answer.lines[2:]] == [
        "tidy nightly every day (disabled) latest skip retry",
        "tidy past every hour (never) latest skip retry",
        "tidy tidy every 10 seconds latest skip retry",
        "by-hand - when asked - - fail",
        "2 tasks, 3 schedules; the store is sqlite:////nowhere/app.sqlite",
        "warning: schedule past: never fires",
        "1 warning",
    ]
    assert not untouched.store.made
    assert untouched.engine.log == []


def test_as_json_each_schedule_is_a_line(outside):
    outside.schedule(outside.task(tidy), interval=10)

    (line,) = outside.ask("check", "app.ini", "--json").lines

    assert json.loads(line) == {
        "task": "tidy",
        "schedule": "tidy",
        "when": "every 10 seconds",
        "misfire": "latest",
        "overlap": "skip",
        "on_crash": "retry",
    }


def test_what_can_never_fire_is_a_warning(outside):
    task = outside.task(tidy)
    outside.schedule(task, trigger=CalendarTrigger(at="9:00").on("sat").on("sun"))
    outside.schedule(task, "old", cron="0 0 9 * * ? 2020")
    outside.schedule(task, "rule", rrule="FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2")
    outside.schedule(task, "fine", interval=10)

    answer = outside.ask("check", "app.ini")

    assert answer.code == 0
    assert answer.lines[-4:] == [
        "warning: schedule old: never fires",
        "warning: schedule rule: never fires",
        "warning: schedule tidy: never fires",
        "3 warnings",
    ]
    told = [json.loads(line) for line in outside.ask("check", "app.ini", "--json").lines]
    assert {"warning": "schedule old: never fires"} in told


@pytest.fixture
def broken(outside, monkeypatch):
    """Return a function that lets loading the application raise."""

    def break_with(error):
        def bootstrap(uri, options):
            raise error

        monkeypatch.setattr(Command, "bootstrap", staticmethod(bootstrap))

    return break_with


def test_an_application_that_cannot_be_made_is_a_problem(outside, broken):
    broken(ConfigurationError("scheduler.tread: did you mean 'scheduler.threads'?"))

    assert outside.ask("check", "app.ini") == (
        2,
        "problem: scheduler.tread: did you mean 'scheduler.threads'?\n1 problem\n",
        "",
    )


def test_each_of_several_problems_is_told(outside, broken):
    broken(ExceptionGroup("wrong", [InvalidValue("one"), ConfigurationError("two")]))

    answer = outside.ask("check", "app.ini", "--json")

    assert answer.code == 2
    assert [json.loads(line) for line in answer.lines] == [{"problem": "one"}, {"problem": "two"}]


def test_a_conflict_names_both_places(outside, broken):
    def first():
        config.say()

    config = Configurator()
    config.add_directive("say", lambda config: config.action(("task", "tidy"), None))
    first()
    config.say()
    with pytest.raises(ConfigurationError) as conflict:
        config.commit()
    broken(conflict.value)

    answer = outside.ask("check", "app.ini")

    assert answer.code == 2
    assert answer.lines[0].startswith("problem: declared more than once: task tidy, at ")
    assert answer.lines[0].count("test_check.py:") == 2


def test_what_an_action_raises_is_told_with_the_place_of_its_statement(outside, broken):
    def refuse():
        raise InvalidValue("interval: 0 s is too short")

    config = Configurator()
    config.add_directive("say", lambda config: config.action(None, refuse))
    config.say()
    with pytest.raises(ConfigurationError) as raised:
        config.commit()
    broken(raised.value)

    line = outside.ask("check", "app.ini").lines[0]

    assert line.startswith("problem: interval: 0 s is too short (")
    assert "test_check.py:" in line


def test_a_message_of_several_lines_is_several_problems(outside, broken):
    def refuse():
        with refusing():
            raise InvalidValue("scheduler.schedule.a.misfre: one\nscheduler.task.b.tags: two")

    config = Configurator()
    config.action(None, refuse)
    with pytest.raises(ConfigurationError) as raised:
        config.commit()
    broken(raised.value)

    assert outside.ask("check", "app.ini").lines == [
        "problem: scheduler.schedule.a.misfre: one",
        "problem: scheduler.task.b.tags: two",
        "2 problems",
    ]


def test_a_store_that_could_not_be_made_is_a_problem(outside, tmp_path):
    (tmp_path / "file").write_text("in the way")
    outside.store.address = f"sqlite:///{tmp_path}/file/deeper/app.sqlite"

    answer = outside.ask("check", "app.ini")

    assert answer.code == 2
    assert answer.lines[-2].startswith(f"problem: the store {tmp_path}/file/deeper/app.sqlite")
    assert f"see {tmp_path}/file; set scheduler.store or scheduler.state_dir" in answer.lines[-2]


def test_a_store_in_a_folder_that_is_not_there_yet_is_fine_and_is_not_made(outside, tmp_path):
    outside.store.address = f"sqlite:///{tmp_path}/deep/deeper/app.sqlite"

    assert outside.ask("check", "app.ini").code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("good", [0, 1])
def test_a_faulty_trigger_is_a_problem_with_its_message_and_its_line(outside, good):
    outside.schedule(outside.task(tidy), trigger=Faulty(good))

    answer = outside.ask("check", "app.ini")

    assert answer.code == 2
    assert " (faulty) " in answer.lines[2]
    problem = answer.lines[-2]
    said = "problem: the trigger of schedule 'tidy' raised RuntimeError: out of order ("
    assert problem.startswith(said)
    assert problem.endswith(")")
    assert "faulty.py:" in problem
    assert answer.lines[-1] == "1 problem"


def test_with_traceback_a_faulty_trigger_is_shown_as_it_raises(outside):
    outside.schedule(outside.task(tidy), trigger=Faulty(0))
    with pytest.raises(FaultyTrigger):
        outside.ask("check", "app.ini", "--traceback")
