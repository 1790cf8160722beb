"""What the documentation shows is what happens: its sessions, its application, its commands."""

import doctest
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyramid_scheduler.config.current import configuring
from pyramid_scheduler.triggers import calendars
from tests.docs.pages import blocks, modules, page, session
from tests.scripts.process import Place

PAGES = ("limits.md", "when.md", "schedule-language.md")
SECTION = """
[app:main]
use = call:myapp:main
scheduler.timezone = Europe/Berlin
"""


@pytest.fixture(params=PAGES)
def text(request: pytest.FixtureRequest) -> str:
    return page(request.param)


@pytest.fixture
def application(text: str, tmp_path: Path) -> Path:
    """The modules that the page shows, written to files, and the settings that it shows."""
    for name, source in {"myapp/__init__.py": "", **modules(text)}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
    settings = [block.text for block in blocks(text, "ini")]
    (tmp_path / "myapp.ini").write_text("".join([SECTION, *settings]))
    return tmp_path


@pytest.fixture
def alone(application: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """That application can be imported, and nothing of it is left behind."""
    monkeypatch.syspath_prepend(application)
    monkeypatch.setattr(calendars, "_DECLARED", {})
    configuring._registries.clear()
    yield
    configuring._registries.clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "myapp"]:
        del sys.modules[name]


@pytest.mark.usefixtures("alone")
def test_what_is_typed_is_answered_as_it_is_shown(text: str) -> None:
    typed = doctest.DocTestParser().get_doctest(session(text), {}, "docs", "docs", 0)
    said: list[str] = []

    result = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF).run(typed, out=said.append)

    assert result.attempted > 5
    assert not result.failed, "".join(said)


def test_every_command_ends_well_on_the_application_that_is_shown(
    text: str, application: Path
) -> None:
    place = Place(application)
    lines = [line for block in blocks(text, "sh") for line in block.text.splitlines()]

    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "pscheduler"
        answer = place.ask(*arguments)
        assert answer.returncode == 0, (line, answer.stdout, answer.stderr)


def test_every_block_of_python_is_a_module_of_that_application(text: str) -> None:
    for path, source in modules(text).items():
        assert path.startswith("myapp/"), path
        compile(source, path, "exec")
