"""Where the library is right, a program cannot tell us from it."""

import datetime
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import schedule as library

from pyramid_scheduler import schedule
from pyramid_scheduler.schedule import Scheduler
from tests.clock import HandClock
from tests.schedule.scene import at_local, local_times, play, shown

MINUTE, HOUR, DAY = 60, 3600, 86_400


def nothing() -> None:
    pass


@pytest.mark.parametrize(
    ("say", "step", "lasts"),
    [
        (lambda every: every().second, 1, timedelta(minutes=1)),
        (lambda every: every(7).seconds, 1, timedelta(minutes=10)),
        (lambda every: every(0.5).seconds, 0.5, timedelta(minutes=1)),
        (lambda every: every().minute, 1, timedelta(minutes=10)),
        (lambda every: every(5).minutes, 5, timedelta(hours=2)),
        (lambda every: every().hour, MINUTE, timedelta(days=2)),
        (lambda every: every(3).hours, MINUTE, timedelta(days=2)),
        (lambda every: every(1.5).hours, MINUTE, timedelta(days=2)),
        (lambda every: every().day, HOUR, timedelta(days=9)),
        (lambda every: every(4).days, HOUR, timedelta(days=30)),
        (lambda every: every().week, HOUR, timedelta(weeks=4)),
        (lambda every: every(2).weeks, HOUR, timedelta(weeks=7)),
        (lambda every: every().minute.at(":17"), 1, timedelta(minutes=9)),
        (lambda every: every().minute.at(":36"), 1, timedelta(minutes=9)),
        (lambda every: every(3).minutes.at(":17"), 1, timedelta(minutes=20)),
        (lambda every: every(3).minutes.at(":59"), 1, timedelta(minutes=20)),
        (lambda every: every().hour.at(":10"), 5, timedelta(hours=9)),
        (lambda every: every().hour.at(":30"), 5, timedelta(hours=9)),
        (lambda every: every().hour.at("30:05"), 5, timedelta(hours=9)),
        (lambda every: every(4).hours.at(":05"), 5, timedelta(days=1)),
        (lambda every: every(4).hours.at("59:55"), 5, timedelta(days=1)),
        (lambda every: every().day.at("10:30"), MINUTE, timedelta(days=4)),
        (lambda every: every().day.at("12:21"), MINUTE, timedelta(days=4)),
        (lambda every: every().day.at("00:00"), MINUTE, timedelta(days=4)),
        (lambda every: every().day.at("23:59:59"), MINUTE, timedelta(days=4)),
        (lambda every: every(3).days.at("08:00"), MINUTE, timedelta(days=12)),
        (lambda every: every(3).days.at("18:00:30"), MINUTE, timedelta(days=12)),
    ],
)
def test_a_job_runs_when_it_runs_in_the_library(
    clock: HandClock,
    scheduler: Scheduler,
    oracle: Callable[[HandClock], library.Scheduler],
    say: Callable[[Any], Any],
    step: float,
    lasts: timedelta,
) -> None:
    other = at_local("2030-01-01 12:20:35")

    ours = play(scheduler, clock, say, step=step, lasts=lasts)
    theirs = play(oracle(other), other, say, step=step, lasts=lasts)

    assert len(theirs) > 1
    assert local_times(ours) == local_times(theirs)


@pytest.mark.parametrize("change", ["2030-03-30 20:00:00", "2030-10-26 20:00:00"])
@pytest.mark.parametrize("time_of_day", ["10:30", "00:30", "23:59:30"])
def test_a_time_of_day_outside_the_change_is_kept_through_it(
    oracle: Callable[[HandClock], library.Scheduler], change: str, time_of_day: str
) -> None:
    scenes = []
    for make in (oracle, lambda clock: Scheduler(clock.now)):
        clock = at_local(change)
        began = play(
            make(clock),
            clock,
            lambda every: every().day.at(time_of_day),
            step=30,
            lasts=timedelta(days=3),
        )
        scenes.append(local_times(began))

    assert scenes[0] == scenes[1]
    assert [time[11:16] for time in scenes[1]] == [time_of_day[:5]] * 3


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("seconds", "second"),
        ("minutes", "minute"),
        ("hours", "hour"),
        ("days", "day"),
        ("weeks", "week"),
    ],
)
def test_one_unit_is_said_in_the_singular_too(
    scheduler: Scheduler,
    oracle: Callable[[HandClock], library.Scheduler],
    clock: HandClock,
    word: str,
    one: str,
) -> None:
    every = oracle(clock).every
    expected = getattr(every(), word).do(nothing).next_run

    assert getattr(scheduler.every(), one).do(nothing).next_run == expected
    assert getattr(scheduler.every(1), word).do(nothing).next_run == expected
    assert getattr(scheduler.every(), one).unit == getattr(every(), one).unit == word


