"""The table of faults: all of them are there, and each test that it names exists."""

import ast
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, page, spoken, table

NUMBERED = table(page("faults.md"), "#", "fault")
OTHERS = table(page("faults.md"), "fault", "what happens here")


def names(path: Path) -> dict[str, int]:
    """What a module of tests defines at its top, and how often each is spoken of in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = [each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef)]
    used = [each.id for each in ast.walk(tree) if isinstance(each, ast.Name)]
    scenes = [
        each.name for each in tree.body if isinstance(each, ast.FunctionDef) and each.decorator_list
    ]
    return {name: used.count(name) + scenes.count(name) for name in defined}


def test_each_of_the_forty_five_is_there_once() -> None:
    assert [row[0] for row in NUMBERED] == [str(number) for number in range(1, 46)]


@pytest.mark.parametrize("row", [*NUMBERED, *OTHERS], ids=lambda row: row[0])
def test_what_shows_it_exists_and_is_run(row: list[str]) -> None:
    shown_by = spoken(row[-2])
    assert shown_by
    for one in shown_by:
        path, _, name = one.partition("::")
        defined = names(ROOT / "tests" / path)
        assert name in defined, one
        # A scene is a test's if something in its module takes it up.
        assert name.startswith("test_") or defined[name], one


@pytest.mark.parametrize("row", [*NUMBERED, *OTHERS], ids=lambda row: row[0])
def test_it_is_said_what_happens(row: list[str]) -> None:
    assert len(row) in (4, 5)
    assert all(row[:-1])
    assert "@" not in row[-1], "a figure is missing"
