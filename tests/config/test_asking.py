"""Asking inside a request: with pyramid_tm if and when its transaction commits, else at once."""

from pathlib import Path
from typing import Any

import pytest
import transaction
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.scripting import prepare
from webtest import TestApp

from pyramid_scheduler import scheduler
from pyramid_scheduler.config.wiring import wiring_of
from pyramid_scheduler.errors import (
    AlreadyExists,
    StoreUnavailable,
    UnknownRun,
    UnknownSchedule,
)
from pyramid_scheduler.events import AskingFailed
from tests.config.scene import configurator, run

EXPLICIT = {"tm.manager_hook": "pyramid_tm.explicit_manager"}


def job(number: int = 0) -> None:
    """A task."""


def application(
    view: Any, *, with_tm: bool = True, **settings: str
) -> tuple[Configurator, TestApp]:
    """An application with one view and one task, called t."""
    config = configurator(settings=EXPLICIT | settings if with_tm else settings)
    if with_tm:
        config.include("pyramid_tm")
    config.add_task(job, "t")
    config.add_view(view, name="ask")
    return config, TestApp(config.make_wsgi_app())


def runs(config: Configurator) -> list[Any]:
    return config.registry.scheduler.runs()


def test_what_is_asked_for_takes_effect_after_the_commit() -> None:
    seen = []

    def ask(request: Any) -> Response:
        run_id = request.scheduler.run_now("t", 7)
        seen.append(runs(config))
        return Response(run_id)

    config, app = application(ask)
    run_id = app.get("/ask").text
    assert seen == [[]], "not before the commit"
    (run,) = runs(config)
    assert (run.id, run.task, run.args) == (run_id, "t", (7,))


def test_the_modules_scheduler_waits_for_the_commit_as_well() -> None:
    def ask(request: Any) -> Response:
        scheduler.run_now("t")
        return Response(str(len(runs(config))))

    config, app = application(ask)
    assert app.get("/ask").text == "0"
    assert len(runs(config)) == 1


def test_the_registrys_scheduler_acts_at_once() -> None:
    def ask(request: Any) -> Response:
        request.registry.scheduler.run_now("t")
        return Response(str(len(runs(config))))

    config, app = application(ask)
    assert app.get("/ask").text == "1"


def test_what_is_asked_for_is_forgotten_when_the_view_raises() -> None:
    def ask(request: Any) -> Response:
        request.scheduler.run_now("t")
        request.scheduler.schedule("t", after=60, id="x")
        raise ValueError("no")

    config, app = application(ask)
    with pytest.raises(ValueError, match="no"):
        app.get("/ask")
    assert runs(config) == []
    assert config.registry.scheduler.schedules() == []


def test_what_is_asked_for_is_forgotten_when_the_transaction_is_doomed() -> None:
    def ask(request: Any) -> Response:
        request.scheduler.run_now("t")
        request.tm.doom()
        return Response("sorry")

    config, app = application(ask)
    app.get("/ask")
    assert runs(config) == []


def test_a_schedule_is_made_and_removed_with_the_transaction() -> None:
    def ask(request: Any) -> Response:
        if request.params["do"] == "make":
            request.scheduler.schedule("t", after=60, id="x")
        else:
            request.scheduler.remove("x")
        return Response(str(len(request.scheduler.schedules())))

    config, app = application(ask)
    assert app.get("/ask?do=make").text == "0"
    assert [schedule.name for schedule in config.registry.scheduler.schedules()] == ["x"]
    assert app.get("/ask?do=remove").text == "1"
    assert config.registry.scheduler.schedules() == []


def test_what_there_is_is_read_once_in_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def ask(request: Any) -> Response:
        for number in range(3):
            request.scheduler.schedule("t", after=60, id=f"new{number}")
        request.scheduler.remove("old")
        with pytest.raises(AlreadyExists):
            request.scheduler.schedule("t", after=60, id="kept")
        with pytest.raises(UnknownSchedule, match="did you mean 'kept'"):
            request.scheduler.remove("kpet")
        return Response("fine")

    config, app = application(ask)
    known = config.registry.scheduler
    known.schedule_many([{"task": "t", "after": 60, "id": name} for name in ("kept", "old")])
    schedules = known.store.schedules
    monkeypatch.setattr(known.store, "schedules", lambda: read.append(1) or schedules())
    app.get("/ask")

    assert read == [1]
    assert [one.name for one in schedules()] == ["kept", "new0", "new1", "new2"]


def test_pausing_acts_at_once() -> None:
    def ask(request: Any) -> Response:
        request.scheduler.pause("x")
        return Response(request.scheduler.schedules()[0].state)

    config, app = application(ask)
    config.registry.scheduler.schedule("t", after=60, id="x")
    assert app.get("/ask").text == "paused"


def test_arguments_that_do_not_fit_are_refused_before_the_commit() -> None:
    def ask(request: Any) -> Response:
        with pytest.raises(TypeError, match="too many positional arguments"):
            request.scheduler.run_now("t", 1, 2)
        return Response("")

    application(ask)[1].get("/ask")


