"""Which contender takes part in which measure, and where it does not, why it cannot.

``python -m benchmarks.participation`` prints it as README.md has it.
"""

import sys
from collections.abc import Iterator

from benchmarks import plan
from benchmarks.plan import PLAN, Measure

RUNNING = ("sustained", "burst", "lateness")
ADDING = ("adding", "adding in bulk")
SEVERAL = "several processes"
MEASURES = (*RUNNING, *ADDING, SEVERAL, "idle")

_NO_BULK = "it has no way to add many at once"
_ONE_PROCESS = "its processes share nothing"
_NOT_MADE = "its documentation says that processes cannot share a store"
_EACH_ONCE = "see `each_once`"
_COROUTINE = "its call is a coroutine, and what is told as bulk is one after the other"
_MINUTES = "10,000 take minutes, most of them to add"
_NO_ONE_OFFS = "beat has no one-offs"
_LIMIT = "a limit of running"

# By contender and measure.
WHY_NOT: dict[str, dict[str, str]] = {
    plan.OURS_MEMORY: {SEVERAL: _ONE_PROCESS},
    plan.OURS_SQLITE: {SEVERAL: _EACH_ONCE},
    plan.OURS_POSTGRESQL: {},
    plan.OURS_MARIADB: dict.fromkeys((*RUNNING, *ADDING, SEVERAL), "only its idleness has a bar"),
    plan.AP3_MEMORY: {SEVERAL: _ONE_PROCESS},
    plan.AP3_SQLITE: {SEVERAL: _NOT_MADE},
    plan.AP3_POSTGRESQL: {SEVERAL: _NOT_MADE},
    plan.AP4_MEMORY: {"adding": _COROUTINE, SEVERAL: _ONE_PROCESS},
    plan.AP4_SYNC: {
        "adding in bulk": _NO_BULK,
        **dict.fromkeys(("lateness", "idle"), "it runs the other one in a thread"),
        SEVERAL: _ONE_PROCESS,
    },
    plan.AP4_SQLITE: {"burst": _MINUTES, "adding": _COROUTINE, SEVERAL: _EACH_ONCE},
    plan.AP4_POSTGRESQL: {"burst": _MINUTES, "adding": _COROUTINE, SEVERAL: _EACH_ONCE},
    plan.HUEY: {"adding in bulk": _NO_BULK, SEVERAL: _EACH_ONCE},
    plan.PROCRASTINATE: {
        "burst": "planned jobs wait for its next look, every 5 s by default",
        "lateness": "its least period is 1 s, and planned jobs wait for its next look",
        SEVERAL: _EACH_ONCE,
    },
    plan.SCHEDULE: {"adding in bulk": _NO_BULK, SEVERAL: _ONE_PROCESS},
    plan.BEAT: {
        **dict.fromkeys(("sustained", "burst", *ADDING), _NO_ONE_OFFS),
        "lateness": "beat runs nothing: it sends messages to workers behind a broker",
        SEVERAL: "two beats send everything twice, as its documentation warns",
    },
    **{
        limit: dict.fromkeys(("lateness", *ADDING, SEVERAL, "idle"), _LIMIT)
        for limit in (plan.QUEUE, plan.POOL, plan.LIMIT_SQLITE, plan.LIMIT_POSTGRESQL)
    },
    plan.BARE_WAIT: {name: "the limit of lateness" for name in MEASURES if name != "lateness"},
}


def participation() -> Iterator[tuple[str, str, str]]:
    """Yield each contender, the measures it takes part in with their sizes, and the others."""
    measures = [measure for measure in PLAN if measure.name in MEASURES]
    for contender, reasons in WHY_NOT.items():
        sizes = {measure.name: _size(measure, contender) for measure in measures}
        takes = [f"{name} {size:,g}" for name, size in sizes.items() if size]
        yield contender, ", ".join(takes), "; ".join(_grouped(reasons))


def _size(measure: Measure, contender: str) -> float:
    """Return 0 where it does not take part; of several processes, the same for any number."""
    return next(
        (
            entry.size
            for entry in measure.entries
            if entry.contender == contender
            or (measure.name == SEVERAL and entry.contender.startswith(contender))
        ),
        0,
    )


def _grouped(reasons: dict[str, str]) -> Iterator[str]:
    """Yield each reason once, with all the measures that it is of."""
    for reason in dict.fromkeys(reasons.values()):
        names = [name for name, given in reasons.items() if given == reason]
        yield f"{', '.join(names)}: {reason}"


def lines() -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    yield "| contender | takes part in, with which size | not in, and why |"
    yield "|---|---|---|"
    for row in participation():
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
