"""``python -m benchmarks.growth``: how our figures grow with schedules, history and processes.

Each point is a measure of ``benchmarks`` in a process of its own, over a store that has so much in
it before. All points are measured in turns, again and again.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import (
    AT_ONCE,
    PATIENCE_LONG,
    RESULTS,
    WIDTH,
    interpreter,
    left_out,
    measure_one,
)
from benchmarks.machine import load, machine
from benchmarks.plan import (
    FOUR,
    ONE,
    OUR_STORE_POSTGRESQL,
    OUR_STORE_SQLITE,
    OURS_MEMORY,
    OURS_POSTGRESQL,
    OURS_SQLITE,
    TWO,
    Entry,
    Measure,
)
from benchmarks.table import number

SCHEDULES = (100, 1_000, 10_000, 100_000)
RUNS = (1_000, 10_000, 100_000, 1_000_000)
SQL = (OURS_SQLITE, OURS_POSTGRESQL)
STORES = (OUR_STORE_SQLITE, OUR_STORE_POSTGRESQL)


class Point(NamedTuple):
    """One measurement: whose line it is on and where, who is measured, beside what."""

    line: str
    at: int
    contender: str
    size: float
    beside: dict[str, int]


class Curve(NamedTuple):
    """A measure whose figures grow ``by`` something."""

    measure: str
    figures: tuple[str, ...]
    by: str
    points: tuple[Point, ...]


class Curves:
    """The curves; in the quick form the first point of each, small and on SQLite."""

    def __init__(self, *, quick: bool) -> None:
        """Take which form it is."""
        self._quick = quick

    def all(self) -> tuple[Curve, ...]:
        """Return every curve that has points."""
        curves = (
            self._beside("schedules", "sustained", "runs/s", (5_000, 50)),
            self._beside("schedules", "adding", "schedules/s", (300, 20)),
            self._beside("schedules", "idle", "CPU ms", (10, 0.5)),
            self._beside("runs", "sustained", "runs/s", (5_000, 50)),
            self._beside("runs", "adding", "schedules/s", (300, 20)),
            self._beside("runs", "idle", "CPU ms", (10, 0.5)),
            self._claims(),
            self._processes(),
        )
        return tuple(curve for curve in curves if curve.points)

    def _beside(self, what: str, measure: str, figure: str, sizes: tuple[float, float]) -> Curve:
        """Return a measure beside ``what`` there is more and more of."""
        named, steps, contenders = {
            "schedules": ("schedules that are not due", SCHEDULES, (OURS_MEMORY, *SQL)),
            "runs": ("runs that have ended", RUNS, SQL),
        }[what]
        size = sizes[self._quick]
        points = (
            Point(name, step, name, size, {what: step})
            for step in self._steps(steps)
            for name in self._of(contenders)
        )
        return Curve(measure, (figure,), named, tuple(points))

    def _claims(self) -> Curve:
        """Return the cost of a claim, which is measured in a store of any size."""
        points = (
            Point(name, step, name, step, {})
            for step in self._steps(SCHEDULES)
            for name in self._of(STORES)
        )
        figures = ("claim ms, full", "finish ms, full")
        return Curve("claim cost", figures, "schedules, ten times as many runs", tuple(points))

    def _processes(self) -> Curve:
        """Return what several processes run over one store; they are no part of the quick form."""
        points = (
            Point(OURS_POSTGRESQL, count, name, 20_000, {})
            for count, name in ((1, ONE), (2, TWO), (4, FOUR))
            if not self._quick
        )
        return Curve("several processes", ("runs/s",), "processes", tuple(points))

    def _of(self, contenders: tuple[str, ...]) -> list[str]:
        return [name for name in contenders if name.endswith("SQLite") or not self._quick]

    def _steps(self, steps: tuple[int, ...]) -> tuple[int, ...]:
        return steps[:1] if self._quick else steps


class Growth:
    """What was measured: by title and line, the values of each point."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.curves: dict[str, dict[str, Any]] = {}
        self.contenders: dict[str, dict[str, str]] = {}
        self.failed: list[str] = []

    def add(self, curve: Curve, point: Point, answer: dict[str, Any]) -> None:
        """Take one measurement."""
        if "failed" in answer:
            self.failed.append(f"{curve.measure}: {point.contender}: {answer['failed']}")
            return
        about = {key: text for key, text in answer.items() if key != "figures"}
        self.contenders.setdefault(point.contender, {}).update(about)
        for figure in curve.figures:
            title = f"{curve.measure}: {figure}, by {curve.by}"
            drawn = self.curves.setdefault(title, {"by": curve.by, "lines": {}})
            line = drawn["lines"].setdefault(point.line, [])
            _values(line, point.at).append(answer["figures"][figure])


