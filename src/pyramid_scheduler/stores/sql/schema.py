"""The tables, versioned from the first day; instants are integers of microseconds.

Indexes on runs are partial where the database has that: ten million finished runs are in none of
those that a claim reads. Where it has not, others begin with what a partial one is limited to.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    true,
)
from sqlalchemy.engine import Dialect

# All that can be migrated from, oldest first, and this one (see `migrations`).
VERSIONS = ("0002", "0003", "0004")

# Literals, not parameters: SQLite uses a partial index only for a condition that it can read.
PENDING: ColumnElement[str] = literal_column("'pending'")
RUNNING: ColumnElement[str] = literal_column("'running'")
CODE: ColumnElement[str] = literal_column("'code'")

# Ordered by bytes, as SQLite does, whatever the language of the database.
_ID = String(200).with_variant(String(200, collation="C"), "postgresql")

# Longer than 64 KiB, which is all that MariaDB's TEXT holds.
_TEXT = Text().with_variant(Text(2**24 - 1), "mysql")

metadata = MetaData()

_PARTIAL: list[tuple[Index, ColumnElement[bool]]] = []


def limit_indexes_of_postgresql() -> None:
    """Say to PostgreSQL too which rows the partial indexes are of.

    Not where they are made: an option that begins with its name has SQLAlchemy import all that it
    has for PostgreSQL, for which no application on another database should wait.
    """
    for index, where in _PARTIAL:
        index.dialect_options["postgresql"]["where"] = where


def _id(name: str, **options: object) -> "Column[str]":
    return Column(name, _ID, **options)  # type: ignore[arg-type]  # passed through


def _instant(name: str, *, nullable: bool = True) -> "Column[int]":
    return Column(name, BigInteger, nullable=nullable)


def _has_partial(*_: object, dialect: Dialect, **__: object) -> bool:
    return dialect.name != "mysql"


def _where(name: str, *columns: ColumnElement[Any], where: ColumnElement[bool]) -> Index:
    """Return an index of the rows ``where`` alone, or of all where there are none such."""
    index = Index(name, *columns, sqlite_where=where)
    _PARTIAL.append((index, where))
    return index


def _partial(
    name: str,
    *columns: ColumnElement[Any],
    where: ColumnElement[bool],
    instead: Sequence[ColumnElement[Any]],
) -> None:
    """Make an index of the rows ``where`` alone; ``instead`` is on what where there are none."""
    _where(name, *columns, where=where).ddl_if(callable_=_has_partial)
    Index(name, *instead).ddl_if(dialect="mysql")


schedule = Table(
    "scheduler_schedule",
    metadata,
    _id("name", primary_key=True),
    _id("task", nullable=False),
    Column("definition", _TEXT, nullable=False),
    Column("origin", String(8), nullable=False),
    _instant("anchor", nullable=False),
    _instant("next_fire"),
    _instant("wake"),
    _instant("last_fire"),
    _instant("paused_at"),
    _instant("paused_until"),
    Column("pause_note", _TEXT),
    _id("paused_by"),
    Column("parked", Boolean, nullable=False),
    # Of the trigger: whether its fire times depend on rules that people change.
    Column("civil", Boolean, nullable=False),
    # Of the definition: a run that is younger tells yet which fire times are dealt with.
    _instant("grace"),
    # After how many failures in a row it is paused; since when they are counted.
    Column("pause_after", Integer),
    _instant("resumed"),
    Index("scheduler_schedule_wake", "wake", "name"),
    sqlite_with_rowid=False,
)

_over = schedule.c.next_fire.is_(None)
_partial(
    "scheduler_schedule_over", func.coalesce(schedule.c.last_fire, schedule.c.anchor), where=_over,
    instead=[schedule.c.next_fire, schedule.c.last_fire],
)  # fmt: skip
_partial(
    "scheduler_schedule_code", schedule.c.name, where=schedule.c.origin == CODE,
    instead=[schedule.c.origin, schedule.c.name],
)  # fmt: skip

run = Table(
    "scheduler_run",
    metadata,
    _id("id", primary_key=True),
    Column("kind", String(10), nullable=False),
    _id("schedule"),
    _id("task", nullable=False),
    _instant("fire_time", nullable=False),
    _instant("due", nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", String(20)),
    Column("attempt", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("token", Integer, nullable=False),
    _id("node"),
    _instant("claimed_at"),
    _instant("started_at"),
    _instant("finished_at"),
    Column("stop_requested", Boolean, nullable=False),
    # Of the task, as the node that claimed last knew it: any node may recover, whatever it knows.
    Column("on_crash", String(5), nullable=False),
    Column("max_crashes", Integer, nullable=False),
    _id("on_failure"),
    # Whether it waits for the other runs of its schedule to end.
    Column("serial", Boolean, nullable=False),
    Column("arguments", _TEXT, nullable=False),
    Column("result", _TEXT),
    Column("error", _TEXT),
    # What its task's limits are counted by, what equal runs have in common, and which one it equals
    # if it was skipped for that.
    _id("key"),
    Column("same", String(40)),
    _id("equals"),
    UniqueConstraint("schedule", "fire_time", name="scheduler_run_owed_once"),
    sqlite_with_rowid=False,
)
_partial(
    "scheduler_run_pending", run.c.due, run.c.id, where=run.c.state == PENDING,
    instead=[run.c.state, run.c.due, run.c.id],
)  # fmt: skip
_partial(
    "scheduler_run_running", run.c.node, where=run.c.state == RUNNING,
    instead=[run.c.state, run.c.node],
)  # fmt: skip
_partial(
    "scheduler_run_active", run.c.schedule, where=run.c.state.in_([PENDING, RUNNING]),
    instead=[run.c.state, run.c.schedule, run.c.fire_time, run.c.task],
)  # fmt: skip
Index("scheduler_run_finished", run.c.finished_at)
_where(
    "scheduler_run_same", run.c.same, run.c.state, run.c.fire_time,
    where=run.c.same.is_not(None),
)  # fmt: skip

attempt = Table(
    "scheduler_attempt",
    metadata,
    _id("run_id", primary_key=True),
    Column("token", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    _id("node"),
    _instant("claimed_at"),
    _instant("started_at"),
    _instant("ended_at", nullable=False),
    Column("ending", String(10), nullable=False),
    Column("error", _TEXT),
)

skip = Table(
    "scheduler_skip",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _id("schedule", nullable=False),
    Column("reason", String(20), nullable=False),
    _instant("first", nullable=False),
    _instant("last", nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("exact", Boolean, nullable=False),
    Index("scheduler_skip_last", "schedule", "last"),
    Index("scheduler_skip_old", "last"),
)

node = Table(
    "scheduler_node",
    metadata,
    _id("id", primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("version", String(50), nullable=False),
    Column("beats", BigInteger, nullable=False),
    Column("alive", Boolean, nullable=False),
    _instant("joined_at", nullable=False),
    _instant("beaten_at", nullable=False),
    _instant("clock_offset", nullable=False),
)
# Every beat asks who is alive; those that are gone are kept for as long as runs are.
_partial(
    "scheduler_node_alive", node.c.id, where=node.c.alive == true(),  # as SQLite is asked
    instead=[node.c.alive, node.c.id],
)  # fmt: skip

# Which definitions live nodes declare; `seen` grows with when one was first seen.
definition = Table(
    "scheduler_definition",
    metadata,
    _id("schedule", primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("definition", _TEXT, nullable=False),
    Column("seen", BigInteger, nullable=False),
)

declaration = Table(
    "scheduler_declaration",
    metadata,
    _id("node", primary_key=True),
    _id("schedule", primary_key=True),
    Column("digest", String(64), nullable=False),
    Index("scheduler_declaration_schedule", "schedule", "digest"),
)

# The attempts that were claimed of tasks with a rate, while it counts them; `key` is "" for a task
# without keys, `at` is when it may begin, and `until` the last instant that counts it, by the rate
# that it was claimed under: whoever deletes may know another rate, or none.
start = Table(
    "scheduler_start",
    metadata,
    _id("run_id", primary_key=True),
    Column("token", Integer, primary_key=True),
    _id("task", nullable=False),
    _id("key", nullable=False),
    _instant("at", nullable=False),
    _instant("until", nullable=False),
    Index("scheduler_start_counted", "task", "key", "at"),
    Index("scheduler_start_over", "task", "until"),
    Index("scheduler_start_old", "until"),
)

# One row per limited task, locked by who counts what runs of it and adds to it (see `locking`).
limit = Table("scheduler_limit", metadata, _id("task", primary_key=True))

# One row: which of VERSIONS the tables have. Alembic's own, by our name.
version = Table(
    "scheduler_version",
    metadata,
    Column("version_num", String(32), primary_key=True),
)

# One row per number: the revision, the order in which definitions are seen.
number = Table(
    "scheduler_number",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
REVISION, SEEN = "revision", "seen"
