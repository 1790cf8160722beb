"""What is printed at the end of a run."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from benchmarks.participation import participation
from benchmarks.plan import PEERS, Bar, Measure
from benchmarks.results import Results


def show(console: Console, plan: list[Measure], results: Results, machine: dict[str, str]) -> None:
    """Print the figures, and what they were measured with."""
    console.print(_table(plan, results))
    console.print(_contenders(results))
    for what, text in machine.items():
        console.print(f"{what}: {text}", highlight=False)


def _table(plan: list[Measure], results: Results) -> Table:
    table = Table("measure", "contender", title="medians of the repetitions")
    for column in ("median", "least - greatest", "of the peer's"):
        table.add_column(column, justify="right")
    for measure in plan:
        for figure, by_contender in results.values.get(measure.name, {}).items():
            first = f"{measure.name}, {figure}"
            for contender, values in by_contender.items():
                median = results.median(measure.name, figure, contender)
                span = f"{number(min(values))} - {number(max(values))}"
                ratio = _ratio(results, measure.name, figure, contender)
                table.add_row(first, contender, number(median), span, ratio)
                first = ""
            table.add_section()
    return table


def _ratio(results: Results, measure: str, figure: str, contender: str) -> str:
    peer = PEERS.get(contender)
    if peer not in results.values[measure][figure]:
        return ""
    ratio = results.ratio(measure, figure, contender, peer)
    return "" if ratio is None else f"{number(ratio)} x"


def _contenders(results: Results) -> Table:
    table = Table("contender", "versions", "durability")
    for contender, about in results.contenders.items():
        table.add_row(contender, about["versions"], about["durability"])
    return table


def participation_table() -> Table:
    """Return who takes part in what, and why not in the rest."""
    table = Table("contender", "takes part in, with which size", "not in, and why")
    for row in participation():
        table.add_row(*row)
        table.add_section()
    return table


def bars(plan: list[Measure], results: Results) -> Iterator[str]:
    """Say of each bar what is asked, what was reached, and whether that is enough."""
    for measure in plan:
        for bar in measure.bars:
            reached = results.reached(measure, bar)
            met = "met" if results.met(measure, bar) else "NOT MET"
            told = "nothing" if reached is None else number(reached)
            what = f"{measure.name}, {bar.figure}, {bar.contender}"
            yield f"bar: {what}: {_asked(bar)}: {told}, {met}"


def _asked(bar: Bar) -> str:
    bound = "at most" if bar.most else "at least"
    if bar.added:
        return f"{bound} {bar.than} + {number(bar.bound)}"
    than = f" x {bar.than}" if bar.than else f" {bar.figure}"
    return f"{bound} {number(bar.bound)}{than}"


def number(value: float) -> str:
    """Return ``value`` with the digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
