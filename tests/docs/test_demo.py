"""What the example application shows in its terminal and in the browser."""

import logging
from configparser import RawConfigParser
from importlib import import_module
from pathlib import Path

from pyramid.paster import get_app
from webtest import TestApp

from pyramid_scheduler.config.listeners import Listeners
from pyramid_scheduler.events import SchedulerStarted

DEMO = Path(__file__).parents[2] / "examples" / "demo" / "development.ini"


def test_what_its_tasks_fail_with_on_purpose_is_one_line(monkeypatch):
    monkeypatch.syspath_prepend(DEMO.parents[1])
    ini = RawConfigParser()
    ini.read(DEMO)
    assert ini["logger_scheduler"]["qualname"] == "pyramid_scheduler"
    how = ini[f"formatter_{ini['handler_scheduler']['formatter']}"]
    module, _, name = how["class"].rpartition(".")
    formatter = getattr(import_module(module), name)(how["format"])
    error = ConnectionError("no answer")
    failed = logging.LogRecord(
        "pyramid_scheduler", logging.ERROR, "", 0, "task %s failed", ("t",),
        (ConnectionError, error, None),
    )  # fmt: skip

    line = formatter.format(failed)

    assert line.endswith("ERROR [pyramid_scheduler] task t failed: ConnectionError('no answer')")
    assert "\n" not in line
    assert failed.exc_text == "", "another handler writes its traceback"


def served(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(DEMO.parents[1])
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return TestApp(get_app(str(DEMO)))


def test_its_page_answers_and_every_button_on_it(monkeypatch, tmp_path):
    app = served(monkeypatch, tmp_path)

    page = app.get("/")
    answers = [form.submit() for form in page.forms.values()]

    assert len(answers) > 2
    assert {answer.status_int for answer in answers} == {303}
    assert "pending" in answers[-1].follow()


def test_it_greets_when_its_scheduler_has_started(monkeypatch, tmp_path, capsys):
    app = served(monkeypatch, tmp_path).app

    Listeners(app.registry).notify(SchedulerStarted("n1"))  # as the engine tells it

    assert "The scheduler runs as node n1. Next:" in capsys.readouterr().out
