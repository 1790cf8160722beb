"""The values of a run, and what follows from them: medians, ratios, whether a bar is met."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.plan import Bar, Measure


@dataclass
class Results:
    """Everything that was measured: by measure, figure and contender, a value per repetition."""

    values: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)
    contenders: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def add(self, measure: str, contender: str, answer: dict[str, Any]) -> None:
        """Take one measurement, as a process of its own has answered it."""
        if "failed" in answer:
            self.failed.append(f"{measure}: {contender}: {answer['failed']}")
            return
        about = {key: text for key, text in answer.items() if key != "figures"}
        self.contenders.setdefault(contender, {}).update(about)
        for figure, value in answer["figures"].items():
            by_contender = self.values.setdefault(measure, {}).setdefault(figure, {})
            by_contender.setdefault(contender, []).append(value)

    def median(self, measure: str, figure: str, contender: str) -> float:
        """Return the median of the repetitions."""
        return median(self.values[measure][figure][contender])

    def ratio(self, measure: str, figure: str, contender: str, peer: str) -> float | None:
        """Return by what ``contender``'s median is a multiple of ``peer``'s, None of zero."""
        of = self.median(measure, figure, peer)
        return self.median(measure, figure, contender) / of if of else None

    def reached(self, measure: Measure, bar: Bar) -> float | None:
        """Return what is compared with the bound of ``bar``, None where it was not measured."""
        if not {bar.contender, bar.than or bar.contender} <= self.figure(measure.name, bar).keys():
            return None
        if bar.than is None:
            return self.median(measure.name, bar.figure, bar.contender)
        if bar.added:
            than = self.median(measure.name, bar.figure, bar.than)
            return self.median(measure.name, bar.figure, bar.contender) - than
        return self.ratio(measure.name, bar.figure, bar.contender, bar.than)

    def figure(self, measure: str, bar: Bar) -> dict[str, list[float]]:
        """Return the values of the figure of ``bar``, by contender."""
        return self.values.get(measure, {}).get(bar.figure, {})

    def met(self, measure: Measure, bar: Bar) -> bool:
        """Return whether ``bar`` is met."""
        reached = self.reached(measure, bar)
        if reached is None:
            return False
        return reached <= bar.bound if bar.most else reached >= bar.bound
