"""``config.add_task``: what is a task, what it is called, what is refused and how."""

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from pyramid.exceptions import ConfigurationError, ConfigurationExecutionError

from pyramid_scheduler import OnCrash
from tests.config.scene import configurator, declared, made, only_task

HERE = "tests.config.test_declaring_tasks"


def clean(folder: str = "/tmp", days: int = 1) -> None:
    """A task."""


def greet(request: Any, name: str) -> str:
    return f"{request.method} {name}"


def compute(req: Any, name: str) -> None:
    """Its first parameter is not named request."""


def nothing() -> None:
    """It has no parameter."""


async def wait() -> None:
    """Some day."""


def count():
    yield 1


async def stream():
    yield 1


class Views:
    def __init__(self, request: Any) -> None:
        self.request = request

    def purge(self, days: int) -> int:
        return days

    @staticmethod
    def sweep(days: int) -> int:
        return days

    @classmethod
    def dust(cls) -> None:
        """A bound function."""

    class Inner:
        def __init__(self, request: Any) -> None:
            """Take it."""

        def polish(self) -> None:
            """A method."""


class Room:
    def __call__(self, days: int) -> None:
        """A callable object."""


class AsyncCallable:
    async def __call__(self) -> None:
        """Not yet."""


def refused(func: Any, name: str | None = None, **options: Any) -> str:
    """The message with which a task is refused, at once and not only at the commit."""
    config = configurator()
    with pytest.raises(ConfigurationError) as raised:
        config.add_task(func, name, **options)
    assert made(config).tasks == {}
    return str(raised.value)


def test_a_function_is_a_task_named_after_its_module_and_itself() -> None:
    config = configurator()

    name = config.add_task(clean)

    task = only_task(config)
    assert name == task.name == f"{HERE}.clean"
    assert task.func is clean
    assert str(task.signature) == "(folder: str = '/tmp', days: int = 1) -> None"


def test_a_task_may_be_given_as_a_dotted_name() -> None:
    config = configurator()
    config.add_task(f"{HERE}.clean")
    assert only_task(config).func is clean


@pytest.mark.parametrize("name", ["", "...."])
def test_what_is_no_dotted_name_is_refused(name: str) -> None:
    assert f"{name!r} is not the dotted name of anything" in refused(name)


def test_a_dotted_name_is_not_repeated_without_bound() -> None:
    assert len(refused("x" * 10**6)) < 1_000


def test_a_dotted_name_that_cannot_be_imported_is_named() -> None:
    assert "'tests.no_such.job' cannot be imported" in refused("tests.no_such.job")
    assert f"'{HERE}.cleen' cannot be imported" in refused(f"{HERE}.cleen")


def test_every_option_says_how_it_runs() -> None:
    config = configurator()

    config.add_task(
        clean,
        "tidy",
        executor="threads",
        on_crash="fail",
        max_running=2,
        max_crashes=5,
        tags=["nightly", "disk"],
        description="Makes room.",
    )

    task = only_task(config)
    assert task.name == "tidy"
    assert task.on_crash is OnCrash.FAIL
    assert (task.max_running, task.max_crashes) == (2, 5)
    assert task.tags == ("disk", "nightly")
    assert task.description == "Makes room."


def test_a_phrase_where_the_name_belongs_is_told_where_it_does() -> None:
    with pytest.raises(ConfigurationError, match=r"is not a name.*said by when="):
        configurator().add_task(clean, "every day at 9:00")
    config = configurator()
    config.add_task(clean, "tidy", when="every day at 9:00")
    assert only_task(config).name == "tidy"


