"""``pscheduler runs``: what ran, runs and waits, and what was skipped."""

from argparse import ArgumentParser
from collections.abc import Sequence

from pyramid_scheduler.client import Scheduler, unknown_schedule
from pyramid_scheduler.model import Run, RunState, Skip
from pyramid_scheduler.scripts.command import FINE, Command, count, why_nothing
from pyramid_scheduler.scripts.words import beside, clock, run_as_json, skip_in_words, took, why

SKIPS_SHOWN = 10


class RunsCommand(Command):
    """Show the newest runs."""

    name = "runs"
    description = """\
    Show the newest runs, newest first, and below them the fire times that were
    skipped, with the reason. With --json there are only the runs, one a line.
    """

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Take which runs, and how many."""
        parser.add_argument("--task", help="only runs of this task")
        parser.add_argument("--schedule", help="only runs of this schedule")
        parser.add_argument(
            "--state", choices=[str(state) for state in RunState], help="only runs that are this"
        )
        parser.add_argument(
            "--limit", type=count, default=20, metavar="COUNT", help="how many (default: 20)"
        )

    def run(self) -> int:
        """Show them."""
        args = self.args
        with self.shared_scheduler() as scheduler:
            runs = scheduler.runs(
                args.task, schedule=args.schedule, state=args.state, limit=args.limit
            )
            if not runs:
                self._refuse_unknown(scheduler)
            skips = [] if self.screen.json else scheduler.skips(args.schedule)
            nothing = why_nothing(scheduler, "no such run")
        if self.screen.json:
            for run in runs:
                self.screen.record(run_as_json(run))
        else:
            self._tell(runs, skips, nothing)
        return FINE

    def _refuse_unknown(self, scheduler: Scheduler) -> None:
        """Raise UnknownName for a task or schedule that neither code nor store knows.

        What code no longer declares may still have runs.
        """
        task, schedule = self.args.task, self.args.schedule
        if task is not None and not scheduler.runs(task, limit=1):
            scheduler.declared.find(task)
        if schedule is not None and not scheduler.runs(schedule=schedule, limit=1):
            known = {*scheduler.declared.definitions, *(one.name for one in scheduler.schedules())}
            if schedule not in known:
                raise unknown_schedule(schedule, known)

    def _tell(self, runs: Sequence[Run], skips: Sequence[Skip], nothing: str) -> None:
        if runs:
            self.screen.table(COLUMNS, [_row(run) for run in runs])
        else:
            self.screen.out(nothing)
        if skips and not (self.args.task or self.args.state):
            newest = skips[-SKIPS_SHOWN:][::-1]
            rows = [(skip_in_words(skip),) for skip in newest]
            self.screen.table(("skipped, newest first",), rows)


COLUMNS = ("id", "task (schedule)", "fire time (UTC)", "state", "attempt", "took", "why")


def _row(run: Run) -> tuple[str, ...]:
    return (
        run.id,
        beside(run.task, run.schedule or run.kind),
        clock(run.fire_time),
        run.state,
        str(run.attempt),
        took(run),
        why(run),
    )
