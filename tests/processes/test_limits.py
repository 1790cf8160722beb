"""Limits in eight processes: what each of them claims counts for all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest

from tests.postgresql import server
from tests.processes.crowd import Crowd, Row
from tests.processes.ledger import alarms
from tests.processes.member import RATE

Record = Callable[[str, object], None]
Notes = dict[str, list[Row]]

PROCESSES = 8
# Many processes share few processors, and SQLite has one writer at a time.
PATIENT = {"scheduler.lease": "90", "scheduler.statement_timeout": "15"}
# How often each of the eight asks for a run of each kind.
SIZES = [1, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
KEYS = "abc"


class Day(NamedTuple):
    """What eight processes did: the store, what each task wrote, the rows, who asked for what."""

    store: str
    notes: Notes
    rows: dict[str, Row]
    asked: dict[str, set[str]]


@pytest.fixture(scope="module", params=SIZES)
def count(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def day(
    request: pytest.FixtureRequest, count: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("limits")
    address = f"sqlite:///{folder}/store.sqlite"
    if request.param == "PostgreSQL":
        address = server().address(server().new_schema())
    crowd = Crowd(folder, address, limited=True)
    try:
        yield spend(crowd, request.param, count)
    finally:
        crowd.clear()


def spend(crowd: Crowd, store: str, count: int) -> Day:
    crowd.start(PROCESSES, **PATIENT)
    crowd.members[0].tell("recur", task="single", names=["one", "two"], every=0.15)
    asked = defaultdict(set)
    for number in range(count):
        for member in crowd.members:
            member.send("ask", tasks=["sole"], args=[f"k{number}"])
        for member in crowd.members:
            asked[f"k{number}"].update(member.answer()["runs"])
    for member in crowd.members:
        member.tell("ask", tasks=["single", "rated"] * count)
        for key in KEYS:
            member.tell("ask", tasks=["keyed"] * count, args=[key])
    asked_for = PROCESSES * count

    def is_over(notes: list[Row]) -> bool:
        ran = by(notes, "task")
        single = [note for note in ran["single"] if note["schedule"] is None]
        keyed = len(ran["keyed"]) >= asked_for * len(KEYS)
        return keyed and min(len(single), len(ran["rated"])) >= asked_for

    crowd.wait("all that was asked for", is_over, patience=60 + 10 * count)
    rows = {row["run"]: row for row in crowd.stop()}
    assert not alarms(crowd.said())
    return Day(store, by(crowd.notes, "task"), rows, asked)


def by(notes: Iterable[Row], what: str) -> Notes:
    found = defaultdict(list)
    for note in notes:
        found[note[what]].append(note)
    return found


def gaps(notes: Iterable[Row]) -> list[float]:
    """How long after the end of each run the next one began; less than 0: while it ran."""
    ran = sorted((note["begun"], note["ended"]) for note in notes)
    return [after[0] - before[1] for before, after in pairwise(ran)]


def test_two_schedules_and_what_is_asked_for_are_never_two_at_once(
    day: Day, record_property: Record
) -> None:
    notes = day.notes["single"]
    assert {note["schedule"] for note in notes} == {None, "one", "two"}
    assert len({note["pid"] for note in notes}) > 1
    assert min(gaps(notes)) >= 0
    record_property(
        f"max_running=1, eight processes, {day.store}",
        f"{len(notes)} runs, the longest pause between two {max(gaps(notes)):.2f} s",
    )


def test_of_one_key_there_are_never_two_at_once(day: Day, count: int) -> None:
    keys = by(day.notes["keyed"], "key")
    assert {key: len(some) for key, some in keys.items()} == dict.fromkeys(KEYS, PROCESSES * count)
    assert all(min(gaps(some)) >= 0 for some in keys.values())


def test_in_no_second_more_are_claimed_than_the_rate_allows(day: Day, count: int) -> None:
    most = int(RATE.partition("/")[0])
    claims = sorted(row["claimed_at"] for row in day.rows.values() if row["task"] == "rated")
    assert len(claims) == PROCESSES * count > most
    later = claims[most:]
    assert all(late - early > 1 for early, late in zip(claims, later, strict=False))


def test_of_equal_runs_that_eight_ask_for_at_once_one_runs(day: Day, count: int) -> None:
    assert len(day.asked) == len(day.notes["sole"]) == count
    for note in day.notes["sole"]:
        others = day.asked[note["key"]] - {note["run"]}
        assert len(others) == PROCESSES - 1
        ends = [(day.rows[one]["state"], day.rows[one]["reason"]) for one in others]
        assert set(ends) == {("skipped", "unique")}
        assert {day.rows[one]["equals"] for one in others} == {note["run"]}
