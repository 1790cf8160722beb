"""Where the application says something: its lines, as Pyramid's messages name them."""

import inspect
import linecache
import sys
from types import FrameType
from typing import NamedTuple

PACKAGE = __name__.partition(".")[0]


class Place(NamedTuple):
    """A line of the application, as Pyramid's directives take it as ``_info``."""

    file: str
    line: int
    function: str
    source: str


class Caller(NamedTuple):
    """Who called into this package: the frame, and how far it is above who asks."""

    frame: FrameType
    depth: int

    @property
    def place(self) -> Place:
        """Return the line that called."""
        code, line = self.frame.f_code, self.frame.f_lineno
        source = linecache.getline(code.co_filename, line).strip()
        return Place(code.co_filename, line, code.co_name, source)

    @property
    def module(self) -> str | None:
        """Return the name of the module that the line is a statement of, None in a function.

        What a shell has read is no module's either: nobody can scan it.
        """
        names = self.frame.f_globals
        name: str = names.get("__name__", "")
        in_function = self.frame.f_code.co_flags & inspect.CO_OPTIMIZED
        known = getattr(sys.modules.get(name), "__dict__", None) is names
        return name if known and not in_function else None


def caller() -> Caller:
    """Return the nearest caller of whoever asks that is not of this package."""
    frame, depth = sys._getframe(1), 0
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] == PACKAGE:
        frame, depth = frame.f_back, depth + 1
    return Caller(frame, depth)
