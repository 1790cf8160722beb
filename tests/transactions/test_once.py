"""The effect of a transactional run comes exactly once, whatever dies, and when."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pyramid_scheduler.interfaces import RunFilter
from tests.transactions.member import application, orders

ROOT = Path(__file__).parents[2]


class Fleet:
    """Processes of one application, and who asks them for runs."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self._folder = folder
        self._members: list[subprocess.Popen[str]] = []
        self._scheduler, self._engine = application(address)

    def start(self, *, hold: bool = False) -> subprocess.Popen[str]:
        """One process more; it begins to work a moment later."""
        given = {"address": self.address, "log": str(self._folder / "log"), "hold": hold}
        command = [sys.executable, "-m", "tests.transactions.member", json.dumps(given)]
        member = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self._members.append(member)
        return member

    def says(self, member: subprocess.Popen[str]) -> str:
        assert member.stdout is not None
        return member.stdout.readline().strip()

    def kill(self, member: subprocess.Popen[str]) -> None:
        """Kill -9; nothing of it lives on."""
        member.kill()
        member.communicate()
        self._members.remove(member)

    def kill_any(self, random: Random) -> None:
        self.kill(random.choice(self._members))

    def owe(self, count: int) -> list[str]:
        """Ask for so many runs; return the number that each is to insert."""
        numbers = [f"{number:04}" for number in range(count)]
        for number in numbers:
            self._scheduler.run_now("insert", number)
        return numbers

    def states(self) -> Counter[str]:
        return Counter(run.state for run in self._scheduler.store.runs(RunFilter(limit=10_000)))

    def wait_for_orders(self, count: int) -> None:
        """Wait until so many have been inserted."""
        until = time.monotonic() + 60
        while len(orders(self.address)) < count:
            assert time.monotonic() < until, self.said()
            time.sleep(0.01)

    def wait(self, seconds: float) -> Counter[str]:
        """Wait until nothing is owed any more; return how the runs ended."""
        until = time.monotonic() + seconds
        while (states := self.states()).keys() & {"pending", "running"}:
            assert time.monotonic() < until, (states, self.said())
            time.sleep(0.05)
        return states

    def said(self) -> str:
        return (self._folder / "log").read_text()

    def close(self) -> None:
        for member in list(self._members):
            self.kill(member)
        self._scheduler.store.close()
        self._engine.dispose()


@pytest.fixture
def fleet(address: str, tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(address, tmp_path)
    yield made
    made.close()


def test_killed_between_effect_and_commit_it_is_done_once(fleet: Fleet) -> None:
    fleet.owe(1)
    held = fleet.start(hold=True)
    assert fleet.says(held) == "held"
    assert (orders(fleet.address), fleet.states()) == ([], {"running": 1}), "neither is there"
    fleet.kill(held)
    assert (orders(fleet.address), fleet.states()) == ([], {"running": 1})
    fleet.start()
    assert fleet.wait(20) == {"succeeded": 1}
    assert orders(fleet.address) == ["0000"]


def play(fleet: Fleet, seed: int, runs: int, kills: int) -> None:
    """Have ``runs`` done by two processes, one of which is killed ``kills`` times, and replaced."""
    random = Random(seed)
    numbers = fleet.owe(runs)
    fleet.start()
    fleet.start()
    for kill in range(kills):
        fleet.wait_for_orders(runs * (kill + 1) // (kills + 2))
        time.sleep(random.uniform(0.0, 0.03))
        fleet.kill_any(random)
        fleet.start()
    states = fleet.wait(60)
    found: Any = Counter(orders(fleet.address))
    assert states == {"succeeded": runs}, f"seed {seed}"
    assert found == Counter(numbers), f"seed {seed}"


def test_as_many_effects_as_runs_although_processes_are_killed(fleet: Fleet) -> None:
    play(fleet, seed=1, runs=80, kills=2)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(2, 8))
def test_as_many_effects_as_runs_for_many_seeds(fleet: Fleet, seed: int) -> None:
    play(fleet, seed, runs=600, kills=6)
