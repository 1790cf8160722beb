"""``pscheduler run``: ask for a run of a task, and perhaps wait for its end."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.instants import read_duration
from pyramid_scheduler.model import Run, RunState
from pyramid_scheduler.scripts.command import FAILED, FINE, Command, reading
from pyramid_scheduler.scripts.words import run_as_json, took, why
from pyramid_scheduler.showing import shown


class RunCommand(Command):
    """Ask for one run, due at once."""

    name = "run"
    description = """\
    Ask for one run of a task, due at once, and print the run's id. It is run
    by an engine: of a process that serves the application, or of 'pscheduler
    start'. With --wait the end of the run is awaited and printed; the exit code
    is 0 when it has succeeded, 1 when it has not, 2 when it has not ended in time.
    """

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Take the task, its arguments, and for how long to wait."""
        parser.add_argument("task", help="the task's name")
        parser.add_argument(
            "--args", type=_array, default=[], metavar="JSON", help="positional arguments: '[1, 2]'"
        )
        parser.add_argument(
            "--kwargs", type=_object, default={}, metavar="JSON", help="named ones: '{\"a\": 1}'"
        )
        parser.add_argument(
            "--wait", type=_seconds, metavar="SECONDS", help="wait so long for its end"
        )

    def run(self) -> int:
        """Ask, and print the id; or wait, and print the end."""
        with self.shared_scheduler() as scheduler:
            run_id = scheduler.run_now(self.args.task, *self.args.args, **self.args.kwargs)
            if not any(node.alive for node in scheduler.nodes()):
                self.screen.note(
                    "note: no engine of this application is known to run; the run begins when one"
                    " does: serve the application, or 'pscheduler start'"
                )
            if self.args.wait is None:
                return self._tell_asked(scheduler, run_id)
            return self._tell_end(scheduler.run(run_id).wait(self.args.wait))

    def _tell_asked(self, scheduler: Scheduler, run_id: str) -> int:
        if self.screen.json:
            self.screen.record(run_as_json(scheduler.run(run_id).run))
        else:
            self.screen.out(run_id)
        return FINE

    def _tell_end(self, run: Run) -> int:
        if self.screen.json:
            self.screen.record(run_as_json(run))
        else:
            columns = ("id", "state", "took", "result", "why")
            result = "" if run.result is None else json.dumps(run.result, ensure_ascii=False)
            self.screen.table(columns, [(run.id, run.state, took(run), result, why(run))])
        return FINE if run.state is RunState.SUCCEEDED else FAILED


def _array(text: str) -> list[Any]:
    value = _json(text)
    if not isinstance(value, list):
        raise ArgumentTypeError(f"{shown(text)} is not a JSON array, such as '[1, 2]'")
    return value


def _object(text: str) -> dict[str, Any]:
    value = _json(text)
    if not isinstance(value, dict):
        raise ArgumentTypeError(f"{shown(text)} is not a JSON object, such as '{{\"a\": 1}}'")
    return value


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArgumentTypeError(f"{shown(text)} is not JSON: {error}") from None
    return value


def _seconds(text: str) -> float:
    with reading("wait"):
        return read_duration(text, "wait", least=timedelta(0)).total_seconds()
