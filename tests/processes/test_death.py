"""Kill -9 of one of two processes while it holds claims."""

import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.processes.crowd import Crowd, Member, Row
from tests.processes.ledger import alarms

Record = Callable[[str, object], None]

# Twice a statement and a heartbeat are less than half of it.
SHORT_LEASE = {
    "scheduler.lease": "4",
    "scheduler.heartbeat": "0.3",
    "scheduler.statement_timeout": "0.8",
    "scheduler.threads": "8",
}
OTHERS = 1500


class Death:
    """Play it once, for all tests; what is there when all is over."""

    def __init__(self, crowd: Crowd) -> None:
        """Lose one that holds four runs which never end, and shares many quick ones."""
        [self.lost] = crowd.start(1, **SHORT_LEASE)
        self.lost.tell("ask", tasks=["stay_retry", "stay_fail"] * 2)
        crowd.wait("four runs that stay", lambda notes: len(notes) >= 4)
        [self.other] = crowd.start(1, **SHORT_LEASE)
        # In waves: of what is due at one instant, one process may well take all.
        self.lost.tell("owe", count=OTHERS, after=2.0, waves=50)
        crowd.wait("some of the others", self._both_are_at_it)
        crowd.lose(self.lost)
        self.lost_at = time.time()
        crowd.wait("the end of all", self._all_are_over)
        self.rows = crowd.stop()
        self.notes = crowd.notes
        self.said = crowd.said()

    def _both_are_at_it(self, notes: list[Row]) -> bool:
        quick = Counter(note["pid"] for note in notes if note["task"] == "note")
        return all(quick[member.pid] >= 8 for member in (self.lost, self.other))

    def _all_are_over(self, notes: list[Row]) -> bool:
        taken_over = {note["run"] for note in notes if note["task"] == "stay_retry"}
        again = {note["run"] for note in notes if note["pid"] == self.other.pid}
        ran = {note["run"] for note in notes if note["task"] == "note"}
        return taken_over <= again and len(ran) == OTHERS

    def who_began(self, run: str) -> list[Member]:
        """Return who began the run, in order."""
        known = {member.pid: member for member in (self.lost, self.other)}
        return [known[note["pid"]] for note in self.notes if note["run"] == run]

    def rows_of(self, task: str) -> list[Row]:
        """Return the runs of ``task``."""
        return [row for row in self.rows if row["task"] == task]


@pytest.fixture(scope="module")
def death(tmp_path_factory: pytest.TempPathFactory) -> Death:
    folder = tmp_path_factory.mktemp("death")
    crowd = Crowd(folder, f"sqlite:///{folder}/store.sqlite")
    try:
        return Death(crowd)
    finally:
        crowd.clear()


def test_what_the_lost_process_did_not_hold_runs_once(death: Death) -> None:
    untouched = [row for row in death.rows_of("note") if row["token"] == 1]

    assert untouched
    for row in untouched:
        assert (row["state"], row["attempt"], row["crashes"]) == ("succeeded", 1, 0)
        assert len(death.who_began(row["run"])) == 1


def test_every_run_that_it_held_is_taken_over_and_ends_once(
    death: Death, record_property: Record
) -> None:
    stayed = death.rows_of("stay_retry")
    quick = [row for row in death.rows_of("note") if row["token"] > 1]

    assert len(stayed) == 2
    for row in [*stayed, *quick]:
        assert (row["state"], row["attempt"], row["crashes"], row["token"]) == (
            "succeeded",
            2,
            1,
            2,
        )
    for row in stayed:
        assert death.who_began(row["run"]) == [death.lost, death.other]
    for row in quick:  # it may have begun, or only been claimed
        assert death.who_began(row["run"]) in ([death.lost, death.other], [death.other])
    held = {row["run"] for row in [*stayed, *quick]}
    again = [note["wall"] for note in death.notes if note["run"] in held and note["token"] == 2]
    record_property(
        "kill -9 of one of two, lease 4 s",
        f"{len(held)} runs taken over, the last began {max(again) - death.lost_at:.2f} s later",
    )


def test_what_may_run_at_most_once_is_failed_and_not_begun_again(death: Death) -> None:
    rows = death.rows_of("stay_fail")

    assert len(rows) == 2
    for row in rows:
        assert (row["state"], row["reason"], row["attempt"]) == ("failed", "crashed", 1)
        assert death.who_began(row["run"]) == [death.lost]


def test_all_that_was_owed_is_there_once_and_nobody_reports_a_fault(death: Death) -> None:
    schedules = Counter(row["schedule"] for row in death.rows_of("note"))

    assert schedules == {f"one-off-{number}": 1 for number in range(OTHERS)}
    assert not alarms(death.said)