def test_without_pyramid_tm_it_acts_at_once() -> None:
    def ask(request: Any) -> Response:
        request.scheduler.run_now("t")
        return Response(str(len(runs(config))))

    config, app = application(ask, with_tm=False)
    assert app.get("/ask").text == "1"


@pytest.mark.parametrize("settings", [EXPLICIT, {}])
def test_where_pyramid_tm_is_not_active_it_acts_at_once(settings: dict[str, str]) -> None:
    def ask(request: Any) -> Response:
        request.scheduler.run_now("t")
        return Response(str(len(runs(config))))

    config = configurator(settings=settings | {"tm.activate_hook": f"{__name__}.never"})
    config.include("pyramid_tm")
    config.add_task(job, "t")
    config.add_view(ask, name="ask")
    assert TestApp(config.make_wsgi_app()).get("/ask").text == "1"


def never(request: Any) -> bool:
    return False


def test_in_a_script_it_waits_for_the_transaction_that_was_begun() -> None:
    config, _ = application(lambda request: Response(""))
    with prepare(registry=config.registry) as env:
        request = env["request"]
        request.scheduler.run_now("t")
        assert len(runs(config)) == 1, "there was no transaction yet"
        with request.tm:
            request.scheduler.run_now("t")
            assert len(runs(config)) == 1
        assert len(runs(config)) == 2


def test_in_a_script_with_the_usual_manager_it_acts_at_once() -> None:
    config = configurator()
    config.include("pyramid_tm")
    config.add_task(job, "t")
    config.make_wsgi_app()
    with prepare(registry=config.registry) as env:
        env["request"].scheduler.run_now("t")
        assert len(runs(config)) == 1
    transaction.abort()


def test_in_a_test_whose_transaction_is_aborted_nothing_happens() -> None:
    # As the cookiecutter's tests do it: the test's own manager, aborted at the end.
    def ask(request: Any) -> Response:
        request.scheduler.run_now("t")
        return Response("")

    config, app = application(ask)
    tm = transaction.TransactionManager(explicit=True)
    tm.begin()
    tm.doom()
    app.get("/ask", extra_environ={"tm.active": True, "tm.manager": tm})
    tm.abort()
    assert runs(config) == []


def test_a_task_asks_within_its_own_transaction() -> None:
    def chain(request: Any) -> int:
        request.scheduler.run_now("t")
        return len(runs(config))

    config = configurator(settings=EXPLICIT)
    config.include("pyramid_tm")
    config.add_task(job, "t")
    config.add_task(chain, "chain")
    config.make_wsgi_app()
    assert run(config, "chain").result == "0"
    assert len(runs(config)) == 1


# What is known before the commit is refused before; the rest is heard of after it.


def test_until_the_commit_the_run_asked_for_is_unknown() -> None:
    def ask(request: Any) -> Response:
        run_id = request.scheduler.run_now("t")
        with pytest.raises(UnknownRun, match=run_id):
            request.scheduler.run(run_id)
        return Response(run_id)

    config, app = application(ask)
    assert config.registry.scheduler.run(app.get("/ask").text).state == "pending"


def test_an_id_that_is_taken_is_refused_before_the_commit() -> None:
    def ask(request: Any) -> Response:
        with pytest.raises(AlreadyExists, match="'x' exists: pass replace=True"):
            request.scheduler.schedule("t", after=60, id="x")
        request.scheduler.schedule("t", after=90, id="x", replace=True)
        return Response("")

    config, app = application(ask)
    config.registry.scheduler.schedule("t", after=60, id="x")
    app.get("/ask")


def test_an_id_given_twice_in_one_transaction_is_refused_before_the_commit() -> None:
    def ask(request: Any) -> Response:
        request.scheduler.schedule("t", after=60, id="x")
        with pytest.raises(AlreadyExists):
            scheduler.schedule("t", after=60, id="x")
        return Response("")

    config, app = application(ask)
    app.get("/ask")
    assert len(config.registry.scheduler.schedules()) == 1


def test_removing_what_is_not_there_is_refused_before_the_commit() -> None:
    def ask(request: Any) -> Response:
        with pytest.raises(UnknownSchedule, match="did you mean 'tea'"):
            request.scheduler.remove("teaa")
        return Response("")

    config, app = application(ask)
    config.registry.scheduler.schedule("t", after=60, id="tea")
    app.get("/ask")


def test_what_was_asked_for_in_the_same_transaction_counts() -> None:
    def ask(request: Any) -> Response:
        request.scheduler.schedule("t", after=60, id="new")
        assert scheduler.remove("new") == []
        with pytest.raises(UnknownSchedule):
            request.scheduler.remove("new")
        request.scheduler.remove("old")
        request.scheduler.schedule("t", after=60, id="old")
        return Response("")

    config, app = application(ask)
    events: list[AskingFailed] = []
    config.add_subscriber(events.append, AskingFailed)
    config.commit()
    config.registry.scheduler.schedule("t", interval=60, id="old")
    app.get("/ask")
    assert events == []
    (schedule,) = config.registry.scheduler.schedules()
    assert (schedule.name, schedule.definition.trigger.kind) == ("old", "once")


