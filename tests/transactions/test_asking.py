"""Asking within the application's own transaction: committed with it, rolled back with it."""

import logging
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pyramid.response import Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from transaction.interfaces import TransientError
from webtest import TestApp

from pyramid_scheduler.config.sessions import WHY_APART, read_session_factory
from pyramid_scheduler.errors import AlreadyExists, InvalidValue, UnknownSchedule
from pyramid_scheduler.events import TaskSucceeded
from pyramid_scheduler.interfaces import Apart
from pyramid_scheduler.stores import make_store
from tests.clock import HandClock
from tests.transactions.scene import Make, Payment, Scene, database_of, managed, order, own, seen


def test_it_is_a_part_of_the_transaction_and_committed_with_it(scene: Scene) -> None:
    def ask(request: Any) -> str:
        order(request)
        run_id = request.scheduler.run_now("job", 7)
        assert seen(request) == 1, "visible at once to that transaction"
        assert scene.runs() == [], "and to nobody else"
        return run_id

    run_id = scene.ask(ask)

    (run,) = scene.runs()
    assert (run.id, run.task, run.args) == (run_id, "job", (7,))
    assert scene.orders() == ["1"]


def test_it_alone_is_enough_to_commit(scene: Scene) -> None:
    # zope.sqlalchemy rolls back what it has not seen change.
    scene.ask(lambda request: request.scheduler.run_now("job"))
    assert len(scene.runs()) == 1


def test_engines_are_told_with_the_commit(scene: Scene) -> None:
    scene.scheduler.store.open()
    before = scene.revision()

    def ask(request: Any) -> None:
        request.scheduler.run_now("job")
        assert scene.revision() == before

    scene.ask(ask)
    assert scene.revision() > before


def test_an_abort_takes_it_back_with_all_else(scene: Scene) -> None:
    def ask(request: Any) -> None:
        order(request)
        request.scheduler.run_now("job")
        request.scheduler.schedule("job", after=60, id="x")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        scene.ask(ask)
    assert (scene.runs(), scene.schedules(), scene.orders()) == ([], [], [])


def test_a_doomed_transaction_takes_it_back(scene: Scene) -> None:
    def ask(request: Any) -> None:
        request.scheduler.run_now("job")
        request.tm.doom()

    scene.ask(ask)
    assert scene.runs() == []


def test_an_exception_view_does_not_bring_it_back(scene: Scene) -> None:
    def fault(error: Exception, request: Any) -> Response:
        request.scheduler.run_now("job", 2)  # its own transaction is over: this is at once
        return Response("sorry", status=500)

    def ask(request: Any) -> None:
        request.scheduler.run_now("job", 1)
        raise LookupError

    scene.config.add_exception_view(fault, context=LookupError)
    assert scene.ask(ask, status=500) == "sorry"
    assert [run.args for run in scene.runs()] == []


def test_a_savepoint_of_the_session_takes_back_what_is_in_it(scene: Scene) -> None:
    def ask(request: Any) -> None:
        request.scheduler.run_now("job", 1)
        with request.dbsession.begin_nested() as savepoint:
            order(request)
            request.scheduler.run_now("job", 2)
            savepoint.rollback()
        with request.dbsession.begin_nested():
            request.scheduler.run_now("job", 3)

    scene.ask(ask)
    assert sorted(run.args for run in scene.runs()) == [(1,), (3,)]
    assert scene.orders() == []


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_savepoint_of_the_transaction_takes_back_what_is_in_it(scene: Scene) -> None:
    # zope.sqlalchemy has none on SQLite.
    def ask(request: Any) -> None:
        request.scheduler.run_now("job", 1)
        savepoint = request.tm.savepoint()
        request.scheduler.run_now("job", 2)
        savepoint.rollback()

    scene.ask(ask)
    assert [run.args for run in scene.runs()] == [(1,)]


def test_it_goes_with_what_the_orm_flushes(scene: Scene) -> None:
    def ask(request: Any) -> None:
        request.dbsession.add(Payment(text="a"))
        request.scheduler.run_now("job")

    scene.ask(ask)
    with Session(scene.engine) as session:
        assert session.scalars(sa.select(Payment.text)).all() == ["a"]
    assert len(scene.runs()) == 1


