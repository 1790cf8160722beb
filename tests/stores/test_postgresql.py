"""What only a server can meet: many writers side by side, a connection or the server that dies."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from queue import SimpleQueue
from random import Random
from threading import Barrier, Lock, Thread
from threading import enumerate as enumerate_threads
from typing import Any

import pytest

from pyramid_scheduler.errors import AlreadyExists, StoreLocked, StoreUnavailable
from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.instants import SECOND, moment
from pyramid_scheduler.interfaces import ClaimRequest, Room, RunFilter, Store, Written
from pyramid_scheduler.model import (
    Definition,
    Finish,
    Follow,
    NewRun,
    Node,
    Outcome,
    Reason,
    RunState,
    Schedule,
    ScheduleState,
    Uniqueness,
)
from pyramid_scheduler.rules.correcting import corrected
from pyramid_scheduler.stores import make_store
from pyramid_scheduler.stores.sql import checking, correcting, database, pausing
from pyramid_scheduler.stores.sql.dialects.dialect import named
from pyramid_scheduler.triggers import OnceTrigger
from tests.clock import HandClock
from tests.conformance.scene import Civil, Scene, by_law, every, instant, task
from tests.postgresql import Server
from tests.postgresql import server as the_server

PATIENCE = 60  # s; eight interpreters start slowly on a machine that is busy


@pytest.fixture
def server() -> Server:
    return the_server()


@pytest.fixture
def schema(server: Server) -> str:
    return server.new_schema()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


Open = Callable[..., Scene]


@pytest.fixture
def another(server: Server, schema: str, clock: HandClock) -> Iterator[Open]:
    """Opens one store more on the same tables, as another process would, and joins as a node."""
    opened: list[Store] = []

    def open_one(node: str = "a", timeout: float = 4.0) -> Scene:
        new_id = id_maker(clock.now, Random(node))
        store = server.by_hand(server.address(schema), clock, new_id, timeout)
        opened.append(store)
        store.open()
        scene = Scene(store, clock)
        scene.join(node)
        return scene

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def scene(another: Open) -> Scene:
    return another()


def at_once(count: int, what: Callable[[int], Any]) -> list[Any]:
    """What ``count`` threads return that call ``what`` with their number at the same time."""
    start = Barrier(count)

    def begin(number: int) -> Any:
        start.wait(PATIENCE)
        return what(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


# Claims side by side.


def claim_all(scene: Scene, node: str, *tasks: Any, idle: int = 40) -> list[str]:
    """Claim until nothing is left, not even what somebody else holds for the moment."""
    taken: list[str] = []
    while True:
        claimed = scene.look(node, *tasks, idle=idle)
        taken += [claim.run_id for claim in claimed.claims]
        soon = claimed.next_due is not None and claimed.next_due - claimed.now < SECOND
        if not claimed.claims and not soon:
            return taken


@pytest.mark.parametrize("claimers", [2, 8])
def test_a_thousand_due_runs_are_claimed_each_once(another: Open, claimers: int) -> None:
    scenes = [another(f"n{number}") for number in range(claimers)]
    scenes[0].ask(*(f"r{number:04}" for number in range(1000)))
    taken = at_once(claimers, lambda number: claim_all(scenes[number], f"n{number}"))
    assert sorted([run for some in taken for run in some]) == [
        f"r{number:04}" for number in range(1000)
    ]


@pytest.mark.parametrize("claimers", [2, 8])
def test_a_fire_time_is_one_run_however_many_claim(
    another: Open, claimers: int, caplog: pytest.LogCaptureFixture
) -> None:
    scenes = [another(f"n{number}") for number in range(claimers)]
    one_offs = [
        Definition(name=f"s{number:03}", task="job", trigger=OnceTrigger(moment(instant(0))))
        for number in range(300)
    ]
    scenes[0].store.put_schedule(one_offs, replace=False)
    taken = at_once(claimers, lambda number: claim_all(scenes[number], f"n{number}"))
    assert len([run for some in taken for run in some]) == 300
    runs = scenes[0].store.runs(RunFilter(limit=1000))
    assert sorted(str(run.schedule) for run in runs) == [one.name for one in one_offs]
    assert "is there already" not in caplog.text, "the unique key had nothing to do"


def _claim_in_a_process(by_hand: Any, address: str, node: str, taken: Any) -> None:
    clock = HandClock()
    store = by_hand(address, clock, id_maker(clock.now, Random(node)))
    store.open()
    scene = Scene(store, clock)
    scene.join(node)
    taken.put(claim_all(scene, node))
    store.close()


@pytest.mark.parametrize("claimers", [2, pytest.param(8, marks=pytest.mark.slow)])
def test_processes_claim_each_once(
    server: Server, schema: str, scene: Scene, claimers: int
) -> None:
    scene.ask(*(f"r{number:04}" for number in range(1000)))
    spawn = get_context("spawn")
    taken = spawn.Queue()
    address = server.address(schema)
    processes = [
        spawn.Process(
            target=_claim_in_a_process, args=(server.by_hand, address, f"n{number}", taken)
        )
        for number in range(claimers)
    ]
    for process in processes:
        process.start()
    found = [run for _ in processes for run in taken.get(timeout=PATIENCE)]
    for process in processes:
        process.join(PATIENCE)
    assert sorted(found) == [f"r{number:04}" for number in range(1000)]


@pytest.mark.parametrize("claimers", [2, 8])
@pytest.mark.parametrize("limit", [1, 3])
def test_a_limit_holds_however_many_claim(another: Open, claimers: int, limit: int) -> None:
    limited = task("limited", max_running=limit)
    scenes = [another(f"n{number}") for number in range(claimers)]
    names = [f"r{number}" for number in range(40)]
    scenes[0].ask(*names, task="limited")
    turn, most, running, done = Lock(), 0, 0, []  # type: ignore[var-annotated]

    def work(number: int) -> None:
        nonlocal running, most
        while len(done) < len(names):
            for claim in scenes[number].claim(f"n{number}", limited):
                with turn:
                    running += 1
                    most = max(most, running)
                with turn:
                    running -= 1
                scenes[number].finish(claim, f"n{number}")
                done.append(claim.run_id)

    at_once(claimers, work)
    assert sorted(done) == sorted(names)
    assert most <= limit


def test_a_limit_that_another_claim_counts_is_passed_over_and_looked_at_again(
    server: Server, schema: str, scene: Scene
) -> None:
    one = task("one", max_running=1)
    scene.ask("r1", "r2", task="one")
    scene.finish(scene.claim_one("a", one))
    scene.ask("r3")
    with server.connect(schema, autocommit=False) as other:
        other.execute("select * from scheduler_limit for update")
        claimed = scene.look("a", one, task())
    assert [claim.run_id for claim in claimed.claims] == ["r3"]
    assert claimed.next_due is not None
    assert claimed.next_due - claimed.now < SECOND / 10
    assert scene.claim_one("a", one).run_id == "r2"


def test_a_run_that_somebody_holds_is_passed_over_and_looked_at_again(
    server: Server, schema: str, scene: Scene
) -> None:
    scene.ask("r1", "r2")
    with server.connect(schema, autocommit=False) as other:
        other.execute("select * from scheduler_run where id = 'r1' for update")
        claimed = scene.look()
    assert [claim.run_id for claim in claimed.claims] == ["r2"]
    assert claimed.next_due is not None
    claimed = scene.look()
    assert [claim.run_id for claim in claimed.claims] == ["r1"]
    assert claimed.next_due is None


# Edits side by side.


def test_of_two_that_add_one_name_one_has_it(another: Open) -> None:
    scenes = [another(f"n{number}") for number in range(4)]

    def add(number: int) -> bool:
        try:
            scenes[number].store.put_schedule([every(10, "new")], replace=False)
        except AlreadyExists:
            return False
        return True

    assert sum(at_once(4, add)) == 1


def test_nodes_that_join_together_declare_a_schedule_once(another: Open) -> None:
    scenes = [another(f"n{number}") for number in range(8)]
    joined = at_once(8, lambda number: scenes[number].join(f"m{number}", every(10)))
    assert [changes.added for changes in joined].count(["beat"]) == 1
    assert scenes[0].next_fire() == 10


def test_the_tables_are_made_once_by_however_many(
    server: Server, schema: str, clock: HandClock
) -> None:
    stores = [server.by_hand(server.address(schema), clock, lambda: "id") for _ in range(8)]
    assert at_once(8, lambda number: stores[number].open()) == [True] * 8
    for store in stores:
        store.close()


def test_joins_pauses_and_claims_side_by_side_move_no_fire_time_back(
    another: Open, clock: HandClock
) -> None:
    scenes = [another(f"n{number}") for number in range(4)]
    scenes[0].join("code", *[every(10, f"s{number}", overlap="allow") for number in range(20)])
    clock.advance(10)
    done = []

    def edit(number: int) -> None:
        try:
            for turn in range(10):
                scenes[number].join(f"j{number}.{turn}", *[every(10, f"s{n}") for n in range(20)])
                scenes[number].store.pause(f"s{turn}")
                scenes[number].store.resume(f"s{turn}")
        finally:
            done.append(number)

    def claim(number: int) -> None:
        while len(done) < 2:
            scenes[number].claim(f"n{number}")

    at_once(4, lambda number: (edit if number < 2 else claim)(number))
    claim_all(scenes[0], "n0")
    for number in range(20):
        runs, skips = scenes[0].runs(f"s{number}"), scenes[0].skips(f"s{number}")
        assert (list(runs) == [10]) != bool(skips), "it ran, or a pause or an edit has passed it"


# Deaths side by side.


def test_what_a_node_claims_while_it_is_marked_dead_is_taken_over(
    server: Server, schema: str, scene: Scene, another: Open
) -> None:
    scene.ask("r")
    other = another("b")
    beats = other.node("a").beats
    with ThreadPoolExecutor(1) as pool, server.connect(schema, autocommit=False) as claiming:
        # As a claim does it.
        claiming.execute(f"select alive from scheduler_node where id = 'a' {server.share}")
        recovering = pool.submit(other.store.recover, "a", beats)
        assert server.waits_for_a_lock()
        claiming.execute(
            "update scheduler_run set state = 'running', node = 'a', token = 1,"
            " attempt = 1, max_crashes = 3"
        )
        claiming.commit()
        assert [one.run_id for one in recovering.result(PATIENCE)] == ["r"]
    assert other.claim_one("b").token == 2


def test_a_node_that_leaves_between_the_statements_of_a_checkup_left_no_run(
    scene: Scene, another: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, count = another("b"), checking._piles
    other.ask("r")
    other.claim("b")

    def count_and_leave(*which: Any) -> Any:
        found = count(*which)
        other.store.leave("b")
        return found

    monkeypatch.setattr(checking, "_piles", count_and_leave)
    checkup = scene.store.checkup()
    assert [pile.name for pile in checkup.running] == ["b"]
    assert [node.id for node in checkup.nodes if node.alive] == ["a"]
    assert checkup.ownerless == []


def test_an_outcome_that_comes_while_its_run_is_taken_over_is_refused(
    server: Server, schema: str, scene: Scene
) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    with ThreadPoolExecutor(1) as pool, server.connect(schema, autocommit=False) as recovering:
        recovering.execute("update scheduler_run set state='pending', node=null")
        finishing = pool.submit(scene.finish, claim)
        assert server.waits_for_a_lock()
        recovering.commit()
        assert finishing.result(PATIENCE) is Written.REFUSED
    assert scene.state("r") == ("pending", None)


def test_a_lock_that_is_not_had_in_time_is_told_from_an_outage(
    server: Server, schema: str, another: Open
) -> None:
    scene = another(timeout=1.9)
    scene.ask("r")
    scene.claim_one()
    other = another("b", 1.9)
    beats = other.node("a").beats
    with server.connect(schema, autocommit=False) as application:
        application.execute("select * from scheduler_number for update")
        with pytest.raises(StoreLocked):
            other.store.recover("a", beats)
    assert [one.run_id for one in other.store.recover("a", beats)] == ["r"]


def test_a_deadlock_is_settled_inside(server: Server, schema: str, scene: Scene) -> None:
    scene.ask("r1", "r2")
    claims = scene.claim()
    outcome = Outcome(RunState.SUCCEEDED, instant(0), instant(0))
    finishes = [Finish(claim.run_id, claim.token, outcome) for claim in claims]
    with ThreadPoolExecutor(1) as pool, server.connect(schema, autocommit=False) as other:
        other.execute("set deadlock_timeout = '1min'")  # so that the store is who gives way
        other.execute("update scheduler_run set stop_requested = false where id = 'r2'")
        finishing = pool.submit(scene.store.finish, "a", finishes)
        assert server.waits_for_a_lock()
        other.execute("update scheduler_run set stop_requested = false where id = 'r1'")
        other.commit()
        assert finishing.result(PATIENCE) == [Written.WRITTEN] * 2


def test_what_needs_a_limit_that_somebody_keeps_is_written_later_and_the_rest_now(
    server: Server, schema: str, scene: Scene
) -> None:
    unique = Uniqueness("x" * 40)
    scene.ask("plain", "chained")
    plain, chained = scene.claim()
    now = scene.clock.now()
    good = Outcome(RunState.SUCCEEDED, now, now)
    after = good._replace(follow=Follow("sole", "", None, unique))
    finishes = [
        Finish(plain.run_id, plain.token, good),
        Finish(chained.run_id, chained.token, after),
    ]
    with server.connect(schema, autocommit=False) as application:
        application.execute("insert into scheduler_limit values ('sole')")
        application.commit()
        application.execute("select * from scheduler_limit where task = 'sole' for update")
        answers = scene.store.finish("a", finishes)
        assert answers == [Written.WRITTEN, Written.LATER]
        assert scene.run(chained).state is RunState.RUNNING
    assert scene.store.finish("a", finishes) == [Written.ALREADY, Written.WRITTEN]
    assert sum(run.task == "sole" for run in scene.store.runs(RunFilter())) == 1


def test_what_may_have_to_pause_a_schedule_that_somebody_keeps_is_written_later(
    server: Server, schema: str, scene: Scene
) -> None:
    scene.join("b", every(10, pause_after=1))
    scene.ask("r")
    scene.clock.advance(10)
    claims = {claim.schedule: claim for claim in scene.claim()}
    now = scene.clock.now()
    failed = Outcome(RunState.FAILED, now, now)
    finishes = [Finish(one.run_id, one.token, failed) for one in claims.values()]
    with server.connect(schema, autocommit=False) as application:
        application.execute("select * from scheduler_schedule for update")
        answers = dict(zip(claims, scene.store.finish("a", finishes), strict=True))
        assert answers == {None: Written.WRITTEN, "beat": Written.LATER}
    answers = dict(zip(claims, scene.store.finish("a", finishes), strict=True))
    assert answers["beat"] is Written.PAUSED


def test_who_may_have_to_pause_a_schedule_locks_that_and_no_run(
    server: Server, schema: str, scene: Scene
) -> None:
    scene.join("b", every(10, pause_after=1), every(10, "other"))
    scene.clock.advance(10)
    ids = {claim.schedule: claim.run_id for claim in scene.claim()}
    known = scene.store._database  # type: ignore[attr-defined]
    with server.connect(schema, autocommit=False) as other:
        # Whoever has a run may have to wait for its schedule next.
        other.execute("select * from scheduler_run for update")
        with known.write() as connection:
            failing, later = pausing.pausable(connection, list(ids.values()), waits=False)
            assert [one.run_id for one in failing] == [ids["beat"]]
            assert later == set()
            free = "select name from scheduler_schedule order by name for update skip locked"
            assert list(other.execute(free).fetchall()) == [("other",)]


def test_a_failure_of_a_run_that_somebody_has_is_written_later_and_the_rest_now(
    server: Server, schema: str, another: Open
) -> None:
    scene = another(timeout=0.4)
    scene.ask("kept", "free", "gone")
    claims = scene.claim()
    now = scene.clock.now()
    late = Outcome(RunState.FAILED, now, now, reason=Reason.TIMEOUT)
    finishes = [Finish(one.run_id, one.token, late) for one in claims]
    server.sql("delete from scheduler_run where id = 'gone'", schema)
    expected = {"kept": Written.LATER, "free": Written.WRITTEN, "gone": Written.REFUSED}
    with server.connect(schema, autocommit=False) as application:
        application.execute("select * from scheduler_run where id = 'kept' for update")
        answers = scene.store.finish("a", finishes)
        assert {one.run_id: said for one, said in zip(claims, answers, strict=True)} == expected
    assert scene.store.finish("a", finishes).count(Written.WRITTEN) == 1
    assert scene.state("kept") == ("failed", "timeout")


def test_who_waits_has_it_written_once_the_run_is_free(
    server: Server, schema: str, scene: Scene
) -> None:
    scene.ask("kept")
    claim = scene.claim_one()
    late = Outcome(RunState.FAILED, scene.clock.now(), scene.clock.now())
    finish = Finish(claim.run_id, claim.token, late)
    with ThreadPoolExecutor(1) as pool, server.connect(schema, autocommit=False) as application:
        application.execute("select * from scheduler_run for update")
        finishing = pool.submit(scene.store.finish, "a", [finish], waits=True)
        assert server.waits_for_a_lock()
        application.rollback()
        assert finishing.result(PATIENCE) == [Written.WRITTEN]


def test_a_beat_passes_over_a_run_that_a_transaction_of_the_application_has(
    server: Server, schema: str, another: Open
) -> None:
    scene = another(timeout=0.4)
    scene.ask("kept", "free")
    claims = {one.run_id: one for one in scene.claim()}
    began = scene.clock.now()
    with server.connect(schema, autocommit=False) as application:
        application.execute("select * from scheduler_run where id = 'kept' for update")
        pulse = scene.beat("a", kept=began, free=began)
    assert len(pulse.own) == 2
    assert scene.run(claims["kept"]).started_at is None
    assert scene.run(claims["free"]).started_at == moment(began)


def test_a_schedule_that_is_paused_while_it_is_corrected_lies_still(
    another: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, other = another(), another("b")
    scene.join("c", by_law(10, pause_after=1))
    scene.clock.advance(10)
    claim = scene.claim_one()

    def meanwhile(known: Schedule, now: int) -> Schedule | None:
        scene.finish(claim, state=RunState.FAILED)
        return corrected(known, now)

    monkeypatch.setattr(Civil, "law", 2 * SECOND)
    monkeypatch.setattr(correcting, "corrected", meanwhile)
    other.join("d")
    assert scene.schedule().state is ScheduleState.PAUSED
    assert scene.look().next_due is None


def _finish(scene: Scene) -> object:
    return scene.store.finish("a", [Finish("running", 1, Outcome(RunState.FAILED, 1, 1))])


VERBS: dict[str, Callable[[Scene], object]] = {
    "join": lambda scene: scene.join("new", every(7, "new")),
    "leave": lambda scene: scene.store.leave("a"),
    "beat": lambda scene: scene.beat("a", running=1),
    "recover": lambda scene: scene.store.recover("b", 0),
    "claim": lambda scene: scene.claim(),
    "finish": _finish,
    "release": lambda scene: scene.store.release("a", {"running": 1}),
    "purge": lambda scene: scene.store.purge(instant(0), 10),
    "revision": lambda scene: scene.store.revision(),
    "enqueue": lambda scene: scene.store.enqueue([NewRun("new", "job", instant(0), "")]),
    "put_schedule": lambda scene: scene.store.put_schedule([every(5)], replace=True),
    "remove_schedule": lambda scene: scene.store.remove_schedule("beat"),
    "pause": lambda scene: scene.store.pause("beat"),
    "resume": lambda scene: scene.store.resume("beat"),
    "cancel": lambda scene: scene.store.cancel("waiting"),
    "schedules": lambda scene: scene.store.schedules(),
    "runs": lambda scene: scene.store.runs(RunFilter()),
}


CLIENT_VERBS = list(VERBS)[list(VERBS).index("enqueue") :]


@pytest.fixture
def busy(scene: Scene) -> Scene:
    scene.ask("running")
    scene.claim_one()
    scene.ask("waiting")
    scene.join("b", every(10))
    scene.store.revision()
    return scene


@pytest.mark.parametrize("nth", [0, 1, 2])
@pytest.mark.parametrize("verb", VERBS)
def test_a_session_that_is_ended_in_the_middle_is_an_outage_and_passes(
    server: Server, busy: Scene, monkeypatch: pytest.MonkeyPatch, verb: str, nth: int
) -> None:
    server.kill_at(monkeypatch, nth)
    try:
        VERBS[verb](busy)
    except StoreUnavailable:
        assert busy.run("running").state is RunState.RUNNING, "nothing was changed"
        VERBS[verb](busy)
    else:
        # Fewer statements than that; or the pool's ping was killed, and it has connected anew.
        assert nth or verb in {*CLIENT_VERBS}
        monkeypatch.undo()
    assert len(busy.store.runs(RunFilter())) >= 2


def test_a_migration_takes_as_long_as_it_takes(
    server: Server, schema: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    def wait(connection: Any, *_: object) -> None:
        waited.append(connection.exec_driver_sql(server.long).scalar())

    store = server.by_hand(server.address(schema), clock, str)
    store.open()
    store.close()
    monkeypatch.setattr(database, "found_version", lambda *_: "0002")
    monkeypatch.setattr(database, "migrate", wait)
    hurried = server.by_hand(server.address(schema), clock, str, timeout=0.2)
    assert hurried.migrate() == "0002"
    assert len(waited) == 1
    hurried.close()


def test_whether_the_tables_are_there_is_asked_by_name_however_many_others_there_are(
    busy: Scene,
) -> None:
    known = busy.store._database  # type: ignore[attr-defined]
    names = {"names": ["scheduler_run", "scheduler_run_pending", "pg_class", "not_there"]}
    tables = known.dialect.tables
    with known.read() as connection:
        assert sorted(connection.scalars(tables, names)) == sorted(names["names"][:3])
        connection.exec_driver_sql("set local enable_seqscan = off")
        plan = connection.scalars(named(f"explain {tables.text}"), names).all()
    assert any("Index Cond: (relname" in step for step in plan), plan


def test_the_server_is_restarted(server: Server, busy: Scene) -> None:
    server.stop()
    for verb in ("beat", "revision", "claim", "runs", "enqueue"):
        with pytest.raises(StoreUnavailable):
            VERBS[verb](busy)
    server.start()
    for verb in ("beat", "revision", "runs", "enqueue"):
        VERBS[verb](busy)
    assert sorted(claim.run_id for claim in busy.claim()) == ["new", "waiting"]


def test_a_lock_that_is_held_too_long_is_an_outage_and_passes(
    server: Server, schema: str, another: Open
) -> None:
    scene = another(timeout=0.6)
    scene.ask("r")
    with server.connect(schema, autocommit=False) as other:
        other.execute("lock table scheduler_run in access exclusive mode")
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            scene.claim()
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            scene.ask("another")
    assert [claim.run_id for claim in scene.claim()] == ["r"]


def test_a_process_that_is_frozen_in_a_transaction_is_cut_off(
    server: Server, schema: str, another: Open
) -> None:
    scene = another(timeout=0.4)
    scene.ask("r")
    statement = "select * from scheduler_run for update"

    def freeze() -> None:
        with scene.store._database.own(writes=True) as frozen:  # type: ignore[attr-defined]
            frozen.exec_driver_sql(statement)
            server.sql(statement, schema)  # waits for its end

    with pytest.raises(StoreUnavailable):
        freeze()
    assert [claim.run_id for claim in scene.claim()] == ["r"]


# The server's clock, its address, its hints.


def test_the_servers_clock_decides_what_is_due(
    server: Server, schema: str, clock: HandClock
) -> None:
    store = make_store(server.address(schema), clock=clock)
    store.open()
    store.join(Node(id="a", host="here", pid=1, version="1"), [])
    ((before,),) = server.sql(server.clock)
    now = store.now()
    ((after,),) = server.sql(server.clock)
    assert store.local_clock is False
    assert before <= now <= after < clock.now(), "this process's clock is years ahead"
    store.enqueue([NewRun("now", "job", after, ""), NewRun("later", "job", clock.now(), "")])
    claimed = store.claim(ClaimRequest("a", {"job": task()}, {"threads": Room(5)}, 0))
    assert [claim.run_id for claim in claimed.claims] == ["now"]
    assert after <= claimed.now < clock.now()
    store.close()


@pytest.mark.parametrize("verb", ["beat", "claim", "recover", "pause", "leave"])
def test_by_the_servers_clock_too_each_verb_works(server: Server, schema: str, verb: str) -> None:
    clock = HandClock()
    store = make_store(server.address(schema), clock=clock)
    store.open()
    scene = Scene(store, clock)
    scene.join("a")
    scene.ask("running", at=-1_000_000_000)
    scene.claim_one()
    scene.join("b", every(10))
    assert VERBS[verb](scene) is not NotImplemented
    store.close()


def test_a_password_is_never_shown() -> None:
    the_server()
    store = make_store("postgresql://ann:s3cret@127.0.0.1:1/shop", clock=HandClock())
    with pytest.raises(StoreUnavailable) as raised:
        store.open()
    shown = [str(raised.value), repr(raised.value.__cause__), repr(store), store.address]
    assert not [text for text in shown if "s3cret" in text]
    assert store.address == "postgresql://ann@127.0.0.1:1/shop"


class Ears:
    """Somebody who listens."""

    def __init__(self) -> None:
        self.rings: SimpleQueue[None] = SimpleQueue()

    def hear(self) -> None:
        self.rings.put(None)

    def forget(self, scene: Scene) -> None:
        """Forget what was heard; the answer to a beat comes after all that was told before it."""
        scene.beat("a")
        while not self.rings.empty():
            self.rings.get()


def listeners() -> list[Thread]:
    return [thread for thread in enumerate_threads() if "listener" in thread.name]


def own_session(scene: Scene) -> int:
    """The number of the loop's own session in the server."""
    driver = scene.store._database._driver  # type: ignore[attr-defined]
    return int(driver.info.backend_pid)


