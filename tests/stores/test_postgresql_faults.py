"""What goes wrong between a node and its server, the faults made at a real one.

Told to the caller are StoreUnavailable or InvalidValue; what can be tried again at once is.
"""

from collections.abc import Callable, Iterator
from random import Random
from time import monotonic
from typing import Any

import pytest

from pyramid_scheduler.errors import InvalidValue, StoreUnavailable
from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.interfaces import Room, RunFilter, Store, Written
from pyramid_scheduler.model import NewRun, Node, RunState
from pyramid_scheduler.stores import make_store
from tests.clock import HandClock
from tests.conformance.scene import Scene, instant
from tests.postgresql import Server
from tests.postgresql import server as the_server
from tests.proxy import Proxy

TIMEOUT = 0.4  # s, for what waits for it; a machine that is busy is late by more


@pytest.fixture
def server() -> Server:
    return the_server()


@pytest.fixture
def schema(server: Server) -> str:
    return server.new_schema()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    proxy = server.proxy()
    yield proxy
    proxy.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def opened(server: Server, address: str, clock: HandClock, timeout: float = 4.0) -> Store:
    store = server.by_hand(address, clock, id_maker(clock.now, Random(1)), timeout)
    store.open()
    return store


@pytest.fixture
def scene(server: Server, schema: str, clock: HandClock) -> Iterator[Scene]:
    store = opened(server, server.address(schema), clock)
    scene = Scene(store, clock)
    scene.join("a")
    yield scene
    store.close()


@pytest.fixture
def hasty(server: Server, schema: str, clock: HandClock, scene: Scene) -> Iterator[Scene]:
    """The same store by statements that may not take long; the tables are there."""
    store = opened(server, server.address(schema), clock, TIMEOUT)
    yield Scene(store, clock)
    store.close()


@pytest.fixture
def far(
    server: Server, schema: str, clock: HandClock, proxy: Proxy, scene: Scene
) -> Iterator[Scene]:
    """The same store by way of the proxy, and a node called "far" that has joined there."""
    store = opened(server, server.through(proxy, schema), clock, TIMEOUT)
    far = Scene(store, clock)
    far.join("far")
    yield far
    store.close()


def on_each_run(server: Server, schema: str, body: str) -> None:
    """Have the server execute ``body`` whenever a run is written."""
    server.sql(
        "create sequence met; create function meet() returns trigger language plpgsql as"
        f" $$ begin {body} return new; end $$;"
        " create trigger meet before insert or update on scheduler_run"
        " for each row execute function meet()",
        schema,
    )


# The server says so.


def test_a_statement_that_takes_too_long_is_ended_and_the_next_goes_on(
    server: Server, schema: str, hasty: Scene
) -> None:
    on_each_run(server, schema, "perform pg_sleep(60);")
    begun = monotonic()
    with pytest.raises(StoreUnavailable, match="statement timeout"):
        hasty.ask("r")
    assert TIMEOUT <= monotonic() - begun < 60
    server.sql("drop trigger meet on scheduler_run", schema)
    hasty.ask("r")
    assert hasty.claim_one().run_id == "r"


@pytest.mark.parametrize("code", ["40001", "40P01"])
@pytest.mark.parametrize("times", [1, 4])
def test_a_conflict_is_settled_inside(
    server: Server, schema: str, scene: Scene, code: str, times: int
) -> None:
    # A sequence is not set back with the transaction that failed.
    on_each_run(
        server, schema,
        f"if nextval('met') <= {times} then raise 'meant' using errcode = '{code}'; end if;",
    )  # fmt: skip
    scene.ask("r")
    server.sql("alter sequence met restart", schema)
    claim = scene.claim_one()
    server.sql("alter sequence met restart", schema)
    assert scene.finish(claim) is Written.WRITTEN
    assert scene.run("r").attempt == 1


def test_a_conflict_that_does_not_end_is_an_outage(
    server: Server, schema: str, hasty: Scene
) -> None:
    on_each_run(server, schema, "raise 'meant' using errcode = '40001';")
    with pytest.raises(StoreUnavailable, match="meant"):
        hasty.ask("r")
    server.sql("drop trigger meet on scheduler_run", schema)
    hasty.ask("r")


