"""Many rows by one statement say what the same rows say one by one."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, select, update

from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.model import NewRun
from pyramid_scheduler.stores import make_store
from pyramid_scheduler.stores.sql.dialects import Dialect, sqlite
from pyramid_scheduler.stores.sql.dialects.values import SIZES
from pyramid_scheduler.stores.sql.enqueueing import row_of
from pyramid_scheduler.stores.sql.many import write_rows
from pyramid_scheduler.stores.sql.schema import run
from tests.clock import HandClock
from tests.mariadb import server as mariadb
from tests.postgresql import server as postgresql

ODD = [
    "", " ", "NULL", "null", '"', '""', "\\", '\\"', "{", "}", "{a,b}", ",", "a,b", "'", "''", "\n",
    "\t\r", "$1", "%s", "%(of)s", ":of", "?", "한국어", "🕰", "\\N", "\x7f", "a" * 5000,
]  # fmt: skip

_MOVE = (
    update(run)
    .where(run.c.id == bindparam("of"), run.c.due == bindparam("was"))
    .values(due=bindparam("to_due"), error=bindparam("raised"), result=bindparam("gave"))
)


def address(kind: str, folder: Path) -> str:
    if kind == "postgresql":
        found = postgresql()
        return found.address(found.new_schema())
    if kind == "mariadb":
        there = mariadb()
        return there.address(there.emptied())
    return f"sqlite:///{folder}/store.sqlite"


@pytest.fixture(params=["sqlite", "sqlite, before 3.33", "postgresql", "mariadb"])
def opened(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Connection, Dialect]]:
    """A transaction on one of our own connections, and its dialect."""
    if request.param == "sqlite, before 3.33":
        monkeypatch.setattr(sqlite, "SUPPORTED", False)
    clock = HandClock()
    new_id = id_maker(clock.now, Random(1))
    store: Any = make_store(address(request.param, tmp_path), clock=clock, new_id=new_id)
    store.open()
    with store._database.write() as connection:
        yield connection, store._dialect
    store.close()


def rows(texts: list[str]) -> list[dict[str, Any]]:
    return [row_of(NewRun(f"r{i:05}", "job", i, text)) for i, text in enumerate(texts)]


def test_every_text_comes_back_as_it_went_in(opened: tuple[Connection, Dialect]) -> None:
    connection, dialect = opened
    assert write_rows(connection, dialect.insert_new(run), rows(ODD)) == len(ODD)
    found = connection.execute(select(run.c.arguments).order_by(run.c.id)).scalars()
    assert list(found) == ODD


def test_a_row_that_is_there_is_left_alone_and_not_counted(
    opened: tuple[Connection, Dialect],
) -> None:
    connection, dialect = opened
    write_rows(connection, dialect.insert_new(run), rows(["first"]))
    assert write_rows(connection, dialect.insert_new(run), rows(["second", "new"])) == 1
    found = connection.execute(select(run.c.arguments).order_by(run.c.id)).scalars()
    assert list(found) == ["first", "new"]


@pytest.mark.parametrize("count", [1, 2, max(SIZES) - 1, max(SIZES) + 6])
def test_what_meets_its_condition_is_changed_and_counted(
    opened: tuple[Connection, Dialect], count: int
) -> None:
    connection, dialect = opened
    write_rows(connection, dialect.insert_new(run), rows([""] * count))
    moves = [
        {"of": f"r{i:05}", "was": i if i % 3 else -1, "to_due": 1000 + i, "gave": f"{i}",
         "raised": None if i % 2 else "odd"}
        for i in range(count)
    ]  # fmt: skip
    changed = [move for move in moves if move["was"] >= 0]
    assert write_rows(connection, _MOVE, moves) == len(changed)
    columns = select(run.c.id, run.c.due, run.c.result, run.c.error)
    found = connection.execute(columns.where(run.c.due >= 1000).order_by(run.c.id))
    assert [tuple(row) for row in found] == [
        (move["of"], move["to_due"], move["gave"], move["raised"]) for move in changed
    ]


def test_the_statement_that_inserts_is_always_the_same_one(
    opened: tuple[Connection, Dialect],
) -> None:
    # What is made of it is kept by it: another one each time would be kept for ever.
    assert opened[1].insert_new(run) is opened[1].insert_new(run)
