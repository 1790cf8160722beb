"""``pscheduler COMMAND config_uri [k=v ...]``: what the scheduler of an application does.

Also ``python -m pyramid_scheduler.scripts.pscheduler``.
"""

import os
import re
import sys
import textwrap
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from contextlib import suppress
from io import StringIO
from typing import NoReturn, TextIO

from pyramid_scheduler.scripts.calendar import CalendarCommand
from pyramid_scheduler.scripts.check import CheckCommand
from pyramid_scheduler.scripts.command import WRONG, Command
from pyramid_scheduler.scripts.doctor import DoctorCommand
from pyramid_scheduler.scripts.list import ListCommand
from pyramid_scheduler.scripts.migrate import MigrateCommand
from pyramid_scheduler.scripts.next import NextCommand
from pyramid_scheduler.scripts.pause import PauseCommand, ResumeCommand
from pyramid_scheduler.scripts.printing import NobodyReads, Screen, one_line
from pyramid_scheduler.scripts.problems import problem
from pyramid_scheduler.scripts.run import RunCommand
from pyramid_scheduler.scripts.runs import RunsCommand
from pyramid_scheduler.scripts.start import StartCommand
from pyramid_scheduler.scripts.why import WhyCommand

COMMANDS: tuple[type[Command], ...] = (
    StartCommand,
    ListCommand,
    NextCommand,
    CalendarCommand,
    RunsCommand,
    WhyCommand,
    RunCommand,
    PauseCommand,
    ResumeCommand,
    CheckCommand,
    DoctorCommand,
    MigrateCommand,
)
INTERRUPTED = 130


def main(argv: Sequence[str] = sys.argv, quiet: bool = False) -> int:
    """Run the command that ``argv`` asks for; return the process's exit code."""
    command = PSchedulerCommand(argv, quiet)
    return command.run()


class PSchedulerCommand:
    """Finds the command, and is the border at which errors become one line and a code."""

    description = """\
    Ask the scheduler of a Pyramid application, or run its engine.

    Each command takes a positional argument named "config_uri": the config file
    of the application, as "inifile#name". If the name is left off, "main" will
    be assumed. Example: "pscheduler runs myapp.ini".
    """
    script_name = "pscheduler"
    commands = COMMANDS

    def __init__(self, argv: Sequence[str], quiet: bool = False) -> None:
        """Read the arguments. Raises SystemExit(2), having said why, as argparse does."""
        # None when it was closed before the start (">&-"): then nobody reads what is written.
        self.stdout: TextIO = sys.stdout or StringIO()
        self.stderr: TextIO = sys.stderr or StringIO()
        self.quiet = quiet
        self.args = self._parse(list(argv[1:]))

    def _parse(self, argv: list[str]) -> Namespace:
        parser = _parser(self.script_name, self.description, self.commands)
        args, rest = parser.parse_known_args(argv)
        # argparse gives up on positionals that follow an option: "runs app.ini --limit 5 a=b".
        unknown = [word for word in rest if word.startswith("-") or "=" not in word]
        if unknown:
            args.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        args.config_vars = [*args.config_vars, *rest]
        return args

    def run(self) -> int:
        """Run the command; return its exit code, 2 for any error."""
        for stream in (self.stdout, self.stderr):
            with suppress(AttributeError, ValueError, OSError):
                # A name that this terminal's encoding lacks is no reason to fail.
                stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]
        as_json = getattr(self.args, "json", False)
        screen = Screen(self.stdout, self.stderr, json=as_json, quiet=self.quiet)
        try:
            code = self._answer(screen)
            screen.flush()
        except NobodyReads:
            _let_go(self.stdout)
            return 0
        return code

    def _answer(self, screen: Screen) -> int:
        args = self.args
        try:
            code: int = args.command(args, screen).run()
        except NobodyReads:
            raise
        except KeyboardInterrupt:
            return INTERRUPTED
        except BaseException as error:
            # A SystemExit has no traceback to show, only an exit code that would be taken for ours.
            if args.traceback and not isinstance(error, SystemExit):
                raise
            screen.note(f"{self.script_name}: error: {problem(error)}")
            return WRONG
        return code


def _let_go(stdout: TextIO) -> None:
    """Point a pipe that nobody reads elsewhere, or the interpreter complains when it exits."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))


def _parser(name: str, description: str, commands: Sequence[type[Command]]) -> ArgumentParser:
    parser = _Parser(
        prog=name,
        usage="%(prog)s COMMAND config_uri [...] [k=v ...]",
        description=textwrap.dedent(description),
        formatter_class=RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, prog=name)
    for command in commands:
        described = textwrap.dedent(command.description)
        subparser = subparsers.add_parser(
            command.name,
            description=described,
            help=re.split("[:;.]", described)[0].replace("\n", " ").lower(),
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        _add_arguments(subparser, command)
    return parser


def _add_arguments(parser: ArgumentParser, command: type[Command]) -> None:
    parser.add_argument("config_uri", help="the URI of the configuration file")
    command.add_arguments(parser)
    parser.add_argument(
        "config_vars",
        nargs="*",
        default=[],  # else argparse calls it required
        metavar="k=v",
        help="variables of the config file: 'http_port=8080' for its %%(http_port)s",
    )
    if command.answers_json:
        parser.add_argument("--json", action="store_true", help="answer in JSON lines")
    parser.add_argument(
        "--traceback", action="store_true", help="show where an error comes from, not one line"
    )
    parser.set_defaults(command=command, parser=parser)


if __name__ == "__main__":
    sys.exit(main())
