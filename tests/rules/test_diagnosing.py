"""What is wrong with a store is named, with what to do; what is well is not."""

from dataclasses import replace

import pytest

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.model import Checkup, Finding, Node, Pile
from pyramid_scheduler.rules.diagnosing import diagnose
from tests.clock import START

LEASE = 30 * SECOND
NOW = START + 3600 * SECOND
ALIVE = Node(id="a", host="web1", pid=7, version="1", joined_at=START, beaten_at=NOW - SECOND)
WELL = Checkup(
    NOW,
    running=[Pile("a", 2, NOW - 600 * SECOND)],
    waiting=[Pile("job", 1, NOW - SECOND)],
    scheduled=[Pile("job", 3, NOW + SECOND)],
    nodes=[ALIVE],
)


def found(checkup: Checkup = WELL, *nodes: Node) -> list[Finding]:
    return diagnose(checkup._replace(nodes=nodes or [ALIVE]), {"job"}, LEASE)


def one(checkup: Checkup = WELL, *nodes: Node) -> Finding:
    (finding,) = found(checkup, *nodes)
    return finding


def test_where_all_is_well_nothing_is_found() -> None:
    assert found() == []


def test_where_nothing_is_owed_nobody_has_to_be_there() -> None:
    assert diagnose(Checkup(NOW), {"job"}, LEASE) == []


@pytest.mark.parametrize(
    "nodes", [[], [replace(ALIVE, alive=False)], [replace(ALIVE, beaten_at=NOW - 61 * SECOND)]]
)
def test_nobody_runs_it(nodes: list[Node]) -> None:
    owed = WELL._replace(running=[], waiting=[], nodes=nodes)
    (finding,) = diagnose(owed, {"job"}, LEASE)
    assert finding.wrong
    assert finding.what.startswith("no process runs the scheduler")


def test_a_node_that_is_silent_though_another_watches() -> None:
    silent = replace(ALIVE, id="b", host="web2", pid=8, beaten_at=NOW - 90 * SECOND)
    finding = one(WELL, ALIVE, silent)
    assert finding.wrong
    assert "node b (pid 8 on web2)" in finding.what


def test_a_node_that_missed_a_beat_is_left_to_those_who_watch() -> None:
    assert found(WELL, ALIVE, replace(ALIVE, id="b", beaten_at=NOW - 50 * SECOND)) == []


@pytest.mark.parametrize("owner", ["gone", None])
def test_runs_without_a_node(owner: str | None) -> None:
    finding = one(WELL._replace(ownerless=[Pile(owner, 2, NOW - 600 * SECOND)]))
    assert finding.wrong
    assert finding.what.startswith(f"2 runs of node {owner}, which is not there any more")


def test_clocks_that_differ() -> None:
    ahead = replace(ALIVE, id="b", host="web2", clock_offset=5 * SECOND)
    finding = one(WELL, ALIVE, ahead)
    assert not finding.wrong
    assert "web2) is 5.0 s ahead of that of node a" in finding.what


def test_tasks_that_the_application_does_not_declare() -> None:
    unknown = WELL._replace(
        scheduled=[Pile("gone.task", 2, NOW - 600 * SECOND)],
        waiting=[Pile("gone.task", 1, NOW - 600 * SECOND)],
    )
    whats = [finding.what for finding in found(unknown)]
    assert whats == [
        "2 schedules of the task 'gone.task', which this application does not declare",
        "1 waiting run of the task 'gone.task', which this application does not declare",
    ]


@pytest.mark.parametrize("piles", ["scheduled", "waiting"])
def test_what_should_have_begun_a_lease_ago(piles: str) -> None:
    finding = one(WELL._replace(**{piles: [Pile("job", 4, NOW - 31 * SECOND)]}))
    assert not finding.wrong
    assert "the first of them due since" in finding.what
    assert found(WELL._replace(**{piles: [Pile("job", 4, NOW - 29 * SECOND)]})) == []


def test_what_the_tables_lack_comes_first() -> None:
    findings = found(
        WELL._replace(schema=["there is no table x"], scheduled=[Pile("other", 1, NOW)])
    )
    assert [finding.wrong for finding in findings] == [True, False]
    assert "there is no table x" in findings[0].what