def _values(line: list[tuple[int, list[float]]], at: int) -> list[float]:
    """Return the values of the point ``at`` on the line, which is made if it is new."""
    for known, values in line:
        if known == at:
            return values
    line.append((at, []))
    return line[-1][1]


def main(argv: list[str] | None = None) -> int:
    """Measure, print, write; return 1 if something could not be measured."""
    options = _parser().parse_args(argv)
    console = Console(width=max(Console().width, WIDTH))
    around = {**machine(), "load before": load()}
    curves = Curves(quick=options.quick).all()
    missing = left_out([_as_measure(curve) for curve in curves], quick=options.quick)
    for contender, why in missing.items():
        console.print(f"left out: {contender}: {why}", highlight=False)
    growth = Growth()
    for repetition in range(1 if options.quick else options.repetitions):
        for curve in curves:
            for point, answer in _measure(curve, missing, quick=options.quick):
                growth.add(curve, point, answer)
                where = f"{curve.measure}: {point.contender}, {curve.by} {point.at}"
                said = answer.get("failed") or answer["figures"]
                console.print(f"{repetition + 1}. {where}: {said}", highlight=False, markup=False)
    around["load after"] = load()
    console.print(_table(growth))
    console.print(f"written to {_write(options, growth, around, missing)}", highlight=False)
    return 1 if growth.failed else 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser("python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, small, to see that it runs")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder for the JSON")
    return parser


def _as_measure(curve: Curve) -> Measure:
    names = dict.fromkeys(point.contender for point in curve.points)
    return Measure(curve.measure, tuple(Entry(name, 0, 0) for name in names))


def _measure(
    curve: Curve, missing: dict[str, str], *, quick: bool
) -> Iterator[tuple[Point, dict[str, Any]]]:
    points = [point for point in curve.points if point.contender not in missing]
    with ThreadPoolExecutor(AT_ONCE if quick else 1) as pool:
        answers = [
            pool.submit(
                measure_one,
                curve.measure,
                point.contender,
                point.size,
                interpreter(point.contender, quick=quick),
                PATIENCE_LONG,
                point.beside,
            )
            for point in points
        ]
        for point, answer in zip(points, answers, strict=True):
            yield point, answer.result()


def _table(growth: Growth) -> Table:
    table = Table("figure", "contender", "at", "median", "least - greatest", title="growth")
    for title, curve in growth.curves.items():
        for name, line in curve["lines"].items():
            for at, values in line:
                span = f"{number(min(values))} - {number(max(values))}"
                table.add_row(title, name, f"{at:,}", number(median(values)), span)
        table.add_section()
    return table


def _write(
    options: Namespace, growth: Growth, around: dict[str, str], missing: dict[str, str]
) -> Path:
    now = datetime.now(UTC)
    options.results.mkdir(parents=True, exist_ok=True)
    form = "growth-quick" if options.quick else "growth"
    path: Path = options.results / f"{now:%Y-%m-%dT%H%M%SZ}-{form}.json"
    written = {
        "at": now.isoformat(),
        "quick": options.quick,
        "around": around,
        "contenders": growth.contenders,
        "left out": missing,
        "failed": growth.failed,
        "growth": growth.curves,
    }
    path.write_text(json.dumps(written, indent=1) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
