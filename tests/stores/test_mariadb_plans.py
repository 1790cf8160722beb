"""As in ``test_plans``, by MariaDB: what the engine asks all day long is answered by indexes."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from pyramid_scheduler.ids import id_maker
from tests.clock import START, HandClock
from tests.conformance.scene import Scene, every, once
from tests.mariadb import server
from tests.stores.test_plans import GONE, RUNNING, VERBS, WAITING, big_for

# Of each: how many schedules, how many runs that have ended.
SIZES = [(5000, 20_000), pytest.param((1_000_000, 10_000_000), marks=pytest.mark.slow)]
# As those of test_plans.
FILL_SCHEDULES = """
    insert into scheduler_schedule (name, task, definition, origin, anchor, next_fire, wake,
                                    last_fire, parked, civil)
    select concat('s', seq), task, replace(definition, 'template', concat('s', seq)), origin,
           anchor,
           case when seq %% 10 > 0 then next_fire + (seq - %(schedules)s / 100) * 1000000 end,
           case when seq %% 10 > 0 then next_fire + (seq - %(schedules)s / 100) * 1000000 end,
           case when seq %% 10 = 0 then %(now)s end, parked, civil
    from scheduler_schedule, seq_1_to_{schedules} where name = 'template'
"""
FILL_RUNS = """
    insert into scheduler_run (id, kind, schedule, task, fire_time, due, state, attempt, crashes,
        token, node, claimed_at, started_at, finished_at, stop_requested, on_crash, max_crashes,
        serial, arguments)
    select concat(%(state)s, seq), 'scheduled', concat(%(prefix)s, seq %% %(schedules)s), 'job',
        %(now)s - seq * 250000, %(now)s - seq * 250000, %(state)s, 1, 0, 1,
        case when %(state)s <> 'pending' then 'a' end, %(now)s, %(now)s,
        case when %(state)s = 'succeeded' then %(now)s - seq * 250000 end, 0, 'retry', 3, 1, '{{}}'
    from seq_1_to_{count}
"""
FILL_NODES = """
    insert into scheduler_node (id, host, pid, version, beats, alive, joined_at, beaten_at,
                                clock_offset)
    select concat('gone', seq), 'here', seq, '1', 9, 0, %(now)s, %(now)s, 0 from seq_1_to_{nodes}
"""


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[1]:,} runs")
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A store that is full, and two nodes."""
    schedules, runs = request.param
    found, clock = server(), HandClock()
    schema = found.new_schema()
    new_id = id_maker(clock.now, Random(1))
    store = found.by_hand(found.address(schema), clock, new_id, timeout=600)
    store.open()
    store.put_schedule([once(0, "template")], replace=False)
    given = {"schedules": schedules, "now": START}
    with found.connect(schema) as connection:
        connection.execute(FILL_SCHEDULES.format(schedules=schedules), given)
        connection.execute(FILL_NODES.format(nodes=GONE), given)
        for state, prefix, count in (
            ("succeeded", "s", runs),
            ("running", "t", RUNNING),
            ("pending", "u", WAITING),
        ):
            fill = {**given, "state": state, "prefix": prefix}
            connection.execute(FILL_RUNS.format(count=count), fill)
        connection.execute("delete from scheduler_schedule where name = 'template'")
        connection.execute("analyze table scheduler_schedule, scheduler_run, scheduler_node")
    scene = Scene(store, clock)
    scene.join("a", every(10, "code"))
    scene.join("b", every(10, "code"))
    yield scene
    store.close()
    found.sql(f"drop database {schema}")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("verb", VERBS)
def test_no_table_is_read_from_end_to_end(
    scene: Scene, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained = explaining(monkeypatch)

    VERBS[verb](scene)

    assert explained
    for statement, plan in explained:
        for table in tables(plan, (*big_for(verb), "other", "later")):
            assert table["access_type"] not in ("ALL", "index"), statement
            if table["table_name"] == "other":
                # Not all that its schedule has ever run.
                assert table["key"] == "scheduler_run_active", statement
        if "LIMIT" in statement and "id DESC" not in statement:
            assert "filesort" not in json.dumps(plan), "what is read in order need not be sorted"


def explaining(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Explain every statement from now on; the list returned fills with them and their plans."""
    from pyramid_scheduler.stores.sql.dialects.strict import StrictCursor  # noqa: PLC0415

    explained: list[tuple[str, Any]] = []
    plain = StrictCursor.execute

    def execute(cursor: Any, statement: Any, args: object = None) -> Any:
        if str(statement).lower().startswith(("select", "update", "delete")):
            plain(cursor, f"explain format=json {statement}", args)
            explained.append((statement, json.loads(cursor.fetchone()[0])))
        return plain(cursor, statement, args)

    monkeypatch.setattr(StrictCursor, "execute", execute)
    return explained


def tables(plan: Any, which: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Every table of ``which`` that is read, and how."""
    if isinstance(plan, list):
        for one in plan:
            yield from tables(one, which)
    elif isinstance(plan, dict):
        if "access_type" in plan and plan["table_name"] in which:
            yield plan
        for below in plan.values():
            yield from tables(below, which)
