"""What is measured as read for the first time was not kept from the time before."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import tasks
from benchmarks.contenders.ours_triggers import CRON, OursTriggers, caches
from benchmarks.measures.triggers import EXPRESSIONS


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[OursTriggers]:
    contender = OursTriggers(tmp_path, tasks.nothing, lambda *run: None)
    contender.forget()
    yield contender
    contender.forget()


def first(contender: OursTriggers, expression: str) -> tuple[int, int]:
    """Return how often that expression's first fire time was helped by a cache, and how not."""
    before = [cache.cache_info() for cache in caches()]
    contender.chain(contender.read(expression), 1)
    after = [cache.cache_info() for cache in caches()]
    hits = sum(info.hits for info in after) - sum(info.hits for info in before)
    return hits, sum(info.misses for info in after) - sum(info.misses for info in before)


def sizes() -> dict[tuple[str, str], int]:
    """Return the length of whatever has one in cron's modules, which is where things are kept."""
    modules = [import_module(found.name) for found in pkgutil.iter_modules([*_paths()], f"{CRON}.")]
    return {
        (module.__name__, name): len(value)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, dict | list | set) and name != "__builtins__"
    }


def _paths() -> list[str]:
    return [*import_module(CRON).__path__]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_was_read_before_is_read_again_once_it_is_forgotten(
    ours: OursTriggers, expression: str
) -> None:
    assert first(ours, expression) == (0, 1)
    assert first(ours, expression) == (1, 0)

    ours.forget()

    assert first(ours, expression) == (0, 1)


def test_nothing_is_kept_but_in_caches(ours: OursTriggers) -> None:
    before = sizes()
    for expression in EXPRESSIONS:
        first(ours, expression)
    assert sizes() == before


def test_the_caches_that_are_left_know_of_zones_only(ours: OursTriggers) -> None:
    for expression in ("*/5 * * * *", "0 9 * * 1-5"):
        first(ours, expression)
    known = [cache.cache_info().misses for cache in caches(of_zones=True)]

    for expression in ("*/7 3 * * *", "*/5 * * * 4", "1 9 * * 1-5", "30 8 1-7 1 *"):
        first(ours, expression)

    assert known
    assert [cache.cache_info().misses for cache in caches(of_zones=True)] == known