def test_a_key_that_somebody_else_has_made_meanwhile_is_tried_again_and_said(
    server: Server, schema: str, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    on_each_run(
        server, schema,
        "if nextval('met') <= 1 then raise 'meant' using errcode = '23505'; end if;",
    )  # fmt: skip
    scene.ask("r")
    assert scene.state("r") == ("pending", None)
    assert "refused a row: meant" in caplog.text


def test_a_password_that_is_wrong_is_told_of_without_it(server: Server, clock: HandClock) -> None:
    server.sql("drop role if exists ann; create role ann login password 'right'")
    server.require_password("ann")
    address = server.address("public").replace("postgres:@", "ann:s3cr3t@")
    store = make_store(address, clock=clock)
    with pytest.raises(StoreUnavailable, match="password authentication failed") as raised:
        store.open()
    shown = [str(raised.value), repr(raised.value.__cause__), repr(store), store.address]
    assert not [text for text in shown if "s3cr3t" in text]


ASKED: dict[str, Callable[[Scene, str], object]] = {
    "enqueue, id": lambda scene, text: scene.store.enqueue([NewRun(text, "job", instant(0), "")]),
    "enqueue, arguments": lambda scene, text: scene.store.enqueue(
        [NewRun("new", "job", instant(0), text), NewRun("other", "job", instant(0), text)]
    ),
    "run": lambda scene, text: scene.store.run(text),
    "runs": lambda scene, text: scene.store.runs(RunFilter(schedule=text)),
    "pause": lambda scene, text: scene.store.pause(text),
    "skips": lambda scene, text: scene.store.skips(text),
    "join": lambda scene, text: scene.store.join(Node(id="b", host=text, pid=1, version="1"), []),
    "claim": lambda scene, text: scene.look("a", rooms={text: Room(1)}) and scene.store.run(text),
}


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"], ids=["NUL", "half a character"])
@pytest.mark.parametrize("verb", ASKED)
def test_a_text_that_no_row_can_hold_is_refused(scene: Scene, verb: str, text: str) -> None:
    with pytest.raises(InvalidValue, match="cannot hold"):
        ASKED[verb](scene, text)
    scene.ask("r")
    assert [run.id for run in scene.store.runs(RunFilter())] == ["r"]
    assert scene.claim_one().run_id == "r"


def test_a_name_that_is_too_long_for_its_column_is_refused_not_cut_off(scene: Scene) -> None:
    with pytest.raises(InvalidValue, match="cannot hold"):
        scene.ask("r" * 201)
    with pytest.raises(InvalidValue, match="cannot hold"):
        scene.ask("s" * 201, "t" * 201)


def test_a_restart_in_the_middle_of_a_day(server: Server, scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    server.restart()
    with pytest.raises(StoreUnavailable):
        scene.finish(claim)
    assert scene.finish(claim) is Written.WRITTEN
    assert scene.store.runs(RunFilter())[0].state is RunState.SUCCEEDED


def test_a_heartbeat_never_queues_behind_what_the_application_asks(hasty: Scene) -> None:
    database: Any = hasty.store._database  # type: ignore[attr-defined]
    with database.read():  # the connection of all its requests
        with pytest.raises(StoreUnavailable):
            hasty.store.runs(RunFilter())
        begun = monotonic()
        hasty.beat("a")
        hasty.claim()
        assert monotonic() - begun < TIMEOUT
    assert list(hasty.store.runs(RunFilter())) == []


# The network says nothing.


VERBS: dict[str, Callable[[Scene], object]] = {
    "beat": lambda scene: scene.beat("far"),
    "claim": lambda scene: scene.claim("far"),
    "revision": lambda scene: scene.store.revision(),
    "runs": lambda scene: scene.store.runs(RunFilter()),
    "enqueue": lambda scene: scene.ask("new"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_an_idle_connection_that_was_cut_in_silence_is_noticed_in_time(
    far: Scene, proxy: Proxy, verb: str
) -> None:
    VERBS["revision"](far)
    VERBS["runs"](far)
    proxy.swallow()
    begun = monotonic()
    with pytest.raises(StoreUnavailable):
        VERBS[verb](far)
    # A pool first finds out that its connection is dead, then that it gets no other.
    assert monotonic() - begun < 2 * TIMEOUT + 2.5
    proxy.heal()
    proxy.reset()
    VERBS[verb](far)


@pytest.mark.parametrize("verb", VERBS)
def test_an_idle_connection_that_was_reset_costs_one_try_at_most(
    far: Scene, proxy: Proxy, verb: str
) -> None:
    VERBS["revision"](far)
    VERBS["runs"](far)
    proxy.reset()
    try:
        VERBS[verb](far)
    except StoreUnavailable:
        VERBS[verb](far)


def committing(data: bytes) -> bool:
    return data.rstrip(b"\0").endswith(b"COMMIT")


def test_a_finish_whose_commit_is_not_answered_was_written_once(
    far: Scene, proxy: Proxy, scene: Scene
) -> None:
    scene.ask("r")
    claim = far.claim_one("far")
    proxy.swallow_from(committing)
    with pytest.raises(StoreUnavailable, match=r"no answer|timed out"):
        far.finish(claim, "far")
    proxy.heal()
    assert scene.state("r") == ("succeeded", None), "the server has it"
    assert far.finish(claim, "far") is Written.ALREADY


def test_a_claim_whose_commit_is_not_answered_is_found_by_the_next_beat(
    far: Scene, proxy: Proxy, scene: Scene
) -> None:
    scene.ask("r")
    seen: list[Any] = []

    def claimed(data: bytes) -> bool:
        seen.append(b"UPDATE scheduler_run" in data)
        return any(seen) and committing(data)

    proxy.swallow_from(claimed)
    with pytest.raises(StoreUnavailable, match=r"no answer|timed out"):
        far.claim("far")
    proxy.heal()
    (own,) = far.beat("far").own
    far.store.release("far", {own.run_id: own.token})
    claim = scene.claim_one()
    assert (claim.run_id, claim.attempt, claim.token) == ("r", 1, 2), "no attempt was spent"


def test_an_enqueue_whose_commit_is_not_answered_may_be_repeated(
    far: Scene, proxy: Proxy, scene: Scene
) -> None:
    proxy.swallow_from(committing)
    with pytest.raises(StoreUnavailable):
        far.ask("r")
    proxy.heal()
    far.ask("r")
    assert [run.id for run in scene.store.runs(RunFilter())] == ["r"]


def test_who_listens_where_the_network_is_cut_knows_with_the_next_beat(
    far: Scene, proxy: Proxy, scene: Scene
) -> None:
    heard: list[int] = []
    assert far.store.listen(lambda: heard.append(1))
    proxy.swallow()
    scene.ask("r")
    with pytest.raises(StoreUnavailable):
        far.beat("far")
    proxy.heal()
    far.beat("far")
    assert heard, "of what it may have missed"
    assert far.store.listen(print)
