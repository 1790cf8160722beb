"""A task's request is real: its registry, methods, URLs, callbacks, transaction and retries."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa
import transaction
import zope.sqlalchemy
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.threadlocal import get_current_registry, get_current_request, manager
from pyramid_retry import RetryableException, is_last_attempt, mark_error_retryable
from pyramid_tm import is_tm_active
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool
from transaction.interfaces import TransientError

from pyramid_scheduler import current_run
from pyramid_scheduler.model import RunState
from tests.config.scene import configurator, run, succeeded


class Own(Request):
    """The application's own kind of request."""


def result(config: Configurator, func: Any, **options: Any) -> Any:
    """What the task ``func`` returned; the application is made of it alone."""
    config.add_task(func, "t", **options)
    config.make_wsgi_app()
    outcome = run(config, "t")
    assert succeeded(outcome)
    assert manager.stack == [], "nothing of the run stays current"
    return outcome.result


def failed(config: Configurator, func: Any, **options: Any) -> str:
    config.add_task(func, "t", **options)
    config.make_wsgi_app()
    outcome = run(config, "t")
    assert outcome.state is RunState.FAILED
    assert outcome.error is not None
    assert manager.stack == [], "nothing of the run stays current"
    return outcome.error.message


# What a request is.


def test_it_has_the_registry_and_what_the_application_adds_to_requests() -> None:
    def look(request: Any) -> bool:
        return (
            request.registry is config.registry
            and request.colour == "blue"
            and request.double(21) == 42
            and get_current_request() is request
            and get_current_registry() is config.registry
        )

    config = configurator()
    config.add_request_method(lambda request: "blue", "colour", reify=True)
    config.add_request_method(lambda request, number: number * 2, "double")
    assert result(config, look) == "true"


def test_it_is_made_by_the_applications_factory() -> None:
    def look(request: Any) -> str:
        return type(request).__mro__[1].__name__

    assert result(configurator(request_factory=Own), look) == '"Own"'


def test_its_urls_are_those_of_the_base_url() -> None:
    def look(request: Any) -> list[str]:
        return [request.route_url("cart", id=7), request.application_url]

    config = configurator(settings={"scheduler.base_url": "https://example.com/shop"})
    config.add_route("cart", "/cart/{id}")
    assert result(config, look) == (
        '["https://example.com/shop/cart/7", "https://example.com/shop"]'
    )


def test_it_has_the_root_as_its_context() -> None:
    def look(request: Any) -> str:
        return request.context["name"]

    config = configurator(root_factory=lambda request: {"name": "root"})
    assert result(config, look) == '"root"'


def test_its_finished_callbacks_are_called_although_the_task_fails() -> None:
    finished = []

    def fail(request: Any) -> None:
        request.add_finished_callback(lambda request: finished.append(request.url))
        raise ValueError("no")

    assert failed(configurator(), fail) == "no"
    assert finished == ["http://localhost/"]


def test_a_finished_callback_that_raises_fails_the_run_and_leaves_nothing_current() -> None:
    def job(request: Any) -> None:
        request.add_finished_callback(lambda request: 1 / 0)

    assert failed(configurator(), job) == "division by zero"


def test_a_root_factory_that_raises_fails_the_run_and_leaves_nothing_current() -> None:
    def root(request: Any) -> Any:
        raise LookupError("no root")

    def job(request: Any) -> None: ...

    assert failed(configurator(root_factory=root), job) == "no root"


def test_every_run_has_a_request_of_its_own() -> None:
    seen = []

    def look(request: Any) -> None:
        seen.append(request)

    config = configurator()
    config.add_task(look, "t")
    config.make_wsgi_app()
    run(config, "t")
    run(config, "t")
    assert seen[0] is not seen[1]


def test_a_task_without_a_request_has_the_registry_and_no_request() -> None:
    def look() -> bool:
        return get_current_registry() is config.registry and get_current_request() is None

    config = configurator()
    assert result(config, look) == "true"


def test_its_arguments_follow_the_request() -> None:
    def add(request: Any, a: int, b: int = 0) -> int:
        return a + b

    config = configurator()
    config.add_task(add, "t")
    config.make_wsgi_app()
    assert run(config, "t", 1, b=2).result == "3"