@pytest.fixture
def ears(scene: Scene) -> Ears:
    """Hears of what others change in the store of ``scene``."""
    ears = Ears()
    assert scene.store.listen(ears.hear)
    return ears


def test_who_listens_hears_of_anothers_change(scene: Scene, another: Open, ears: Ears) -> None:
    another("b").ask("r")
    ears.rings.get(timeout=PATIENCE)
    scene.store.unlisten(ears.hear)
    for thread in listeners():
        thread.join(PATIENCE)
    assert not listeners()


def test_who_listens_hears_of_its_own_processs_client(scene: Scene, ears: Ears) -> None:
    scene.ask("r")
    ears.rings.get(timeout=PATIENCE)


def test_what_is_told_of_while_the_loop_uses_its_connection_is_heard(
    scene: Scene, another: Open, ears: Ears
) -> None:
    other = another("b")
    ears.forget(scene)
    with scene.store._database.own(writes=False) as own:  # type: ignore[attr-defined]
        other.ask("r")
        own.exec_driver_sql("select 1")
    ears.rings.get(timeout=PATIENCE)  # a server tells between two transactions


def test_at_rest_nothing_is_heard(scene: Scene, another: Open, ears: Ears) -> None:
    other = another("b")
    ears.forget(scene)
    other.beat("b")
    scene.claim()
    scene.beat("a")
    assert ears.rings.empty()


