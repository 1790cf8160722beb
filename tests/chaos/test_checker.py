"""The judge finds each thing that can be wrong, and nothing where nothing is."""

from typing import Any

import pytest

from tests.chaos.checker import SECOND, End, Fault, History, Row, Skipped, Start, verdicts

T = 100 * SECOND  # when the run "r" of the schedule "beat" was owed


def start(at: float = 0.1, run: str = "r", token: int = 1, **more: Any) -> Start:
    said = {"schedule": "beat", "fire_time": T, "attempt": token, "node": "a", **more}
    return Start(at=T + round(at * SECOND), run=run, token=token, **said)


def end(at: float = 1, run: str = "r", token: int = 1, *, failed: bool = False) -> End:
    return End(T + round(at * SECOND), run, token, failed)


def row(run: str = "r", token: int = 1, **more: Any) -> Row:
    said = {"schedule": "beat", "fire_time": T, "state": "succeeded", "reason": None}
    return Row(run=run, token=token, **{**said, "attempt": token, "result": token, **more})


def fault(begin: float, length: float, node: str | None = "a", **more: Any) -> Fault:
    span = T + round(begin * SECOND), T + round((begin + length) * SECOND)
    return Fault(*span, node, **{"kind": "cut", **more})


GOOD: dict[str, Any] = {
    "owed": {"beat": [T]},
    "starts": [start()],
    "ends": [end()],
    "faults": [],
    "rows": [row()],
    "skips": [],
    "lease": 3 * SECOND,
    "epsilon": 2 * SECOND,
    "serial": frozenset({"beat"}),
}
AGAIN = {"starts": [start(), start(2, token=2)], "rows": [row(token=2)]}
LATER = {"owed": {"beat": [T, T + SECOND]}}
OTHER = start(0.5, "s", fire_time=T + SECOND // 2)
AN_HOUR_AHEAD = row(
    "s", 0, schedule=None, fire_time=T + 3600 * SECOND, due=T + 3600 * SECOND, state="pending"
)


def found(**changes: Any) -> set[str]:
    return {broken.verdict for broken in verdicts(History(**{**GOOD, **changes}))}


def test_nothing_is_wrong_where_all_ran_once_in_time() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("verdict", "changes"),
    [
        ("LOST", LATER),
        ("LOST", {"asked": frozenset({"asked"})}),
        ("GHOST", {"owed": {"beat": []}}),
        ("GHOST", {"starts": [start(), start(run="unknown", schedule=None)]}),
        ("DUPLICATE", {"rows": [row(), row("s")], "ends": [end(), end(run="s")]}),
        ("DUPLICATE", {"starts": [start(), start(run="s")]}),
        ("SAME_CLAIM_TWICE", {"starts": [start(), start(0.2)]}),
        ("EARLY", {"starts": [start(-0.1)]}),
        ("LATE", {"starts": [start(2.5)], "ends": [end(3)], "serial": frozenset()}),
        ("TWO_OWNERS", {**AGAIN, "ends": [end(5), end(4, token=2)]}),
        ("TWO_OWNERS", {**AGAIN, "ends": [end(4, token=2)]}),
        ("OVERLAP", {"starts": [start(), OTHER], "ends": [end(), end(2, "s")]}),
        ("OVERLAP", {"starts": [start(task="t"), start(0.5, "s", schedule=None, task="t")],
                     "limits": {"t": 1}}),
        ("TOO_OFTEN", {"rates": {"t": (2, SECOND)}, "claims": {"t": [T, T + 5, T + SECOND]}}),
        ("TOKEN_BACKWARDS", {"starts": [start(0.2), start(0.1, token=2)]}),
        ("ACKED_TWICE", {**AGAIN, "ends": [end(), end(4, token=2)]}),
        ("STALE_ACK", {"rows": [row(result=0)]}),
        ("ACKED_BY_NOBODY", {"ends": []}),
        ("TOO_MANY_ATTEMPTS", {"starts": [start(), start(0.2, token=2)]}),
        ("STUCK_ROW", {"rows": [row(state="running")]}),
        ("STUCK_ROW", {"rows": [row(), AN_HOUR_AHEAD], "until": T + 9 * SECOND,
                       "faults": [fault(0, 5, kind="clock")]}),
        ("SKIPPED_AHEAD", {"skips": [Skipped("beat", T, T + 20 * SECOND, "misfire")], "until": T}),
        ("ALARM", {"alarms": ["a run is there already"]}),
    ],
)  # fmt: skip
def test_what_is_wrong_has_a_name(verdict: str, changes: dict[str, Any]) -> None:
    assert verdict in found(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        # skipped, with a reason
        {**LATER, "skips": [Skipped("beat", T + SECOND, T + SECOND, "overlap")]},
        # begun again after its task failed
        {**AGAIN, "ends": [end(1, failed=True), end(4, token=2)]},
        # begun again since its node was killed, although it had ended
        {**AGAIN, "ends": [end(1), end(4, token=2)], "faults": [fault(1.1, 0, gone=True)]},
        # late for an outage of all
        {"starts": [start(2.5)], "ends": [end(3)], "serial": frozenset(),
         "faults": [fault(-1, 2, None)]},
        # a frozen node goes on beside its successor
        {**AGAIN, "ends": [end(5), end(4, token=2)], "faults": [fault(0.5, 4)]},
        # asked for by a clock that was an hour ahead, where every node goes by its own
        {"rows": [row(), AN_HOUR_AHEAD], "until": T + 9 * SECOND, "own_clocks": True,
         "faults": [fault(0, 5, kind="clock")]},
    ],
)  # fmt: skip
def test_what_a_fault_or_a_policy_explains_is_not_wrong(changes: dict[str, Any]) -> None:
    assert found(**changes) == set()


@pytest.mark.parametrize(
    "elsewhere", [fault(0.5, 4, "b"), fault(0.5, 4, None), fault(0.5, 4, loses=False)]
)
def test_what_befell_another_node_or_all_of_them_makes_no_run_change_hands(
    elsewhere: Fault,
) -> None:
    again = {**AGAIN, "ends": [end(5), end(4, token=2)]}
    assert "TWO_OWNERS" in found(**again, faults=[elsewhere])


def test_what_nobody_had_claimed_is_not_late_for_the_death_of_another() -> None:
    late = {"starts": [start(2.5)], "ends": [end(3)], "serial": frozenset()}
    assert "LATE" in found(**late, faults=[fault(-1, 2, "b")])
