"""What only MariaDB can meet; and what any server meets, by the scenes of PostgreSQL's tests."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pyramid_scheduler.errors import SchemaMismatch, StoreUnavailable
from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.interfaces import RunFilter, Store, Written
from pyramid_scheduler.model import Finish, NewRun, Outcome, RunState
from pyramid_scheduler.stores import make_store
from pyramid_scheduler.stores.sql import database, migrating
from pyramid_scheduler.stores.sql.schema import VERSIONS
from tests.clock import HandClock
from tests.conformance.scene import Scene, every, instant
from tests.mariadb import Server
from tests.mariadb import server as the_server
from tests.stores.test_postgresql import (
    PATIENCE,
    VERBS,
    Open,
    another,
    at_once,
    busy,
    clock,
    scene,
    test_a_failure_of_a_run_that_somebody_has_is_written_later_and_the_rest_now,
    test_a_fire_time_is_one_run_however_many_claim,
    test_a_limit_that_another_claim_counts_is_passed_over_and_looked_at_again,
    test_a_lock_that_is_not_had_in_time_is_told_from_an_outage,
    test_a_migration_takes_as_long_as_it_takes,
    test_a_node_that_leaves_between_the_statements_of_a_checkup_left_no_run,
    test_a_process_that_is_frozen_in_a_transaction_is_cut_off,
    test_a_run_that_somebody_holds_is_passed_over_and_looked_at_again,
    test_a_thousand_due_runs_are_claimed_each_once,
    test_an_outcome_that_comes_while_its_run_is_taken_over_is_refused,
    test_by_the_servers_clock_too_each_verb_works,
    test_nodes_that_join_together_declare_a_schedule_once,
    test_of_two_that_add_one_name_one_has_it,
    test_the_server_is_restarted,
    test_the_servers_clock_decides_what_is_due,
    test_what_a_node_claims_while_it_is_marked_dead_is_taken_over,
    test_who_may_have_to_pause_a_schedule_locks_that_and_no_run,
)


@pytest.fixture
def server() -> Server:
    return the_server()


@pytest.fixture
def schema(server: Server) -> str:
    return server.emptied()


@pytest.fixture
def nothing(server: Server) -> str:
    """A database without any table."""
    return server.new_schema()


def outcomes(scene: Scene) -> list[Finish]:
    outcome = Outcome(RunState.SUCCEEDED, instant(0), instant(0))
    return [Finish(claim.run_id, claim.token, outcome) for claim in scene.claim()]


def test_a_deadlock_is_settled_inside(server: Server, schema: str, scene: Scene) -> None:
    scene.ask("r1", "r2")
    scene.ask(*(f"x{number}" for number in range(100)), task="nobody's")
    finishes = outcomes(scene)
    with ThreadPoolExecutor(1) as pool, server.connect(schema, autocommit=False) as other:
        # Who has changed most is not who gives way.
        other.execute("update scheduler_run set crashes = 1 where task = 'nobody''s'")
        other.execute("update scheduler_run set crashes = 1 where id = 'r2'")
        finishing = pool.submit(scene.store.finish, "a", finishes)
        assert server.waits_for_a_lock()
        other.execute("update scheduler_run set crashes = 1 where id = 'r1'")
        other.commit()
        assert finishing.result(PATIENCE) == [Written.WRITTEN] * 2
    assert scene.run("r1").attempt == 1


def test_a_lock_that_is_held_too_long_is_an_outage_and_passes(
    server: Server, schema: str, another: Open
) -> None:
    scene = another(timeout=0.6)
    scene.ask("r")
    with server.connect(schema, autocommit=False) as other:
        other.execute("select * from scheduler_number for update")
        with pytest.raises(StoreUnavailable, match=r"max_statement_time|Lock wait timeout"):
            scene.ask("another")
        other.rollback()
    assert [claim.run_id for claim in scene.claim()] == ["r"]


def test_an_engine_and_its_application_have_two_connections(
    server: Server, schema: str, scene: Scene
) -> None:
    query = f"select count(*) from information_schema.processlist where db = '{schema}'"
    assert scene.store.listen(print) is False, "nobody is told here"
    for verb in ("beat", "claim", "runs", "enqueue"):
        VERBS[verb](scene)
    at_once(4, lambda number: scene.store.runs(RunFilter()))
    # Those of an earlier test may be about to end.
    assert any(server.sql(query) == [(2,)] for _ in range(5000))


def test_once_there_are_tables_the_right_to_read_and_write_them_will_do(
    server: Server, schema: str, scene: Scene
) -> None:
    server.sql("create or replace user carl@localhost")
    server.sql(f"grant select, insert, update, delete on {schema}.* to carl@localhost")
    store = server.by_hand(server.address(schema, "carl"), HandClock(), str)
    store.open()
    carl = Scene(store, HandClock())
    carl.join("c", every(10))
    carl.ask("r")
    assert carl.finish(carl.claim_one("c"), "c") is Written.WRITTEN
    store.close()


def test_a_password_is_never_shown() -> None:
    the_server()
    for kind in ("mariadb", "mysql"):
        store = make_store(f"{kind}://ann:s3cret@127.0.0.1:1/shop", clock=HandClock())
        with pytest.raises(StoreUnavailable) as raised:
            store.open()
        shown = [str(raised.value), repr(raised.value.__cause__), repr(store), store.address]
        assert not [text for text in shown if "s3cret" in text]
        assert store.address == f"{kind}://ann@127.0.0.1:1/shop"


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("127.0.0.1:1/shop?ssl_ca=/nonexistent", "FileNotFoundError: .*No such file"),
        ("127.0.0.1:1/shop?ssl_ca=/etc/passwd", "SSLError: "),
    ],
)
def test_a_certificate_that_cannot_be_read_is_a_store_that_does_not_answer(
    rest: str, words: str
) -> None:
    store = make_store(f"mariadb://ann:s3cret@{rest}", clock=HandClock())
    with pytest.raises(StoreUnavailable, match=words) as raised:
        store.open()
    assert "s3cret" not in str(raised.value)


# Names and texts.


def test_names_are_told_apart_by_every_byte(scene: Scene) -> None:
    names = ["a", "A", "a ", "ä", "a\u0308", "가", "🦙"]
    scene.ask(*names)
    assert sorted(run.id for run in scene.store.runs(RunFilter())) == sorted(names)
    assert sorted(claim.run_id for claim in scene.claim()) == sorted(names)


def test_sixty_four_kilobytes_and_more_are_kept_whole(scene: Scene) -> None:
    arguments = '["' + "가" * 65536 + '"]'
    scene.store.enqueue([NewRun("r", "job", instant(0), arguments)])
    assert scene.claim_one().arguments == arguments


# DDL is committed as it goes.


class Died(BaseException):
    """The process did."""


def dying(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Have the process die before the DDL statement that follows ``after`` others."""
    from pyramid_scheduler.stores.sql.dialects.strict import StrictCursor  # noqa: PLC0415

    plain, left = StrictCursor.execute, iter(range(after, -1, -1))

    def execute(cursor: Any, query: Any, args: object = None) -> Any:
        if str(query).strip().startswith(("CREATE", "ALTER", "DROP")) and next(left, -1) == 0:
            raise Died
        return plain(cursor, query, args)

    monkeypatch.setattr(StrictCursor, "execute", execute)


