"""Many fire times, several processes: each runs once."""

from collections.abc import Callable

import pytest

from tests.processes.crowd import Crowd, MakeCrowd, Row
from tests.processes.ledger import alarms, disagreements, twice, wrongs

Request = pytest.FixtureRequest
Record = Callable[[str, object], None]

# Left to `make test-all`, but for two processes in `test_mariadb`.
AT_LENGTH = pytest.param("MariaDB", marks=pytest.mark.slow)


def run_at_once(crowd: Crowd, processes: int, count: int, ahead: float) -> tuple[list[Row], str]:
    """Have ``count`` one-offs run that are due at one instant; check them.

    Return what the tasks wrote, and the seconds from that instant to the last and to 99 of 100.
    """
    first, *_ = crowd.start(processes)
    made = first.tell("owe", count=count, after=ahead)

    crowd.wait(f"{count} runs", lambda notes: len(notes) >= count)

    rows = crowd.stop()
    owed = [f"one-off-{number}" for number in range(count)]
    assert not wrongs(owed, crowd.notes, rows, crowd.said())[:20]
    assert not twice(rows)[:20]
    # From when the last was made, should that have taken longer than until they were due.
    late = sorted(note["wall"] - max(made["at"], made["made"]) for note in crowd.notes)
    return crowd.notes, f"{late[-1]:.2f} s to the last, {late[-count // 100]:.2f} s to 99 of 100"


@pytest.mark.parametrize("processes", [2, 8])
@pytest.mark.parametrize("store", ["SQLite", "PostgreSQL", AT_LENGTH])
def test_a_thousand_one_offs_due_at_once_run_once_each_and_not_all_in_one_process(
    store: str, processes: int, crowd: MakeCrowd, request: Request, record_property: Record
) -> None:
    address = request.getfixturevalue(store.lower())

    notes, seconds = run_at_once(crowd(address), processes, count=1000, ahead=2.0)

    pids = {note["pid"] for note in notes}
    assert len(pids) > 1
    record_property(
        f"1,000 due at once, {store}, {processes} processes",
        f"{seconds}; {len(pids)} processes took part",
    )


@pytest.mark.parametrize("processes", [1, 2, 8])
@pytest.mark.parametrize("store", ["SQLite", "PostgreSQL", AT_LENGTH])
def test_ten_thousand_one_offs_due_at_once_run_once_each(
    store: str, processes: int, crowd: MakeCrowd, request: Request, record_property: Record
) -> None:
    address = request.getfixturevalue(store.lower())

    _, seconds = run_at_once(crowd(address), processes, count=10_000, ahead=2.5)

    record_property(
        f"10,000 due at once, {store}, {processes} process{'es' if processes > 1 else ''}",
        seconds,
    )


def test_ten_thousand_one_offs_due_at_once_run_once_each_in_memory(
    crowd: MakeCrowd, record_property: Record
) -> None:
    _, seconds = run_at_once(crowd("memory://"), 1, count=10_000, ahead=1.5)

    record_property("10,000 due at once, memory, 1 process", seconds)


@pytest.mark.parametrize("store", ["sqlite", "postgresql", "mariadb"])
def test_each_fire_time_of_an_interval_runs_once_in_two_processes(
    store: str, crowd: MakeCrowd, request: Request
) -> None:
    both = crowd(request.getfixturevalue(store), every=0.2)
    both.start(2)

    both.wait("25 fire times", lambda notes: len({note["fire_time"] for note in notes}) >= 25)

    rows = both.stop()
    given_back = [row for row in rows if row["state"] == "pending"]  # claimed ahead of a stop
    ran = [row for row in rows if row["state"] == "succeeded"]
    assert len(given_back) + len(ran) == len(rows)
    assert not twice(rows)
    assert not twice(both.notes)
    assert not list(disagreements(both.notes, ran))
    assert not alarms(both.said())
    steps = [round(fire / 0.2) for fire in sorted(row["fire_time"] for row in rows)]
    assert steps == list(range(steps[0], steps[0] + len(steps)))
