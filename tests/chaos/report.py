"""From what is left of a test to a verdict, and to the figures that are printed with it."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from tests.chaos.checker import SECOND, Broken, End, History, Row, Skipped, Start, verdicts
from tests.chaos.declared import LEASE, LIMITS, SCHEDULES, SERIAL
from tests.chaos.driver import Left
from tests.chaos.stores import StoreUnderTest

# How late a run may be although nothing befell: two cores, and six processes that start anew.
EPSILON = 2 * SECOND
UNJUDGED = 3 * SECOND
# What an engine says at ERROR because of the faults; everything else that it says is wrong.
EXPECTED = (
    "scheduler degraded: StoreUnavailable",
    "scheduler degraded: StoreLocked",  # who was stopped within a transaction keeps its locks
    "was marked dead by another",
    "this process's clock differs",
)


class Report(NamedTuple):
    """What is wrong, and what there was; times are seconds."""

    broken: list[Broken]
    counts: dict[str, int]
    faults: dict[str, int]
    latest: float
    recovered: float

    def lines(self) -> Iterator[str]:
        """Return it for people."""
        yield "faults: " + ", ".join(f"{kind} {n}" for kind, n in sorted(self.faults.items()))
        yield ", ".join(f"{what} {n}" for what, n in self.counts.items())
        yield (
            f"latest first start {self.latest:.2f} s;"
            f" the runs of a killed process began again within {self.recovered:.2f} s"
        )
        found = Counter(one.verdict for one in self.broken)
        yield "verdict: " + (", ".join(f"{name} {n}" for name, n in found.items()) or "good")
        for name in found:
            yield from [f"  {one.verdict} {one.what}" for one in self.broken
                        if one.verdict == name][:5]  # fmt: skip


def report(left: Left, store: StoreUnderTest) -> Report:
    """Judge what is left of a test over ``store``."""
    history = history_of(left, store)
    return Report(
        verdicts(history),
        _counts(history, left),
        Counter(fault.kind for fault in history.faults),
        max((s.at - s.fire_time for s in _first(history)), default=0) / SECOND,
        max(_recoveries(history), default=0) / SECOND,
    )


def history_of(left: Left, store: StoreUnderTest) -> History:
    """Return what the judge has to know."""
    by_kind = {what: [line for line in left.journal if line["what"] == what]
               for what in ("start", "end", "asked", "error")}  # fmt: skip
    paused = left.store["paused"]
    # What passed before anybody had declared a schedule, it does not owe.
    begun = max(left.start, min(line["at"] for line in left.journal if line["what"] == "up"))
    said = [f"{line['node']}: {line['said']}" for line in by_kind["error"]]
    return History(
        owed={name: _fires(one.interval, left.start, paused) for name, one in SCHEDULES.items()},
        starts=[_start(line) for line in by_kind["start"]],
        ends=[End(line["at"], line["run"], line["token"], line["failed"])
              for line in by_kind["end"]],
        faults=left.faults,
        rows=[Row(*row) for row in left.store["rows"]],
        skips=[Skipped(*skip) for skip in left.store["skips"]],
        lease=round(LEASE * SECOND),
        epsilon=EPSILON,
        asked=frozenset(line["run"] for line in by_kind["asked"]),
        serial=SERIAL,
        limits=LIMITS,
        since=begun,
        until=paused - UNJUDGED,
        drift=left.drift + 2000,
        delaying=store.delaying,
        own_clocks=store.own_clocks,
        alarms=[*left.alarms, *(one for one in said if not any(e in one for e in EXPECTED))],
    )  # fmt: skip


def _start(line: dict[str, object]) -> Start:
    names = ("at", "run", "schedule", "fire_time", "token", "attempt", "node", "task")
    return Start(*(line[name] for name in names))  # type: ignore[arg-type]


def _fires(interval: float, start: int, end: int) -> list[int]:
    """Return the fire times of an interval from its start until shortly after ``end``."""
    step = round(interval * SECOND)
    return list(range(start, end + 10 * SECOND, step))


def _first(history: History) -> list[Start]:
    """Return the first start of each run of a schedule that waits for nothing."""
    first: dict[str, Start] = {}
    for start in sorted(history.starts):
        if start.schedule not in (None, *history.serial) and start.task not in history.limits:
            first.setdefault(start.run, start)
    return list(first.values())


def _recoveries(history: History) -> Iterator[int]:
    """Return how long after a kill each run began again that it had cut off (us)."""
    killed = {fault.node: fault for fault in history.faults if fault.kind == "kill"}
    ended = {(end.run, end.token) for end in history.ends}
    for one, other in _again(history):
        fault = killed.get(one.node)
        if fault is not None and (one.run, one.token) not in ended:
            yield other.at - fault.begin


def _again(history: History) -> Iterator[tuple[Start, Start]]:
    runs: dict[str, list[Start]] = {}
    for start in sorted(history.starts, key=lambda start: start.token):
        runs.setdefault(start.run, []).append(start)
    for starts in runs.values():
        yield from pairwise(starts)


def _counts(history: History, left: Left) -> dict[str, int]:
    ends = {(end.run, end.token): end for end in history.ends}
    before = [(ends.get((one.run, one.token)), other) for one, other in _again(history)]
    return {
        "runs": len(history.rows),
        "asked": len(history.asked),
        "attempts": len(history.starts),
        "skipped": sum(skip.last >= skip.first for skip in history.skips),
        "crashes": left.store["crashes"],
        "done again": sum(end is not None and not end.failed for end, _ in before),
        "beside a ghost": sum(end is not None and end.at > other.at for end, other in before),
    }
