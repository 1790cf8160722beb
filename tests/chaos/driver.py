"""The driver: starts the processes, makes a seed's faults, heals, and reads what is left."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.chaos.checker import SECOND, Fault
from tests.chaos.declared import ASKED, LEASE, SHUTDOWN
from tests.chaos.processes import (
    Collector,
    Line,
    Process,
    faketime,
    python_path,
    raw_now,
    wall_offset,
)
from tests.chaos.stores import StoreUnderTest

FIRST = 7.0  # from the start of the processes to the first fire time, in seconds
RECOVERY = 3 * LEASE
GOODBYE = SHUTDOWN + 4.0
LOST = ("claim", "claim", "finish", "beat", "release", "join", "enqueue")


class Left(NamedTuple):
    """What is left of a test: what the tasks logged, what was done, and what the store says."""

    journal: list[Line]
    faults: list[Fault]
    store: dict[str, Any]
    start: int
    drift: int
    alarms: list[str]


class Agenda:
    """What is to be done when, by the monotonic clock."""

    def __init__(self) -> None:
        self._items: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def at(self, after: float, act: Callable[[], None]) -> None:
        """Have ``act`` be called in ``after`` seconds."""
        heappush(self._items, (time.monotonic() + after, next(self._numbers), act))

    def go(self, until: float) -> None:
        """Do what is due until that moment."""
        while self._items and self._items[0][0] <= until:
            when, _, act = heappop(self._items)
            time.sleep(max(0.0, when - time.monotonic()))
            act()
        time.sleep(max(0.0, until - time.monotonic()))


class Driver:
    """One test, from its start to its end."""

    def __init__(
        self,
        store: StoreUnderTest,
        folder: Path,
        seed: int,
        processes: int = 6,
        *,
        mutant: str = "",
        kinds: tuple[str, ...] = (),
    ) -> None:
        """Start the processes; ``kinds`` are the faults to make, none for all that are possible."""
        self._store = store
        self._folder = folder
        self._random = Random(seed)
        self._mutant = mutant
        self._journal = Collector(folder / "journal.jsonl")
        self._log = Collector(folder / "members.log")
        self._lines: list[Line] = []
        self._faults: list[Fault] = []
        self._alarms: list[str] = []
        self._leaving: list[Process] = []
        self._agenda, self._ends = Agenda(), Agenda()
        self._names = (f"p{number}" for number in count())
        self._offset = wall_offset()
        self._start = (raw_now() + self._offset) // SECOND + round(FIRST)
        self._wall = folder / "wall"
        self._wall.write_text("+0")
        self._outage = ""
        self._kinds = kinds or self._possible()
        self._deck: list[str] = []
        self._slots = [self._new(number) for number in range(processes)]

    def _possible(self) -> tuple[str, ...]:
        clock = ("clock",) if faketime() else ()
        kinds = ("kill", "term", "freeze", "pause", "suspend", "cut", "lose")
        return (*kinds, *clock, *self._store.outages, *self._store.wires)

    def _new(self, slot: int) -> Process:
        name = next(self._names)
        given = {
            "address": self._store.address(name),
            "offset": self._offset,
            "start": self._start,
            "mutant": self._mutant,
        }
        if slot == 0 and "clock" in self._kinds and faketime():
            given["clock"] = str(self._wall)
        process = Process(name, given, self._journal, self._log)
        self._store.joined(process.pid)
        return process

    def run(self, seconds: float) -> Left:
        """Make faults for so long; return what is left when all has recovered."""
        try:
            self._wait_for_all()
            self._agenda.at(0, self._ask)
            self._agenda.at(self._random.uniform(1, 4), self._next_fault)
            self._go(time.monotonic() + seconds)
            self._heal()
            self._go(time.monotonic() + RECOVERY)
            store = self._read()
            drift = abs(wall_offset() - self._offset)
        finally:
            self._clear()
        self._listen()
        return Left(self._lines, self._faults, store, self._start * SECOND, drift, self._alarms)

    # --- in between

    def _go(self, until: float) -> None:
        while (now := time.monotonic()) < until:
            self._listen()
            self._agenda.go(min(until, now + 0.1))
            self._ends.go(time.monotonic())

    def _listen(self) -> None:
        new = self._journal.new_lines()
        self._lines += new
        up = {line["node"] for line in new if line["what"] == "up"}
        for process in self._slots:
            process.up = process.up or process.name in up

    def _wait_for_all(self) -> None:
        deadline = time.monotonic() + 60
        while not all(process.up for process in self._slots):
            self._listen()
            if time.monotonic() > deadline:
                raise RuntimeError(f"no start within a minute: see {self._folder}")
            time.sleep(0.05)

    def _ask(self) -> None:
        self._random.choice(self._slots).tell("ask", task=self._random.choice(ASKED))
        self._agenda.at(self._random.uniform(0.1, 0.7), self._ask)

    # --- faults

    def _next_fault(self) -> None:
        self._deck = self._deck or self._random.sample(self._kinds, len(self._kinds))
        kind = self._deck.pop()
        self._make(kind)
        self._agenda.at(self._random.uniform(5, 10), self._next_fault)

    def _make(self, kind: str) -> None:
        if kind in self._store.outages:
            self._take_away(kind)
        elif kind in self._store.wires:
            self._disturb(kind)
        else:
            getattr(self, f"_{kind}")()

    def _victims(self, most: int = 1) -> list[Process]:
        """Return processes that run and that nothing befalls, nor has a lease ago."""
        now = time.monotonic()
        fit = [process for process in self._slots if process.up and process.busy_until < now]
        return self._random.sample(fit, min(most, len(fit)))

    def _note(self, victim: Process | None, kind: str, length: float, **more: bool) -> None:
        """Write down a fault that begins now and ends in ``length`` seconds."""
        now = raw_now() + self._offset
        name = victim.name if victim else None
        self._faults.append(Fault(now, now + round(length * SECOND), name, kind, **more))
        if victim:
            victim.busy_until = time.monotonic() + length + LEASE

    def _replace(self, victim: Process) -> None:
        slot = self._slots.index(victim)
        self._slots[slot] = self._new(slot)

    def _kill(self) -> None:
        for victim in self._victims():
            self._note(victim, "kill", 0, gone=True)
            victim.kill()
            self._replace(victim)

    def _term(self) -> None:
        for victim in self._victims():
            self._note(victim, "term", 0, gone=True)
            victim.signal(signal.SIGTERM)
            self._leaving.append(victim)
            self._ends.at(GOODBYE, partial(self._bury, victim))
            self._replace(victim)

    def _bury(self, victim: Process) -> None:
        if victim.code != 0:
            self._alarms.append(f"{victim.name} ended after SIGTERM with {victim.code}")
        victim.kill()

    def _freeze(self) -> None:
        self._stand_still("freeze", LEASE + self._random.uniform(0.8, 2))

    def _pause(self) -> None:
        self._stand_still("pause", LEASE * self._random.uniform(0.2, 0.5), loses=False)

    def _suspend(self) -> None:
        """Freeze one that cannot reach its store yet when it wakes, as a suspended host."""
        length = LEASE + self._random.uniform(0.8, 2)
        for victim in self._victims():
            victim.tell("cut", seconds=length + 2)
            self._note(victim, "suspend", length + 2)
            self._ends.at(0.1, partial(victim.signal, signal.SIGSTOP))
            self._ends.at(length, partial(victim.signal, signal.SIGCONT))

    def _stand_still(self, kind: str, length: float, *, loses: bool = True) -> None:
        for victim in self._victims():
            self._note(victim, kind, length, loses=loses)
            victim.signal(signal.SIGSTOP)
            self._ends.at(length, partial(victim.signal, signal.SIGCONT))

    def _cut(self) -> None:
        length = LEASE + self._random.uniform(1, 3)
        for victim in self._victims():
            victim.tell("cut", seconds=length)
            self._note(victim, "cut", length)

    def _lose(self) -> None:
        for victim in self._victims(3):
            self._note(victim, "lose", 2, loses=False)
            victim.tell("lose", verb=self._random.choice(LOST))

    def _clock(self) -> None:
        """Set the wall clock of one process an hour forward or back, and then right again."""
        victim, length = self._slots[0], self._random.uniform(4, 6)
        if victim in self._victims(len(self._slots)):
            self._note(victim, "clock", length, loses=False)
            self._wall.write_text(self._random.choice(["+1h", "-1h"]))
            self._ends.at(length, self._set_right)

    def _set_right(self) -> None:
        self._wall.write_text("+0")

    def _take_away(self, outage: str) -> None:
        if self._outage:
            return
        length = self._random.uniform(0.5, 3) * LEASE
        self._outage = outage
        self._note(None, outage, length, loses=False)
        self._store.begin(outage, self._pids())
        self._ends.at(length, partial(self._give_back, outage))

    def _give_back(self, outage: str) -> None:
        self._store.end(outage, self._pids())
        self._outage = ""

    def _disturb(self, how: str) -> None:
        length = LEASE + self._random.uniform(1, 3)
        for victim in self._victims():
            self._note(victim, how, length)
            self._store.disturb(victim.name, how)
            self._ends.at(length, partial(self._store.disturb, victim.name, ""))

    def _pids(self) -> list[int]:
        return [process.pid for process in [*self._slots, *self._leaving] if process.code is None]

    # --- the end

    def _heal(self) -> None:
        """Make no more faults, and wait until those that go on are over."""
        self._agenda = Agenda()
        over = max((fault.end for fault in self._faults), default=0)
        wait = max(0.2, (over - self._offset - raw_now()) / SECOND)
        self._go(time.monotonic() + (GOODBYE if self._leaving else wait))

    def _read(self) -> dict[str, Any]:
        """Ask the processes how they are, and have another one read the store."""
        reader = subprocess.run(
            [sys.executable, "-m", "tests.chaos.reader", self._store.address(), f"{4 * LEASE}"],
            env=python_path(), stdout=subprocess.PIPE, stderr=self._log.end, check=True,
        )  # fmt: skip
        store: dict[str, Any] = json.loads(reader.stdout)
        self._alarms += [f"the engine of {name} has not recovered" for name in self._unwell()]
        if store["alive"] != len(self._slots):
            self._alarms.append(f"{store['alive']} nodes are alive, not {len(self._slots)}")
        return store

    def _unwell(self) -> set[str]:
        """Return whose engine is not ready within two leases; a lock may be waited for once."""
        deadline = time.monotonic() + 2 * LEASE
        unwell = {process.name for process in self._slots}
        while unwell and time.monotonic() < deadline:
            for process in self._slots:
                process.tell("report")
            self._go(time.monotonic() + 0.3)
            unwell -= {line["node"] for line in self._lines
                       if line["what"] == "state" and line["fine"]}  # fmt: skip
        return unwell

    def _clear(self) -> None:
        for process in [*self._slots, *self._leaving]:
            process.kill()
        self._journal.close()
        self._log.close()
        self._store.close()