def test_what_was_asked_for_in_an_aborted_transaction_does_not_count() -> None:
    def ask(request: Any) -> Response:
        request.scheduler.schedule("t", after=60, id="x")
        request.tm.doom()
        return Response("")

    _, app = application(ask)
    app.get("/ask")
    app.get("/ask")


def test_removing_at_once_tells_which_runs_go_on() -> None:
    config, _ = application(lambda request: Response(""), with_tm=False)
    known = config.registry.scheduler
    known.schedule("t", interval=60, id="x")
    known.store.remove_schedule = lambda name: ("run-1",)
    assert known.remove("x") == ["run-1"]


def test_the_request_has_succeeded_all_the_same() -> None:
    def ask(request: Any) -> Response:
        request.scheduler.schedule("t", after=60, id="x")
        request.scheduler.run_now("t")
        request.registry.scheduler.schedule("t", after=60, id="x")  # somebody is faster
        return Response("done")

    config, app = application(ask)
    events: list[AskingFailed] = []
    config.add_subscriber(events.append, AskingFailed)
    config.commit()
    assert app.get("/ask").text == "done"
    assert [event.what for event in events] == ["schedule(x)"]
    assert len(runs(config)) == 1, "what came after the failure was written"


class AnswersLost:
    """A verb of a store whose first answer is lost: it was done, and nobody was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: Any, verb: str) -> None:
        self.tries = 0
        self._verb = getattr(store, verb)
        monkeypatch.setattr(store, verb, self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.tries += 1
        answer = self._verb(*args, **kwargs)
        if self.tries == 1:
            raise StoreUnavailable("the answer was lost")
        return answer


def asked_once(config: Configurator, app: TestApp) -> list[AskingFailed]:
    """Send the request; return what was said to have failed once all of it is written."""
    events: list[AskingFailed] = []
    config.add_subscriber(events.append, AskingFailed)
    config.commit()
    app.get("/ask")
    wiring = wiring_of(config.registry)
    assert wiring is not None
    thread = wiring.late._thread
    if thread is not None:  # else it is at its end already
        thread.join(10)
    return events


@pytest.mark.parametrize("store", ["memory://", "sqlite:///{}/scheduler.sqlite"])
def test_what_was_done_although_the_answer_was_lost_has_succeeded(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(request: Any) -> Response:
        request.scheduler.schedule_many(
            [{"task": "t", "id": "x", "after": 60}, {"task": "t", "id": "y", "every": "2 days"}]
        )
        request.scheduler.remove("old")
        return Response("")

    config, app = application(ask, **{"scheduler.store": store.format(tmp_path)})
    known = config.registry.scheduler
    known.schedule("t", after=60, id="old")
    put = AnswersLost(monkeypatch, known.store, "put_schedule")
    remove = AnswersLost(monkeypatch, known.store, "remove_schedule")
    assert asked_once(config, app) == []
    assert (put.tries, remove.tries) == (2, 2)
    assert [one.name for one in known.schedules()] == ["x", "y"]
    known.store.close()


def test_one_of_that_id_that_somebody_else_has_made_meanwhile_is_heard_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ask(request: Any) -> Response:
        request.scheduler.schedule("t", after=60, id="x")
        return Response("")

    config, app = application(ask)
    store = config.registry.scheduler.store
    put = store.put_schedule

    def away(definitions: Any, *, replace: bool) -> None:
        monkeypatch.setattr(store, "put_schedule", put)
        config.registry.scheduler.schedule("t", interval=60, id="x")
        raise StoreUnavailable("gone")

    monkeypatch.setattr(store, "put_schedule", away)
    (event,) = asked_once(config, app)
    assert event.what == "schedule(x)"
    assert event.error.startswith("AlreadyExists")


# request.scheduler itself.


def test_the_applications_own_request_scheduler_does_not_conflict() -> None:
    def includes(config: Configurator) -> None:
        config.include("pyramid_scheduler")

    for before in (True, False):
        config = configurator(include=False)
        if before:
            config.include(includes)
        config.add_request_method(lambda request: "own", "scheduler", reify=True)
        if not before:
            config.include(includes)
        config.make_wsgi_app()
        with prepare(registry=config.registry) as env:
            assert env["request"].scheduler == "own"


def test_an_add_ons_request_scheduler_does_not_conflict() -> None:
    def addon(config: Configurator) -> None:
        config.add_request_method(lambda request: "addon", "scheduler")

    config = configurator()
    config.include(addon)
    config.make_wsgi_app()
    with prepare(registry=config.registry) as env:
        assert env["request"].scheduler() == "addon"


def test_an_application_without_one_has_ours() -> None:
    config = configurator()
    config.make_wsgi_app()
    with prepare(registry=config.registry) as env:
        request = env["request"]
        assert isinstance(request, Request)
        assert request.scheduler.declared is config.registry.scheduler.declared
        assert request.scheduler is request.scheduler


def test_ours_is_there_with_an_autocommitting_configurator() -> None:
    config = configurator(autocommit=True)
    with prepare(registry=config.registry) as env:
        assert env["request"].scheduler.declared is config.registry.scheduler.declared
