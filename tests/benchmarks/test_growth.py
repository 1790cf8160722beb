"""How figures grow is measured, and written so that it can be drawn."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.growth import Curves

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)  # ten seconds on a quiet machine, which this one may not be
def test_the_quick_form_measures_the_first_point_of_every_curve(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.growth", "--quick", "--results", str(tmp_path)]

    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    [found] = tmp_path.glob("*-growth-quick.json")
    written = json.loads(found.read_text())["growth"]
    assert {
        title: {name: [at for at, _ in line] for name, line in curve["lines"].items()}
        for title, curve in written.items()
    } == {
        f"{curve.measure}: {figure}, by {curve.by}": {
            point.line: [point.at] for point in curve.points
        }
        for curve in Curves(quick=True).all()
        for figure in curve.figures
    }
