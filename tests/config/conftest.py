"""Modules of an application, written for one test."""

import importlib
import itertools
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pyramid_scheduler.config.current import configuring

_NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Each test begins without applications that an earlier one left half configured."""
    configuring._registries.clear()
    yield
    configuring._registries.clear()


@pytest.fixture
def module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], ModuleType]]:
    """Write a module of that source and import it, with everything a task needs in it."""
    monkeypatch.syspath_prepend(tmp_path)
    names: list[str] = []

    def make(source: str) -> ModuleType:
        name = f"shop{next(_NUMBERS)}"
        names.append(name)
        text = "from pyramid_scheduler import scheduler, task\n" + textwrap.dedent(source)
        (tmp_path / f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield make
    for name in names:
        sys.modules.pop(name, None)
