"""Transactional tasks: their effect and how their run ends are committed together, or neither."""

import threading
from time import monotonic
from typing import Any

import pytest
import sqlalchemy as sa
from pyramid.exceptions import ConfigurationError
from transaction.interfaces import TransientError

from pyramid_scheduler import current_run
from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.errors import NotTransactional
from pyramid_scheduler.events import (
    RunRefused,
    TaskCancelled,
    TaskFailed,
    TaskRetried,
    TaskSucceeded,
)
from pyramid_scheduler.model import Run
from tests.transactions.scene import Make, Payment, Scene, database_of, managed, order, own

EVENTS = (TaskSucceeded, TaskFailed, TaskCancelled, TaskRetried, RunRefused)


class Told:
    """The events about runs."""

    def __init__(self, scene: Scene) -> None:
        self.names: list[str] = []
        self._changed = threading.Condition()
        for kind in EVENTS:
            scene.config.add_subscriber(self._hear, kind)

    def _hear(self, event: object) -> None:
        with self._changed:
            self.names.append(type(event).__name__)
            self._changed.notify_all()

    def wait(self, count: int = 1) -> list[str]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.names) >= count, 10), self.names
            return self.names


def started(scene: Scene, func: Any, **options: Any) -> tuple[Scheduler, Told]:
    """The application's engine, with ``func`` as its transactional task t."""
    told = Told(scene)
    scene.config.add_task(func, "t", transactional=True, **options)
    scene.app.app.registry.scheduler.start()
    return scene.scheduler, told


def only_run(scene: Scene, task: str = "t") -> Run:
    (run,) = scene.scheduler.runs(task)
    return run


def within(scene: Scene, statement: str) -> None:
    """Change the store behind the scheduler's back."""
    with scene.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_effect_and_result_are_committed_together(scene: Scene) -> None:
    def pay(request: Any, number: str) -> dict[str, str]:
        order(request, number)
        assert only_run(scene).state == "running"
        return {"paid": number}

    scheduler, told = started(scene, pay)
    scheduler.run_now("t", "7")

    assert told.wait() == ["TaskSucceeded"]
    run = only_run(scene)
    assert (run.state, run.result, run.attempt) == ("succeeded", {"paid": "7"}, 1)
    assert run.started_at is not None
    assert run.finished_at is not None
    assert scene.orders() == ["7"]


def test_the_engine_does_not_write_it_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    finished: list[Any] = []
    finish = scene.scheduler.store.finish

    def noted(*given: Any, **options: Any) -> Any:
        finished.append(given)
        return finish(*given, **options)

    monkeypatch.setattr(scene.scheduler.store, "finish", noted)
    scheduler, told = started(scene, order)
    scheduler.run_now("t")
    told.wait()
    assert finished == []


def test_a_chain_goes_on_within_the_transaction(scene: Scene) -> None:
    got = []

    def follow(value: str) -> None:
        got.append(value)

    scene.config.add_task(follow, "next")
    scheduler, told = started(scene, lambda request: "result", then="next")
    scheduler.run_now("t")
    told.wait(2)
    assert got == ["result"]
    assert only_run(scene, "next").kind == "chained"


def test_a_task_that_fails_leaves_no_effect(scene: Scene) -> None:
    def fail(request: Any) -> None:
        order(request)
        raise ValueError("no")

    scheduler, told = started(scene, fail, retries=1, backoff=0.001)
    scheduler.run_now("t")
    assert told.wait(2) == ["TaskRetried", "TaskFailed"]
    assert (only_run(scene).state, only_run(scene).attempt) == ("failed", 2)
    assert scene.orders() == []


def test_a_conflict_is_tried_again_and_done_once(scene: Scene) -> None:
    tries = []

    def conflict(request: Any) -> int:
        tries.append(request)
        order(request, str(len(tries)))
        if len(tries) < 3:
            raise TransientError
        return len(tries)

    scheduler, told = started(scene, conflict)
    scheduler.run_now("t")
    assert told.wait() == ["TaskSucceeded"]
    assert (only_run(scene).result, only_run(scene).attempt) == (3, 1)
    assert scene.orders() == ["3"]
    assert len({id(request) for request in tries}) == 3