def test_an_option_that_is_none_was_not_said() -> None:
    config = configurator()
    config.add_task(clean, max_running=None, on_crash=None)
    assert only_task(config).on_crash is OnCrash.RETRY


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_runing": 1}, "there is no option 'max_runing'; did you mean 'max_running'?"),
        ({"max_running": 0}, "max_running: 0 is not a whole number from 1 to 1,000,000"),
        ({"max_running": True}, "max_running: True is not a whole number"),
        ({"max_running": 1.5}, "max_running: 1.5 is not a whole number"),
        ({"max_crashes": -1}, "max_crashes: -1 is not a whole number"),
        ({"max_crashes": 10**30}, "is not a whole number"),
        (
            {"on_crash": "retri"},
            "on_crash: 'retri' is not one of retry, fail; did you mean",
        ),
        ({"on_crash": 1}, "on_crash: 1 is not one of retry, fail"),
        ({"request": "perhaps"}, "request: 'perhaps' is neither true nor false"),
        ({"tags": 7}, "tags: 7 is neither a text nor a list of texts"),
        ({"tags": ["two words"]}, "tags: 'two words' is not one word"),
        ({"description": b"bytes"}, "description: b'bytes' is not a text"),
        ({"description": "a\0b"}, "has a NUL character or a lone surrogate in it"),
        ({"executor": ""}, "executor: '' is not a name"),
    ],
)
def test_a_bad_option_is_refused_with_its_name_value_and_what_is_allowed(
    options: dict[str, Any], message: str
) -> None:
    text = refused(clean, **options)
    assert message in text
    assert f"task '{HERE}.clean'" in text


def test_the_message_names_the_line_of_the_declaration() -> None:
    config = configurator()
    with pytest.raises(ConfigurationError) as raised:
        config.add_task(clean, max_running=0)  # this line
    line = raised.traceback[0].lineno + 1
    assert f"({__file__}:{line})" in str(raised.value)


def test_an_unknown_executor_is_refused_when_all_are_known() -> None:
    config = configurator()
    config.add_task(clean, executor="thread")
    with pytest.raises(ConfigurationExecutionError) as raised:
        config.commit()
    assert "executor: 'thread' is not one of threads; did you mean 'threads'?" in str(raised.value)


@pytest.mark.parametrize(
    ("func", "message"),
    [
        (lambda: None, "is a lambda: give the task a name with name="),
        (functools.partial(clean, days=2), "is a partial: give the task a name"),
        (Views.dust, "is a bound method: give the task a name"),
        (Room(), "is a callable object: give the task a name"),
    ],
)
def test_what_has_no_name_of_its_own_needs_one(func: Callable[..., Any], message: str) -> None:
    assert message in refused(func)

    config = configurator()
    config.add_task(func, "named")
    assert only_task(config).name == "named"


def test_a_nested_function_needs_a_name() -> None:
    def inner() -> None:
        """Nobody can find it."""

    assert "is a nested function: give the task a name with name=" in refused(inner)


@pytest.mark.parametrize(
    "name", ["", " ", "two words", "a/b", ".hidden", "9lives", "tâche", "a" * 201, "x\n", 3]
)
def test_a_name_has_to_be_one(name: Any) -> None:
    assert f"name: {name!r} is not a name: allowed are 1 to 200 ASCII letters" in refused(
        clean, name
    )


@pytest.mark.parametrize("func", [wait, stream, AsyncCallable()])
def test_async_def_is_refused_until_its_executor_comes(func: Any) -> None:
    assert "is 'async def': no executor here awaits one until theirs comes" in refused(func, "n")


def test_a_generator_is_refused_until_its_executor_comes() -> None:
    assert "count is a generator: no executor here runs one to its end" in refused(count)


def test_what_cannot_be_called_is_refused() -> None:
    assert "task: 42 is not callable" in refused(42)


LONG = "x" * 100_000


class Windy:
    """A callable object that says much of itself, and has no signature."""

    __signature__ = 1

    def __call__(self) -> None: ...

    def __repr__(self) -> str:
        return LONG


