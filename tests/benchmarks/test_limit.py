"""The limit that ours is compared with writes what ours writes."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from benchmarks import tasks
from benchmarks.contenders import ADDRESS, bare_sql, ours
from benchmarks.contenders.reading import Reader
from tests import postgresql

# Its own of every run, or an instant.
DIFFERENT = {"id", "node", "name", "schedule", "definition", "claimed_at", "started_at"}
DIFFERENT |= {"finished_at", "anchor"}
COUNT = 3


def left_by(make: Callable[..., Any], folder: Path, at: float) -> dict[str, list[dict[str, Any]]]:
    """What is in the tables once all have run."""
    over = Event()
    ended: list[float] = []

    def heard(fire_time: float, returned: float) -> None:
        ended.append(fire_time)
        if len(ended) == COUNT:
            over.set()

    folder.mkdir()
    contender: Any = make(folder, tasks.nothing, heard)
    contender.prepare()
    contender.add_many(COUNT, at)
    contender.start()
    assert over.wait(30)
    assert contender.readable() == COUNT
    left = {table: rows(contender._reader, table) for table in ("run", "schedule", "attempt")}
    contender.stop()
    return left


def rows(reader: Reader, table: str) -> list[dict[str, Any]]:
    cursor = reader._connection.execute(f"SELECT * FROM scheduler_{table}")
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [{name: row[name] for name in row if name not in DIFFERENT} for row in found]


def test_on_sqlite_it_leaves_the_rows_that_ours_leaves(tmp_path: Path) -> None:
    at = time.time() - 1
    by_ours = left_by(ours.on_sqlite, tmp_path / "ours", at)
    assert left_by(bare_sql.on_sqlite, tmp_path / "bare", at) == by_ours


def test_on_postgresql_it_leaves_the_rows_that_ours_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, at, left = postgresql.server(), time.time() - 1, []
    for number, make in enumerate((ours.on_server, bare_sql.on_postgresql)):
        monkeypatch.setenv(ADDRESS, server.address(server.new_schema()))
        left.append(left_by(make, tmp_path / str(number), at))
    assert left[0] == left[1]
