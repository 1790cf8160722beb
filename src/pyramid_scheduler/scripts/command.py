"""What every command is: it reads its arguments, loads the application, answers, returns a code."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from typing import ClassVar

from pyramid.paster import bootstrap, setup_logging
from pyramid.scripts.common import parse_vars

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.reading import read_count
from pyramid_scheduler.scripts.application import CommandError, find_scheduler
from pyramid_scheduler.scripts.printing import Screen
from pyramid_scheduler.scripts.words import counted

NOTHING_RECORDED = (
    "nothing recorded yet at {}: no engine of this application has run for this user, on this"
    " machine, from this folder ('pscheduler check' shows what it declares)"
)
NOT_SHARED = (
    "the store is {}, which is seen by nobody but the process that serves: set scheduler.store to"
    " one that processes share, or leave it unset"
)


def why_nothing(scheduler: Scheduler, otherwise: str) -> str:
    """Return what to say of an empty answer: ``otherwise``, or that there is no store to read."""
    recorded = scheduler.store.open(create=False)
    return otherwise if recorded else NOTHING_RECORDED.format(scheduler.store.address)


# Exit codes.
FINE = 0
FAILED = 1
WRONG = 2


class Command:
    """One command of ``pscheduler``. Its outside world can be replaced, as Pyramid's scripts do it.

    A subclass says its ``name``, describes itself, adds its arguments, and answers in :meth:`run`.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    answers_json: ClassVar[bool] = True

    bootstrap = staticmethod(bootstrap)  # testing
    setup_logging = staticmethod(setup_logging)  # testing

    def __init__(self, args: Namespace, screen: Screen) -> None:
        """Take the arguments read, and where to write."""
        self.args = args
        self.screen = screen

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Add what only this command takes; positionals come between config_uri and config_vars."""

    def run(self) -> int:
        """Do it and return the exit code."""
        raise NotImplementedError

    def judge(self, found: Sequence[str], doubts: Sequence[str] = ()) -> int:
        """Show each problem found, then each doubt; return the exit code, WRONG for a problem."""
        said = [*(("problem", text) for text in found), *(("warning", text) for text in doubts)]
        for kind, text in said:
            if self.screen.json:
                self.screen.record({kind: text})
            else:
                self.screen.out(f"{kind}: {text}")
        if not self.screen.json:
            counts = [counted(len(found), "problem")] if found else []
            counts += [counted(len(doubts), "warning")] if doubts else []
            self.screen.out(", ".join(counts) or "nothing is wrong")
        return WRONG if found else FINE

    @contextmanager
    def scheduler(self) -> Iterator[Scheduler]:
        """Load the application and give its scheduler."""
        config_uri = self.args.config_uri
        config_vars = self._config_vars()
        config_vars.setdefault("__script__", "pscheduler")
        # An application may print while it is made; a line of JSON must stay one.
        with redirect_stdout(sys.stderr) if self.screen.json else nullcontext():
            self.setup_logging(config_uri, global_conf=config_vars)
            env = self.bootstrap(config_uri, options=config_vars)
        try:
            yield find_scheduler(env)
        finally:
            env["closer"]()

    @contextmanager
    def shared_scheduler(self) -> Iterator[Scheduler]:
        """Give the scheduler of an application whose store other processes can see.

        Raises CommandError when it has none: there is nothing to see or to ask for from here.
        """
        with self.scheduler() as scheduler:
            if not scheduler.store.shared:
                raise CommandError(NOT_SHARED.format(scheduler.store.address))
            yield scheduler

    def _config_vars(self) -> dict[str, str]:
        try:
            variables: dict[str, str] = parse_vars(self.args.config_vars)
        except ValueError as error:
            raise CommandError(str(error)) from None
        return variables


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Have argparse, which says itself of which argument it speaks, say what is wrong with it."""
    try:
        yield
    except InvalidValue as error:
        raise ArgumentTypeError(str(error).removeprefix(f"{where}: ")) from None


def count(text: str) -> int:
    """Read a whole number from 1 to 10,000, as an argument of a command."""
    with reading("count"):
        return read_count(text, "count", most=10_000)