def test_a_job_is_called_with_its_arguments(clock: HandClock, scheduler: Scheduler) -> None:
    calls: list[tuple[Any, ...]] = []

    scheduler.every().second.do(lambda *args, **kwargs: calls.append((args, kwargs)), 1, "b", c=3)
    clock.advance(1)
    scheduler.run_pending()

    assert calls == [((1, "b"), {"c": 3})]


def test_the_longest_due_runs_first_and_ties_run_in_the_order_of_do(
    clock: HandClock, scheduler: Scheduler
) -> None:
    ran: list[str] = []
    for name, interval in [("c", 30), ("a", 10), ("d", 30), ("b", 20), ("e", 30)]:
        scheduler.every(interval).seconds.do(ran.append, name)

    clock.advance(30)
    scheduler.run_pending()

    assert ran == ["a", "b", "c", "d", "e"]


def test_the_next_run_is_local_and_naive_and_idle_seconds_count_down_to_it(
    clock: HandClock, scheduler: Scheduler
) -> None:
    assert scheduler.next_run is None
    assert scheduler.idle_seconds is None

    slow = scheduler.every(2).hours.do(nothing)
    fast = scheduler.every(90).seconds.do(nothing)
    clock.advance(20)

    assert scheduler.next_run == fast.next_run == shown(clock) + timedelta(seconds=70)
    assert slow.next_run == datetime.datetime(2030, 1, 1, 14, 20, 35)
    assert scheduler.idle_seconds == 70
    clock.advance(100)
    assert scheduler.idle_seconds == -30


def test_clear_forgets_all_jobs(clock: HandClock, scheduler: Scheduler) -> None:
    jobs = scheduler.jobs
    scheduler.every().second.do(pytest.fail, "it was cleared")
    assert len(jobs) == 1

    scheduler.clear()
    clock.advance(5)
    scheduler.run_pending()

    assert jobs == scheduler.jobs == []
    assert scheduler.next_run is None


def test_a_job_that_is_taken_out_of_the_list_by_hand_runs_no_more(
    clock: HandClock, scheduler: Scheduler
) -> None:
    ran: list[str] = []
    gone = scheduler.every().second.do(ran.append, "gone")
    scheduler.every().second.do(ran.append, "kept")

    scheduler.jobs.remove(gone)
    clock.advance(1)
    scheduler.run_pending()

    assert ran == ["kept"]


def test_a_job_that_a_job_declares_runs_in_its_time(clock: HandClock, scheduler: Scheduler) -> None:
    ran: list[int] = []
    scheduler.every().minute.do(lambda: scheduler.every(10).seconds.do(ran.append, clock.now()))

    clock.advance(60)
    scheduler.run_pending()
    assert ran == []
    clock.advance(10)
    scheduler.run_pending()

    assert len(ran) == 1


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The module's scheduler, empty before and after."""
    schedule.clear()
    yield
    schedule.clear()


def test_the_module_has_a_scheduler_of_its_own(own: None) -> None:
    assert schedule.next_run() is None
    assert schedule.idle_seconds() is None

    before = datetime.datetime.now()
    job = schedule.every(10).minutes.do(nothing)
    after = datetime.datetime.now()

    assert schedule.jobs == schedule.default_scheduler.jobs == [job]
    assert schedule.next_run() == job.next_run
    assert job.next_run is not None
    assert before <= job.next_run - timedelta(minutes=10) <= after
    idle = schedule.idle_seconds()
    assert idle is not None
    assert 0 < 600 - idle < 60
    schedule.run_pending()
    schedule.clear()
    assert schedule.jobs == []


def test_the_machine_s_clock_makes_a_job_due(own: None) -> None:
    ran: list[float] = []
    began = time.monotonic()
    schedule.every(0.05).seconds.do(lambda: ran.append(time.monotonic() - began))

    while not ran and time.monotonic() < began + 30:
        schedule.run_pending()

    assert 0.05 <= ran[0] < 30


def test_who_patches_datetime_turns_the_clock_as_with_the_library(
    own: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    schedule.every().hour.do(ran.append, "hourly")
    schedule.every().day.do(ran.append, "daily")
    later = datetime.datetime.now() + timedelta(hours=5)

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return later.astimezone(tz) if tz else later

    schedule.run_pending()
    assert ran == []
    monkeypatch.setattr(datetime, "datetime", Later)
    schedule.run_pending()

    assert ran == ["hourly"]