@pytest.fixture
def store(server: Server, nothing: str, clock: HandClock) -> Iterator[Store]:
    store = server.by_hand(server.address(nothing), clock, id_maker(clock.now, Random(1)))
    yield store
    store.close()


def made(server: Server, schema: str) -> list[tuple[Any, ...]]:
    """Every column and index there is."""
    return sorted(
        server.sql(
            "select table_name, column_name, column_type, collation_name, ordinal_position"
            f" from information_schema.columns where table_schema = '{schema}'"
            " union all select table_name, index_name, column_name, '', seq_in_index"
            f" from information_schema.statistics where table_schema = '{schema}'"
        ),
        key=str,
    )


def test_who_cannot_wait_until_another_has_made_the_tables_tries_again_later(
    server: Server, nothing: str, clock: HandClock
) -> None:
    store = server.by_hand(server.address(nothing), clock, str, 0.2)
    lock = f"concat('pyramid_scheduler.', md5('{nothing}.scheduler_'))"
    with server.connect(nothing) as other:
        assert other.execute(f"select get_lock({lock}, 0)").fetchone() == (1,)
        with pytest.raises(StoreUnavailable, match="makes the tables"):
            store.open()
    store = server.by_hand(server.address(nothing), clock, str)
    assert store.open()
    store.close()