def test_a_listener_whose_connection_is_lost_looks_at_once_and_hears_again(
    server: Server, scene: Scene, another: Open, ears: Ears
) -> None:
    other = another("b")
    ears.forget(scene)
    (thread,) = listeners()
    server.sql(f"select pg_terminate_backend({own_session(scene)}, 5000)")
    ears.rings.get(timeout=PATIENCE)
    thread.join(PATIENCE)
    with pytest.raises(StoreUnavailable):
        scene.store.revision()
    scene.store.revision()
    ears.rings.get(timeout=PATIENCE)  # of what it may have missed
    ears.forget(scene)
    other.ask("r")
    ears.rings.get(timeout=PATIENCE)
    assert scene.store.listen(ears.hear)
    assert len(listeners()) == 1


def test_a_store_that_was_closed_is_listened_to_by_nobody(scene: Scene, ears: Ears) -> None:
    scene.store.close()
    for thread in listeners():
        thread.join(PATIENCE)
    assert not scene.store.listen(ears.hear)
    scene.store.open()
    scene.store.revision()
    assert scene.store.listen(ears.hear)


def test_an_engine_and_its_application_have_two_connections(server: Server, scene: Scene) -> None:
    query = "select count(*) from pg_stat_activity where application_name = 'pyramid_scheduler'"
    assert scene.store.listen(print)
    ((before,),) = server.sql(query)
    for verb in ("beat", "claim", "runs", "enqueue"):
        VERBS[verb](scene)
    at_once(4, lambda number: scene.store.runs(RunFilter()))
    assert server.sql(query) == [(before,)]
    assert before == 2


def test_a_claim_tells_how_long_ago_the_clock_was_read(
    server: Server, schema: str, scene: Scene
) -> None:
    scene.join("a", every(10))
    server.sql(
        "create function wait() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(0.3); return new; end $$;"
        " create trigger wait before insert on scheduler_run"
        " for each row execute function wait()",
        schema,
    )
    claimed = scene.look("a", lookahead=60)
    assert len(claimed.claims) == 1
    assert claimed.age >= 0.3
