"""Who takes part in what, how much of it, and what is asked of us."""

from collections.abc import Container
from typing import NamedTuple, Self

from benchmarks.measures.triggers import EXPRESSIONS

OURS_MEMORY, OURS_SQLITE = "ours, memory", "ours, SQLite"
OURS_POSTGRESQL, OURS_MARIADB = "ours, PostgreSQL", "ours, MariaDB"
AP3_MEMORY, AP3_SQLITE = "APScheduler 3, memory", "APScheduler 3, SQLite"
AP3_POSTGRESQL = "APScheduler 3, PostgreSQL"
AP4_MEMORY, AP4_SYNC = "APScheduler 4, memory", "APScheduler 4 sync, memory"
AP4_SQLITE, AP4_POSTGRESQL = "APScheduler 4, SQLite", "APScheduler 4, PostgreSQL"
HUEY, PROCRASTINATE = "huey, SQLite", "procrastinate, PostgreSQL"
SCHEDULE, BEAT = "schedule", "Celery beat"
QUEUE, POOL = "limit, heap and queue", "limit, heap and thread pool"
LIMIT_SQLITE, LIMIT_POSTGRESQL = "limit, SQLite", "limit, PostgreSQL"
BARE_WAIT = "bare wait"
ONE, TWO, FOUR = (
    f"{OURS_POSTGRESQL}, {number}" for number in ("1 process", "2 processes", "4 processes")
)
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
    OURS_POSTGRESQL: AP3_POSTGRESQL,
    OURS_TRIGGERS: CRONSIM,
    TWO: ONE,
    FOUR: ONE,
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
    """What is asked of a contender: at least, or at most, a figure or a multiple of a peer's.

    ``added``: at most what is that much greater than the peer's.
    """

    figure: str
    contender: str
    bound: float
    than: str | None = None
    most: bool = False
    added: bool = False


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


def _lateness(contender: str, p50: float, p99: float) -> tuple[Bar, Bar]:
    """Ask for at most so many milliseconds more than a bare wait."""
    return (
        Bar("p50 ms", contender, p50, BARE_WAIT, most=True, added=True),
        Bar("p99 ms", contender, p99, BARE_WAIT, most=True, added=True),
    )


def _several(contender: str, share: float) -> tuple[Bar, ...]:
    """Ask for what one process does, at least half an equal share for each, and each run once."""
    return (
        Bar("runs/s", contender, 0.9, ONE),
        Bar("share of the least busy %", contender, share),
        Bar("twice", contender, 0, most=True),
        Bar("never", contender, 0, most=True),
        Bar("too early", contender, 0, most=True),
    )


