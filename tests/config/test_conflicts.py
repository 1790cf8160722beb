"""One declaration counts once; two of one name conflict, or the application's own overrides."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from pyramid.exceptions import ConfigurationConflictError

from tests.config.scene import configurator, made, only_schedule, only_task

Module = Callable[[str], ModuleType]


def job() -> None:
    """A task."""


def other() -> None:
    """Another function for the same name."""


def declares(config: Any) -> None:
    """An includeme of an add-on."""
    config.add_task(job, "shared", tags="addon")
    config.add_schedule("shared", interval=60)


def declares_as_well(config: Any) -> None:
    """An includeme of another add-on, that says the same."""
    config.add_task(job, "shared", tags="addon")
    config.add_schedule("shared", interval=60)


def differs(config: Any) -> None:
    """An includeme of another add-on, that says something else."""
    config.add_task(job, "shared", tags="other")
    config.add_schedule("shared", interval=90)


def test_the_same_task_and_schedule_said_twice_count_once() -> None:
    config = configurator()
    for _ in range(2):
        config.add_task(job, tags=["a", "b"])
        config.add_schedule(job, interval="60s", args=())
    config.add_task(job, tags="b a")
    config.add_schedule(job, interval=60)
    assert only_task(config).tags == ("a", "b")
    assert only_schedule(config).trigger.every.total_seconds() == 60


def test_arguments_that_python_holds_equal_are_not_the_same() -> None:
    config = configurator()
    config.add_task(print, "say")
    config.add_schedule("say", interval=60, args=[1])
    config.add_schedule("say", interval=60, args=[True])
    with pytest.raises(ConfigurationConflictError):
        config.commit()


def test_two_tasks_of_one_name_conflict_and_both_lines_are_shown() -> None:
    config = configurator()
    config.add_task(job, "shared")  # the first
    config.add_task(other, "shared")  # the second
    with pytest.raises(ConfigurationConflictError) as raised:
        config.commit()
    message = str(raised.value)
    assert "task 'shared' (declared differently; another task needs a name of its own" in message
    assert 'config.add_task(job, "shared")  # the first' in message
    assert 'config.add_task(other, "shared")  # the second' in message


def test_a_second_schedule_without_a_name_conflicts_and_says_what_it_needs() -> None:
    config = configurator()
    config.add_task(job)
    config.add_schedule(job, interval=5)  # the first
    config.add_schedule(job, interval=60)  # the second
    with pytest.raises(ConfigurationConflictError) as raised:
        config.commit()
    message = str(raised.value)
    assert "a further schedule of a task needs a name of its own: name=" in message
    assert "config.add_schedule(job, interval=5)  # the first" in message
    assert "config.add_schedule(job, interval=60)  # the second" in message


def test_the_application_overrides_what_an_add_on_declares() -> None:
    config = configurator()
    config.include(declares)
    config.add_task(other, "shared")
    config.add_schedule("shared", interval=5)
    declared = made(config)
    assert declared.tasks["shared"].func is other
    assert declared.definitions["shared"].trigger.every.total_seconds() == 5


def test_the_application_overrides_whichever_comes_first() -> None:
    config = configurator()
    config.add_task(other, "shared")
    config.add_schedule("shared", interval=5)
    config.include(declares)
    declared = made(config)
    assert declared.tasks["shared"].func is other
    assert declared.definitions["shared"].trigger.every.total_seconds() == 5


def test_the_application_may_say_the_same_as_the_add_on_that_it_overrides_elsewhere() -> None:
    config = configurator()
    config.include(declares)
    config.add_task(job, "shared", tags="addon")
    config.add_schedule("shared", interval=5)
    assert only_schedule(config).trigger.every.total_seconds() == 5


def test_a_schedule_by_function_finds_the_task_that_was_overridden() -> None:
    config = configurator()
    config.include(declares)
    config.add_task(other, "shared")
    config.add_schedule(job, interval=7, name="more")
    declared = made(config)
    assert declared.definitions["more"].task == "shared"


def test_two_add_ons_that_say_the_same_count_once() -> None:
    config = configurator()
    config.include(declares)
    config.include(declares_as_well)
    assert only_task(config).name == "shared"


def test_two_add_ons_that_differ_conflict() -> None:
    config = configurator()
    config.include(declares)
    config.include(differs)
    with pytest.raises(ConfigurationConflictError):
        config.commit()


def test_two_add_ons_that_differ_are_overridden_by_the_application() -> None:
    config = configurator()
    config.include(declares)
    config.include(differs)
    config.add_task(job, "shared")
    config.add_schedule("shared", interval=5)
    assert only_task(config).tags == ()


def test_the_application_decides_between_them_by_saying_what_one_of_them_says() -> None:
    config = configurator()
    config.include(declares)
    config.include(differs)
    config.add_task(job, "shared", tags="addon")
    config.add_schedule("shared", interval=60)
    assert only_task(config).tags == ("addon",)


def test_after_a_commit_a_new_declaration_takes_the_place_of_the_old() -> None:
    config = configurator()
    config.add_task(job, "shared")
    config.commit()
    config.add_task(other, "shared")
    config.commit()
    config.add_task(job, "shared")
    task = only_task(config)
    assert task.func is job
    assert task.call is not task.func, "it was derived anew"


def test_a_scan_twice_counts_once(module: Module) -> None:
    shop = module("""
        @task(interval=10)
        def job(): ...
    """)
    config = configurator()
    config.scan(shop)
    config.scan(shop)
    config.commit()
    config.scan(shop)
    assert only_task(config).func is shop.job
    assert only_schedule(config).name == f"{shop.__name__}.job"


def test_registered_and_scanned_counts_once(module: Module) -> None:
    shop = module("""
        @task(interval=10)
        def job(): ...

        def configure(config):
            scheduler.register_task(job)
    """)
    config = configurator()
    shop.configure(config)
    config.scan(shop)
    assert only_task(config).func is shop.job


def test_registered_and_scanned_differently_conflicts_with_both_lines(module: Module) -> None:
    shop = module("""
        @task(interval=10)
        def job(): ...

        def configure(config):
            scheduler.register_task(job, interval=20)
    """)
    config = configurator()
    shop.configure(config)
    config.scan(shop)
    with pytest.raises(ConfigurationConflictError) as raised:
        config.commit()
    message = str(raised.value)
    assert f"Line 3 of file {shop.__file__}:\n        @task(interval=10)" in message
    assert "scheduler.register_task(job, interval=20)" in message


def test_two_functions_of_one_name_in_a_module_conflict(module: Module) -> None:
    shop = module("""
        @task(interval=10)
        def job(): ...

        @task(interval=20)
        def another(): ...
        another.__qualname__ = "job"
    """)
    config = configurator()
    config.scan(shop)
    with pytest.raises(ConfigurationConflictError) as raised:
        config.commit()
    assert "@task(interval=10)" in str(raised.value)
    assert "@task(interval=20)" in str(raised.value)


def test_an_autocommitting_configurator_takes_the_last(module: Module) -> None:
    config = configurator(autocommit=True)
    for func in (job, other, job):
        config.add_task(func, "shared")
    config.add_schedule("shared", interval=5)
    config.add_schedule("shared", interval=6)
    assert only_task(config).func is job
    assert only_schedule(config).trigger.every.total_seconds() == 6
    assert "shop" not in sys.modules