def test_the_request_is_the_first_parameter_whatever_it_is_called() -> None:
    def look(req: Any) -> str:
        return req.method

    assert result(configurator(), look, request=True) == '"GET"'


def test_current_run_tells_of_the_run() -> None:
    def look(request: Any) -> list[Any]:
        this = current_run()
        return [this.id, this.task, this.schedule, this.attempt, this.stop.is_set()]

    assert result(configurator(), look) == '["run-1", "t", null, 1, false]'


def test_it_runs_in_whatever_thread() -> None:
    def look(request: Any) -> str:
        return request.scheduler.declared.find("t").name

    config = configurator()
    config.add_task(look, "t")
    config.make_wsgi_app()
    outcomes: list[Any] = []
    threads = [threading.Thread(target=lambda: outcomes.append(run(config, "t"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [outcome.result for outcome in outcomes] == ['"t"'] * 4


# Its transaction.


class Shop:
    """A database behind pyramid_tm, as the cookiecutter has it."""

    def __init__(self, **settings: Any) -> None:
        self.engine = sa.create_engine("sqlite://", poolclass=StaticPool)
        with self.engine.begin() as connection:
            connection.execute(sa.text("create table sales (id integer primary key)"))
        sessions = sessionmaker(self.engine)

        def session(request: Any) -> Session:
            made = sessions()
            zope.sqlalchemy.register(made, initial_state="changed", transaction_manager=request.tm)
            return made

        self.config = configurator(settings=settings)
        self.config.include("pyramid_tm")
        self.config.add_request_method(session, "db", reify=True)

    @property
    def sales(self) -> list[int]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.text("select id from sales order by id")).scalars())


EXPLICIT = {"tm.manager_hook": "pyramid_tm.explicit_manager"}


def sell(request: Any, number: int = 1) -> None:
    request.db.execute(sa.text("insert into sales values (:id)"), {"id": number})


@pytest.mark.parametrize("settings", [EXPLICIT, {}])
def test_what_a_task_writes_is_committed_when_it_returns(settings: dict[str, str]) -> None:
    shop = Shop(**settings)
    result(shop.config, sell)
    assert shop.sales == [1]


@pytest.mark.parametrize("settings", [EXPLICIT, {}])
def test_what_a_task_writes_is_undone_when_it_raises(settings: dict[str, str]) -> None:
    def job(request: Any) -> None:
        sell(request)
        raise ValueError("no")

    shop = Shop(**settings)
    assert failed(shop.config, job) == "no"
    assert shop.sales == []


def test_what_a_task_writes_is_undone_when_it_exits() -> None:
    def job(request: Any) -> None:
        sell(request)
        raise SystemExit(1)

    shop = Shop(**EXPLICIT)
    assert failed(shop.config, job) == "1"
    assert shop.sales == []


def test_a_doomed_transaction_is_undone_and_the_run_succeeds() -> None:
    def job(request: Any) -> str:
        sell(request)
        request.tm.doom()
        return "done"

    shop = Shop(**EXPLICIT)
    assert result(shop.config, job) == '"done"'
    assert shop.sales == []


def test_a_task_is_inside_pyramid_tm_as_a_view_is() -> None:
    def look(request: Any) -> list[Any]:
        return [is_tm_active(request), request.tm.get().description]

    assert result(Shop(**EXPLICIT).config, look) == '[true, "task t, run run-1"]'


def test_at_the_commit_it_is_no_more_as_in_pyramid_tm() -> None:
    active = []

    def job(request: Any) -> None:
        request.tm.get().addBeforeCommitHook(lambda: active.append(is_tm_active(request)))

    result(Shop(**EXPLICIT).config, job)
    assert active == [False]


def test_a_commit_that_fails_fails_the_run() -> None:
    def job(request: Any) -> None:
        request.tm.get().addBeforeCommitHook(lambda: 1 / 0)
        sell(request)

    shop = Shop(**EXPLICIT)
    assert failed(shop.config, job) == "division by zero"
    assert shop.sales == []


def test_the_next_run_of_the_thread_begins_with_nothing_of_a_failed_one() -> None:
    def job(request: Any, number: int) -> None:
        sell(request, number)
        if number == 1:
            raise ValueError("no")

    shop = Shop()
    shop.config.add_task(job, "t")
    shop.config.make_wsgi_app()
    run(shop.config, "t", 1)
    assert succeeded(run(shop.config, "t", 2))
    assert shop.sales == [2]


def test_without_pyramid_tm_there_is_no_transaction() -> None:
    def look(request: Any) -> bool:
        return hasattr(request, "tm")

    assert result(configurator(), look) == "false"


# Its retries.


class Flaky:
    """Raises what it is given, one after the other, then returns how often it was called."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.requests: list[Any] = []
        self.attempts: list[tuple[int, int]] = []

    def __call__(self, request: Any) -> int:
        self.requests.append(request)
        environ = request.environ
        self.attempts.append((environ.get("retry.attempt"), environ.get("retry.attempts")))
        if self.errors:
            raise self.errors.pop(0)
        return len(self.requests)


class Conflict(TransientError):
    """What a data manager raises for two that wrote at once."""


def test_a_conflict_is_tried_again_with_a_new_request() -> None:
    flaky = Flaky(Conflict(), Conflict())
    assert result(Shop(**EXPLICIT).config, flaky) == "3"
    assert len({id(request) for request in flaky.requests}) == 3
    assert flaky.attempts == [(0, 3), (1, 3), (2, 3)]


def test_what_a_failed_attempt_wrote_is_undone() -> None:
    errors = [Conflict()]

    def job(request: Any) -> None:
        sell(request, 1)
        if errors:
            raise errors.pop()

    shop = Shop(**EXPLICIT)
    result(shop.config, job)
    assert shop.sales == [1]


def test_a_conflict_that_only_the_database_knows_is_tried_again() -> None:
    # zope.sqlalchemy asks the driver's error: only its data manager can tell.
    calls = []

    class Manager:
        transaction_manager = None

        def should_retry(self, error: Exception) -> bool:
            return isinstance(error, KeyError)

        def abort(self, transaction: Any) -> None: ...

        def commit(self, transaction: Any) -> None: ...

        tpc_begin = tpc_vote = tpc_finish = tpc_abort = commit

        def sortKey(self) -> str:  # noqa: N802 - what the transaction package calls
            return "x"

    def job(request: Any) -> int:
        calls.append(1)
        request.tm.get().join(Manager())
        if len(calls) == 1:
            raise KeyError("deadlock")
        return len(calls)

    assert result(Shop(**EXPLICIT).config, job) == "2"


def test_the_last_attempt_raises() -> None:
    flaky = Flaky(*(Conflict(str(number)) for number in range(9)))
    assert failed(Shop(**EXPLICIT).config, flaky) == "2"
    assert len(flaky.requests) == 3


def test_as_often_as_the_host_application_says() -> None:
    flaky = Flaky(*(RetryableException() for _ in range(9)))
    config = configurator(settings={"retry.attempts": "5"})
    config.include("pyramid_retry")
    failed(config, flaky)
    assert len(flaky.requests) == 5


def test_another_error_is_not_tried_again() -> None:
    flaky = Flaky(ValueError("no"))
    assert failed(Shop(**EXPLICIT).config, flaky) == "no"
    assert len(flaky.requests) == 1


def test_an_error_that_was_marked_is_tried_again() -> None:
    error = ValueError("marked")
    mark_error_retryable(error)
    config = configurator()
    config.include("pyramid_retry")
    assert result(config, Flaky(error)) == "2"


def test_the_task_can_tell_its_last_attempt() -> None:
    last = []

    def job(request: Any) -> None:
        last.append(is_last_attempt(request))
        if len(last) < 3:
            raise RetryableException

    config = configurator()
    config.include("pyramid_retry")
    result(config, job)
    assert last == [False, False, True]


def test_where_nothing_retries_nothing_is_tried_again() -> None:
    flaky = Flaky(RetryableException())
    failed(configurator(), flaky)
    assert len(flaky.requests) == 1


def test_a_transaction_of_the_usual_manager_is_the_threads_own() -> None:
    def look(request: Any) -> bool:
        return request.tm is transaction.manager

    assert result(Shop().config, look) == "true"