def test_schedules_are_made_and_removed_with_it(scene: Scene) -> None:
    def make(request: Any) -> None:
        request.scheduler.schedule("job", after=60, id="x")
        with pytest.raises(AlreadyExists):
            request.scheduler.schedule("job", after=60, id="x")
        with pytest.raises(UnknownSchedule):
            request.scheduler.remove("y")
        order(request)  # what was refused has not spoilt the transaction
        assert scene.schedules() == []

    def remove(request: Any) -> list[str]:
        gone = request.scheduler.remove("x")
        assert scene.schedules() == ["x"]
        return gone

    scene.ask(make)
    assert (scene.schedules(), scene.orders()) == (["x"], ["1"])
    assert scene.ask(remove) == "[]"
    assert scene.schedules() == []


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_statement_that_fails_leaves_the_transaction_as_it_was(scene: Scene) -> None:
    def ask(request: Any) -> None:
        order(request)
        request.dbsession.execute(sa.text("set local lock_timeout = 50"))
        with pytest.raises(DBAPIError):
            request.scheduler.schedule("job", after=60, id="x")
        request.scheduler.run_now("job")

    scene.scheduler.store.open()
    with scene.engine.begin() as other:
        other.execute(sa.text("select * from scheduler_number for update"))
        # Its row of the revision is needed for the commit: let go of that.
        locked = threading.Timer(0.3, other.rollback)
        locked.start()
        scene.ask(lambda request: ask(request) or locked.join())
    assert (scene.orders(), scene.schedules(), len(scene.runs())) == (["1"], [], 1)


def test_a_session_that_the_application_commits_itself(make: Make) -> None:
    scene = make(tm=False, session=own)

    def ask(request: Any) -> None:
        request.scheduler.run_now("job", 1)
        order(request, "1")
        request.dbsession.rollback()
        request.scheduler.run_now("job", 2)
        order(request, "2")
        request.dbsession.commit()
        request.scheduler.run_now("job", 3)

    scene.ask(ask)
    assert ([run.args for run in scene.runs()], scene.orders()) == ([(2,)], ["2"])


def test_a_scoped_session_and_a_factory_of_ones_own(make: Make) -> None:
    sessions: list[Any] = []
    scene = make(tm=False, scheduler__session_factory=lambda request: sessions[0])
    sessions.append(scoped_session(sessionmaker(scene.engine)))
    for commits in (True, False, True):
        scene.ask(lambda request: request.scheduler.run_now("job"))
        sessions[0].commit() if commits else sessions[0].rollback()
    assert len(scene.runs()) == 2
    sessions[0].remove()


def test_where_pyramid_tm_is_not_active_it_acts_at_once(make: Make) -> None:
    scene = make(tm__activate_hook=f"{__name__}.never")
    scene.ask(lambda request: request.scheduler.run_now("job"))
    assert len(scene.runs()) == 1


def never(request: Any) -> bool:
    return False


def test_pyramid_retry_tries_again_and_asks_once(scene: Scene) -> None:
    tries = []

    def ask(request: Any) -> None:
        tries.append(request.scheduler.run_now("job"))
        order(request, str(len(tries)))
        if len(tries) < 3:
            raise TransientError

    scene.config.include("pyramid_retry")
    scene.ask(ask)
    assert [run.id for run in scene.runs()] == tries[2:]
    assert scene.orders() == ["3"]


