"""Who takes part in what, how much of it, and what is asked of us."""

from collections.abc import Container
from typing import NamedTuple, Self

from benchmarks.measures.triggers import EXPRESSIONS

OURS_MEMORY, OURS_SQLITE = "ours, memory", "ours, SQLite"
AP3_MEMORY, AP3_SQLITE = "APScheduler 3, memory", "APScheduler 3, SQLite"
BARE_WAIT = "bare wait"
OUR_STORE_SQLITE, OUR_STORE_POSTGRESQL = "our store, SQLite", "our store, PostgreSQL"
OURS_PENDING, SCHEDULE_PENDING = "ours, run_pending", "schedule, run_pending"
OURS_WEB_MEMORY, OURS_WEB_SQLITE = "ours in waitress, memory", "ours in waitress, SQLite"
OURS_STARTING = "ours, start-up"
OURS_TRIGGERS, CRONSIM, CRONITER = "ours, triggers", "cronsim", "croniter"
AP3_CRON = "APScheduler 3, cron"

# Whose figures ours are told as multiples of.
PEERS = {
    OURS_MEMORY: AP3_MEMORY,
    OURS_SQLITE: AP3_SQLITE,
    OURS_PENDING: SCHEDULE_PENDING,
    OURS_TRIGGERS: CRONSIM,
}


class Entry(NamedTuple):
    """A contender in a measure: its size, that of the quick form, and that of the long one.

    None is left out of the quick form; 0 is as large in the long form as it always is.
    """

    contender: str
    size: float
    quick: float | None
    long: float = 0


class Bar(NamedTuple):
    """What is asked of a contender: at least, or at most, a figure or a multiple of a peer's."""

    figure: str
    contender: str
    bound: float
    than: str | None = None
    most: bool = False


class Measure(NamedTuple):
    """A measure and who takes part in it; ``together``: all of them at the same time."""

    name: str
    entries: tuple[Entry, ...]
    bars: tuple[Bar, ...] = ()
    together: bool = False

    def without(self, left_out: Container[str], *, quick: bool) -> Self:
        """Return it with those alone who take part; the quick form has only some."""
        entries = [entry for entry in self.entries if entry.contender not in left_out]
        return self._replace(
            entries=tuple(entry for entry in entries if entry.quick is not None or not quick)
        )


Sizes = tuple[float, float]


def _entries(ours: Sizes, peers: Sizes, quick: Sizes) -> tuple[Entry, ...]:
    """Return the four that take part in all measures; of each pair of sizes memory comes first."""
    return (
        Entry(OURS_MEMORY, ours[0], quick[0]),
        Entry(AP3_MEMORY, peers[0], quick[0]),
        Entry(OURS_SQLITE, ours[1], quick[1]),
        Entry(AP3_SQLITE, peers[1], quick[1]),
    )


# What a fire time of ours may take of a peer's, and reading with the first one.
_NEXT = {CRONSIM: 1 / 5, CRONITER: 1 / 10, AP3_CRON: 1 / 10}


def _bars_of_triggers() -> tuple[Bar, ...]:
    return tuple(
        bar
        for expression in EXPRESSIONS
        for bar in (
            *(
                Bar(f"{expression} next µs", OURS_TRIGGERS, part, peer, most=True)
                for peer, part in _NEXT.items()
            ),
            Bar(f"{expression} first µs", OURS_TRIGGERS, 1, CRONSIM, most=True),
        )
    )


PLAN = (
    Measure(
        "sustained",
        _entries(ours=(20_000, 10_000), peers=(20_000, 1_000), quick=(1_000, 50)),
        (
            Bar("runs/s", OURS_MEMORY, 1, AP3_MEMORY),
            Bar("runs/s", OURS_SQLITE, 5, AP3_SQLITE),
        ),
    ),
    Measure("burst", _entries(ours=(10_000, 2_000), peers=(10_000, 2_000), quick=(500, 50))),
    Measure("adding", _entries(ours=(3_000, 300), peers=(3_000, 300), quick=(200, 20))),
    Measure("adding in bulk", _entries(ours=(20_000, 10_000), peers=(5_000, 300), quick=(500, 50))),
    Measure(
        "lateness",
        (*_entries(ours=(5, 5), peers=(5, 5), quick=(0.5, 0.5)), Entry(BARE_WAIT, 5, 0.5)),
    ),
    Measure(
        "idle",
        _entries(ours=(30, 30), peers=(30, 30), quick=(1, 1)),
        (
            Bar("CPU ms", OURS_MEMORY, 10, most=True),
            Bar("CPU ms", OURS_SQLITE, 10, most=True),
        ),
        together=True,
    ),
    Measure(
        "intervals",
        _entries(ours=(5, 5), peers=(5, 5), quick=(0.2, 0.2)),
        (
            Bar("schedules", OURS_MEMORY, 5, AP3_MEMORY),
            Bar("schedules", OURS_SQLITE, 20, AP3_SQLITE),
        ),
    ),
    Measure(
        "claim cost",
        tuple(
            Entry(name, 20_000, 2_000, long=1_000_000)
            for name in (OUR_STORE_SQLITE, OUR_STORE_POSTGRESQL)
        ),
        tuple(
            Bar("full / small", name, 1.5, most=True)
            for name in (OUR_STORE_SQLITE, OUR_STORE_POSTGRESQL)
        ),
    ),
    Measure(
        "memory",
        (Entry(OURS_MEMORY, 100_000, 1_000), Entry(AP3_MEMORY, 100_000, 1_000)),
        (Bar("bytes", OURS_MEMORY, 1.5, AP3_MEMORY, most=True),),
    ),
    Measure(
        "run_pending",
        (Entry(OURS_PENDING, 5, 1), Entry(SCHEDULE_PENDING, 5, 1)),
        (Bar("µs a call", OURS_PENDING, 1 / 10, SCHEDULE_PENDING, most=True),),
    ),
    Measure(
        "web",
        (Entry(OURS_WEB_MEMORY, 10, 1), Entry(OURS_WEB_SQLITE, 10, 1)),
        tuple(
            Bar(f"{figure} kept at 100 runs/s", name, 0.9)
            for figure in ("req/s", "p99")
            for name in (OURS_WEB_MEMORY, OURS_WEB_SQLITE)
        ),
    ),
    Measure(
        "start-up",
        (Entry(OURS_STARTING, 20, 2),),
        (Bar("ms added", OURS_STARTING, 60, most=True),),
    ),
    Measure(
        "triggers",
        tuple(Entry(name, 0.2, 0.005) for name in (OURS_TRIGGERS, CRONSIM, CRONITER, AP3_CRON)),
        _bars_of_triggers(),
    ),
    Measure(
        "a million fire times",
        (Entry(OURS_TRIGGERS, 1_000_000, 1_000),),
        (Bar("s", OURS_TRIGGERS, 10, most=True),),
    ),
)
