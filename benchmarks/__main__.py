"""``python -m benchmarks``: measure everybody in everything, again and again, and compare."""

import json
import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.contenders import ADDRESS, module_of
from benchmarks.environments import (
    IN_TESTS,
    PACKAGES,
    NotInstalledError,
    python_of,
    require_program,
)
from benchmarks.machine import load, machine
from benchmarks.plan import PLAN, Entry, Measure
from benchmarks.results import Results
from benchmarks.servers import NoServerError, new_database, server_of
from benchmarks.table import bars, participation_table, show

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results")
PATIENCE = 600
PATIENCE_LONG = 7200
WIDTH = 110
AT_ONCE = 3  # of the quick form, whose figures nobody reads


def main(argv: list[str] | None = None) -> int:
    """Measure, print, write; return 1 if something could not be measured.

    Whatever the figures are, they are for people to judge.
    """
    options = _parser().parse_args(argv)
    console = Console(width=max(Console().width, WIDTH))
    asked = [measure for measure in PLAN if measure.name in (options.only or [measure.name])]
    missing = left_out(asked, quick=options.quick)
    for contender, why in missing.items():
        console.print(f"left out: {contender}: {why}", highlight=False)
    plan = [measure.without(missing, quick=options.quick) for measure in asked]
    around = {**machine(), "load before": load()}
    results = Results(left_out=missing)
    for repetition in range(1 if options.quick else options.repetitions):
        for measure, entry, answer in _repetition(plan, options):
            results.add(measure.name, entry.contender, answer)
            said = f"{repetition + 1}. {measure.name}: {entry.contender}: {_told(answer)}"
            console.print(said, highlight=False, markup=False)
    around["load after"] = load()
    show(console, plan, results, around)
    console.print(participation_table())
    for line in () if options.quick else bars(plan, results):
        console.print(line, highlight=False)
    console.print(f"written to {_write(options, results, around)}", highlight=False)
    return 1 if results.failed else 0


def _told(answer: dict[str, Any]) -> str:
    figures = [f"{figure} {value:,.2f}" for figure, value in answer["figures"].items()]
    return answer.get("failed") or ", ".join(figures)


def _parser() -> ArgumentParser:
    parser = ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, small, to see that it runs")
    parser.add_argument("--long", action="store_true", help="as large as the bar says, for hours")
    parser.add_argument("--repetitions", type=int, default=5)
    names = [measure.name for measure in PLAN]
    parser.add_argument("--only", action="append", choices=names, help="may be given repeatedly")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder for the JSON")
    return parser


def left_out(plan: list[Measure], *, quick: bool) -> dict[str, str]:
    """Return who cannot be measured here, and why; make the environments of all others."""
    found = {}
    for name in dict.fromkeys(entry.contender for measure in plan for entry in measure.entries):
        try:
            interpreter(name, quick=quick)
            with _database(name):
                pass
        except (NotInstalledError, NoServerError) as error:
            found[name] = str(error)
    return found


def _database(contender: str) -> AbstractContextManager[str]:
    """Give the address of an empty database of the server that it needs, or nothing."""
    server = server_of(contender)
    return nullcontext("") if server is None else new_database(server)


def _repetition(
    plan: list[Measure], options: Namespace
) -> Iterator[tuple[Measure, Entry, dict[str, Any]]]:
    """Measure everybody in everything once: one after the other, or all together where it says so.

    The quick form measures some at a time: its figures mean nothing.
    """
    groups = [[(measure, entry) for entry in measure.entries] for measure in plan]
    for group in [list(chain(*groups))] if options.quick else groups:
        together = all(measure.together for measure, _ in group)
        at_once = AT_ONCE if options.quick else len(group) if together else 1
        with ThreadPoolExecutor(max(1, at_once)) as pool:
            answers = pool.map(partial(_measured, options), group)
            for (measure, entry), answer in zip(group, answers, strict=True):
                yield measure, entry, answer


def _measured(options: Namespace, asked: tuple[Measure, Entry]) -> dict[str, Any]:
    """Measure one contender in one measure, once."""
    measure, entry = asked
    python = interpreter(entry.contender, quick=options.quick)
    patience = PATIENCE_LONG if options.long else PATIENCE
    return measure_one(measure.name, entry.contender, _size(entry, options), python, patience)


def _size(entry: Entry, options: Namespace) -> float:
    if options.quick:
        return entry.quick or 0
    return (options.long and entry.long) or entry.size


def measure_one(
    measure: str,
    contender: str,
    size: float,
    python: str,
    patience: float,
    beside: dict[str, int] | None = None,
) -> dict[str, Any]:
    """Measure one contender once, in a process of its own; one that fails spoils no other.

    ``beside`` is what is in its store before (``laden``).
    """
    sizes = [json.dumps(size), json.dumps(beside or {})]
    with _database(contender) as address:
        done = subprocess.run(
            [python, "-m", "benchmarks.one", measure, contender, *sizes],
            cwd=ROOT,
            env={**os.environ, ADDRESS: address},
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    if done.returncode != 0:
        return {"figures": {}, "failed": f"exit code {done.returncode}\n{done.stderr}"}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def interpreter(contender: str, *, quick: bool) -> str:
    """Return the Python that has ``contender``; the quick form makes no environments."""
    module = module_of(contender)
    require_program(module)
    if not quick:
        return python_of(module)
    if module in PACKAGES and module not in IN_TESTS:
        raise NotInstalledError("the quick form installs nothing")
    return sys.executable


def _write(options: Namespace, results: Results, around: dict[str, str]) -> Path:
    now = datetime.now(UTC)
    options.results.mkdir(parents=True, exist_ok=True)
    path: Path = options.results / f"{now:%Y-%m-%dT%H%M%SZ}{'-quick' if options.quick else ''}.json"
    written = {
        "at": now.isoformat(),
        "quick": options.quick,
        "around": around,
        "contenders": results.contenders,
        "left out": results.left_out,
        "failed": results.failed,
        "values": results.values,
    }
    path.write_text(json.dumps(written, indent=1) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
