"""The engine's small parts, each alone."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier, Thread

import pytest

from pyramid_scheduler.engine.bell import Bell
from pyramid_scheduler.engine.hands import Held, Stop
from pyramid_scheduler.engine.nodes import Watch, clock_is_off
from pyramid_scheduler.engine.options import EngineOptions
from pyramid_scheduler.engine.room import MOST, Prefetch
from pyramid_scheduler.engine.timing import Alignment, NextClaim
from pyramid_scheduler.interfaces import Room
from pyramid_scheduler.model import Claim, Kind, Node
from tests.engine.scene import HandExecutor, make_task


def node(name: str = "other", beats: int = 0, offset: int = 0) -> Node:
    return Node(id=name, host="h", pid=1, version="1", beats=beats, clock_offset=offset)


def watch_through(watch: Watch, start: int, end: int, beats: int = 0) -> list[Node]:
    dead: list[Node] = []
    for second in range(start, end):
        dead = watch.dead([node(beats=beats)], second)
    return dead


def test_a_counter_that_stands_still_for_a_lease_is_a_death() -> None:
    watch = Watch(30)
    assert watch_through(watch, 0, 30) == []
    assert watch.dead([node()], 30) == [node()]


def test_a_counter_that_moves_is_a_life() -> None:
    watch = Watch(30)
    watch_through(watch, 0, 29)
    watch.dead([node(beats=1)], 29)
    assert watch_through(watch, 30, 59, beats=1) == []


def test_after_a_failed_read_the_watch_starts_anew() -> None:
    watch = Watch(30)
    watch_through(watch, 0, 29)
    watch.start_anew()
    assert watch_through(watch, 29, 59) == []
    assert watch.dead([node()], 59) == [node()]


def test_a_watcher_that_was_frozen_itself_has_not_watched() -> None:
    watch = Watch(30)
    watch_through(watch, 0, 5)
    assert watch.dead([node()], 60) == []


@pytest.mark.parametrize(
    ("own", "others", "off"),
    [
        (0, [], False),
        (9_000_000, [0], False),
        (9_000_000, [0, 0], True),
        (900_000, [0, 0], False),
        (0, [9_000_000, 0], False),
        (0, [9_000_000, 0, 0], False),
        (9_000_000, [0, 0, 9_000_000], True),
        (0, [9_000_000, -9_000_000], False),
    ],
)
def test_a_clock_is_off_when_most_others_agree_against_it(
    own: int, others: list[int], off: bool
) -> None:
    nodes = [node(str(number), offset=offset) for number, offset in enumerate(others)]
    assert clock_is_off(own, nodes) is off


def test_an_instant_is_never_taken_for_earlier_than_it_is() -> None:
    alignment = Alignment()
    alignment.observe(10.0, 1_000_000_000, 10.4)  # the answer took 0.4 s, the clock showed 1000 s
    assert alignment.monotonic(1_001_000_000) == pytest.approx(11.4)
    alignment.observe(20.0, 1_010_100_000, 20.2)
    assert alignment.monotonic(1_001_000_000) == pytest.approx(11.1), "a quicker answer is nearer"
    alignment.observe(30.0, 1_020_200_000, 30.4)
    assert alignment.monotonic(1_001_000_000) == pytest.approx(11.1), "a slower one is no news"


def test_a_clock_that_was_set_back_is_believed_at_once() -> None:
    alignment = Alignment()
    alignment.observe(10.0, 1_000_000_000, 10.1)
    alignment.observe(20.0, 500_000_000, 20.1)
    assert alignment.monotonic(501_000_000) == pytest.approx(21.1)


def test_a_slow_look_at_the_clock_is_no_news_although_instants_are_cut_off() -> None:
    alignment = Alignment()
    alignment.observe(10.0, 1_000_000_001, 10.0)
    alignment.observe(20.0, 1_010_000_000, 20.3)  # it shows 1010.0000009 s, cut off
    assert alignment.monotonic(1_000_000_001) == pytest.approx(10.0, abs=1e-5)


def next_claim(**options: bool) -> NextClaim:
    return NextClaim(EngineOptions(), Random(1), **{"local_clock": True, **options})


def test_it_claims_ahead_of_the_next_instant() -> None:
    claims = next_claim()
    claims.claimed(100.0, 100.0, 200.0, more=False)
    assert 199.5 <= claims.at < 199.75


def test_what_had_no_thread_is_claimed_before_its_instant_once_one_is_free() -> None:
    claims = next_claim()
    for _ in range(100):
        claims.claimed(100.0, 100.01, 100.3, more=False)  # a claim takes 10 ms
    assert claims.at == 100.3, "there is nothing to be had before"
    claims.room_freed()
    assert claims.at == pytest.approx(100.27)


def test_what_is_due_already_is_claimed_at_once_when_there_is_room() -> None:
    claims = next_claim()
    claims.claimed(100.0, 100.01, None, more=True)
    assert claims.at > 1e9
    claims.room_freed()
    assert claims.at == 0.0


def test_it_looks_again_after_a_heartbeat_where_the_clock_is_another_machine_s() -> None:
    claims = next_claim(local_clock=False)
    claims.claimed(100.0, 100.0, None, more=False)
    assert claims.at == 105.0


def test_of_the_worker_and_the_loop_exactly_one_decides() -> None:
    claim = Claim("r", Kind.ASKED, None, "job", 0, 0, 1, 1, "")
    barrier = Barrier(8)
    with ThreadPoolExecutor(8) as threads:
        for _ in range(200):
            held = Held(claim, make_task())

            def decide(held: Held = held) -> bool:
                barrier.wait()
                return held.decide()

            answers = [thread.result() for thread in [threads.submit(decide) for _ in range(8)]]
            assert answers.count(True) == 1


def test_a_task_that_waits_for_its_stop_is_woken_by_it() -> None:
    stop = Stop()
    woken: list[bool] = []
    waiter = Thread(target=lambda: woken.append(stop.wait(10)))
    waiter.start()
    stop.set()
    waiter.join(10)
    assert woken == [True]
    assert stop.wait(0)


def test_a_bell_rung_before_the_wait_ends_it_at_once() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    bell.wait(60)
    bell.wait(0.001)
    bell.ring()
    bell.wait(60)


def test_a_bell_rung_from_many_threads_never_loses_the_last_ring() -> None:
    bell = Bell()
    rounds: list[int] = []

    def ring(number: int) -> None:
        rounds.append(number)
        bell.ring()

    with ThreadPoolExecutor(8) as threads:
        done = [threads.submit(ring, number) for number in range(2000)]
        while len(rounds) < 2000:
            bell.wait(60)
        for one in done:
            one.result()


def test_quick_tasks_are_claimed_by_the_hundred_and_slow_ones_one_by_one() -> None:
    executor = HandExecutor(threads=4)
    prefetch = Prefetch(0.0)
    assert prefetch.room(executor, 0, 0, 0.0) == Room(4, 0)
    for tenth in range(1, 20):
        for _ in range(1000):
            prefetch.begun += 1
        room = prefetch.room(executor, 0, 0, tenth / 10)
    assert room.ahead == MOST
    for second in range(3, 20):
        prefetch.begun += 1
        room = prefetch.room(executor, 0, 0, float(second))
    assert room == Room(4, 0)
