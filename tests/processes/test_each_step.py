"""Kill -9 at each step on the way of a run: what another process finds, and what it does."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.processes.crowd import Crowd, Row, new_store
from tests.processes.ledger import alarms
from tests.processes.victim import STEPS, name_of

Record = Callable[[str, object], None]
Request = pytest.FixtureRequest

LEASE, HEARTBEAT = 3.0, 0.3
SETTINGS = {
    "scheduler.lease": f"{LEASE:g}",
    "scheduler.heartbeat": f"{HEARTBEAT:g}",
    "scheduler.statement_timeout": "0.5",
    "scheduler.threads": "8",
}


class Left(NamedTuple):
    """How often a run began, and how the store has it in the end."""

    starts: int
    token: int
    attempt: int
    crashes: int


# What is not written when it dies has not been; what is written is never done again.
EXPECTED = {
    "within the claim": Left(starts=1, token=1, attempt=1, crashes=0),
    "after the claim": Left(starts=1, token=2, attempt=2, crashes=1),
    "in the middle": Left(starts=2, token=2, attempt=2, crashes=1),
    "before the finish": Left(starts=2, token=2, attempt=2, crashes=1),
    "within the finish": Left(starts=2, token=2, attempt=2, crashes=1),
    "after the finish": Left(starts=1, token=1, attempt=1, crashes=0),
}
TAKEN_OVER = [step for step, left in EXPECTED.items() if left.crashes]


class Deaths:
    """One process for each step, which dies there, and one that goes on; played once for all."""

    def __init__(self, crowd: Crowd) -> None:
        other = crowd.begin(SETTINGS, claims=[])
        lost = [crowd.begin(SETTINGS, claims=[name_of(step)], dies=step) for step in STEPS]
        for member in (other, *lost):
            assert member.answer()["started"], member.said()
        other.tell("ask", tasks=[name_of(step) for step in STEPS])
        for member in lost:
            member.died()
            crowd.lose(member)
        other.tell("claim_all")
        crowd.wait("the end of all", self._followed)
        self.rows = crowd.stop()
        self.notes = crowd.notes
        self.said = crowd.said()

    @staticmethod
    def _followed(notes: list[Row]) -> bool:
        return sum(note.get("task") == "follow" for note in notes) >= len(STEPS)

    def row(self, step: str) -> Row:
        [row] = [row for row in self.rows if row["task"] == name_of(step)]
        return row

    def starts(self, step: str) -> list[Row]:
        return [note for note in self.notes if note.get("task") == name_of(step)]

    def died(self, step: str) -> float:
        [wall] = [note["wall"] for note in self.notes if note.get("step") == step]
        return float(wall)


@pytest.fixture(
    scope="module", params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.slow)]
)
def deaths(request: Request, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Deaths]:
    folder = tmp_path_factory.mktemp("deaths")
    crowd = Crowd(folder, new_store(request.param, folder), program="tests.processes.victim")
    try:
        return request.param, Deaths(crowd)
    finally:
        crowd.clear()


@pytest.mark.parametrize("step", STEPS)
def test_a_run_whose_process_is_killed_there_ends_once(
    deaths: tuple[str, Deaths], step: str
) -> None:
    _, seen = deaths
    row, starts = seen.row(step), seen.starts(step)
    left = Left(len(starts), row["token"], row["attempt"], row["crashes"])
    assert (row["state"], left) == ("succeeded", EXPECTED[step])
    assert [start["token"] for start in starts] == sorted({start["token"] for start in starts})


def test_what_follows_stands_in_the_transaction_of_the_end(deaths: tuple[str, Deaths]) -> None:
    _, seen = deaths
    after = Counter(note["after"] for note in seen.notes if note.get("task") == "follow")
    assert sum(after.values()) == len(STEPS), "one of each run, whether or not it ended twice"
    assert after == Counter(left.token for left in EXPECTED.values())


def test_it_is_taken_over_after_its_lease_and_not_before(
    deaths: tuple[str, Deaths], record_property: Record
) -> None:
    store, seen = deaths
    began = {step: seen.starts(step)[-1]["wall"] - seen.died(step) for step in TAKEN_OVER}
    assert min(began.values()) > LEASE * 2 / 3, "its last heartbeat was somewhat before its death"
    record_property(
        f"kill -9 at {len(began)} steps, {store}, lease {LEASE:g} s, heartbeat {HEARTBEAT:g} s",
        f"begun again {min(began.values()):.2f} to {max(began.values()):.2f} s later",
    )


def test_nobody_reports_a_fault_but_that_a_lock_was_held(deaths: tuple[str, Deaths]) -> None:
    told = {alarm.partition(": ")[0] for alarm in alarms(deaths[1].said)}
    assert told <= {"ERROR pyramid_scheduler scheduler degraded"}, "where the machine is busy"
