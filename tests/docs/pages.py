"""The pages of the documentation, taken apart: blocks of code by their language, rows of tables."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```([a-z]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block of code: its language, its text, and the line of the page that it begins after."""

    language: str
    text: str
    line: int


def page(name: str) -> str:
    """The text of a page in docs/."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[Block]:
    """The blocks of ``text`` in that language."""
    found = (
        Block(match[1], match[2], text.count("\n", 0, match.start(2)))
        for match in BLOCK.finditer(text)
    )
    return [block for block in found if block.language == language]


def modules(text: str) -> dict[str, str]:
    """The Python blocks whose first line names a file, such as ``# myapp/tasks.py``, by it."""
    found = {}
    for block in blocks(text, "python"):
        path, _, source = block.text.partition("\n")
        found[path.removeprefix("# ")] = source
    return found


def session(text: str) -> str:
    """What is typed at a prompt, all else left blank: its lines keep the numbers they have."""
    lines = [""] * (text.count("\n") + 1)
    for block in blocks(text, "pycon"):
        typed = block.text.splitlines()
        lines[block.line : block.line + len(typed)] = typed
    return "\n".join(lines)


def table(text: str, *titles: str) -> list[list[str]]:
    """The rows of the table whose first titles are these: the cells of each."""
    head = "".join(f" {title} |" if title else " |" for title in titles)
    start = text.index(f"\n|{head}")
    rows = text[start:].partition("\n\n")[0].strip().splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def spoken(cell: str) -> list[str]:
    """The words in code style in a cell."""
    return re.findall(r"`([^`]+)`", cell)
