"""Who may import whom. Change this table together with the rooms, and say why in the change."""

import sys
from collections.abc import Iterable, Iterator

import pytest

from tests.architecture.sources import PACKAGE, Source, imports, rooms, sources

# A room imports from the lines above its own; never from its own line, never from below.
# The face, `__init__`, imports from all of them, and no room imports the face.
ORDER = """
    errors  showing
    ids  instants  payload  reading
    model
    rules
    interfaces
    events  language  registry  triggers
    declaring
    engine  execution  client  stores
    executors
    config
    fluent  schedule  compat  observe  admin  scripts  celery  testing
"""

# Which rooms may import a library. One that is not here is imported nowhere.
PYRAMID = "config  fluent  compat  observe  admin  scripts  celery  testing"
LIBRARIES = {
    "pyramid": PYRAMID,
    "pyramid_retry": PYRAMID,
    "pyramid_tm": PYRAMID,
    "hupper": PYRAMID,
    "plaster": PYRAMID,
    "transaction": PYRAMID,
    "venusian": PYRAMID,
    "webob": PYRAMID,
    "zope": PYRAMID,
    "sqlalchemy": "stores/sql",
    "alembic": "stores/sql",
    "psycopg": "stores/sql",
    "pymysql": "stores/sql",
    "dateutil": "triggers/rrule",
    "holidays": "triggers/holidays",
    "rich": "scripts",
    "PIL": "scripts",
    "celery": "executors/celery  celery",
    "cron_descriptor": "triggers/cron/words",
}

RANKS = {room: rank for rank, line in enumerate(ORDER.split("\n")) for room in line.split()}
FACE = "the face"


def violations(modules: list[Source]) -> list[str]:
    """Each broken rule of ``modules``, as ``file:line says what is wrong``."""
    known = rooms(modules)
    unplaced = [f"{room}: not in the table of rooms" for room in sorted(known - RANKS.keys())]
    broken = (
        f"{module.path}:{line} {wrong}"
        for module in modules
        if module.parts and module.parts[0] in RANKS
        for line, name in imports(module)
        for wrong in _wrong(module, name, known)
    )
    return unplaced + list(dict.fromkeys(broken))


def _wrong(module: Source, name: str, known: Iterable[str]) -> Iterator[str]:
    """What is wrong with ``module`` importing ``name``, if anything."""
    top, *inner = name.split(".")
    if top == PACKAGE:
        target = inner[0] if inner and inner[0] in known else FACE
        if not _may_enter(module.parts[0], target):
            yield f"{module.parts[0]} may not import {target}"
    elif top not in sys.stdlib_module_names and not _may_use(module, top):
        yield f"{'/'.join(module.parts)} may not import {top}"


def _may_enter(room: str, target: str) -> bool:
    return room == target or RANKS.get(target, len(RANKS)) < RANKS[room]


def _may_use(module: Source, library: str) -> bool:
    allowed = [tuple(place.split("/")) for place in LIBRARIES.get(library, "").split()]
    return any(module.parts[: len(place)] == place for place in allowed)


def test_every_import_goes_left() -> None:
    wrong = violations(sources())
    assert not wrong, "\n".join(wrong)


def test_the_tables_name_each_room_once() -> None:
    assert len(ORDER.split()) == len(RANKS)
    places = {place.split("/")[0] for line in LIBRARIES.values() for place in line.split()}
    assert places <= RANKS.keys()


# That the check can fail: each line below breaks one rule, in a package made up for it.


def found(path: str, text: str) -> list[str]:
    """What is wrong in a package of every room with one module more."""
    package = [Source(f"{room}/__init__.py", "") for room in RANKS if not path.startswith(room)]
    return violations([Source("__init__.py", ""), *package, Source(path, text)])


@pytest.mark.parametrize(
    ("path", "text", "wrong"),
    [
        ("model.py", "import pyramid_scheduler.engine", "model may not import engine"),
        ("model.py", "from pyramid_scheduler.engine import x", "model may not import engine"),
        ("model.py", "from pyramid_scheduler import engine", "model may not import engine"),
        ("model.py", "from . import engine", "model may not import engine"),
        ("model.py", "from .engine.loop import x", "model may not import engine"),
        ("rules/deep.py", "from ..engine import x", "rules may not import engine"),
        ("rules/__init__.py", "from ..engine import x", "rules may not import engine"),
        (
            "engine/loop.py",
            "from pyramid_scheduler.stores import x",
            "engine may not import stores",
        ),
        ("admin/views.py", "from pyramid_scheduler import task", "admin may not import the face"),
        ("admin/views.py", "import pyramid_scheduler", "admin may not import the face"),
        (
            "engine/loop.py",
            "from sqlalchemy import select",
            "engine/loop may not import sqlalchemy",
        ),
        ("stores/memory.py", "import sqlalchemy", "stores/memory may not import sqlalchemy"),
        ("client.py", "import pyramid.threadlocal", "client may not import pyramid"),
        ("executors/aio.py", "import venusian", "executors/aio may not import venusian"),
        ("executors/aio.py", "import celery", "executors/aio may not import celery"),
        ("config/tasks.py", "import rich.table", "config/tasks may not import rich"),
        ("config/tasks.py", "import requests", "config/tasks may not import requests"),
    ],
)
def test_an_import_against_the_order_is_found(path: str, text: str, wrong: str) -> None:
    assert found(path, text) == [f"{path}:1 {wrong}"]


@pytest.mark.parametrize(
    "text",
    [
        "def later():\n    from pyramid_scheduler.engine import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pyramid_scheduler.engine",
        "try:\n    import json\nexcept ImportError:\n    from pyramid_scheduler import engine",
    ],
)
def test_a_deferred_or_type_only_import_is_found_too(text: str) -> None:
    assert [line.split(" ", 1)[1] for line in found("model.py", text)] == [
        "model may not import engine"
    ]


def test_a_room_outside_the_table_is_found() -> None:
    assert found("attic/__init__.py", "") == ["attic: not in the table of rooms"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("__init__.py", "from pyramid_scheduler.testing import x"),
        ("model.py", "import json, zoneinfo\nfrom pyramid_scheduler.errors import x"),
        ("rules/runs.py", "from pyramid_scheduler.rules.planning import x\nfrom . import planning"),
        ("scripts/runs.py", "import rich\nfrom pyramid.scripting import prepare\nimport plaster"),
        ("stores/sql/schema.py", "import sqlalchemy as sa"),
        ("executors/celery.py", "import celery"),
    ],
)
def test_an_import_that_goes_left_is_fine(path: str, text: str) -> None:
    assert found(path, text) == []