# The sizes of ours are those of the definitions; a peer that takes minutes for as many gets fewer,
# where its figure is one of a second. The quick form needs no peer's environment.
PLAN = (
    Measure(
        "sustained",
        (
            Entry(OURS_MEMORY, 50_000, 1_000),
            Entry(AP3_MEMORY, 50_000, None),
            Entry(AP4_MEMORY, 10_000, 100),
            Entry(AP4_SYNC, 5_000, 100),
            Entry(SCHEDULE, 50_000, None),
            Entry(QUEUE, 50_000, 1_000),
            Entry(POOL, 50_000, None),
            Entry(OURS_SQLITE, 50_000, 50),
            Entry(AP3_SQLITE, 1_000, None),
            Entry(AP4_SQLITE, 200, 20),
            Entry(HUEY, 2_000, 50),
            Entry(LIMIT_SQLITE, 50_000, 50),
            Entry(OURS_POSTGRESQL, 50_000, 50),
            Entry(AP3_POSTGRESQL, 1_000, None),
            Entry(AP4_POSTGRESQL, 300, 20),
            Entry(PROCRASTINATE, 2_000, 50),
            Entry(LIMIT_POSTGRESQL, 50_000, None),
        ),
        (
            Bar("runs/s", OURS_MEMORY, 5, AP3_MEMORY),
            Bar("runs/s", OURS_SQLITE, 20, AP3_SQLITE),
            Bar("runs/s", OURS_SQLITE, 0.5, LIMIT_SQLITE),
            Bar("runs/s", OURS_POSTGRESQL, 12, AP3_POSTGRESQL),
            Bar("runs/s", OURS_POSTGRESQL, 0.5, LIMIT_POSTGRESQL),
        ),
    ),
    Measure(
        "several processes",
        (Entry(ONE, 50_000, None), Entry(TWO, 50_000, 50), Entry(FOUR, 50_000, None)),
        (*_several(TWO, 25), *_several(FOUR, 12.5)),
    ),
    Measure(
        "burst",
        (
            Entry(OURS_MEMORY, 10_000, 500),
            Entry(AP3_MEMORY, 10_000, 500),
            Entry(AP4_MEMORY, 10_000, 100),
            Entry(AP4_SYNC, 10_000, 100),
            Entry(SCHEDULE, 10_000, 500),
            Entry(QUEUE, 10_000, None),
            Entry(POOL, 10_000, None),
            Entry(OURS_SQLITE, 10_000, 50),
            Entry(AP3_SQLITE, 10_000, None),
            Entry(HUEY, 10_000, 50),
            Entry(LIMIT_SQLITE, 10_000, None),
            Entry(OURS_POSTGRESQL, 10_000, None),
            Entry(AP3_POSTGRESQL, 10_000, None),
            Entry(LIMIT_POSTGRESQL, 10_000, None),
        ),
        (
            Bar("s", OURS_MEMORY, 0.15, AP3_MEMORY, most=True),
            Bar("s", OURS_SQLITE, 1 / 15, AP3_SQLITE, most=True),
            Bar("s", OURS_POSTGRESQL, 1 / 15, AP3_POSTGRESQL, most=True),
        ),
    ),
    Measure(
        "adding",
        (
            Entry(OURS_MEMORY, 10_000, None),
            Entry(AP3_MEMORY, 10_000, 200),
            Entry(AP4_SYNC, 2_000, 50),
            Entry(SCHEDULE, 10_000, 200),
            Entry(OURS_SQLITE, 1_000, 20),
            Entry(AP3_SQLITE, 500, None),
            Entry(HUEY, 1_000, 20),
            Entry(OURS_POSTGRESQL, 1_000, None),
            Entry(AP3_POSTGRESQL, 500, None),
            Entry(PROCRASTINATE, 500, 20),
        ),
        (
            Bar("schedules/s", OURS_MEMORY, 2, AP3_MEMORY),
            Bar("schedules/s", OURS_SQLITE, 2, AP3_SQLITE),
            Bar("schedules/s", OURS_POSTGRESQL, 2, AP3_POSTGRESQL),
        ),
    ),
    Measure(
        "adding in bulk",
        (
            Entry(OURS_MEMORY, 20_000, 500),
            Entry(AP3_MEMORY, 10_000, None),
            Entry(AP4_MEMORY, 2_000, 50),
            Entry(OURS_SQLITE, 20_000, None),
            Entry(AP3_SQLITE, 500, None),
            Entry(AP4_SQLITE, 200, 20),
            Entry(OURS_POSTGRESQL, 20_000, None),
            Entry(AP3_POSTGRESQL, 500, None),
            Entry(AP4_POSTGRESQL, 200, 20),
            Entry(PROCRASTINATE, 10_000, 50),
        ),
        (
            Bar("schedules/s", OURS_MEMORY, 3, AP3_MEMORY),
            Bar("schedules/s", OURS_SQLITE, 20, AP3_SQLITE),
            Bar("schedules/s", OURS_POSTGRESQL, 20, AP3_POSTGRESQL),
        ),
    ),
    Measure(
        "lateness",  # five repetitions are 5,000 firings over 50 s
        (
            Entry(BARE_WAIT, 10, 0.5),
            Entry(OURS_MEMORY, 10, 0.5),
            Entry(AP3_MEMORY, 10, None),
            Entry(AP4_MEMORY, 10, 0.5),
            Entry(SCHEDULE, 10, None),
            Entry(OURS_SQLITE, 10, 0.5),
            Entry(AP3_SQLITE, 10, None),
            Entry(AP4_SQLITE, 10, 0.5),
            Entry(HUEY, 10, 0.5),
            Entry(OURS_POSTGRESQL, 10, 0.5),
            Entry(AP3_POSTGRESQL, 10, None),
            Entry(AP4_POSTGRESQL, 10, 0.5),
        ),
        (
            *_lateness(OURS_MEMORY, 0.25, 1.5),
            *_lateness(OURS_SQLITE, 0.3, 3),
            *_lateness(OURS_POSTGRESQL, 0.3, 3),
        ),
    ),
    Measure(
        "idle",
        tuple(
            Entry(name, 30, quick)
            for name, quick in (
                (OURS_MEMORY, 1),
                (OURS_SQLITE, 1),
                (OURS_POSTGRESQL, None),
                (OURS_MARIADB, None),
                (AP3_MEMORY, None),
                (AP3_SQLITE, None),
                (AP3_POSTGRESQL, None),
                (AP4_MEMORY, 1),
                (AP4_SQLITE, 1),
                (AP4_POSTGRESQL, 1),
                (HUEY, 1),
                (PROCRASTINATE, 1),
                (SCHEDULE, None),
                (BEAT, 1),
            )
        ),
        (
            Bar("CPU ms", OURS_MEMORY, 10, most=True),
            Bar("CPU ms", OURS_SQLITE, 10, most=True),
            Bar("CPU ms", OURS_POSTGRESQL, 10, most=True),
            Bar("CPU ms", OURS_MARIADB, 30, most=True),
        ),
        together=True,
    ),
    Measure(
        "intervals",
        (
            Entry(OURS_MEMORY, 5, None),
            Entry(AP3_MEMORY, 5, None),
            Entry(OURS_SQLITE, 5, 0.2),
            Entry(AP3_SQLITE, 5, None),
            Entry(OURS_POSTGRESQL, 5, None),
            Entry(AP3_POSTGRESQL, 5, None),
        ),
        (
            Bar("schedules", OURS_MEMORY, 5, AP3_MEMORY),
            Bar("schedules", OURS_SQLITE, 20, AP3_SQLITE),
            Bar("schedules", OURS_POSTGRESQL, 12, AP3_POSTGRESQL),
        ),
    ),
    Measure(
        "claim cost",
        (
            Entry(OUR_STORE_SQLITE, 20_000, 1_000, long=1_000_000),
            Entry(OUR_STORE_POSTGRESQL, 20_000, None, long=1_000_000),
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
        (Entry(OURS_WEB_MEMORY, 10, 1), Entry(OURS_WEB_SQLITE, 10, None)),
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
