"""What the example application shows in its terminal."""

import logging
from configparser import RawConfigParser
from importlib import import_module
from pathlib import Path

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
