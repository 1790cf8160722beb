"""``then=`` and ``on_failure=``: what is declared, what is refused, what is run."""

import json
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from pyramid.exceptions import ConfigurationError

from pyramid_scheduler import Retry
from pyramid_scheduler.execution import CurrentRun, execute
from pyramid_scheduler.model import Claim, Follow, Kind, Outcome
from tests.clock import HandClock
from tests.config.scene import configurator, declared, made
from tests.engine.scene import make_task


def fetch() -> list[int]:
    return [1, 2]


def store(rates: list[int]) -> None:
    """A task."""


def tell(failure: dict[str, Any]) -> None:
    """A task."""


def one_by_one(last: Any = None) -> Any:
    """A task that may be given what the one before left over."""


def nothing() -> None:
    """A task that takes no argument."""


def test_a_chain_is_declared_by_name_or_function_before_or_after() -> None:
    config = configurator()
    config.add_task(fetch, then=store, on_failure="tell")
    config.add_task(store)
    config.add_task(tell, "tell")
    task = made(config).tasks[f"{__name__}.fetch"]
    assert (task.then, task.on_failure) == (f"{__name__}.store", "tell")


def test_a_chain_may_be_said_in_the_ini_file() -> None:
    config = configurator(settings={"scheduler.task.fetch.then": "store"})
    config.add_task(fetch, "fetch")
    config.add_task(store, "store")
    assert made(config).tasks["fetch"].then == "store"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"then": "stoer"}, "task 'fetch': then: no task is named 'stoer'; did you mean 'store'"),
        ({"on_failure": print}, "on_failure: .*print.* is not a task"),
        ({"then": "nothing"}, r"then: too many positional arguments; the task is nothing\(\)"),
        ({"then": 7}, "then: 7 is not a name"),
        ({"on_failure": "fetch"}, "on_failure: that is the task itself"),
        ({"on_failure": one_by_one}, "on_failure: that is the task itself"),
    ],
)
def test_what_cannot_follow_is_refused(options: dict[str, Any], words: str) -> None:
    config = configurator()
    config.add_task(nothing, "nothing")
    config.add_task(store, "store")
    with pytest.raises(ConfigurationError, match=words):
        declare(config, options)


def declare(config: Any, options: dict[str, Any]) -> None:
    config.add_task(one_by_one, "fetch", **options)
    config.make_wsgi_app()


@pytest.mark.parametrize(
    ("option", "said", "words"),
    [
        ("then", "stoer", "then: no task is named 'stoer'; did you mean 'store'"),
        ("then", "nothing", "it is given one argument"),
        ("on_failure", "fetch", "on_failure: that is the task itself"),
    ],
)
def test_the_setting_that_says_it_is_told(option: str, said: str, words: str) -> None:
    setting = f"scheduler.task.fetch.{option}"
    config = configurator(settings={setting: said})
    config.add_task(nothing, "nothing")
    config.add_task(store, "store")
    with pytest.raises(ConfigurationError, match=f"{words}.*{setting} = '{said}'"):
        declare(config, {})


def test_a_task_may_follow_itself_as_long_as_it_succeeds() -> None:
    config = configurator()
    declare(config, {"then": "fetch"})
    assert declared(config).tasks["fetch"].then == "fetch"


def outcome_of(call: Callable[..., Any]) -> Outcome:
    known = make_task("fetch", call, then="store", on_failure="tell")
    claim = Claim("r", Kind.ASKED, None, "fetch", 0, 0, 1, 1, "")
    return execute(known, claim, Event(), HandClock())


def test_the_next_is_given_the_result() -> None:
    assert outcome_of(lambda run, request: [1, 2]).follow == Follow("store", "[[[1, 2]],{}]")
    assert outcome_of(lambda run, request: None).follow == Follow("store", "[[null],{}]")


def test_or_is_told_of_the_error() -> None:
    def explode(run: CurrentRun, request: object) -> None:
        raise ValueError("oops")

    follow = outcome_of(explode).follow
    assert follow is not None
    assert follow.task == "tell"
    assert json.loads(follow.arguments) == [
        [{"run": "r", "task": "fetch", "type": "builtins.ValueError", "message": "oops"}], {},
    ]  # fmt: skip


def test_while_it_is_tried_again_nothing_follows() -> None:
    def explode(run: CurrentRun, request: object) -> None:
        raise Retry

    assert outcome_of(explode).follow is None
