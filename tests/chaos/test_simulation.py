"""Seeds of chance against the contract; and the package broken on purpose, which has to be seen."""

import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyramid_scheduler.engine.hands import Held
from pyramid_scheduler.engine.loop import Loop
from pyramid_scheduler.engine.membership import Membership
from pyramid_scheduler.interfaces import Store, Written
from pyramid_scheduler.model import Finish
from pyramid_scheduler.rules.room import RoomLeft, Use
from pyramid_scheduler.stores import make_store
from pyramid_scheduler.stores.memory.claiming import Claiming as MemoryClaiming
from pyramid_scheduler.stores.memory.engine_side import EngineSide
from tests.chaos.checker import SECOND, Broken, verdicts
from tests.chaos.scale import simulate_scale
from tests.chaos.simulator import simulate
from tests.clock import HandClock

SOME = range(30)
MANY = range(30, 2000)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of warnings about faults that are made on purpose."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", SOME)
def test_nothing_is_lost_and_nothing_twice(seed: int) -> None:
    assert verdicts(simulate(seed)) == []


@pytest.mark.parametrize("seeds", [[1], pytest.param(range(2, 40), marks=pytest.mark.slow)])
@pytest.mark.timeout(600)
def test_nothing_is_lost_and_nothing_twice_on_sqlite(seeds: Iterable[int], tmp_path: Path) -> None:
    for seed in seeds:
        assert on_sqlite(tmp_path / f"{seed}.sqlite", seed) == [], seed


def on_sqlite(path: Path, seed: int) -> list[Broken]:
    made: list[Store] = []

    def sqlite(clock: HandClock, new_id: Callable[[], str]) -> Store:
        made.append(make_store(f"sqlite:///{path}", clock=clock, new_id=new_id))
        made[0].open()
        return made[0]

    try:
        return verdicts(simulate(seed, store=sqlite))
    finally:
        made[0].close()  # the engines that were killed listen to it still


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_is_lost_and_nothing_twice_in_many_more_seeds() -> None:
    wrong = {seed: verdicts(simulate(seed)) for seed in MANY}
    assert {seed: found for seed, found in wrong.items() if found} == {}


@pytest.mark.parametrize(
    ("schedules", "seconds"),
    [(5000, 40), pytest.param(1_000_000, 120, marks=pytest.mark.slow)],
)
@pytest.mark.timeout(1800)
def test_very_many_schedules_on_fifty_nodes_though_ten_are_killed(
    schedules: int, seconds: float, record_property: Callable[[str, object], None]
) -> None:
    history = simulate_scale(schedules, seconds=seconds)
    assert verdicts(history) == []
    # Each fires once an hour; the first is due after a second, the last a second before the end.
    assert len(history.rows) >= schedules * (seconds - 2) // 3600
    first = (start.at - start.fire_time for start in history.starts if start.token == 1)
    figure = f"{len(history.rows):,} runs, the latest {max(first) / SECOND:.3f} s late"
    record_property(f"{schedules:,} schedules on 50 nodes, {seconds} virtual s", figure)


def test_one_seed_is_one_history() -> None:
    assert simulate(7) == simulate(7)


finish_as_it_is = EngineSide._finish


def finish_unfenced(self: Any, node: str, finish: Finish, now: int) -> Written:
    run = self._book.runs.get(finish.run_id)
    if run is None or run.state.ended or run.node is None:
        return Written.ALREADY
    return finish_as_it_is(self, run.node, finish._replace(token=run.token), now)


def turn_without_a_net(self: Any) -> None:
    self._work.expire()
    if self._clock.monotonic() >= self._retry_at:
        self._tick()
    self._work.submit_due()


Mutant = list[tuple[type, str, Any]]
MUTANTS: dict[str, Mutant] = {
    "no fence": [
        (EngineSide, "_finish", finish_unfenced),
        (EngineSide, "_live", lambda self, node: self._book.nodes[node]),
    ],
    "the dead may write": [(EngineSide, "_live", lambda self, node: self._book.nodes[node])],
    "no recovery": [(EngineSide, "recover", lambda self, node, beats: [])],
    "own runs are not compared": [(Membership, "_compare", lambda self, pulse, work: None)],
    "errors end the loop": [(Loop, "turn", turn_without_a_net)],
    "a node always trusts itself": [(Membership, "trusted", property(lambda self: True))],
    "begun and given back at once": [(Held, "decide", lambda self: True)],
    "limits limit nothing": [(RoomLeft, "allows", lambda self, name, key: True)],
    "a rate forgets": [(MemoryClaiming, "_use", lambda self, task, queue: Use())],
}


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_what_is_broken_on_purpose_is_seen(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name, broken in mutant:
        monkeypatch.setattr(owner, name, broken)
    assert any(verdicts(simulate(seed)) for seed in SOME)
