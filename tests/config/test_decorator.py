"""``@task``: what a scan and ``register_task`` make of it, and where its errors point."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError

from pyramid_scheduler import scheduler, task
from pyramid_scheduler.errors import InvalidValue, NotStarted
from tests.config.scene import (
    arguments,
    configurator,
    declared,
    made,
    only_schedule,
    only_task,
    run,
    succeeded,
)

Module = Callable[[str], ModuleType]


def scanned(module: ModuleType) -> Any:
    config = configurator()
    config.scan(module)
    return config


def refused(module: ModuleType) -> str:
    """The message with which a scan of ``module`` is refused."""
    config = configurator()
    with pytest.raises(ConfigurationError) as raised:
        config.scan(module)
    return str(raised.value)


def test_the_function_is_returned_unchanged() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    assert task(add) is add
    assert task(interval=10)(add) is add
    assert add(1, 2) == 3


def test_a_scan_declares_the_task_and_its_schedule(module: Module) -> None:
    shop = module("""
        @task(interval=10, max_running=1, args=["x"], tags="fast")
        def job(what): ...
    """)
    config = scanned(shop)
    found = only_task(config)
    assert found.func is shop.job
    assert (found.name, found.max_running, found.tags) == (f"{shop.__name__}.job", 1, ("fast",))
    definition = declared(config).definitions[found.name]
    assert definition.task == found.name
    assert arguments(definition) == (["x"], {})


@pytest.mark.parametrize("decorator", ["@task", "@task()"])
def test_bare_it_declares_a_task_without_a_schedule(module: Module, decorator: str) -> None:
    shop = module(f"""
        {decorator}
        def job(): ...
    """)
    config = scanned(shop)
    assert only_task(config).func is shop.job
    assert declared(config).definitions == {}


def test_several_on_one_function_are_several_tasks(module: Module) -> None:
    shop = module("""
        @task(interval=10)
        @task(name="hourly", interval="1h", kwargs={"deep": True})
        def job(deep=False): ...
    """)
    declared = made(scanned(shop))
    assert set(declared.tasks) == {f"{shop.__name__}.job", "hourly"}
    assert {each.name: each.task for each in declared.definitions.values()} == {
        f"{shop.__name__}.job": f"{shop.__name__}.job",
        "hourly": "hourly",
    }


def test_several_on_one_function_need_names(module: Module) -> None:
    shop = module("""
        @task(interval=10)
        @task(interval=60)
        def job(): ...
    """)
    config = scanned(shop)
    with pytest.raises(ConfigurationConflictError) as raised:
        config.commit()
    message = str(raised.value)
    assert "needs a name of its own: name=" in message
    assert "@task(interval=10)" in message
    assert "@task(interval=60)" in message


def test_a_misspelt_option_names_the_nearest_and_the_line(module: Module) -> None:
    shop = module("""
        @task(interval=10, mx_running=1)
        def job(): ...
    """)
    message = refused(shop)
    assert "there is no option 'mx_running'; did you mean 'max_running'?" in message
    assert f"({shop.__file__}:3)" in message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("interval=0", "interval: 0 s is not between 0.1 s and 365000 days"),
        ("at='09:00'", "at: '09:00' is a time of day, not an instant"),
        (
            "interval=1, at='2030-01-31T09:00'",
            "give exactly one of when=, interval=",
        ),
        (
            "overlap='skip'",
            "give exactly one of when=, interval=",
        ),
        ("args=[1]", "give exactly one of when=, interval="),
        ("interval=1, args=[1]", "too many positional arguments"),
        ("interval=1, max_running=0", "max_running: 0 is not a whole number"),
        ("name='a b'", "name: 'a b' is not a name"),
    ],
)
def test_what_cannot_be_taken_points_at_the_decorator(
    module: Module, options: str, message: str
) -> None:
    shop = module(f"""
        def other(): ...

        @task({options})
        def job(): ...
    """)
    text = refused(shop)
    assert message in text
    assert f"({shop.__file__}:5)" in text


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("60", "60 is not a function: options have names, as in @task(interval=60)"),
        ("True", "as in @task(interval='10m')"),
        ("10**5000", "<int that cannot be shown> is not a function"),
        ("{'interval': 60}", "is not a function"),
    ],
)
def test_an_option_without_its_name_is_one_clear_error_with_its_line(
    module: Module, given: str, hint: str
) -> None:
    with pytest.raises(InvalidValue) as raised:
        module(f"""
            @task({given})
            def job(): ...
        """)
    assert hint in str(raised.value)
    assert re.search(r"shop\d+\.py:3\)$", str(raised.value))


@pytest.mark.parametrize("decorate", [task, task(interval=10)])
def test_what_takes_no_declaration_is_refused(decorate: Any) -> None:
    with pytest.raises(InvalidValue, match="print> cannot be decorated: declare it with"):
        decorate(print)
    with pytest.raises(InvalidValue, match="is not a function"):
        decorate(property(lambda self: None))


def test_options_count_when_the_function_is_given_with_them(module: Module) -> None:
    shop = module("""
        def job(): ...

        task(job, interval=10)
    """)
    assert only_schedule(scanned(shop)).trigger.every.total_seconds() == 10


def test_async_def_is_refused_with_its_line(module: Module) -> None:
    shop = module("""
        @task(interval=10)
        async def job(): ...
    """)
    text = refused(shop)
    assert "job is 'async def'" in text
    assert f"({shop.__file__}:3)" in text


def test_a_scan_before_the_include_says_what_to_do(module: Module) -> None:
    shop = module("""
        @task(interval=10)
        def job(): ...
    """)
    config = configurator(include=False)
    with pytest.raises(ConfigurationError) as raised:
        config.scan(shop)
    message = str(raised.value)
    assert "config.include('pyramid_scheduler') has to come before config.scan()" in message
    assert f"({shop.__file__}:3)" in message


def test_a_method_is_run_on_an_instance_made_of_the_request(module: Module) -> None:
    shop = module("""
        class Views:
            def __init__(self, request):
                self.request = request

            @task(interval=10, args=[3])
            def purge(self, days, hard=False):
                return [days, hard, self.request.url, id(self)]
    """)
    config = scanned(shop)
    found = only_task(config)
    assert found.name == f"{shop.__name__}.Views.purge"
    assert list(found.signature.parameters) == ["days", "hard"]

    outcome = run(config, found.name, 3, hard=True)
    assert succeeded(outcome)
    assert outcome.result is not None
    assert outcome.result.startswith('[3, true, "http://localhost/", ')


def test_a_method_is_found_by_scan_and_by_register_task_and_counts_once(module: Module) -> None:
    shop = module("""
        class Views:
            def __init__(self, request): ...

            @task(interval=10)
            def purge(self): ...

        def configure(config):
            scheduler.register_task(Views.purge)
    """)
    config = configurator()
    shop.configure(config)
    config.scan(shop)
    assert only_task(config).func is shop.Views.purge
    assert only_schedule(config).name == f"{shop.__name__}.Views.purge"


def test_a_method_of_a_class_that_cannot_be_found_says_so(module: Module) -> None:
    shop = module("""
        def make():
            class Views:
                @task(interval=10)
                def purge(self): ...
            return Views

        def configure(config):
            scheduler.register_task(make().purge)
    """)
    with pytest.raises(ConfigurationError, match=r"the class of the method .* cannot be found"):
        shop.configure(configurator())


def test_methods_of_a_class_that_is_no_view_have_a_request_all_the_same(module: Module) -> None:
    shop = module("""
        class Reports:
            @task(name="weekly", interval="7d")
            @task(name="daily", interval="1d")
            def send(self): ...

            def __init__(self, request): ...
    """)
    assert set(made(scanned(shop)).tasks) == {"weekly", "daily"}


def test_register_task_declares_what_the_decorator_says(module: Module) -> None:
    shop = module("""
        @task(interval=10, tags="fast")
        @task(name="second", interval=20)
        def job(): ...

        def configure(config):
            scheduler.register_task(job)
    """)
    config = configurator()
    shop.configure(config)
    declared = made(config)
    assert set(declared.tasks) == set(declared.definitions) == {f"{shop.__name__}.job", "second"}


def test_register_task_takes_options_of_its_own(module: Module) -> None:
    shop = module("""
        def job(): ...

        def configure(config):
            scheduler.register_task(job, name="x", interval=10, max_running=1)
    """)
    config = configurator()
    shop.configure(config)
    assert only_task(config).max_running == 1
    assert only_schedule(config).name == "x"


def test_register_task_without_options_declares_a_task(module: Module) -> None:
    shop = module("""
        def job(): ...

        def configure(config):
            scheduler.register_task(job)
    """)
    config = configurator()
    shop.configure(config)
    assert only_task(config).func is shop.job
    assert declared(config).definitions == {}


def test_an_error_of_register_task_points_at_its_caller(module: Module) -> None:
    shop = module("""
        def job(): ...

        def configure(config):
            scheduler.register_task(job, interval=0)
    """)
    with pytest.raises(ConfigurationError) as raised:
        shop.configure(configurator())
    assert f"({shop.__file__}:6)" in str(raised.value)


def test_registry_scheduler_registers_as_well() -> None:
    def job() -> None:
        """A task."""

    config = configurator()
    config.registry.scheduler.register_task(job, name="x", interval=1)
    assert only_schedule(config).task == "x"


def test_register_task_after_the_application_is_made_is_refused() -> None:
    config = configurator()
    config.make_wsgi_app()
    with pytest.raises(NotStarted, match=r"register before config\.make_wsgi_app\(\)"):
        scheduler.register_task(print, name="late")


def test_the_application_overrides_what_an_included_package_scans(module: Module) -> None:
    addon = module("""
        @task(name="shared", interval=10)
        def job(): ...

        def includeme(config):
            config.scan(__name__)
    """)
    config = configurator()
    config.include(addon)
    config.add_schedule("shared", interval=99)
    assert only_schedule(config).trigger.every.total_seconds() == 99
    assert only_task(config).func is addon.job
