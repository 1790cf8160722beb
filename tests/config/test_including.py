"""``config.include('pyramid_scheduler')``: what it gives, and what it leaves alone."""

import html
import importlib
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pyramid import testing
from pyramid.config import Configurator
from pyramid.response import Response
from webtest import TestApp

import pyramid_scheduler
from pyramid_scheduler import Scheduler, includeme
from pyramid_scheduler.config.wiring import wiring_of
from tests.config.scene import QUIET, configurator, declared, made

SEED = Path(__file__).parents[2] / "examples" / "seed"


def job() -> None:
    """A task."""


def test_it_gives_the_registry_a_scheduler() -> None:
    assert isinstance(configurator().registry.scheduler, Scheduler)


def test_it_may_be_included_twice() -> None:
    def includes(config: Configurator) -> None:
        config.include("pyramid_scheduler")

    config = configurator()
    found = config.registry.scheduler
    config.add_task(job, "t")
    config.include("pyramid_scheduler")
    config.include(includes)
    config.include(includeme)
    config.commit()
    config.include("pyramid_scheduler")
    assert config.registry.scheduler is found
    assert set(made(config).tasks) == {"t"}


def test_it_may_be_included_by_the_ini_file() -> None:
    config = configurator(include=False, settings={"pyramid.includes": "pyramid_scheduler"})
    config.add_task(job, "t")
    assert set(made(config).tasks) == {"t"}


def test_it_works_in_a_test_that_pyramid_set_up() -> None:
    config = testing.setUp(settings=QUIET)
    try:
        config.include("pyramid_scheduler")
        config.add_task(job, "t")
        config.add_schedule("t", interval=1)
        assert set(declared(config).definitions) == {"t"}
        assert config.registry.scheduler.run_now("t")
    finally:
        testing.tearDown()
    assert wiring_of(config.registry) is None


def test_it_works_with_a_registry_without_settings() -> None:
    config = configurator(include=False)
    config.registry.settings = None
    config.add_settings(QUIET)
    config.include("pyramid_scheduler")
    assert config.registry.scheduler


def test_it_starts_no_thread_and_makes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    before = set(threading.enumerate())
    config = configurator(settings={"scheduler.store": None})
    config.add_task(job, "t")
    config.make_wsgi_app()
    assert config.registry.scheduler.schedules() == []
    assert set(threading.enumerate()) == before
    assert list(tmp_path.iterdir()) == []


def test_several_applications_have_each_its_own() -> None:
    first, second = configurator(), configurator()
    first.add_task(job, "first")
    second.add_task(job, "second")
    assert set(made(first).tasks) == {"first"}
    assert set(made(second).tasks) == {"second"}


# What the debug toolbar shows.


def test_tasks_schedules_and_derivers_are_introspectable() -> None:
    config = configurator(settings={"scheduler.task.t.max_running": "2"})
    config.add_task(job, "t", tags="x")
    config.add_schedule("t", interval=10)
    declared = made(config)
    introspector = config.introspector
    (task,) = introspector.get_category("scheduled tasks")
    (schedule,) = introspector.get_category("schedules")
    assert task["introspectable"]["callable"] is job
    assert task["introspectable"]["options"] == {"tags": "x", "max_running": "2"}
    assert schedule["introspectable"]["definition"] == declared.definitions["t"]
    assert [intr.title for intr in schedule["related"]] == [f"t (function {__name__}.job)"]
    assert task["introspectable"].action_info.file == __file__
    names = {one["introspectable"].title for one in introspector.get_category("task derivers")}
    assert names == {"retry", "request", "transaction"}


def test_the_debug_toolbar_shows_them() -> None:
    config = configurator(settings={"debugtoolbar.hosts": "127.0.0.1"})
    config.include("pyramid_debugtoolbar")
    config.add_task(job, "clean-up")
    config.add_schedule("clean-up", interval=10)
    config.add_view(lambda request: Response("<html><body></body></html>"))
    app = TestApp(config.make_wsgi_app(), extra_environ={"REMOTE_ADDR": "127.0.0.1"})

    (shown, *_) = re.findall("_debug_toolbar/([0-9a-f]+)", app.get("/").text)
    page = html.unescape(app.get(f"/_debug_toolbar/{shown}").text)

    for title in ("scheduled task clean-up", "schedule clean-up", "task deriver transaction"):
        assert title in page
    assert 'config.add_schedule("clean-up", interval=10)' in page


def test_an_application_without_introspection_works() -> None:
    config = configurator(introspection=False)
    config.add_task(job, "t")
    config.add_schedule("t", interval=10)
    assert set(made(config).definitions) == {"t"}


# The face.


def test_everything_public_can_be_had() -> None:
    for name in pyramid_scheduler.__all__:
        assert getattr(pyramid_scheduler, name) is not None
    assert set(pyramid_scheduler.__all__) <= set(dir(pyramid_scheduler))


def test_what_an_option_of_a_task_may_be_can_be_had() -> None:
    choices = {"Backoff", "Misfire", "OnCrash", "Overlap", "Rate", "UniqueBy"}
    assert choices <= set(pyramid_scheduler.__all__)


def test_what_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'pyramid_scheduler' has no attribute 'tsak'"):
        _ = pyramid_scheduler.tsak


@pytest.mark.parametrize(
    "statement",
    [
        "import pyramid_scheduler",
        "from pyramid_scheduler import schedule",
        "from pyramid_scheduler import current_run, StopRun, IntervalTrigger",
    ],
)
def test_what_needs_no_pyramid_costs_none(statement: str) -> None:
    loaded = "sorted({'pyramid', 'sqlalchemy'} & set(sys.modules))"
    program = f"{statement}\nimport sys\nprint({loaded})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_who_is_not_needed_does_not_delay_the_start() -> None:
    program = (
        "import sys\n"
        "from pyramid.config import Configurator\n"
        "store = {'scheduler.store': 'sqlite:////nowhere/x', 'scheduler.autostart': 'false'}\n"
        "config = Configurator(settings=store)\n"
        "config.include('pyramid_scheduler')\n"
        "config.make_wsgi_app()\n"
        "rooms = ['cron', 'rrule', 'calendar', 'phrases', 'combined.filtered']\n"
        "rare = {f'pyramid_scheduler.triggers.{room}' for room in rooms}\n"
        "rare |= {'sqlalchemy.dialects.postgresql', 'sqlalchemy.dialects.mysql', 'alembic'}\n"
        "print(sorted(rare & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[]\n"


# The seed's program.


def test_the_seeds_program_has_one_task_and_one_schedule(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(SEED)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app = importlib.import_module("app")
    try:
        application = app.main({}, **{"scheduler.autostart": "false"})
        scheduler = application.registry.scheduler
        assert list(scheduler.declared.tasks) == ["app.job"]
        assert list(scheduler.declared.definitions) == ["app.job"]
        assert app.job() is None
    finally:
        sys.modules.pop("app")
