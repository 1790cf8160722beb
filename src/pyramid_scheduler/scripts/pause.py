"""``pscheduler pause`` and ``resume``: let a schedule rest, and go on."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.scripts.application import CommandError
from pyramid_scheduler.scripts.command import FINE, NOTHING_RECORDED, Command
from pyramid_scheduler.scripts.printing import plain


class _ScheduleCommand(Command):
    """A command about one schedule that is in the store."""

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Take the schedule."""
        parser.add_argument("schedule", help="the schedule's name")

    @contextmanager
    def recorded(self) -> Iterator[Scheduler]:
        """Give the scheduler of a store that is there; only an engine and a run asked for make one.

        Raises CommandError when nothing is.
        """
        with self.shared_scheduler() as scheduler:
            if not scheduler.store.open(create=False):
                raise CommandError(NOTHING_RECORDED.format(scheduler.store.address))
            yield scheduler

    def tell(self, said: str, still: list[str]) -> int:
        """Print what was done, and the runs that may still begin or go on."""
        if self.screen.json:
            self.screen.record({"schedule": self.args.schedule, "state": said, "runs": still})
        else:
            self.screen.out(plain(f"{self.args.schedule}: {said}"))
            for run_id in still:
                self.screen.out(f"may still begin or go on: {run_id}")
        return FINE


class PauseCommand(_ScheduleCommand):
    """Let a schedule rest."""

    name = "pause"
    description = """\
    Let a schedule rest: fire times that pass meanwhile are skipped. A restart
    does not end a pause, 'resume' does, and so does --until. Its runs that may still begin or go on
    are told.
    """

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Take the schedule, why it rests, by whom and until when."""
        super().add_arguments(parser)
        parser.add_argument("--note", default="", help="why, for others to read")
        parser.add_argument("--by", default="", help="who did it")
        parser.add_argument("--until", metavar="INSTANT", help="when it goes on by itself")

    def run(self) -> int:
        """Pause it."""
        args = self.args
        with self.recorded() as scheduler:
            still = scheduler.pause(args.schedule, note=args.note, by=args.by, until=args.until)
            return self.tell("paused", still)


class ResumeCommand(_ScheduleCommand):
    """Let a schedule go on."""

    name = "resume"
    description = """\
    Let a paused schedule go on with its next fire time; what passed while it
    rested is not made up.
    """

    def run(self) -> int:
        """Resume it."""
        with self.recorded() as scheduler:
            scheduler.resume(self.args.schedule)
            return self.tell("resumed", [])
