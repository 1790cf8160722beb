"""Task derivers: sorted as view derivers are, asked once for each task, at the end."""

from typing import Any

import pytest
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError

from pyramid_scheduler.config.derivers import DeriverInfo
from tests.config.scene import configurator, declared, made, only_task, run, succeeded


def job() -> list[str]:
    return list(TRACE)


def with_request(request: Any) -> str:
    return request.method


TRACE: list[str] = []


@pytest.fixture(autouse=True)
def empty() -> None:
    TRACE.clear()


def tracing(name: str) -> Any:
    """A deriver that notes when the call passes it."""

    def deriver(call: Any, info: DeriverInfo) -> Any:
        def traced(run: Any, request: Any) -> Any:
            TRACE.append(f"{name}{'' if request is None else ' with a request'}")
            return call(run, request)

        return traced

    deriver.__name__ = name
    return deriver


def traces(task: Any = job, **places: dict[str, Any]) -> list[str]:
    """What the task's call passes, with a deriver of each name at its place."""
    config = configurator()
    config.add_task(task, "t")
    for name, place in places.items():
        config.add_task_deriver(tracing(name), **place)
    config.make_wsgi_app()
    assert succeeded(run(config, "t"))
    return TRACE


def test_derivers_wrap_the_call_in_the_order_said() -> None:
    assert traces(
        inner={"under": "middle"}, outer={"over": "middle"}, middle={"under": "transaction"}
    ) == ["outer", "middle", "inner"]


def test_a_deriver_is_around_the_task_itself_unless_said_otherwise() -> None:
    assert traces(with_request, mine={}) == ["mine with a request"]


def test_one_over_the_request_has_none() -> None:
    assert traces(with_request, mine={"over": "request"}) == ["mine"]
    TRACE.clear()
    assert traces(with_request, mine={"over": ["retry"], "under": "INGRESS"}) == ["mine"]


def test_a_deriver_is_told_of_the_task_and_its_application() -> None:
    told = []

    def looks(call: Any, info: DeriverInfo) -> Any:
        told.append(info)
        return call

    config = configurator(settings={"shop.colour": "blue"})
    config.add_task_deriver(looks)
    config.add_task(job, "t", max_running=2)
    config.make_wsgi_app()
    (info,) = told
    assert (info.task.name, info.task.max_running) == ("t", 2)
    assert info.callee.func is job
    assert info.registry is config.registry
    assert info.settings["shop.colour"] == "blue"


def test_a_task_is_derived_once_although_it_is_declared_before_the_deriver() -> None:
    asked = []

    def counts(call: Any, info: DeriverInfo) -> Any:
        asked.append(info.task.name)
        return call

    config = configurator()
    config.add_task(job, "a")
    config.add_task(job, "b")
    config.add_task_deriver(counts)
    config.commit()
    config.add_task(job, "c")
    config.make_wsgi_app()
    assert asked == ["a", "b", "c"]


def test_what_a_deriver_leaves_alone_costs_nothing() -> None:
    plain, derived = configurator(), configurator()
    derived.add_task_deriver(lambda call, info: call, "nothing")
    calls = []
    for config in (plain, derived):
        config.add_task(job, "t")
        calls.append(only_task(config).call)
    assert calls[0].__qualname__ == calls[1].__qualname__


def test_a_deriver_may_be_given_as_a_dotted_name() -> None:
    config = configurator()
    config.add_task_deriver("pyramid_scheduler.config.calling.transaction", "again")
    config.add_task(job, "t")
    config.make_wsgi_app()
    assert succeeded(run(config, "t"))


def test_an_application_overrides_a_deriver_of_ours() -> None:
    config = configurator()
    config.add_task_deriver(tracing("transaction"), under="request", over="INVOKE")
    config.add_task(job, "t")
    config.make_wsgi_app()
    assert succeeded(run(config, "t"))
    assert TRACE == ["transaction"]


def test_two_derivers_of_one_name_conflict() -> None:
    config = configurator()
    config.add_task_deriver(tracing("mine"))
    config.add_task_deriver(tracing("mine"))
    with pytest.raises(ConfigurationConflictError):
        config.commit()


@pytest.mark.parametrize(
    ("deriver", "options", "message"),
    [
        (42, {}, "task deriver: 42 is not callable"),
        ("no.such.thing", {}, "'no.such.thing' cannot be imported"),
        (tracing("INGRESS"), {}, "the name INGRESS is reserved"),
        (tracing("mine"), {"name": "INVOKE"}, "the name INVOKE is reserved"),
        (tracing("mine"), {"over": "INGRESS"}, "nothing is over INGRESS or under INVOKE"),
        (tracing("mine"), {"under": "INVOKE"}, "nothing is over INGRESS or under INVOKE"),
    ],
)
def test_what_is_no_deriver_is_refused(deriver: Any, options: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        configurator().add_task_deriver(deriver, **options)
    assert message in str(raised.value)


def test_a_deriver_without_a_name_needs_one() -> None:
    class Deriver:
        def __call__(self, call: Any, info: DeriverInfo) -> Any:
            return call

    config = configurator()
    with pytest.raises(ConfigurationError, match="has no name: give it one with name="):
        config.add_task_deriver(Deriver())
    config.add_task_deriver(Deriver(), "named")


def test_places_that_contradict_each_other_are_refused() -> None:
    config = configurator()
    config.add_task_deriver(tracing("mine"), under="transaction", over="request")
    config.add_task(job, "t")
    with pytest.raises(ConfigurationError, match="task derivers: Implicit ordering cycle"):
        config.commit()


def test_a_place_that_there_is_not_is_refused() -> None:
    config = configurator()
    config.add_task_deriver(tracing("mine"), under="transactoin")
    config.add_task(job, "t")
    with pytest.raises(ConfigurationError, match="Unsatisfied"):
        config.commit()


def test_an_autocommitting_configurator_derives_at_once() -> None:
    config = configurator(autocommit=True)
    config.add_task(job, "t")
    assert declared(config).tasks["t"].call is not job
    assert succeeded(run(config, "t"))


def test_a_task_that_nobody_derived_is_still_its_function() -> None:
    config = configurator()
    config.add_task(job, "t")
    assert made(config).tasks["t"].func is job


@pytest.mark.parametrize("answer", [None, 42])
def test_a_deriver_that_returns_no_call_is_refused_by_its_name(answer: Any) -> None:
    config = configurator()
    config.add_task_deriver(lambda call, info: answer, "forgetful")
    config.add_task(job, "t")
    with pytest.raises(ConfigurationError, match=f"'forgetful': for the task 't' .* {answer}, not"):
        config.commit()
