"""Where the library makes its users suffer, we differ; several tests show both."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import schedule as library

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.schedule import Scheduler
from tests.clock import HandClock
from tests.schedule.scene import at_local, local_times, play, shown

Oracle = Callable[[HandClock], library.Scheduler]


def nothing() -> None:
    pass


def since(start: int, instants: list[int]) -> list[float]:
    return [(instant - start) / SECOND for instant in instants]


def gaps(instants: list[int]) -> set[float]:
    return {(later - earlier) / SECOND for earlier, later in pairwise(instants)}


def test_half_an_hour_is_half_an_hour_on_the_night_that_summer_time_ends(oracle: Oracle) -> None:
    def half_hourly(every: Any) -> Any:
        return every(30).minutes

    clock, other = at_local("2030-10-27 00:10:00"), at_local("2030-10-27 00:10:00")
    night = timedelta(hours=6)

    ours = play(Scheduler(clock.now), clock, half_hourly, step=60, lasts=night)
    theirs = play(oracle(other), other, half_hourly, step=60, lasts=night)

    assert gaps(ours) == {1800}
    assert gaps(theirs) == {1800, 5400}


@pytest.mark.parametrize("night", ["2030-03-31 00:10:00", "2030-10-27 00:10:00"])
@pytest.mark.parametrize(
    ("say", "gap"),
    [
        (lambda every: every(20).seconds, 20),
        (lambda every: every().minute.at(":30"), 60),
        (lambda every: every().hour, 3600),
        (lambda every: every().hour.at(":15"), 3600),
        (lambda every: every().hour.at("59:40"), 3600),
    ],
)
def test_intervals_do_not_see_summer_time(
    night: str, say: Callable[[Any], Any], gap: float
) -> None:
    clock = at_local(night)

    began = play(Scheduler(clock.now), clock, say, step=20, lasts=timedelta(hours=6))

    assert gaps(began) == {gap}


@pytest.mark.parametrize("night", ["2030-03-31 00:00:00", "2030-10-27 00:00:00"])
def test_several_hours_are_counted_on_the_face_as_the_library_s_own_tests_have_it(
    night: str,
) -> None:
    clock = at_local(night)

    began = play(
        Scheduler(clock.now),
        clock,
        lambda every: every(4).hours,
        step=600,
        lasts=timedelta(hours=13),
    )

    assert [text[11:] for text in local_times(began)] == ["04:00:00", "08:00:00", "12:00:00"]


def test_a_time_of_day_that_the_change_skips_is_later_by_the_gap_on_that_day_only() -> None:
    clock = at_local("2030-03-29 12:00:00")

    began = play(
        Scheduler(clock.now),
        clock,
        lambda every: every().day.at("02:30"),
        step=600,
        lasts=timedelta(days=4),
    )

    assert local_times(began) == [
        "2030-03-30 02:30:00",
        "2030-03-31 03:30:00",
        "2030-04-01 02:30:00",
        "2030-04-02 02:30:00",
    ]


def test_a_time_of_day_that_passes_twice_is_the_first_pass() -> None:
    clock = at_local("2030-10-26 12:00:00")

    began = play(
        Scheduler(clock.now),
        clock,
        lambda every: every().day.at("02:30"),
        step=600,
        lasts=timedelta(days=3),
    )

    assert local_times(began) == [f"2030-10-{day} 02:30:00" for day in (27, 28, 29)]
    assert gaps(began) == {25 * 3600, 24 * 3600}


@pytest.mark.parametrize(
    ("say", "days"), [(lambda every: every().day, 1), (lambda every: every().week, 7)]
)
def test_days_and_weeks_keep_the_time_of_day_of_their_declaration(
    say: Callable[[Any], Any], days: int
) -> None:
    clock = at_local("2030-03-22 12:00:00")

    began = play(Scheduler(clock.now), clock, say, step=600, lasts=timedelta(days=28))

    assert {text[11:] for text in local_times(began)} == {"12:00:00"}
    assert gaps(began) == {days * 24 * 3600 - 3600, days * 24 * 3600}


def test_a_day_that_a_place_lost_has_no_run_and_its_neighbours_one_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Apia")
    time.tzset()
    clock = at_local("2011-12-28 12:00:00")

    began = play(
        Scheduler(clock.now),
        clock,
        lambda every: every().day.at("10:30"),
        step=600,
        lasts=timedelta(days=3),
    )

    assert local_times(began) == [
        "2011-12-29 10:30:00",
        "2011-12-31 10:30:00",
        "2012-01-01 10:30:00",
    ]


def test_a_job_that_raises_stays_due_and_keeps_none_of_the_others_from_running(
    clock: HandClock, scheduler: Scheduler
) -> None:
    ran: list[str] = []
    error = LookupError("no such pyramid")

    def raises() -> None:
        ran.append("raises")
        raise error

    scheduler.every(9).seconds.do(raises)
    scheduler.every(10).seconds.do(ran.append, "good")

    clock.advance(10)
    with pytest.raises(LookupError) as caught:
        scheduler.run_pending()
    assert caught.value is error
    assert ran == ["raises", "good"]

    with pytest.raises(LookupError):
        scheduler.run_pending()
    assert ran == ["raises", "good", "raises"]


def test_of_several_that_raise_the_first_is_raised_and_the_others_are_logged(
    clock: HandClock, scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    def divide() -> None:
        raise ZeroDivisionError

    def look_up() -> None:
        raise KeyError

    scheduler.every(3).seconds.do(look_up)
    scheduler.every(2).seconds.do(divide)

    clock.advance(3)
    with pytest.raises(ZeroDivisionError):
        scheduler.run_pending()

    (record,) = caplog.records
    assert (record.name, record.levelname) == ("schedule", "ERROR")
    assert "do=look_up" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, SystemExit])
def test_who_leaves_the_loop_leaves_at_once_and_the_others_stay_due(
    clock: HandClock, scheduler: Scheduler, leaving: type[BaseException]
) -> None:
    ran: list[str] = []

    def leave() -> None:
        raise leaving

    scheduler.every(10).seconds.do(leave)
    scheduler.every(10).seconds.do(ran.append, "after")

    clock.advance(10)
    with pytest.raises(leaving):
        scheduler.run_pending()

    assert ran == []
    assert len(scheduler.jobs) == 2
    assert all(job.should_run for job in scheduler.jobs)


def test_a_job_that_another_one_clears_in_the_same_pass_does_not_begin(
    clock: HandClock, scheduler: Scheduler
) -> None:
    scheduler.every(10).seconds.do(scheduler.clear)
    scheduler.every(10).seconds.do(pytest.fail, "it was cleared")

    clock.advance(10)
    scheduler.run_pending()

    assert scheduler.jobs == []


def test_a_clock_that_is_set_back_leaves_an_interval_what_was_left_to_wait(
    clock: HandClock, scheduler: Scheduler
) -> None:
    ran: list[int] = []
    scheduler.every(10).minutes.do(lambda: ran.append(clock.now()))
    clock.advance(240)
    scheduler.run_pending()

    clock.set_wall(clock.now() - 3600 * SECOND)
    scheduler.run_pending()
    back = clock.now()

    assert scheduler.idle_seconds == 360
    for _ in range(20):
        clock.advance(60)
        scheduler.run_pending()
    assert since(back, ran) == [360, 960]


def test_a_time_of_day_does_not_come_twice_when_the_clock_is_set_back(
    clock: HandClock, scheduler: Scheduler
) -> None:
    ran: list[str] = []
    scheduler.every().day.at("12:30").do(lambda: ran.append(str(shown(clock))))
    hourly = scheduler.every().hour.at(":30").do(lambda: ran.append(str(shown(clock))))

    for turned in (600, -600):
        clock.set_wall(clock.now() + turned * SECOND)
        scheduler.run_pending()
    assert str(hourly.next_run) == "2030-01-01 13:30:00"
    for turned in (600, 3600):
        clock.set_wall(clock.now() + turned * SECOND)
        scheduler.run_pending()

    assert ran == ["2030-01-01 12:30:35", "2030-01-01 12:30:35", "2030-01-01 13:30:35"]


def test_a_job_that_sets_the_clock_back_runs_once_in_a_pass(
    clock: HandClock, scheduler: Scheduler
) -> None:
    ran: list[int] = []

    def set_back() -> None:
        ran.append(clock.now())
        clock.set_wall(clock.now() - 3600 * SECOND)

    job = scheduler.every(10).seconds.do(set_back)
    other = scheduler.every(10).seconds.do(nothing)
    clock.advance(10)
    scheduler.run_pending()

    assert len(ran) == 1
    assert job.next_run == shown(clock) + timedelta(seconds=10)
    scheduler.run_pending()
    assert other.next_run == shown(clock) + timedelta(seconds=10)


@pytest.mark.parametrize("hours", [2, 48, 24 * 365 * 10])
def test_a_time_of_day_is_not_silenced_by_a_clock_that_was_far_ahead(
    clock: HandClock, scheduler: Scheduler, hours: int
) -> None:
    clock.set_wall(clock.now() + hours * 3600 * SECOND)
    jobs = [
        scheduler.every().hour.at(":30").do(nothing),
        scheduler.every().day.at("10:30").do(nothing),
        scheduler.every().friday.do(nothing),
    ]

    clock.set_wall(clock.now() - hours * 3600 * SECOND)
    scheduler.run_pending()

    waits = [(job.next_run - shown(clock)) / timedelta(hours=1) for job in jobs if job.next_run]
    assert all(wait <= most for wait, most in zip(waits, (3, 3 * 24, 14 * 24), strict=True))


def test_the_clock_that_is_set_back_is_noticed_by_whoever_asks(
    clock: HandClock, scheduler: Scheduler
) -> None:
    for ask in ("should_run", "idle_seconds", "next_run"):
        scheduler.clear()
        job = scheduler.every(10).seconds.do(nothing)
        clock.set_wall(clock.now() - 3600 * SECOND)
        getattr(job if ask == "should_run" else scheduler, ask)
        assert job.next_run == shown(clock) + timedelta(seconds=10)


def test_an_end_may_have_a_zone_of_its_own(clock: HandClock, scheduler: Scheduler) -> None:
    end = datetime(2030, 1, 1, 11, 20, 55, tzinfo=UTC)
    job = scheduler.every(10).seconds.until(end).do(nothing)

    for _ in range(2):
        clock.advance(10)
        scheduler.run_pending()
    assert scheduler.jobs == []
    assert job.last_run == shown(clock)
