"""Who takes part in what, how much of it, and what is asked of us."""

from typing import NamedTuple

OURS_MEMORY, OURS_SQLITE = "ours, memory", "ours, SQLite"
AP3_MEMORY, AP3_SQLITE = "APScheduler 3, memory", "APScheduler 3, SQLite"
BARE_WAIT = "bare wait"

# Whose figures ours are told as multiples of.
PEERS = {OURS_MEMORY: AP3_MEMORY, OURS_SQLITE: AP3_SQLITE}


class Entry(NamedTuple):
    """A contender in a measure: its size, and that of the quick form."""

    contender: str
    size: float
    quick: float


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


Sizes = tuple[float, float]


def _entries(ours: Sizes, peers: Sizes, quick: Sizes) -> tuple[Entry, ...]:
    """Return the four that take part in all measures; of each pair of sizes memory comes first."""
    return (
        Entry(OURS_MEMORY, ours[0], quick[0]),
        Entry(AP3_MEMORY, peers[0], quick[0]),
        Entry(OURS_SQLITE, ours[1], quick[1]),
        Entry(AP3_SQLITE, peers[1], quick[1]),
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
)
