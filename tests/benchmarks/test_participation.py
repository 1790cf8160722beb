"""Who is not measured in something has a reason, and it is written down."""

from pathlib import Path

import pytest

from benchmarks.participation import MEASURES, SEVERAL, WHY_NOT, lines
from benchmarks.plan import OURS_POSTGRESQL, PLAN

README = Path(__file__).parents[2] / "benchmarks" / "README.md"
TAKE_PART = {
    measure.name: {entry.contender for entry in measure.entries}
    for measure in PLAN
    if measure.name in MEASURES and measure.name != SEVERAL
} | {SEVERAL: {OURS_POSTGRESQL}}


@pytest.mark.parametrize("measure", MEASURES)
def test_each_contender_takes_part_or_there_is_a_reason(measure: str) -> None:
    reasons = {contender for contender, why in WHY_NOT.items() if measure in why}
    assert TAKE_PART[measure] | reasons == WHY_NOT.keys()
    assert not TAKE_PART[measure] & reasons


def test_the_readme_has_the_table() -> None:
    assert "\n".join(lines()) in README.read_text()
