"""Real processes under faults: nothing lost, nothing twice; and the product broken is seen."""

from pathlib import Path

import pytest

from tests.chaos.__main__ import play
from tests.chaos.mutants import MUTANTS
from tests.chaos.report import Report
from tests.chaos.stores import STORES, why_not

SHORT, LONG = 35, 90
SEEDS = (1, 2, 3)
# The faults against which the part of the product is there that the mutant lacks.
SHOWN_BY = {
    "no-lock-no-comparison-no-key": "pause",
    "no-lock-no-comparison": "pause",
    "no-fence": "cut",
    "no-recovery": "kill",
    "no-comparison-of-own-runs": "lose",
    "no-error-handling": "locked",
    "no-check-of-the-lease": "suspend",
}


def have(store: str) -> None:
    if reason := why_not(store):
        pytest.skip(reason)


def said(report: Report) -> str:
    return "\n".join(report.lines())


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
@pytest.mark.timeout(300)
def test_nothing_is_lost_and_nothing_twice_in_half_a_minute_of_faults(
    store: str, tmp_path: Path
) -> None:
    have(store)
    report = play(store, tmp_path, seed=1, seconds=SHORT)
    assert not report.broken, said(report)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("store", STORES)
@pytest.mark.timeout(600)
def test_nothing_is_lost_and_nothing_twice(store: str, seed: int, tmp_path: Path) -> None:
    have(store)
    report = play(store, tmp_path, seed=seed, seconds=LONG)
    assert not report.broken, said(report)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.timeout(600)
def test_what_is_broken_on_purpose_is_seen_within_three_seeds(mutant: str, tmp_path: Path) -> None:
    def play_one(seed: int) -> Report:
        folder = tmp_path / str(seed)
        folder.mkdir()
        return play("sqlite", folder, seed, 25, mutant=mutant, kinds=(SHOWN_BY[mutant],))

    assert any(play_one(seed).broken for seed in SEEDS)
