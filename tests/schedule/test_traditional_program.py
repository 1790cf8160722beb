"""The seed's first program, `examples/traditional/app.py`, runs as it stands, in a process."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "examples" / "traditional" / "app.py"
LINE = "Running scheduled task\n"

SEED = """\
import schedule
import time

def job():
    print("Running scheduled task")

schedule.every(1).minutes.do(job)

while True:
    schedule.run_pending()
    time.sleep(1)
"""

# Runs the program at argv[1] with the machine's clock standing still but for what the program
# sleeps; once it has slept argv[2] seconds it is ended, as a person would end its endless loop.
TURNED_BY_SLEEPING = """
import runpy, sys, time

program, lasts = sys.argv[1], int(sys.argv[2])
start, slept = time.time_ns(), 0

def sleep(seconds):
    global slept
    slept += seconds
    if slept >= lasts:
        sys.exit(0)

time.time_ns = lambda: start + slept * 10**9
time.sleep = sleep
runpy.run_path(program, run_name="__main__")
"""


def environment() -> dict[str, str]:
    """This one, in which the package is found whether it is installed or not."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def test_the_program_is_the_seed_s_with_its_import_line_changed() -> None:
    changed = SEED.replace("import schedule\n", "from pyramid_scheduler import schedule\n")

    assert PROGRAM.read_text(encoding="utf-8") == changed


@pytest.mark.parametrize(("lasts", "runs"), [(60, 0), (61, 1), (301, 5)])
def test_it_runs_its_job_once_a_minute(lasts: int, runs: int) -> None:
    """It looks at the seconds 0 to ``lasts`` - 1, and is over in no time."""
    ended = subprocess.run(
        [sys.executable, "-c", TURNED_BY_SLEEPING, str(PROGRAM), str(lasts)],
        capture_output=True,
        check=True,
        cwd="/",
        env=environment(),
        text=True,
        timeout=60,
    )

    assert ended.stdout == LINE * runs, ended.stderr


@pytest.mark.slow
def test_it_runs_its_job_after_a_real_minute() -> None:
    began = time.monotonic()
    with started([sys.executable, "-u", str(PROGRAM)]) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        took = time.monotonic() - began

        assert line == LINE
        assert 60 <= took < 75
        assert process.poll() is None


@contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=environment(), cwd="/", text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()
