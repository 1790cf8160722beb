"""``pscheduler why``: why a schedule ran, or did not run, at an instant."""

from argparse import ArgumentParser

from pyramid_scheduler.scripts.command import FINE, Command
from pyramid_scheduler.scripts.printing import plain


class WhyCommand(Command):
    """Say what became of a fire time."""

    name = "why"
    description = """\
    Say why a schedule ran, or did not run, at an instant, past or to come. An
    instant without an offset is read in the time zone of the schedule. Example:
    "pscheduler why myapp.ini tidy 2030-01-31T09:00".
    """

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Take the schedule and the instant."""
        parser.add_argument("schedule", help="the schedule's name")
        parser.add_argument("instant", help="a date and a time, such as 2030-01-31T09:00")

    def run(self) -> int:
        """Say it."""
        with self.shared_scheduler() as scheduler:
            found = scheduler.explain(self.args.schedule, self.args.instant)
        if self.screen.json:
            run = None if found.run is None else found.run.id
            reason = None if found.skip is None else found.skip.reason
            self.screen.record(
                {"verdict": found.verdict, "words": found.words, "run": run, "skipped": reason}
            )
        else:
            self.screen.out(plain(f"{found.verdict}: {found.words}"))
        return FINE
