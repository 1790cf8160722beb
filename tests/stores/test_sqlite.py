"""What only a database can meet: rows that somebody else wrote, a file that is not as it was."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy.dialects import sqlite

from pyramid_scheduler.client.doctor import examine
from pyramid_scheduler.errors import (
    NodeLost,
    StoreMisplaced,
    StoreUnavailable,
    Unreadable,
)
from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.instants import SECOND, moment
from pyramid_scheduler.interfaces import Beat, ClaimRequest, Room, RunFilter, Store
from pyramid_scheduler.model import Definition, OnCrash, Schedule
from pyramid_scheduler.rules.correcting import corrected
from pyramid_scheduler.stores import make_store
from pyramid_scheduler.stores.sql import correcting, nodes
from pyramid_scheduler.stores.sql.dialects.sqlite import Sqlite
from pyramid_scheduler.triggers import (
    Calendar,
    CronTrigger,
    IntervalTrigger,
    OnceTrigger,
    declare_calendar,
)
from tests.clock import HandClock
from tests.conformance.scene import Civil, Scene, by_law, every, fires, instant, once, task


def open_store(path: Path, clock: HandClock, timeout: float = 4.0) -> Store:
    new_id = id_maker(clock.now, Random(1))
    store = make_store(f"sqlite:///{path}", clock=clock, new_id=new_id, statement_timeout=timeout)
    store.open()
    return store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def scene(path: Path) -> Iterator[Scene]:
    clock = HandClock()
    scene = Scene(open_store(path, clock), clock)
    scene.join("a")
    yield scene
    scene.store.close()


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


POISON = [
    "'{'",
    "'null'",
    "'[]'",
    """'{"py/object": "os.system"}'""",
    "replace(definition, 'interval', 'of a newer version')",
    "replace(definition, '\"skip\"', '\"of a newer version\"')",
]


@pytest.mark.parametrize("poison", POISON)
def test_a_row_that_cannot_be_read_harms_no_other(
    scene: Scene, path: Path, poison: str, caplog: pytest.LogCaptureFixture
) -> None:
    scene.join("b", every(10, "good"), every(10, f"bad {POISON.index(poison)}"))
    sql(path, f"update scheduler_schedule set definition = {poison} where name like 'bad%'")
    scene.clock.advance(10)
    assert [claim.schedule for claim in scene.claim()] == ["good"]
    scene.clock.advance(10)
    assert [schedule.name for schedule in scene.store.schedules()] == ["good"]
    assert caplog.text.count("left alone") == 1, "said once"
    assert len(sql(path, "select name from scheduler_schedule")) == 2, "nothing is deleted"


def test_a_row_that_cannot_be_read_keeps_no_node_from_joining(scene: Scene, path: Path) -> None:
    scene.join("b", every(10, "good"), every(10, "bad"))
    sql(path, "update scheduler_schedule set definition = '{' where name = 'bad'")
    sql(path, "update scheduler_definition set definition = '{' where schedule = 'bad'")
    assert scene.join("c", every(20, "good")).changed == ["good"]
    with pytest.raises(Unreadable):
        scene.store.pause("bad")


def test_a_rollback_from_a_trigger_that_the_old_code_does_not_know(
    scene: Scene, path: Path
) -> None:
    scene.join("old", every(10))
    newer = "replace(definition, 'interval', 'of a newer version')"
    sql(path, f"update scheduler_schedule set definition = {newer}")
    scene.clock.advance(5)
    assert scene.join("older", every(10)).changed == ["beat"]
    assert scene.schedule().definition == every(10)


def test_a_row_names_a_task_and_never_imports_one(scene: Scene, path: Path) -> None:
    scene.ask("r", task="os:system")
    assert scene.claim() == []
    assert scene.run("r").state == "pending"


def test_a_run_that_is_there_already_is_not_made_again(
    scene: Scene, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scene.join("b", every(10))
    scene.clock.advance(10)
    (first,) = scene.claim()
    scene.finish(first)
    sql(path, "update scheduler_schedule set next_fire = next_fire - 10000000, wake = next_fire")
    sql(path, "update scheduler_schedule set wake = next_fire")
    assert scene.claim() == []
    assert "is there already" in caplog.text
    assert len(sql(path, "select id from scheduler_run")) == 1


def test_a_file_that_is_no_database_is_an_outage(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        open_store(path, HandClock())
    assert path.read_bytes() == b"this is no database" * 100


def test_a_folder_that_cannot_be_made_names_folder_user_and_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "store.sqlite"
    with pytest.raises(StoreMisplaced) as raised:
        open_store(path, HandClock())
    for part in (str(path), "user", "scheduler.state_dir"):
        assert part in str(raised.value)


def test_the_file_and_its_folder_are_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "made" / "store.sqlite"
    open_store(path, HandClock()).close()
    assert oct(path.parent.stat().st_mode & 0o777) == "0o700"
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_a_lock_that_is_held_too_long_is_an_outage_and_passes(path: Path) -> None:
    clock = HandClock()
    scene = Scene(open_store(path, clock, timeout=0.05), clock)
    scene.join("a")
    scene.ask("r")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        scene.claim()
    holder.execute("ROLLBACK")
    holder.close()
    assert [claim.run_id for claim in scene.claim()] == ["r"]
    scene.store.close()


def test_who_waits_to_write_asks_often_so_that_nobody_passes_it_for_long(path: Path) -> None:
    dialect = Sqlite(f"sqlite:///{path}", HandClock(), statement_timeout=0.3)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    waiting = sqlite3.connect(path, isolation_level=None)
    asked: list[str] = []
    waiting.set_trace_callback(asked.append)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        dialect.begin(waiting, writes=True)
    # SQLite's own waiting asks eleven times in this while.
    assert asked.count("BEGIN IMMEDIATE") > 20
    holder.close()
    waiting.close()


def test_what_is_committed_is_seen_by_another_process_s_store(path: Path) -> None:
    clock = HandClock()
    one, two = Scene(open_store(path, clock), clock), Scene(open_store(path, clock), clock)
    before = two.store.revision()
    one.store.put_schedule([once(10)], replace=False)
    assert two.store.revision() != before
    assert [schedule.name for schedule in two.store.schedules()] == ["once"]


def test_the_claim_uses_its_indexes(scene: Scene, path: Path) -> None:
    scene.join("b", *[every(10, f"s{number}") for number in range(50)])
    seen: list[str] = []
    connection = sqlite3.connect(path)
    for statement in (
        "select min(wake) from scheduler_schedule where wake > 5 and task in ('job')",
        "select * from scheduler_schedule where wake <= 5 and task in ('job')"
        " order by wake, name limit 10",
        "select id from scheduler_run where state = 'pending' and due <= 5 and task in ('job')"
        " order by due, id limit 10",
        "select count(*) from scheduler_run where state = 'running' and node = 'a'",
    ):
        plan = connection.execute(f"explain query plan {statement}").fetchall()
        seen += [str(step[3]) for step in plan]
    connection.close()
    assert not [step for step in seen if step.startswith("SCAN") or "TEMP B-TREE" in step], seen


def test_at_most_once_is_kept_with_the_run_for_who_recovers_it(scene: Scene) -> None:
    scene.join("b")
    scene.ask("r")
    scene.claim_one("b", task(on_crash=OnCrash.FAIL))
    scene.dies("b")
    assert scene.state("r") == ("failed", "crashed")


ODD_SCHEDULES = [
    "task = 'os:system'",
    "origin = 'of a newer version'",
    "next_fire = 'soon'",
    'definition = replace(definition, \'"arguments":""\', \'"arguments":{}\')',
    'definition = replace(definition, \'"catch_up":100\', \'"catch_up":"many"\')',
    "definition = cast(x'7bff7d' as text)",
    "definition = replace(hex(zeroblob(50000)), '0', '[')",
]


@pytest.mark.parametrize("number", range(len(ODD_SCHEDULES)))
def test_a_schedule_of_odd_columns_harms_no_other(scene: Scene, path: Path, number: int) -> None:
    scene.join("b", every(10, "good"), every(10, f"odd{number}"))
    sql(path, f"update scheduler_schedule set {ODD_SCHEDULES[number]} where name like 'odd%'")
    scene.clock.advance(10)
    assert [claim.schedule for claim in scene.claim()] == ["good"]
    assert [schedule.name for schedule in scene.store.schedules()] == ["good"]
    scene.join("c", every(10, "good"))


ODD_RUNS = [
    "kind = 'of a newer version'",
    "token = 'one'",
    "token = 9223372036854775807",
    "attempt = 'first'",
    "due = 'now'",
    "arguments = '{'",
    "fire_time = 'then'",
]


@pytest.mark.parametrize("odd", ODD_RUNS)
def test_a_run_of_odd_columns_harms_no_other(scene: Scene, path: Path, odd: str) -> None:
    scene.ask("odd", "good")
    sql(path, f"update scheduler_run set {odd} where id = 'odd'")
    assert "good" in [claim.run_id for claim in scene.claim()]
    assert "good" in [run.id for run in scene.store.runs(RunFilter())]


def test_a_one_off_before_the_epoch_is_owed_at_once(scene: Scene) -> None:
    long_ago = moment(-14_182_980_000_000)
    scene.store.put_schedule(
        [Definition(name="moon", task="job", trigger=OnceTrigger(long_ago))], replace=False
    )
    assert [claim.schedule for claim in scene.claim()] == ["moon"]


def test_a_file_that_is_deleted_is_let_go_of(scene: Scene, path: Path) -> None:
    scene.store.revision()
    for file in path.parent.glob("store.sqlite*"):
        file.unlink()
    with pytest.raises(StoreUnavailable, match="deleted or replaced"):
        scene.beat("a")
    assert scene.store.open()
    with pytest.raises(NodeLost):
        scene.beat("a")


def test_who_is_alive_is_asked_of_an_index(scene: Scene, path: Path) -> None:
    asked = str(nodes._ALL_ALIVE.compile(dialect=sqlite.dialect()))
    plan = [step[-1] for step in sql(path, f"explain query plan {asked}")]
    assert plan == ["SCAN scheduler_node USING INDEX scheduler_node_alive"]


def test_a_fire_time_that_the_law_has_moved_is_corrected_once_and_said(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scene.join("a", by_law(10))
    scene.clock.advance(10)
    scene.finish(scene.claim_one())
    assert scene.join("b").corrected == []
    monkeypatch.setattr(Civil, "law", 2 * SECOND)
    before = scene.store.revision()
    assert scene.join("c").corrected == ["beat"]
    assert scene.next_fire() == 22
    assert scene.store.revision() != before
    assert "by today's time zone rules" in caplog.text
    assert scene.join("d").corrected == []
    scene.clock.advance(12)
    assert fires(scene.claim()) == [22]


def test_what_was_kept_by_an_older_tzdata_is_put_right_and_fires_once(
    scene: Scene, path: Path
) -> None:
    daily = CronTrigger("0 9 * * *", timezone="Europe/Berlin")  # 08:00 UTC in January
    scene.join("a", Definition(name="beat", task="job", trigger=daily))
    assert scene.next_fire() == 8 * 3600
    # As a tzdata of other rules would have had it: an hour later.
    later = instant(9 * 3600)
    sql(path, f"update scheduler_schedule set next_fire = {later}, wake = {later}")
    assert scene.join("b").corrected == ["beat"]
    scene.clock.advance(8 * 3600)
    assert fires(scene.claim()) == [8 * 3600]
    scene.clock.advance(2 * 3600)
    assert scene.claim() == []
    assert scene.join("c").corrected == []


def test_while_many_are_corrected_others_write(
    scene: Scene, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["beat0", "beat1", "beat2", "beat3", "beat4"]
    scene.join("a", *(by_law(10, name) for name in names))
    scene.clock.advance(10)
    for claim in scene.claim():
        scene.finish(claim)
    other = open_store(path, scene.clock)

    def meanwhile(known: Schedule, now: int) -> Schedule | None:
        other.beat(Beat("a", 0, {}))
        if known.name == "beat2":
            other.put_schedule([every(20, "beat2")], replace=True)
        return corrected(known, now)

    monkeypatch.setattr(Civil, "law", 2 * SECOND)
    monkeypatch.setattr(correcting, "corrected", meanwhile)
    monkeypatch.setattr(correcting, "PAGE", 2)
    moved = scene.join("b").corrected
    other.close()
    assert moved == ["beat0", "beat1", "beat3", "beat4"]
    assert [scene.next_fire(name) for name in names] == [22, 22, 20, 22, 22]
    assert scene.node("a").beats == len(names)


def test_a_row_with_a_calendar_that_nobody_declared_is_left_to_who_knows_it(
    scene: Scene, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    declare_calendar("test-sqlite-closed", Calendar(dates=["2030-01-01"]))
    trigger = IntervalTrigger(10, moment(instant(0))).only("test-sqlite-closed")
    scene.store.put_schedule(
        [Definition(name="rests", task="job", trigger=trigger), once(5)], replace=False
    )
    unknown = "replace(definition, 'test-sqlite-closed', 'of-another-node')"
    sql(path, f"update scheduler_schedule set definition = {unknown}")
    scene.clock.advance(10)
    assert fires(scene.claim()) == [5]
    assert "no calendar is called 'of-another-node'" in caplog.text
    assert scene.skips("rests") == []
    known = "replace(definition, 'of-another-node', 'test-sqlite-closed')"
    sql(path, f"update scheduler_schedule set definition = {known}")
    assert fires(scene.claim()) == [10], "who knows it finds it owed as it was"


# --- a clock that was set


@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_clock_that_was_set_since_the_last_beat_claims_nothing(
    scene: Scene, path: Path, jump: int
) -> None:
    scene.join("a", every(10))
    scene.ask("r")
    scene.clock.advance(15)
    offset = scene.clock.boot_offset()
    request = ClaimRequest("a", {"job": task()}, {"threads": Room(5)}, 0, offset)
    other = HandClock(scene.clock.now() + jump * SECOND)
    wrong = open_store(path, other)
    claimed = wrong.claim(request._replace(clock_offset=other.boot_offset() - jump * SECOND))
    wrong.close()
    assert not claimed.claims
    assert scene.next_fire() == 10
    assert "r" in {claim.run_id for claim in scene.store.claim(request).claims}


# --- what it says of itself


@pytest.mark.parametrize(
    ("statement", "lack"),
    [
        ("DROP INDEX scheduler_run_pending", "there is no index scheduler_run_pending"),
        ("DROP TABLE scheduler_skip", "there is no table scheduler_skip"),
        ("ALTER TABLE scheduler_run DROP COLUMN result", "scheduler_run has no column result"),
    ],
)
def test_it_says_what_its_tables_lack(scene: Scene, path: Path, statement: str, lack: str) -> None:
    assert scene.store.checkup().schema == []
    sql(path, statement)
    assert lack in scene.store.checkup().schema


@pytest.mark.parametrize("table", ["run", "schedule", "node"])
def test_a_table_that_is_missing_is_found_whichever_it_is(
    scene: Scene, path: Path, table: str
) -> None:
    sql(path, f"DROP TABLE scheduler_{table}")
    [finding] = examine(scene.store, {"job"}, SECOND)
    assert finding.wrong
    assert f"there is no table scheduler_{table}" in finding.what


def test_it_says_that_the_unique_key_is_not_there(scene: Scene, path: Path) -> None:
    (made,) = sql(path, "SELECT sql FROM sqlite_master WHERE name = 'scheduler_run'")[0]
    text = str(made)
    key = "CONSTRAINT scheduler_run_owed_once UNIQUE (schedule, fire_time)"
    assert key in text
    without = text.replace(f", \n\t{key}", "")
    sql(path, without.replace("CREATE TABLE scheduler_run", "CREATE TABLE bare"))
    sql(path, "DROP TABLE scheduler_run")
    sql(path, "ALTER TABLE bare RENAME TO scheduler_run")
    lacks = scene.store.checkup().schema
    assert "scheduler_run has no unique key of schedule, fire_time" in lacks


@pytest.mark.parametrize("owner", ["'x'", "NULL"])
def test_a_node_that_joins_takes_over_what_has_no_owner(
    scene: Scene, path: Path, owner: str
) -> None:
    scene.join("b", every(10))
    scene.ask("r")
    scene.claim("b")
    sql(path, f"UPDATE scheduler_run SET node = {owner} WHERE id = 'r'")
    [finding] = examine(scene.store, {"job"}, 30 * SECOND)
    assert finding.wrong
    assert "1 run of node" in finding.what
    assert "which is not there any more" in finding.what
    scene.join("c")
    run = scene.run("r")
    assert (run.state, run.crashes) == ("pending", 1)
    (attempt,) = scene.store.attempts("r")
    assert attempt.error is not None
    assert "its node vanished from the store" in attempt.error.message
    assert scene.claim_one("c").token == 2


def test_a_policy_that_cannot_be_read_keeps_nobody_from_joining(scene: Scene, path: Path) -> None:
    scene.join("b")
    scene.ask("r", "bad")
    scene.claim("b")
    sql(path, "UPDATE scheduler_run SET on_crash = 'bog' WHERE id = 'bad'")
    sql(path, "UPDATE scheduler_run SET node = 'gone'")
    scene.join("c")
    assert scene.state("r") == ("pending", None)
    assert scene.state("bad") == ("failed", "crashed")
