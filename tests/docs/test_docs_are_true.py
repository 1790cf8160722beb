"""What the README and the drawing say is what the code has."""

import re
import tomllib
from datetime import timedelta
from importlib import import_module

import pytest

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.config import location
from pyramid_scheduler.config.decorator import TaskOptions
from pyramid_scheduler.config.settings import MEMORY_RETENTION, SETTINGS
from pyramid_scheduler.declaring import SCHEDULE_OPTIONS, TASK_OPTIONS
from pyramid_scheduler.model import Reason
from pyramid_scheduler.scripts.pscheduler import COMMANDS
from pyramid_scheduler.scripts.run import RunCommand
from pyramid_scheduler.triggers import calendars
from tests.architecture.sources import rooms, sources
from tests.architecture.test_imports import ORDER
from tests.config.scene import configurator, made
from tests.docs.pages import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


def table(title):
    """The rows of the README's table that begins with ``title``: the cells of each."""
    start = README.index(f"\n| {title} |")
    rows = README[start:].split("\n\n")[0].strip().splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def said(rows):
    """The words in code style in the first cell of each row."""
    return [word for row in rows for word in re.findall(r"`([a-z_.]+)`?", row[0])]


def test_every_setting_is_in_the_readme_and_no_other():
    assert sorted(said(table("setting"))) == sorted(f"scheduler.{name}" for name in SETTINGS)


@pytest.mark.parametrize("row", table("setting"), ids=lambda row: row[0])
def test_the_default_of_a_setting_is_the_one_in_the_code(row):
    default = SETTINGS[row[0].strip("`").removeprefix("scheduler.")].default
    written = row[1].strip("`")
    if isinstance(default, bool | str):
        assert written == (
            str(default).lower() if isinstance(default, bool) else default or "empty"
        )
    elif isinstance(default, int | float):
        assert written in (f"{default}", f"{default} s")
    elif default is not None:
        hours = MEMORY_RETENTION // timedelta(hours=1)
        assert written == f"{default.days} days; {hours} hour with `memory://"


def test_whatever_may_be_asked_is_in_the_readme():
    methods = {name for kind in Scheduler.__mro__ for name in vars(kind) if name[0] != "_"}
    methods.remove("within")  # asked by what makes `request.scheduler`, not by people
    assert [name for name in sorted(methods) if not re.search(rf"[`.]{name}[`(]", README)] == []


def test_what_may_follow_the_address_of_a_server_is_in_the_docs():
    page = DOCS["databases.md"]
    postgresql, mariadb = page.split("\n## PostgreSQL\n")[1].split("\n## MariaDB\n")
    for text, kind in ((postgresql, "postgresql"), (mariadb, "mariadb")):
        said_of = text.split("After the `?`")[1].split("\n\n")[0]
        assert [name for name in location._OPTIONS[kind] if f"`{name}`" not in said_of] == []


def test_every_option_is_in_the_readme_and_no_other():
    assert sorted(said(table("options of a task"))) == sorted(TASK_OPTIONS)
    assert sorted(said(table("options of a schedule"))) == sorted(SCHEDULE_OPTIONS)


def test_every_command_is_in_the_readme_and_no_other():
    told = [re.match("[a-z]+", command)[0] for command in said_commands()]
    assert sorted(told) == sorted(command.name for command in COMMANDS)


def said_commands():
    return [code for row in table("command") for code in re.findall(r"`([^`]+)`", row[0])]


def test_what_the_readme_sends_people_to_is_there():
    package = ROOT / "src" / "pyramid_scheduler"
    for _, see in table("for"):
        for path in re.findall(r"`([a-z_/]+(?:\.py|/))`", see):
            assert (package / path).exists() or (ROOT / path).exists(), path


def test_an_option_is_followed_through_every_place_that_lists_options():
    (see,) = [see for what, see in table("for") if what.startswith("an option")]
    assert set(TaskOptions.__annotations__) == {"name", *TASK_OPTIONS, *SCHEDULE_OPTIONS}
    assert {
        "config/decorator.py",
        "declaring/__init__.py",
        "model/declared.py",
        "stores/sql/rows.py",
    } == set(re.findall(r"`([a-z_/]+\.py)`", see))


def test_the_exit_codes_of_waiting_are_those_of_the_command():
    (told,) = [told for code, told in table("command") if code.startswith("`run ")]
    codes = (
        re.findall(r"[012] (?=if|when)", told),
        re.findall(r"[012] (?=when)", RunCommand.description),
    )
    assert codes == (["0 ", "1 ", "2 "],) * 2


def test_the_reasons_of_a_skip_are_the_same_wherever_they_are_listed():
    (skip,) = [line for line in DOCS["glossary.md"].splitlines() if line.startswith("| **skip**")]
    reasons = DOCS["state-machine.md"].split("## Fire times that do not run")[1]
    rows = re.findall(r"^\| (`.*?) \|", reasons, re.MULTILINE)
    listed = re.findall(r"`([a-z]+)`", " ".join(rows))
    assert re.findall(r"`([a-z]+)`", skip) == listed
    assert set(listed) <= {value for key, value in vars(Reason).items() if key.isupper()}


def test_every_link_leads_somewhere():
    for folder, text in [(ROOT, README), *((ROOT / "docs", text) for text in DOCS.values())]:
        for target in re.findall(r"\]\(([^)]+)\)", text):
            path, _, heading = target.partition("#")
            assert path.startswith("https://") or (folder / path).exists(), target
            assert not heading or heading in headings((folder / path).read_text() if path else text)


def headings(text):
    """The headings of a page, as a link names them."""
    found = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z -]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_program_of_the_readme_makes_an_application_of_one_task(tmp_path, monkeypatch):
    program = re.search(r"## The program\n\n```python\n(.*?)```", README, re.DOTALL)[1]
    (tmp_path / "readme_program.py").write_text(program)
    monkeypatch.syspath_prepend(tmp_path)

    app = import_module("readme_program").main({}, **{"scheduler.store": "memory://"})

    assert list(app.registry.scheduler.declared.definitions) == ["readme_program.job"]


def test_the_ways_to_say_when_of_the_readme_are_taken(tmp_path, monkeypatch):
    program = re.search(r"## When\n\n```python\n(.*?)```", README, re.DOTALL)[1]
    (tmp_path / "readme_when.py").write_text(program)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(calendars, "_DECLARED", {})
    config = configurator()
    config.add_calendar("kr-holidays", country="KR")
    config.scan(import_module("readme_when"))

    assert len(made(config).definitions) == program.count("@task(") == 6


@pytest.mark.parametrize("text", [README, *DOCS.values()], ids=["README.md", *DOCS])
def test_what_is_written_in_python_is_python(text):
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        compile(block, "a block", "exec")


def test_the_drawing_shows_the_rooms_that_there_are_in_the_order_of_the_rule():
    drawing = DOCS["architecture.md"].split("```")[1]
    columns = {}
    for line in drawing.splitlines():
        for cell in re.finditer(r"│ ([a-z]+)", line):
            columns.setdefault(cell.start(), []).append(cell[1])
    drawn = [sorted(columns[place]) for place in sorted(columns)]
    there = rooms(sources())
    ruled = [sorted(there & set(line.split())) for line in ORDER.splitlines()]
    assert drawn == [column for column in ruled if column]


def test_what_make_needs_is_in_the_source_distribution():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    given = set(project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"])
    assert given >= {"/src", "/tests", "/benchmarks", "/docs", "/examples", "/Makefile", "/.ci"}
    assert all((ROOT / path.strip("/")).exists() for path in given if "*" not in path)
