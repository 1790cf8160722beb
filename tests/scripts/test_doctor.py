"""``doctor``: what is wrong with a store is said with what to do, and the exit code tells."""

from pyramid_scheduler.errors import StoreUnavailable
from tests.scripts.scene import DiskStore, Outside, set_scene


def tidy():
    return "tidied"


def test_a_store_that_is_well(outside):
    outside.schedule(outside.task(tidy), interval=90)
    outside.engine.start()
    answer = outside.ask("doctor", "app.ini")
    assert (answer.code, answer.out) == (0, "nothing is wrong\n")


def test_nobody_runs_it(outside):
    outside.schedule(outside.task(tidy), interval=90)
    outside.engine.start()
    outside.engine.stop()
    answer = outside.ask("doctor", "app.ini")
    assert answer.code == 2
    assert answer.lines[0].startswith("problem: no process runs the scheduler")
    assert "'pscheduler start'" in answer.lines[0]
    assert answer.lines[-1] == "1 problem"


def test_as_json_a_line_each(outside):
    outside.schedule(outside.task(tidy), interval=90)
    outside.engine.start()
    outside.engine.stop()
    answer = outside.ask("doctor", "app.ini", "--json")
    assert answer.code == 2
    assert answer.lines[0].startswith('{"problem": "no process runs')


def test_a_store_that_is_not_there_yet_is_a_warning_and_is_not_made(untouched):
    answer = untouched.ask("doctor", "app.ini")
    assert answer.code == 0
    assert answer.lines[0].startswith("warning: nothing is recorded yet at sqlite:")
    assert not untouched.scheduler.store.made


def test_a_store_that_does_not_answer_is_a_problem(monkeypatch):
    class Away(DiskStore):
        def checkup(self):
            raise StoreUnavailable("connection refused")

    answer = set_scene(monkeypatch, Outside(Away)).ask("doctor", "app.ini")
    assert answer.code == 2
    assert answer.lines[0].startswith("problem: the store does not answer: connection refused")
