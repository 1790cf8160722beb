"""The ``schedule`` library's own test file, its import line changed, passes.

It is not ours to keep: `make` fetches the library's source distribution beside the environment.
"""

import os
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = Path(sys.prefix, "oracles", "schedule-1.2.2.tar.gz")

# These call helpers that are private in the library, and that we do not have.
PRIVATE = {
    # Job._correct_utc_offset(), which mends what pytz's arithmetic leaves behind
    "test_align_utc_offset_after_fold_fixate",
    "test_align_utc_offset_no_change",
    "test_align_utc_offset_no_timezone",
    "test_align_utc_offset_with_dst_fold",
    "test_align_utc_offset_with_dst_fold_fixate_1",
    "test_align_utc_offset_with_dst_fold_fixate_2",
    "test_align_utc_offset_with_dst_gap",
    # schedule._move_to_next_weekday()
    "test_move_to_next_weekday_nextweek",
    "test_move_to_next_weekday_today",
    "test_move_to_next_weekday_tommorrow",
}

IMPORTS = {
    "import schedule": "from pyramid_scheduler import schedule",
    "from schedule import (": "from pyramid_scheduler.schedule import (",
}


@pytest.fixture
def own_tests(tmp_path: Path) -> Path:
    if not SOURCE.exists():
        pytest.skip("the schedule library's own tests are not there: no network when `make` ran")
    with tarfile.open(SOURCE) as archive:
        member = archive.extractfile("schedule-1.2.2/test_schedule.py")
        assert member is not None
        lines = member.read().decode().splitlines()
    assert set(IMPORTS) <= set(lines)
    changed = tmp_path / "test_schedule.py"
    changed.write_text("\n".join(IMPORTS.get(line, line) for line in lines))
    return changed


def test_the_library_s_own_tests_pass_but_for_those_of_private_helpers(own_tests: Path) -> None:
    report = own_tests.with_name("report.xml")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", own_tests.name, f"--junitxml={report}"],
        capture_output=True,
        cwd=own_tests.parent,
        env=environment,
        text=True,
        timeout=100,
        check=False,
    )

    outcomes = dict(cases(report))
    assert len(outcomes) == 81, ended.stdout
    assert {name for name, ended in outcomes.items() if ended != "passed"} <= PRIVATE, ended.stdout


def cases(report: Path) -> Iterator[tuple[str, str]]:
    """Each test's name, and how it ended: one that is skipped has not passed."""
    for case in ET.parse(report).iter("testcase"):
        marks = {child.tag for child in case} & {"failure", "error", "skipped"}
        yield case.attrib["name"], next(iter(marks), "passed")