@pytest.mark.parametrize(
    "declare",
    [
        lambda config: config.add_task(clean, LONG),
        lambda config: config.add_task(clean, 10**5000),
        lambda config: config.add_task([LONG]),
        lambda config: config.add_task(Windy),
        lambda config: config.add_task(Windy, attr=LONG),
        lambda config: config.add_task(Windy()),
        lambda config: config.add_task(Windy(), "t"),
        lambda config: config.add_task(type(LONG, (), {})),
        lambda config: config.add_task(clean, **{LONG: 1}),
        lambda config: config.add_schedule("t", name=LONG, interval=1),
        lambda config: config.add_schedule("t", trigger=LONG),
        lambda config: config.add_schedule("t", trigger=Windy()),
        lambda config: config.add_schedule("t", trigger='{"kind": "' + LONG + '"}'),
    ],
)
def test_what_is_refused_is_not_repeated_without_bound(declare: Callable[[Any], Any]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        declare(configurator())
    assert len(str(raised.value)) < 1500


def test_the_first_parameter_named_request_is_given_the_request() -> None:
    config = configurator()
    config.add_task(greet)
    task = only_task(config)
    assert task.takes_request
    assert list(task.signature.parameters) == ["name"]


def test_request_says_otherwise() -> None:
    config = configurator()
    config.add_task(greet, "without", request=False)
    config.add_task(compute, "with", request=True)
    tasks = made(config).tasks
    assert list(tasks["without"].signature.parameters) == ["request", "name"]
    assert list(tasks["with"].signature.parameters) == ["name"]


def test_request_needs_a_parameter_to_be_given_to() -> None:
    assert "nothing has no first parameter for the request" in refused(nothing, request=True)


def test_a_method_is_a_task_of_its_class() -> None:
    config = configurator()
    config.add_task(Views.purge)
    config.add_task(Views, attr="purge")  # the same, as add_view has it
    config.add_task(Views.Inner.polish)
    tasks = made(config).tasks
    assert set(tasks) == {f"{HERE}.Views.purge", f"{HERE}.Views.Inner.polish"}
    purge = tasks[f"{HERE}.Views.purge"]
    assert purge.takes_request
    assert list(purge.signature.parameters) == ["days"]


def test_a_static_method_is_a_function_like_any_other() -> None:
    config = configurator()
    config.add_task(Views.sweep)
    task = only_task(config)
    assert task.name == f"{HERE}.Views.sweep"
    assert not task.takes_request


def test_a_method_cannot_do_without_the_request() -> None:
    assert "a method's instance is made of the request" in refused(Views.purge, request=False)


def test_a_class_is_no_task() -> None:
    assert f"{HERE}.Views is a class: decorate one of its methods" in refused(Views)
    assert f"{HERE}.Views has no plain method 'prune'" in refused(Views, attr="prune")


def test_in_main_a_task_is_named_after_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    main = ModuleType("__main__")
    main.__file__ = "/srv/shop/app.py"
    monkeypatch.setitem(sys.modules, "__main__", main)
    exec("def job(): pass", vars(main))
    config = configurator()
    assert config.add_task(main.job) == "app.job"

    main.__spec__ = type("Spec", (), {"name": "shop.web.__main__"})()  # type: ignore[assignment]
    assert configurator().add_task(main.job) == "shop.web.job"


def test_a_file_whose_stem_is_no_name_asks_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    main = ModuleType("__main__")
    main.__file__ = "/srv/shop/01 app.py"
    monkeypatch.setitem(sys.modules, "__main__", main)
    exec("def job(): pass", vars(main))
    assert "the name it has by itself (name= gives another): '01 app.job'" in refused(main.job)


def test_a_callable_without_a_signature_is_refused() -> None:
    assert "the signature of getattr is unknown" in refused(getattr)


def test_a_directive_before_the_include_does_not_exist() -> None:
    with pytest.raises(AttributeError):
        configurator(include=False).add_task(clean)


def test_nothing_is_declared_before_the_commit() -> None:
    config = configurator()
    config.add_task(clean)
    assert declared(config).tasks == {}
