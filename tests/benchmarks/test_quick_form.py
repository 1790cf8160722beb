"""The benchmarks run. What they measure is for people to judge, on a machine that is quiet."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.plan import PLAN

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)  # twenty seconds on a quiet machine, which this one may not be
def test_the_quick_form_measures_everybody_in_everything_and_prints_and_writes_it(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "--results", str(tmp_path)]

    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    [found] = tmp_path.glob("*-quick.json")
    written = json.loads(found.read_text())
    measured = {
        name: {contender for figure in figures.values() for contender in figure}
        for name, figures in written["values"].items()
    }
    plan = [measure.without(written["left out"], quick=True) for measure in PLAN]
    assert measured == {
        measure.name: {entry.contender for entry in measure.entries}
        for measure in plan
        if measure.entries
    }
    for name in measured:
        assert f"│ {name}, " in done.stdout
    for contender in written["left out"]:
        assert f"left out: {contender}: " in done.stdout