def test_a_run_that_was_committed_begins_at_once(scene: Scene) -> None:
    done = threading.Event()
    scene.config.add_subscriber(lambda event: done.set(), TaskSucceeded)
    scene.app.app.registry.scheduler.start()
    scene.ask(lambda request: request.scheduler.run_now("job"))
    assert done.wait(2)


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_many_who_ask_at_once_do_not_stand_in_the_engines_way(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    app, asked = scene.app.app, []

    def ask(request: Any) -> None:
        order(request)
        asked.append(request.scheduler.run_now("job", 1))
        request.scheduler.schedule("job", interval=0.1, id=request.params["id"], replace=True)
        asked.append(request.scheduler.run_now("job", 2))
        request.scheduler.remove(request.params["id"])

    def many(number: int) -> None:
        for turn in range(15):
            TestApp(app).get(f"/ask?id=x{(number + turn) % 3}")

    scene.view = lambda request: Response(str(ask(request)))
    scene.scheduler.start()
    threads = [threading.Thread(target=many, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handles = [scene.scheduler.run(run_id) for run_id in asked]
    assert {handle.wait(20).state for handle in handles} == {"succeeded"}
    assert len(handles) == 90
    assert "degraded" not in caplog.text


# Where the session is elsewhere, it is written after the commit, as without one.


def test_another_database_is_noticed(make: Make, tmp_path: Path) -> None:
    elsewhere = database_of(f"sqlite:///{tmp_path}/other.sqlite")
    scene = make(session=lambda engine: managed(elsewhere))

    def ask(request: Any) -> int:
        request.scheduler.run_now("job")
        return len(scene.runs())

    assert scene.ask(ask) == "0"
    assert len(scene.runs()) == 1
    elsewhere.dispose()


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_another_schema_of_the_same_database_is_elsewhere(scene: Scene) -> None:
    def ask(request: Any) -> int:
        request.dbsession.execute(sa.text("set local search_path = pg_catalog"))
        request.scheduler.run_now("job")
        return len(scene.runs())

    assert scene.ask(ask) == "0"
    assert len(scene.runs()) == 1


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_connection_that_commits_by_itself_is_no_transaction(address: str, make: Make) -> None:
    by_itself = database_of(address, isolation_level="AUTOCOMMIT")
    scene = make(session=lambda engine: managed(by_itself))
    scene.ask(lambda request: [request.scheduler.run_now("job"), request.tm.doom()])
    assert scene.runs() == []
    by_itself.dispose()


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_snapshot_that_is_old_by_the_commit_keeps_nobody_from_committing(
    address: str, make: Make
) -> None:
    repeatable = database_of(address, isolation_level="REPEATABLE READ")
    scene = make(session=lambda engine: managed(repeatable))
    scene.scheduler.store.open()
    revised = []

    def ask(request: Any) -> None:
        request.scheduler.run_now("job")
        scene.scheduler.run_now("job")  # raises the revision meanwhile
        revised.append(scene.revision())

    scene.ask(ask)
    assert len(scene.runs()) == 2
    assert scene.revision() > revised[0]
    repeatable.dispose()


def test_memory_is_elsewhere(make: Make) -> None:
    scene = make(scheduler__store="memory://")
    scene.ask(lambda request: request.scheduler.run_now("job"))
    assert len(scene.runs()) == 1


# What is said at the start, and what is refused.


def test_the_start_says_that_it_is_joined(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "pyramid_scheduler")
    scene.app.app.registry.scheduler.start()
    assert caplog.text.count("what a request asks for is a part of its own transaction") == 1


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"scheduler__store": "memory://"}, Apart.KIND),
        ({"scheduler__table_prefix": "shop_"}, Apart.PREFIX),
        ({}, Apart.ELSEWHERE),
        ({"session": lambda engine: managed(by_itself(engine))}, Apart.COMMITS),
    ],
)
def test_the_start_says_why_it_is_not(
    make: Make,
    options: dict[str, Any],
    why: Apart,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "pyramid_scheduler")
    other = database_of(f"sqlite:///{tmp_path}/other.sqlite")
    scene = make(**({"session": lambda _: managed(other)} if why is Apart.ELSEWHERE else options))
    scene.app.app.registry.scheduler.start()
    said = f"what a request asks for is written after its commit: {WHY_APART[why]}"
    assert caplog.text.count(said) == 1
    other.dispose()


def by_itself(engine: sa.Engine) -> sa.Engine:
    """The same database, by connections that commit each statement."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def test_no_session_is_joined_on_mariadb() -> None:
    store = make_store("mariadb://shop:secret@127.0.0.1:1/shop", clock=HandClock())
    with Session(sa.create_engine("mysql+pymysql://shop:secret@127.0.0.1:1/shop")) as session:
        assert store.within(session) is Apart.KIND, "and nothing is connected to for that"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (7, "7 is not callable"),
        ("", "cannot be imported"),
        ("no.such.module", "cannot be imported"),
        (f"{__name__}.__doc__", "is not callable"),
    ],
)
def test_what_cannot_give_a_session_is_refused(given: object, wrong: str) -> None:
    with pytest.raises(
        InvalidValue, match=r"scheduler\.session_factory: .*such as 'dbsession'"
    ) as e:
        read_session_factory(given, "scheduler.session_factory")
    assert wrong in str(e.value)


def test_what_is_no_session_is_refused_when_it_is_given(make: Make) -> None:
    scene = make(scheduler__session_factory=lambda request: object())
    with pytest.raises(InvalidValue, match="which is no Session"):
        scene.ask(lambda request: request.scheduler.run_now("job"))
