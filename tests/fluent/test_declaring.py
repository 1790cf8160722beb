"""Where a chain is said decides what becomes of it: a declaration, or a schedule at run time."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pyramid import testing
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError

from pyramid_scheduler import every, scheduler
from pyramid_scheduler.errors import InvalidPayload, InvalidValue, UnknownTask
from pyramid_scheduler.triggers import IntervalTrigger
from tests.config.scene import arguments, configurator, declared, made, only_schedule, only_task

Module = Callable[[str], ModuleType]
ROOT = Path(__file__).parents[2]
JOB = f"{__name__}.job"


def job(*args: Any, **kwargs: Any) -> None:
    """A task."""


def scanned(module: ModuleType) -> Configurator:
    config = configurator()
    config.scan(module)
    return config


def test_said_in_a_module_it_waits_for_a_scan(module: Module) -> None:
    shop = module("""
        from pyramid_scheduler import every
        def job(what): ...
        every(10).minutes.do(job, "x").tag("fast").until("2030-01-01")
    """)
    assert made(configurator()).definitions == {}

    for config in (scanned(shop), scanned(shop)):  # one application after the other
        definition, task = only_schedule(config), only_task(config)
        assert definition.name == task.name == f"{shop.__name__}.job"
        assert definition.trigger == IntervalTrigger("10m")
        assert definition.end == datetime(2030, 1, 1, tzinfo=UTC)
        assert arguments(definition) == (["x"], {})
        assert (task.func, task.tags) == (shop.job, ("fast",))


def test_an_import_by_the_scan_itself_or_while_configuring_declares_it_once(module: Module) -> None:
    config = configurator()
    shop = module("""
        from pyramid_scheduler import every
        def job(): ...
        every(10).minutes.do(job)
    """)
    assert declared(config).definitions == {}
    config.scan(shop)
    config.scan(shop)
    assert only_schedule(config).name == f"{shop.__name__}.job"


def test_what_register_task_finds_on_a_function_is_its_chain(module: Module) -> None:
    shop = module("""
        from pyramid_scheduler import every
        def job(): ...
        every(10).minutes.do(job)
    """)
    config = configurator()
    scheduler.register_task(shop.job)
    config.scan(shop)
    assert only_schedule(config).trigger == IntervalTrigger("10m")


def test_a_decorator_says_it_too(module: Module) -> None:
    shop = module("""
        from pyramid_scheduler import every, repeat
        @repeat(every(10).minutes, "a", b=2)
        def job(*args, **kwargs):
            return "plain"
    """)
    assert shop.job() == "plain"
    assert arguments(only_schedule(scanned(shop))) == (["a"], {"b": 2})


def test_a_scan_finds_functions_of_other_modules_lambdas_and_methods(module: Module) -> None:
    shelf = module("def tidy(): ...")
    shop = module(f"""
        import {shelf.__name__} as shelf
        from pyramid_scheduler import every
        every().hour.do(shelf.tidy)
        every().hour.named("other").do(lambda: 0)
        every().hour.named("printed").do(print, "x")
        class Views:
            def __init__(self, request): ...
            def purge(self): ...
            every().day.at("03:00").do(purge)
    """)
    tasks = made(scanned(shop)).tasks
    assert set(tasks) == {
        f"{shelf.__name__}.tidy",
        "other",
        "builtins.print",
        f"{shop.__name__}.Views.purge",
    }
    assert tasks[f"{shop.__name__}.Views.purge"].takes_request


def test_said_in_a_function_that_configures_it_is_declared_with_the_commit() -> None:
    config = configurator()
    chain = every(10).minutes.do(job, 1)
    assert declared(config).definitions == {}
    chain.tag("a").until("2030-01-01")

    config.commit()

    assert only_task(config).tags == ("a",)
    assert only_schedule(config).end == datetime(2030, 1, 1, tzinfo=UTC)


def test_what_follows_the_commit_is_declared_anew_with_the_next() -> None:
    config = configurator()
    chain = every(10).minutes.do(job)
    config.commit()
    chain.until("2030-01-01").tag("late")

    assert only_schedule(config).end == datetime(2030, 1, 1, tzinfo=UTC)
    assert only_task(config).tags == ("late",)


def test_a_configurator_that_commits_at_once_is_told_of_each_step() -> None:
    with testing.testConfig(settings={"scheduler.store": "memory://"}) as config:
        config.include("pyramid_scheduler")
        chain = every(10).minutes.do(job)
        assert declared(config).definitions[JOB].end is None
        chain.until("2030-01-01").tag("a")
        assert declared(config).definitions[JOB].end == datetime(2030, 1, 1, tzinfo=UTC)
        assert declared(config).tasks[JOB].tags == ("a",)


def test_a_function_that_is_a_task_already_is_only_given_a_schedule(module: Module) -> None:
    shop = module("""
        from pyramid_scheduler import every
        @task(max_running=1, tags="slow")
        def job(what): ...
        every(10).minutes.do(job, "a")
        every().hour.named("hourly").do(job, "b")
    """)
    found = made(scanned(shop))
    (task,) = found.tasks.values()
    assert (task.max_running, task.tags) == (1, ("slow",))
    assert {one.name: one.task for one in found.definitions.values()} == {
        task.name: task.name,
        "hourly": task.name,
    }


@pytest.mark.parametrize("first", ["tagged", "plain"])
def test_the_tags_of_a_task_do_not_depend_on_which_chain_comes_first(first: str) -> None:
    config = configurator()
    for which in sorted(["tagged", "plain"], reverse=first == "tagged"):
        chain = every(10).minutes.named(which).do(job)
        if which == "tagged":
            chain.tag("a")

    assert only_task(config).tags == ("a",)
    assert set(declared(config).definitions) == {"tagged", "plain"}


def test_two_schedules_of_one_name_are_a_conflict_that_names_both_lines() -> None:
    config = configurator()
    every(10).minutes.do(job)
    every(20).minutes.do(job)
    with pytest.raises(ConfigurationConflictError, match="needs a name of its own") as caught:
        config.commit()
    assert "every(10).minutes.do(job)" in str(caught.value)
    assert "every(20).minutes.do(job)" in str(caught.value)


def test_a_name_comes_before_what_it_names() -> None:
    configurator()
    with pytest.raises(InvalidValue, match=r"named\('a'\): it comes before do\(\)"):
        every(10).minutes.do(job).named("a")


def test_said_twice_it_counts_once() -> None:
    config = configurator()
    for _ in range(2):
        every(10).minutes.do(job)
    assert only_schedule(config).name == JOB


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (lambda: every().hour.do(lambda: 0), r"is a lambda.*\.named\('\.\.\.'\) here"),
        (lambda: every().hour.tag(5).do(job), "5 is not a text"),
        (lambda: every().hour.named("a@b.c").do(job), "'a@b.c' is not a name"),
        (lambda: every().hour.do(job, {1}), "set"),
        (lambda: every().hour.do(only_schedule), "missing a required argument: 'config'"),
    ],
)
def test_what_the_application_refuses_names_the_line_that_said_it(say: Any, why: str) -> None:
    config = configurator()
    say()
    with pytest.raises(ConfigurationError, match=why) as caught:
        config.commit()
    assert "test_declaring.py" in str(caught.value)


def test_a_scan_without_the_package_is_refused(module: Module) -> None:
    shop = module("""
        from pyramid_scheduler import every
        def job(): ...
        every(10).minutes.do(job)
    """)
    config = configurator(include=False)
    config.scan(shop)
    with pytest.raises(ConfigurationError, match="has to come before"):
        config.commit()


def application(store: str = "memory://", *, name: str = "tests") -> Any:
    """An application that has been made, and knows the task."""
    config = configurator(settings={"scheduler.store": store}, package=name)
    config.add_task(job)
    config.make_wsgi_app()
    return config.registry


def within(registry: Any) -> Any:
    return testing.testConfig(registry=registry)


def test_said_in_an_application_that_is_made_it_is_a_schedule_at_run_time(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/store.sqlite"
    for _ in range(3):  # after a restart, in another process
        registry = application(store)
        with within(registry):
            every(10).minutes.do(job, 1)
            every(10).minutes.do(job, 1)
            every(10).minutes.do(job, 2).until("2030-01-01").to(20)
            every().monday.at("13:15", "Europe/London").named("42").do(job, x=1)

    found = registry.scheduler.schedules()
    assert len(found) == 3
    assert {one.task for one in found} == {JOB}
    assert sum(one.name.startswith(f"{JOB}:") for one in found) == 2
    (named,) = (one for one in found if one.name == "42")
    assert arguments(named.definition) == ([], {"x": 1})
    assert named.definition.timezone == "Europe/London"


def test_saying_it_again_keeps_what_is_counted_and_what_is_paused() -> None:
    registry = application()
    with within(registry):
        every(10).minutes.named("a").do(job)
        (first,) = registry.scheduler.schedules()
        registry.scheduler.pause("a")
        every(10).minutes.named("a").do(job)
        (again,) = registry.scheduler.schedules()

    assert (again.anchor, again.next_fire) == (first.anchor, first.next_fire)
    assert again.pause is not None


@pytest.mark.parametrize(
    ("say", "error", "why"),
    [
        (lambda: every().hour.do(print), UnknownTask, "is not a task"),
        (lambda: every().hour.tag("a").do(job), InvalidValue, "tags are its tasks'"),
        (lambda: every().hour.do(job, {1}), InvalidPayload, "set"),
        (lambda: every().hour.named("a").do(job).tag("b"), InvalidValue, "tags are its tasks'"),
    ],
)
def test_what_cannot_be_a_schedule_at_run_time_is_refused(
    say: Any, error: type[Exception], why: str
) -> None:
    with within(application()), pytest.raises(error, match=why):
        say()


def test_what_is_declared_runs_with_its_arguments(tmp_path: Path) -> None:
    ran: list[Any] = []
    done = threading.Event()

    def note(*args: Any, **kwargs: Any) -> None:
        ran.append((args, kwargs))
        done.set()

    config = configurator(settings={"scheduler.store": f"sqlite:///{tmp_path}/store.sqlite"})
    every(0.1).seconds.named("note").do(note, 1, b=2)
    config.make_wsgi_app()
    config.registry.scheduler.start()
    try:
        assert done.wait(30)
    finally:
        config.registry.scheduler.stop()
    assert ran[0] == ((1,), {"b": 2})


PROGRAM = """
from pyramid.config import Configurator
from pyramid_scheduler import every

def job(): ...

every().hour.named("early").do(job)
with Configurator(settings={"scheduler.store": "memory://", "scheduler.autostart": "no"}) as config:
    config.include("pyramid_scheduler")
    every(10).minutes.do(job)
    config.make_wsgi_app()
every(5).minutes.named("late").do(job)
scheduler = config.registry.scheduler
print(sorted(scheduler.declared.definitions), [one.name for one in scheduler.schedules()])
"""


def test_a_script_says_it_between_its_own_lines(tmp_path: Path) -> None:
    """What comes before its application waits for a scan, as in any module."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "ignore"}
    ended = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        env=environment,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == "['program.job'] ['late']\n", ended.stderr
