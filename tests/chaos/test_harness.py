"""Real processes under faults: nothing lost, nothing twice; and the product broken is seen."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.__main__ import play
from tests.chaos.mutants import MUTANTS
from tests.chaos.report import Report
from tests.chaos.stores import STORES, why_not

SECONDS = 90
SEEDS = (1, 2, 3)
SIDE_BY_SIDE = ("sqlite", "postgresql")
# The fault against which the part of the product is there that the mutant lacks, what is found.
SHOWN_BY = {
    "no-lock-no-comparison-no-key": ("pause", {"DUPLICATE", "SAME_CLAIM_TWICE"}),
    "no-lock-no-comparison": ("pause", {"ALARM"}),
    "no-fence": ("cut", {"STALE_ACK"}),
    "no-recovery": ("kill", {"STUCK_ROW"}),
    "no-comparison-of-own-runs": ("lose", {"STUCK_ROW"}),
    "no-error-handling": ("locked", {"LOST", "ALARM"}),
    "no-check-of-the-lease": ("suspend", {"TOKEN_BACKWARDS"}),
}


def have(store: str) -> None:
    if reason := why_not(store):
        pytest.skip(reason)


def said(report: Report) -> str:
    return "\n".join(report.lines())


@pytest.mark.timeout(400)
def test_nothing_is_lost_and_nothing_twice_on_two_stores_side_by_side(tmp_path: Path) -> None:
    stores = [store for store in SIDE_BY_SIDE if not why_not(store)]

    def play_one(store: str) -> Report:
        folder = tmp_path / store
        folder.mkdir()
        return play(store, folder, seed=1, seconds=SECONDS)

    with ThreadPoolExecutor() as players:
        reports = dict(zip(stores, players.map(play_one, stores), strict=True))
    for store, report in reports.items():
        assert not report.broken, f"{store}\n{said(report)}"
    for store in SIDE_BY_SIDE:
        have(store)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("store", STORES)
@pytest.mark.timeout(600)
def test_nothing_is_lost_and_nothing_twice(store: str, seed: int, tmp_path: Path) -> None:
    have(store)
    report = play(store, tmp_path, seed=seed, seconds=SECONDS)
    assert not report.broken, said(report)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.timeout(600)
def test_what_is_broken_on_purpose_is_seen_within_three_seeds(mutant: str, tmp_path: Path) -> None:
    def play_one(seed: int) -> Report:
        folder = tmp_path / str(seed)
        folder.mkdir()
        return play("sqlite", folder, seed, 25, mutant=mutant, kinds=(fault,))

    fault, expected = SHOWN_BY[mutant]
    assert any(expected & {one.verdict for one in play_one(seed).broken} for seed in SEEDS)