def test_a_ghost_leaves_no_effect(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    # As if it had been frozen past its lease: another claim of its run has been made.
    taken, gone = threading.Event(), threading.Event()

    def frozen(request: Any) -> None:
        taken.set()
        assert gone.wait(30)
        order(request)

    scheduler, told = started(scene, frozen)
    scheduler.run_now("t")
    assert taken.wait(30)
    within(scene, "update scheduler_run set token = token + 1, node = 'another'")
    gone.set()
    assert told.wait() == ["RunRefused"]
    assert scene.orders() == []
    assert (only_run(scene).state, only_run(scene).node) == ("running", "another")
    assert "task t failed" not in caplog.text


def test_a_node_that_is_marked_dead_leaves_no_effect(scene: Scene) -> None:
    taken, gone = threading.Event(), threading.Event()

    def frozen(request: Any) -> None:
        if current_run().attempt == 1:
            taken.set()
            assert gone.wait(30)
        order(request, str(current_run().attempt))

    scheduler, told = started(scene, frozen)
    scheduler.run_now("t")
    assert taken.wait(30)
    (node,) = scheduler.nodes()
    scheduler.store.recover(node.id, node.beats)
    gone.set()
    # The node goes on under a new id, and has the run again.
    assert sorted(told.wait(2)) == ["RunRefused", "TaskSucceeded"]
    assert scene.orders() == ["2"]


def test_a_run_that_was_cancelled_leaves_no_effect(scene: Scene) -> None:
    taken, gone = threading.Event(), threading.Event()

    def stubborn(request: Any) -> None:
        taken.set()
        assert gone.wait(30)
        order(request)

    scheduler, told = started(scene, stubborn)
    run_id = scheduler.run_now("t")
    assert taken.wait(30)
    scheduler.cancel(run_id)
    gone.set()
    assert told.wait() == ["TaskCancelled"]
    assert (only_run(scene).state, scene.orders()) == ("cancelled", [])


def test_an_attempt_that_has_timed_out_leaves_no_effect(scene: Scene) -> None:
    def slow(request: Any) -> None:
        assert current_run().stop.wait(30)
        while scene.scheduler.run(current_run().id).state == "running":
            threading.Event().wait(0.01)
        order(request)

    scheduler, told = started(scene, slow, timeout=0.1)
    scheduler.run_now("t")
    assert told.wait(2) == ["TaskFailed", "RunRefused"]
    assert (only_run(scene).reason, scene.orders()) == ("timeout", [])


@pytest.mark.parametrize("retries", [0, 1])
def test_an_attempt_whose_time_is_over_leaves_no_effect_though_the_engine_has_not_noticed(
    scene: Scene, retries: int
) -> None:
    def slow(request: Any) -> None:
        order(request, str(current_run().attempt))
        if current_run().attempt == 1:
            current_run().deadline = 0

    scheduler, told = started(scene, slow, timeout=60, retries=retries, backoff=0.001)
    scheduler.run_now("t")
    run_ended = ["TaskRetried", "TaskSucceeded"] if retries else ["TaskFailed"]
    assert told.wait(len(run_ended)) == run_ended
    assert scene.orders() == (["2"] if retries else [])
    assert only_run(scene).reason == (None if retries else "timeout")


def test_what_is_committed_in_time_has_its_effect(scene: Scene) -> None:
    scheduler, told = started(scene, order, timeout=60)
    scheduler.run_now("t")
    assert told.wait() == ["TaskSucceeded"]
    assert scene.orders() == ["1"]


def test_a_doomed_transaction_has_no_effect_and_the_run_is_over(scene: Scene) -> None:
    def doom(request: Any) -> None:
        order(request)
        request.tm.doom()

    scheduler, told = started(scene, doom)
    scheduler.run_now("t")
    assert told.wait() == ["TaskSucceeded"]
    assert scene.orders() == []


def test_a_task_asks_and_schedules_within_it(scene: Scene) -> None:
    def asks(request: Any) -> None:
        request.scheduler.run_now("job")
        request.scheduler.schedule("job", after=60, id="x")

    scheduler, told = started(scene, asks)
    scheduler.run_now("t")
    told.wait(2)
    assert (only_run(scene).state, scene.schedules()) == ("succeeded", ["x"])


def lost_reply(scene: Scene, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> list[int]:
    """Have the COMMIT of the application's next sessions done, and its answer lost."""
    lost: list[int] = []
    do_commit = scene.engine.dialect.do_commit

    def commit(driver: Any) -> None:
        do_commit(driver)
        if len(lost) < times:
            lost.append(1)
            raise scene.engine.dialect.loaded_dbapi.OperationalError("the answer was lost")

    monkeypatch.setattr(scene.engine.dialect, "do_commit", commit)
    return lost


def test_a_commit_whose_answer_is_lost_is_read_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[int] = []

    def pay(request: Any) -> str:
        order(request)
        lost.append(0)
        lost_reply(scene, monkeypatch)
        return "paid"

    scheduler, told = started(scene, pay, retries=2)
    scheduler.run_now("t")
    assert told.wait() == ["TaskSucceeded"]
    assert (lost, scene.orders(), only_run(scene).result) == ([0], ["1"], "paid")


def test_what_fails_behind_the_commit_fails_no_run(scene: Scene) -> None:
    def pay(request: Any) -> None:
        order(request)
        request.add_finished_callback(lambda request: 1 / 0)

    scheduler, told = started(scene, pay)
    scheduler.run_now("t")
    assert told.wait() == ["TaskSucceeded"]
    assert scene.orders() == ["1"]


def test_the_session_is_flushed_before_the_row_of_the_run_is_locked(scene: Scene) -> None:
    # Else the engine could not have it until all that the session has left to do is done.
    written = []

    @sa.event.listens_for(scene.engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        written.extend(table for table in ("payment", "scheduler_run") if f" {table} " in statement)

    scheduler, told = started(scene, lambda request: request.dbsession.add(Payment(text="7")))
    scheduler.run_now("t")
    assert told.wait() == ["TaskSucceeded"]
    assert [*dict.fromkeys(written)] == ["payment", "scheduler_run"]


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_the_node_beats_while_a_commit_takes_long(scene: Scene) -> None:
    beats: list[int] = []

    def linger(request: Any) -> None:
        until = monotonic() + 8  # or else it would never end
        while len(set(beats)) < 4 and monotonic() < until:
            # Who stood still would be cut off.
            request.dbsession.execute(sa.text("select 1"))
            (node,) = scene.scheduler.nodes()
            beats.append(node.beats)

    def pay(request: Any) -> None:
        order(request)
        tm = request.tm.get()
        # A hook that a hook adds comes behind all others, ours included.
        tm.addBeforeCommitHook(lambda: tm.addBeforeCommitHook(linger, (request,)))

    scheduler, told = started(scene, pay)
    scheduler.run_now("t")
    assert told.wait() == ["TaskSucceeded"]
    assert len(set(beats)) == 4


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_who_stands_still_before_the_commit_is_cut_off(scene: Scene) -> None:
    # Else the row of the run would be locked for as long, and nobody could take it over.
    limits = []

    def limit(request: Any) -> None:
        name = "show idle_in_transaction_session_timeout"
        limits.append(request.dbsession.execute(sa.text(name)).scalar_one())

    def pay(request: Any) -> None:
        order(request)
        limit(request)
        tm = request.tm.get()
        # A hook that a hook adds comes behind all others, ours included.
        tm.addBeforeCommitHook(lambda: tm.addBeforeCommitHook(limit, (request,)))

    scheduler, told = started(scene, pay)
    scheduler.run_now("t")
    told.wait()
    with scene.engine.connect() as connection:
        name = "show idle_in_transaction_session_timeout"
        limits.append(connection.execute(sa.text(name)).scalar_one())
    assert limits == ["0", "4s", "0"]


# What is refused.


def refused(scene: Scene, **options: Any) -> str:
    scene.config.add_task(lambda request: None, "t", transactional=True, **options)
    with pytest.raises(ConfigurationError) as raised:
        scene.app  # noqa: B018 - it is made
    return str(raised.value)


def test_without_a_session_factory_it_is_refused(make: Make) -> None:
    scene = make(scheduler__session_factory=None)
    assert "task 't': a transactional task needs the setting scheduler.session_fac" in refused(
        scene
    )


def test_without_pyramid_tm_it_is_refused(make: Make) -> None:
    assert "task 't': a transactional task needs pyramid_tm" in refused(make(tm=False))


def test_with_a_store_that_has_no_database_it_is_refused(make: Make) -> None:
    scene = make(scheduler__store="memory://")
    assert "of a kind that no session is joined to" in refused(scene)


def test_without_the_request_it_is_refused(scene: Scene) -> None:
    with pytest.raises(ConfigurationError, match="request: a transactional task is given"):
        scene.config.add_task(lambda request: None, "t", transactional=True, request=False)
    with pytest.raises(ConfigurationError, match="has no first parameter for the request"):
        scene.config.add_task(lambda: None, "t", transactional=True)


def other_name(it: Any, number: str) -> None:
    order(it, number)


def test_its_first_parameter_is_the_request_whatever_its_name(scene: Scene) -> None:
    scheduler, told = started(scene, other_name)
    scheduler.run_now("t", "5")
    told.wait()
    assert scene.orders() == ["5"]


@pytest.fixture
def elsewhere(make: Make, tmp_path: Any) -> Any:
    """An application whose session is in another database."""
    engine = database_of(f"sqlite:///{tmp_path}/other.sqlite")
    scene = make(session=lambda _: managed(engine))
    yield scene
    engine.dispose()


def test_with_the_store_elsewhere_the_engine_does_not_start(elsewhere: Scene) -> None:
    with pytest.raises(NotTransactional, match="task 't': a transactional task needs the store"):
        started(elsewhere, lambda request: None)
    assert not elsewhere.scheduler.engine.running


def test_with_tables_of_another_prefix_it_does_not_start_and_says_that(make: Make) -> None:
    scene = make(scheduler__table_prefix="shop_")
    with pytest.raises(NotTransactional, match=r"no session is joined with another .*table_prefix"):
        started(scene, lambda request: None)


def test_where_that_was_not_known_the_run_fails_without_effect(elsewhere: Scene) -> None:
    told = Told(elsewhere)
    elsewhere.config.add_task(lambda request: 1, "t", transactional=True)
    elsewhere.app.app.registry.scheduler.engine.start()
    elsewhere.scheduler.run_now("t")
    assert told.wait() == ["TaskFailed"]
    error = only_run(elsewhere).error
    assert error is not None
    assert "scheduler.store is not the database of its session" in error.message


def test_a_session_that_the_transaction_does_not_commit_fails_the_run(make: Make) -> None:
    scene = make(session=own)
    scheduler, told = started(scene, order)
    scheduler.run_now("t")
    assert told.wait() == ["TaskFailed"]
    error = only_run(scene).error
    assert error is not None
    assert "has to be one that request.tm commits" in error.message
    assert scene.orders() == []
