"""``pscheduler next``: the fire times to come."""

from argparse import ArgumentParser

from pyramid_scheduler.scripts.command import FINE, Command, count, why_nothing
from pyramid_scheduler.scripts.faults import faults
from pyramid_scheduler.scripts.words import beside, clock, fire_time_as_json, local_clock


class NextCommand(Command):
    """Show when what runs next."""

    name = "next"
    description = """\
    Show the next fire times of all active schedules, or of one, soonest first, with what there is
    to know of them: changes of the clock, days that a calendar leaves out, and other schedules
    that fire in the same second.
    """

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Take how many, and of which schedule."""
        parser.add_argument(
            "-n", type=count, default=10, metavar="COUNT", help="how many (default: 10)"
        )
        parser.add_argument("--schedule", help="only those of this schedule")

    def run(self) -> int:
        """Show them."""
        with self.shared_scheduler() as scheduler:
            for fault in faults(scheduler.declared, scheduler.schedules()):
                self.screen.note(f"problem: {fault}")
            recorded = scheduler.store.open(create=False)
            fires = scheduler.preview(self.args.schedule, self.args.n) if recorded else []
            nothing = why_nothing(scheduler, "no fire time to come")
        if self.screen.json:
            for fire in fires:
                self.screen.record(fire_time_as_json(fire))
        elif fires:
            rows = [
                (
                    clock(fire.fire_time),
                    local_clock(fire.fire_time),
                    beside(fire.schedule, fire.task),
                    "; ".join(fire.marks),
                )
                for fire in fires
            ]
            self.screen.table(("fire time (UTC)", "local", "schedule (task)", ""), rows)
        else:
            self.screen.out(nothing)
        return FINE
