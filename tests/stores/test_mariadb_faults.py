"""What goes wrong between a node and its MariaDB, the faults made at a real server.

Those of the network are the scenes of PostgreSQL's tests.
"""

from collections.abc import Iterator
from time import monotonic

import pytest

from pyramid_scheduler.errors import InvalidValue, StoreLocked, StoreUnavailable
from pyramid_scheduler.interfaces import RunFilter, Written
from pyramid_scheduler.stores import make_store
from tests.clock import HandClock
from tests.conformance.scene import Scene
from tests.mariadb import Server
from tests.mariadb import server as the_server
from tests.stores.test_postgresql_faults import (
    ASKED,
    TIMEOUT,
    clock,
    far,
    hasty,
    opened,
    proxy,
    scene,
    test_a_claim_whose_commit_is_not_answered_is_found_by_the_next_beat,
    test_a_finish_whose_commit_is_not_answered_was_written_once,
    test_a_name_that_is_too_long_for_its_column_is_refused_not_cut_off,
    test_a_restart_in_the_middle_of_a_day,
    test_an_enqueue_whose_commit_is_not_answered_may_be_repeated,
    test_an_idle_connection_that_was_cut_in_silence_is_noticed_in_time,
    test_an_idle_connection_that_was_reset_costs_one_try_at_most,
)


@pytest.fixture
def server() -> Server:
    return the_server()


@pytest.fixture
def schema(server: Server) -> str:
    return server.emptied()


class Meeting:
    """What a server does whenever a run is written, beside writing it."""

    def __init__(self, server: Server, schema: str) -> None:
        self._server, self._schema = server, schema

    def begin(self, body: str) -> None:
        self._server.sql("create or replace sequence met", self._schema)
        for event in ("insert", "update"):
            when = f"before {event} on scheduler_run for each row"
            self._server.sql(f"create trigger on_{event} {when} begin {body} end", self._schema)

    def anew(self) -> None:
        self._server.sql("alter sequence met restart", self._schema)

    def end(self) -> None:
        for event in ("insert", "update"):
            self._server.sql(f"drop trigger if exists on_{event}", self._schema)


@pytest.fixture
def meeting(server: Server, schema: str) -> Iterator[Meeting]:
    meeting = Meeting(server, schema)
    yield meeting
    meeting.end()


def failing(code: int, times: int = 10**9) -> str:
    """What fails as by the error ``code``, so many times; a sequence goes on whatever fails."""
    signal = f"signal sqlstate '40001' set mysql_errno = {code}, message_text = 'meant'"
    return f"if nextval(met) <= {times} then {signal}; end if;"


def test_a_statement_that_takes_too_long_is_ended_and_the_next_goes_on(
    hasty: Scene, meeting: Meeting
) -> None:
    meeting.begin("do sleep(60);")
    begun = monotonic()
    with pytest.raises(StoreUnavailable, match="max_statement_time"):
        hasty.ask("r")
    assert TIMEOUT <= monotonic() - begun < 60
    meeting.end()
    hasty.ask("r")
    assert hasty.claim_one().run_id == "r"


@pytest.mark.parametrize("code", [1020, 1213])
@pytest.mark.parametrize("times", [1, 4])
def test_a_conflict_is_settled_inside(
    scene: Scene, meeting: Meeting, code: int, times: int
) -> None:
    meeting.begin(failing(code, times))
    scene.ask("r")
    meeting.anew()
    claim = scene.claim_one()
    meeting.anew()
    assert scene.finish(claim) is Written.WRITTEN
    assert scene.run("r").attempt == 1


def test_a_lock_that_was_not_had_in_time_is_not_waited_for_again(
    scene: Scene, meeting: Meeting
) -> None:
    scene.ask("r")
    meeting.begin(failing(1205, 1))
    with pytest.raises(StoreLocked, match="meant"):
        scene.claim()
    assert scene.claim_one().run_id == "r"


def test_a_conflict_that_does_not_end_is_an_outage(hasty: Scene, meeting: Meeting) -> None:
    meeting.begin(failing(1213))
    with pytest.raises(StoreUnavailable, match="meant"):
        hasty.ask("r")
    meeting.end()
    hasty.ask("r")


def test_a_server_that_only_reads_is_an_outage_and_passes(
    server: Server, schema: str, clock: HandClock, scene: Scene
) -> None:
    server.sql("create or replace user bob@localhost")
    server.sql(f"grant all on {schema}.* to bob@localhost")
    store = opened(server, server.address(schema, "bob"), clock)
    bob = Scene(store, clock)
    bob.join("b")
    server.sql("set global read_only = 1")
    try:
        for verb in (lambda: bob.beat("b"), lambda: bob.ask("r")):
            with pytest.raises(StoreUnavailable, match="read-only"):
                verb()
        assert bob.store.runs(RunFilter()) == []
    finally:
        server.sql("set global read_only = 0")
    bob.beat("b")
    bob.ask("r")
    assert bob.claim_one("b").run_id == "r"
    store.close()


def test_a_password_that_is_wrong_is_told_of_without_it(server: Server, clock: HandClock) -> None:
    server.sql("create or replace user ann@localhost identified by 'right'")
    address = server.address("mysql", "ann").replace("ann@", "ann:s3cr3t@")
    store = make_store(address, clock=clock)
    with pytest.raises(StoreUnavailable, match="Access denied") as raised:
        store.open()
    shown = [str(raised.value), repr(raised.value.__cause__), repr(store), store.address]
    assert not [text for text in shown if "s3cr3t" in text]


@pytest.mark.parametrize("half", [0xD800, 0xDC80])
@pytest.mark.parametrize("verb", ASKED)
def test_half_a_character_is_refused(scene: Scene, verb: str, half: int) -> None:
    text = f"a{chr(half)}b"
    with pytest.raises(InvalidValue, match="cannot hold"):
        ASKED[verb](scene, text)
    scene.ask("r")
    assert [run.id for run in scene.store.runs(RunFilter())] == ["r"]
    assert scene.claim_one().run_id == "r"


def test_a_nul_is_a_character_like_any_other(scene: Scene) -> None:
    scene.ask("a\0b", "a")
    assert scene.run("a\0b").id == "a\0b"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("5.5.5-10.5.29-MariaDB", True), ("11.4.2-MariaDB-log", False), ("5.7.44", True),
        ("8.0.mysql_aurora.3.04.0", False), ("8.4.0-commercial", False),
        ("5.5.5-10.6.1-MariaDB", False),
    ],
)  # fmt: skip
def test_a_server_that_is_too_old_is_refused(said: str, wrong: bool) -> None:
    the_server()
    import pymysql  # noqa: PLC0415 - it is there, since the server is

    from pyramid_scheduler.stores.sql.dialects.mariadb import kind_of  # noqa: PLC0415

    if wrong:
        with pytest.raises(pymysql.NotSupportedError, match="too old"):
            kind_of(said)
    else:
        assert kind_of(said) == ("MariaDB" if "MariaDB" in said else "MySQL")
