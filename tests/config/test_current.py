"""Which application the module's ``scheduler`` stands for: two in turn, nested, two threads."""

import gc
import threading
from typing import Any

import pytest
from pyramid import testing
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.scripting import prepare
from pyramid.util import WeakOrderedSet
from webtest import TestApp

from pyramid_scheduler import scheduler
from pyramid_scheduler.config.current import current_scheduler
from pyramid_scheduler.errors import NoScheduler
from tests.config.scene import configurator, declared, made, run, succeeded


def job() -> None:
    """A task."""


def is_of(config: Configurator) -> bool:
    """Whether the module's scheduler stands for that application."""
    return scheduler.declared is config.registry.scheduler.declared


@pytest.fixture(autouse=True)
def only_ours(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The applications of other tests are not of this process."""
    applications = WeakOrderedSet()
    monkeypatch.setattr("pyramid.config.global_registries", applications)
    monkeypatch.setattr("pyramid_scheduler.config.current.global_registries", applications)
    return applications


def test_without_an_application_it_says_what_to_do() -> None:
    with pytest.raises(NoScheduler, match="no application here includes pyramid_scheduler"):
        scheduler.schedules()
    assert "that of the current application" in repr(scheduler)


def test_an_application_without_the_package_is_none() -> None:
    Configurator(package="tests").make_wsgi_app()
    with pytest.raises(NoScheduler, match=r"registry\.scheduler"):
        scheduler.run_now("x")


def test_while_configuring_it_is_the_one_included_last() -> None:
    first = configurator()
    assert is_of(first)
    second = configurator()
    assert is_of(second)


def test_two_applications_in_turn() -> None:
    first = configurator()
    scheduler.register_task(job, name="first")
    first.make_wsgi_app()
    second = configurator()
    scheduler.register_task(job, name="second")
    second.make_wsgi_app()
    assert set(declared(first).tasks) == {"first"}
    assert set(declared(second).tasks) == {"second"}


def test_one_built_inside_the_others_main() -> None:
    outer = configurator()
    scheduler.register_task(job, name="before")
    inner = configurator()
    scheduler.register_task(job, name="inner")
    inner.make_wsgi_app()
    scheduler.register_task(job, name="after")
    outer.make_wsgi_app()
    assert set(declared(inner).tasks) == {"inner"}
    assert set(declared(outer).tasks) == {"before", "after"}


def test_one_built_inside_the_others_includeme() -> None:
    built = []

    def includes(config: Configurator) -> None:
        scheduler.register_task(job, name="before")
        inner = configurator()
        scheduler.register_task(job, name="inner")
        inner.make_wsgi_app()
        built.append(inner)
        scheduler.register_task(job, name="after")

    outer = configurator()
    outer.include(includes)
    assert set(made(outer).tasks) == {"before", "after"}
    assert set(declared(built[0]).tasks) == {"inner"}


def test_one_built_in_a_with_statement_inside_another() -> None:
    with configurator() as outer:
        with configurator() as inner:
            scheduler.register_task(job, name="inner")
        inner.make_wsgi_app()
        scheduler.register_task(job, name="outer")
    outer.make_wsgi_app()
    assert set(declared(outer).tasks) == {"outer"}
    assert set(declared(inner).tasks) == {"inner"}


def test_a_request_to_one_while_another_is_configured() -> None:
    seen = []
    first = configurator()
    first.add_view(lambda request: Response(str(seen.append(is_of(first)))), name="look")
    app = TestApp(first.make_wsgi_app())
    second = configurator()
    app.get("/look")
    assert seen == [True]
    assert is_of(second)


def test_two_threads_configure_at_once() -> None:
    barrier = threading.Barrier(2, timeout=10)
    found = {}

    def main(name: str) -> None:
        config = configurator()
        barrier.wait()
        scheduler.register_task(job, name=name)
        barrier.wait()
        config.make_wsgi_app()
        found[name] = set(declared(config).tasks)

    threads = [threading.Thread(target=main, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == {"a": {"a"}, "b": {"b"}}


def test_a_thread_sees_nothing_of_what_another_configures() -> None:
    config = configurator()
    failed = []

    def look() -> None:
        try:
            current_scheduler()
        except NoScheduler as error:
            failed.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(10)
    assert len(failed) == 1
    assert is_of(config)


def test_the_only_application_of_the_process_is_meant_in_any_thread() -> None:
    config = configurator()
    app = config.make_wsgi_app()
    found = []
    thread = threading.Thread(target=lambda: found.append(is_of(config)))
    thread.start()
    thread.join(10)
    assert found == [True]
    assert app is not None


def test_of_two_applications_none_is_meant() -> None:
    apps = [configurator().make_wsgi_app() for _ in range(2)]
    with pytest.raises(NoScheduler, match="2 applications of this process have a scheduler"):
        scheduler.schedules()
    assert len(apps) == 2


def test_an_application_that_was_dropped_counts_no_more() -> None:
    configurator().make_wsgi_app()
    config = configurator()
    app = config.make_wsgi_app()
    assert is_of(config)
    assert app is not None


def test_a_main_that_raised_is_forgotten_when_the_next_is_made() -> None:
    def main() -> None:
        configurator()
        raise RuntimeError("no database")

    config = configurator()
    config.make_wsgi_app()
    with pytest.raises(RuntimeError):
        main()
    gc.collect()
    assert is_of(config)


def test_an_application_that_another_thread_makes_is_configured_no_more() -> None:
    first, second = configurator(), configurator()
    thread = threading.Thread(target=second.make_wsgi_app)
    thread.start()
    thread.join(10)
    assert is_of(first)


def test_in_a_run_it_is_the_runs_application() -> None:
    def look() -> bool:
        return is_of(first)

    def look_with(request: Any) -> bool:
        return is_of(first)

    first = configurator()
    first.add_task(look, "look")
    first.add_task(look_with, "look_with")
    apps = [first.make_wsgi_app(), configurator().make_wsgi_app()]
    configurator()
    for name in ("look", "look_with"):
        outcome = run(first, name)
        assert succeeded(outcome)
        assert outcome.result == "true"
    assert len(apps) == 2


def test_in_a_script_it_is_the_prepared_requests_application() -> None:
    first, second = configurator(), configurator()
    apps = [first.make_wsgi_app(), second.make_wsgi_app()]
    with prepare(registry=first.registry) as env:
        assert is_of(first)
        assert isinstance(env["request"], Request)
    assert len(apps) == 2


def test_in_a_test_set_up_by_pyramid_it_is_that_one() -> None:
    with testing.testConfig(settings={"scheduler.store": "memory://"}) as config:
        config.include("pyramid_scheduler")
        assert is_of(config)
        scheduler.register_task(job, name="x", interval=1)
        assert set(declared(config).definitions) == {"x"}
    with pytest.raises(NoScheduler):
        scheduler.schedules()
