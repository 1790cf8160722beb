"""How the command line writes: tables or JSON lines on stdout, notes and errors on stderr.

Whatever comes from outside (names, errors, arguments) is printed with its control characters
escaped, so that a row of the store cannot drive the terminal of whoever looks at it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO, TextIOWrapper
from typing import Any, TextIO

from pyramid_scheduler.showing import shortened

# What is not a terminal is a file or a pipe: there a row stays on one line, however long.
WIDE = 10_000
# Of a message; what is cut out of it is its middle, since its end says where to look.
LONGEST_LINE = 1_000

STYLES = {
    "succeeded": "green",
    "active": "green",
    "running": "cyan",
    "failed": "bold red",
    "cancelled": "yellow",
    "paused": "yellow",
    "parked": "yellow",
    "disabled": "yellow",
    "skipped": "yellow",
}

_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)\S*@")
_NAMED_PASSWORD = re.compile(r"(?i)\b(pass(?:word|wd)?['\"]?\s*[=:]\s*)[^\s,;&]+")


def plain(text: str) -> str:
    """Return ``text`` with each character that does not print as its backslash escape."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def without_passwords(text: str) -> str:
    """Return ``text`` with what looks like a password replaced by ``***``."""
    return _NAMED_PASSWORD.sub(r"\1***", _URL_PASSWORD.sub(r"\1***@", text))


def one_line(text: str) -> str:
    """Return ``text`` on a single line, safe to print: escaped, short, and without passwords."""
    # Cut twice: to look for passwords takes long in megabytes, and must come before the last cut.
    text = shortened(" ".join(text.split()), 10 * LONGEST_LINE)
    return shortened(plain(without_passwords(text)), LONGEST_LINE)


class NobodyReads(Exception):
    """What a command writes to is a closed pipe. The application's own pipes are another matter."""


class Screen:
    """Where a command writes. ``json`` says that its answers are JSON lines."""

    def __init__(
        self, stdout: TextIO, stderr: TextIO, *, json: bool = False, quiet: bool = False
    ) -> None:
        """Write answers to ``stdout``, unless ``quiet``, and notes to ``stderr``."""
        self.stdout = stdout
        self.stderr = stderr
        self.json = json
        self.quiet = quiet

    def out(self, text: str) -> None:
        """Write one line, or a block of lines, of the answer."""
        if not self.quiet:
            with _writing():
                print(text, file=self.stdout)

    def record(self, values: Mapping[str, Any]) -> None:
        """Write one JSON line of the answer."""
        # ASCII only: any terminal, pipe and encoding takes it, and no control character gets out.
        self.out(json.dumps(values, default=str))

    def note(self, text: str) -> None:
        """Write one line beside the answer, if anybody reads it."""
        with suppress(BrokenPipeError):
            print(one_line(text), file=self.stderr)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table of texts that may hold anything."""
        self.out(_rendered(columns, rows, self.stdout))

    def flush(self) -> None:
        """Have what was written arrive. Raises NobodyReads, as all that writes does."""
        with _writing():
            self.stdout.flush()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise NobodyReads from None


def _rendered(columns: Sequence[str], rows: Sequence[Sequence[str]], stdout: TextIO) -> str:
    # Imported here: rich takes longer to import than a short command to answer.
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(cell), STYLES.get(cell, "")) for cell in row))
    # On paper of its own, since rich ends the process when stdout is a closed pipe.
    encoding = stdout.encoding or "utf-8"
    paper = TextIOWrapper(BytesIO(), encoding=encoding, errors="backslashreplace", newline="\n")
    terminal = stdout.isatty()
    Console(file=paper, force_terminal=terminal or None, width=None if terminal else WIDE).print(
        table
    )
    paper.seek(0)
    return "\n".join(line.rstrip() for line in paper.read().splitlines())
