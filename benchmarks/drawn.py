"""``python -m benchmarks.drawn RESULT.json [GROWTH.json] --to FILE.svg``: the picture of a run.

Each figure of each measure is a chart of bars: medians, with whiskers from the least to the
greatest of the repetitions. Ours, peers and limits differ in shade and in hatching, so that they
can be told apart in black and white. What the bar of the plan asks for is a line across. Growth is
curves, on axes that are logarithmic.

The same files give the same picture, byte by byte.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from enum import Enum
from itertools import cycle
from math import sqrt
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from benchmarks.plan import PLAN
from benchmarks.table import number

COLUMNS = 3
WIDTH = 5.0  # inches of a chart, as all lengths here
PER_BAR, AROUND_BARS, CURVES = 0.22, 0.75, 2.8
LEGEND = 0.6
# With a greater span than this the smaller bars would not be seen: the axis is logarithmic.
SPAN = 50
# What is drawn by chance otherwise, and texts as texts: smaller, and they can be searched.
SETTINGS: Any = {"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.size": 8}
# Otherwise it would say when it was drawn, and by which version.
METADATA = {"Date": None, "Creator": None}
# Of curves: marker and line, and how dark.
STYLES = (
    ("o-", "#1f4e79"), ("s--", "#b8860b"), ("^:", "#2e7d32"), ("D-.", "#7b1fa2"), ("v-", "#757575"),
)  # fmt: skip
# The least that an axis of a curve spans, as a factor.
DECADE = 10
ASKED = "#b00020"


class Side(Enum):
    """Whose a figure is: its shade and its hatching."""

    OURS = ("#1f4e79", "")
    PEER = ("#c4c4c4", "///")
    LIMIT = ("#ffffff", "...")


class Chart(NamedTuple):
    """One figure of a measure: the values of the repetitions by contender."""

    measure: str
    figure: str
    values: dict[str, list[float]]

    @property
    def height(self) -> float:
        """Return how high it is."""
        return AROUND_BARS + PER_BAR * len(self.values)


class Curves(NamedTuple):
    """How a figure grows: by contender a list of a size and the values of the repetitions."""

    title: str
    by: str
    lines: dict[str, list[tuple[float, list[float]]]]

    @property
    def height(self) -> float:
        """Return how high it is."""
        return CURVES


def main(argv: list[str] | None = None) -> int:
    """Draw."""
    parser = ArgumentParser("python -m benchmarks.drawn", description=__doc__)
    parser.add_argument("result", type=Path, help="what python -m benchmarks has written")
    parser.add_argument("growth", type=Path, nargs="?", help="and python -m benchmarks.growth")
    parser.add_argument("--to", type=Path, required=True, help="the SVG file to be written")
    options = parser.parse_args(argv)
    drawn: list[Chart | Curves] = [*charts_of(json.loads(options.result.read_text()))]
    if options.growth:
        drawn += curves_of(json.loads(options.growth.read_text()))
    options.to.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(SETTINGS):
        picture(drawn).savefig(options.to, format="svg", metadata=METADATA)
    return 0


def charts_of(result: dict[str, Any]) -> list[Chart]:
    """Return a chart for each figure, in the order of the run."""
    return [
        Chart(measure, figure, values)
        for measure, figures in result["values"].items()
        for figure, values in figures.items()
    ]


def curves_of(growth: dict[str, Any]) -> list[Curves]:
    """Return the curves, in the order of the run."""
    return [Curves(title, one["by"], one["lines"]) for title, one in growth["growth"].items()]


def side_of(contender: str) -> Side:
    """Return whose the figures of ``contender`` are: its name says it."""
    if contender.startswith(("ours", "our ")):
        return Side.OURS
    return Side.LIMIT if contender.startswith(("limit", "bare")) else Side.PEER


def picture(drawn: list[Chart | Curves]) -> Figure:
    """Return all of them in rows, each as high as the highest of its charts."""
    rows = [drawn[first : first + COLUMNS] for first in range(0, len(drawn), COLUMNS)]
    heights = [max(chart.height for chart in row) for row in rows]
    size = (WIDTH * COLUMNS, sum(heights) + LEGEND)
    figure = Figure(figsize=size, layout="constrained")
    grid = GridSpec(max(len(rows), 1), COLUMNS, figure, height_ratios=heights or None)
    for row, charts in enumerate(rows):
        for column, chart in enumerate(charts):
            axes = figure.add_subplot(grid[row, column])
            if isinstance(chart, Chart):
                _draw_bars(axes, chart)
            else:
                _draw_curves(axes, chart)
    _explain(figure)
    return figure


def _draw_bars(axes: Axes, chart: Chart) -> None:
    names = list(chart.values)
    medians, spans = _spans(list(chart.values.values()))
    bars = axes.barh(names, medians, xerr=spans, capsize=2, edgecolor="black")
    for patch, name in zip(bars.patches, names, strict=True):
        shade, hatch = side_of(name).value
        patch.set(facecolor=shade, hatch=hatch)
    axes.bar_label(bars, [number(middle) for middle in medians], padding=4)
    axes.invert_yaxis()  # the first on top, as in the table
    axes.margins(x=0.2)
    axes.set_title(f"{chart.measure}: {chart.figure}", loc="left")
    for contender, bound in asked_of(chart):
        row = names.index(contender)
        axes.plot([bound, bound], [row - 0.5, row + 0.5], color=ASKED, linestyle="--")
    if min(medians) > 0 and max(medians) > SPAN * min(medians):
        axes.set_xscale("log")


def asked_of(chart: Chart) -> Iterator[tuple[str, float]]:
    """Yield what the plan asks for in this figure, and of whom."""
    bars = [bar for measure in PLAN if measure.name == chart.measure for bar in measure.bars]
    for bar in bars:
        if bar.figure != chart.figure or bar.contender not in chart.values:
            continue
        if bar.than is None:
            yield bar.contender, bar.bound
        elif bar.than in chart.values:
            of = median(chart.values[bar.than])
            yield bar.contender, bar.bound + of if bar.added else bar.bound * of


def _draw_curves(axes: Axes, curves: Curves) -> None:
    for (name, line), (style, shade) in zip(curves.lines.items(), cycle(STYLES)):
        medians, spans = _spans([values for _, values in line])
        sizes = [size for size, _ in line]
        axes.errorbar(sizes, medians, spans, fmt=style, color=shade, capsize=2, label=name)
    axes.set(xscale="log", yscale="log", xlabel=curves.by)
    # Not flatter and not steeper than it is: what doubles is seen to, and what is flat looks flat.
    least, greatest = axes.get_ylim()
    if greatest < least * DECADE:
        middle = sqrt(least * greatest)
        axes.set_ylim(middle / sqrt(DECADE), middle * sqrt(DECADE))
    axes.set_title(curves.title.partition(", by ")[0], loc="left")
    axes.legend()


def _spans(repeated: list[list[float]]) -> tuple[list[float], list[list[float]]]:
    """Return the medians, and how far the least is below and the greatest above each."""
    medians = [median(values) for values in repeated]
    pairs = list(zip(medians, repeated, strict=True))
    below = [middle - min(values) for middle, values in pairs]
    above = [max(values) - middle for middle, values in pairs]
    return medians, [below, above]


def _explain(figure: Figure) -> None:
    """Say what shade, hatching and lines mean."""
    sides = [
        Patch(facecolor=side.value[0], hatch=side.value[1], edgecolor="black", label=label)
        for side, label in ((Side.OURS, "ours"), (Side.PEER, "peer"), (Side.LIMIT, "limit"))
    ]
    bar = Line2D([], [], color=ASKED, linestyle="--", label="the bar")
    title = "medians; whiskers: least and greatest of the repetitions"
    handles: list[Artist] = [*sides, bar]
    figure.legend(handles=handles, loc="outside upper center", ncols=4, title=title)


if __name__ == "__main__":
    sys.exit(main())