@pytest.mark.parametrize("after", [0, 1, 9])
def test_tables_that_were_made_by_half_are_made_whole_by_the_next(
    server: Server, nothing: str, store: Store, clock: HandClock, after: int
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        dying(monkeypatch, after)
        with pytest.raises(Died):
            store.open()
    assert store.open(create=False) is False, "a reader takes that for none"
    assert store.open()
    Scene(store, clock).join("a", every(10))
    whole = server.new_schema()
    other = server.by_hand(server.address(whole), clock, str)
    other.open()
    other.close()
    assert made(server, nothing) == made(server, whole)


def test_the_tables_are_made_once_by_however_many(
    server: Server, nothing: str, clock: HandClock
) -> None:
    stores = [server.by_hand(server.address(nothing), clock, str) for _ in range(8)]
    assert at_once(8, lambda number: stores[number].open()) == [True] * 8
    for store in stores:
        store.close()


STEPS = [
    "create table scheduler_new (id int)",
    "create index scheduler_new_id on scheduler_new (id)",
    "alter table scheduler_run add column new int",
    "alter table scheduler_run drop column new",
    "drop index scheduler_new_id on scheduler_new",
    "drop table scheduler_new",
]


def test_a_step_of_a_migration_that_is_done_already_is_taken_as_done(
    server: Server, schema: str, scene: Scene
) -> None:
    known = scene.store._database  # type: ignore[attr-defined]
    with known.write() as connection, known.dialect.alone(connection):
        for step in STEPS:
            for _ in range(2):
                connection.exec_driver_sql(step)
    with pytest.raises(StoreUnavailable), known.write() as connection:
        connection.exec_driver_sql("drop table scheduler_new")  # a migration no longer


# As the steps of the package are, by Alembic.
NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{newest}"


def upgrade():
    op.create_table("scheduler_later", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("scheduler_run", sa.Column("later", sa.Text))
    op.create_index("scheduler_later_id", "scheduler_later", ["id"])
    op.drop_index("scheduler_skip_old", "scheduler_skip")
"""


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version of the package with one step more."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrating._FOLDER, folder)
    (folder / "versions" / "v9999.py").write_text(NEXT.format(newest=VERSIONS[-1]))
    monkeypatch.setattr(migrating, "_FOLDER", folder)
    monkeypatch.setattr(migrating, "NEWEST", "9999")
    for module in (migrating, database):
        monkeypatch.setattr(module, "VERSIONS", (*VERSIONS, "9999"))


@pytest.mark.parametrize("after", [0, 2, 3])
def test_a_migration_that_died_halfway_is_ended_by_the_next(
    server: Server, nothing: str, store: Store, after: int, request: pytest.FixtureRequest
) -> None:
    store.open()
    store.close()
    request.getfixturevalue("next_version")
    with pytest.raises(SchemaMismatch, match="'pscheduler migrate'"):
        store.open()
    with pytest.MonkeyPatch.context() as monkeypatch:
        dying(monkeypatch, after)
        with pytest.raises(Died):
            store.migrate()
    assert store.migrate() == VERSIONS[-1]
    assert store.migrate() == "9999"
    assert store.open()
    names = {(row[0], row[1]) for row in made(server, nothing)}
    assert names >= {("scheduler_run", "later"), ("scheduler_later", "scheduler_later_id")}
    assert ("scheduler_skip", "scheduler_skip_old") not in names
