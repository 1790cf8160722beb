"""Whether what was owed, what the tasks wrote and what the store says are one and the same."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.processes.crowd import Row

# What a log may not have: an error, or the end of a thread or a process that nobody caught.
ALARMS = ("ERROR", "CRITICAL", "Traceback", "Exception")


def wrongs(owed: Iterable[str], notes: list[Row], rows: list[Row], said: str) -> list[str]:
    """Say everything that is wrong after the one-offs ``owed`` have run, each once and at once."""
    return [
        *_not_once("run", Counter(owed), notes),
        *_not_once("in the store", Counter(owed), rows),
        *_not_first(notes),
        *_not_succeeded(rows),
        *disagreements(notes, rows),
        *alarms(said),
    ]


def _not_once(what: str, owed: Counter[str], found: list[Row]) -> Iterator[str]:
    times = Counter(row["schedule"] for row in found)
    for name in owed.keys() | times.keys():
        if times[name] != owed[name]:
            yield f"{name} is {what} {times[name]} times, not {owed[name]}"


def _not_first(notes: list[Row]) -> Iterator[str]:
    for note in notes:
        if (note["token"], note["attempt"]) != (1, 1):
            yield f"{note['schedule']} ran as attempt {note['attempt']}, token {note['token']}"


def _not_succeeded(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if (row["state"], row["attempt"], row["token"]) != ("succeeded", 1, 1):
            yield f"{row['schedule']} is {row}"


def disagreements(notes: list[Row], rows: list[Row]) -> Iterator[str]:
    """Say which runs the journal and the store do not both know, or know by another fire time."""
    ran = {(note["run"], note["schedule"], note["fire_time"]) for note in notes}
    kept = {(row["run"], row["schedule"], row["fire_time"]) for row in rows}
    for run in sorted(ran ^ kept, key=str):
        yield f"{run} is only in the {'journal' if run in ran else 'store'}"


def twice(rows: list[Row]) -> list[str]:
    """Say which fire times of a schedule are there more than once."""
    times = Counter((row["schedule"], row["fire_time"]) for row in rows)
    return [f"{fire} is there {count} times" for fire, count in times.items() if count > 1]


def alarms(said: str) -> list[str]:
    """Return the lines of the logs that report a fault."""
    return [line for line in said.splitlines() if line.startswith(ALARMS)]
