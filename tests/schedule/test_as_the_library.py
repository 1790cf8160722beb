"""Where the library is right, a program cannot tell us from it."""

import datetime
import inspect
import random
import time
import typing
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytz
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
        (lambda every: every().monday, HOUR, timedelta(weeks=3)),
        (lambda every: every().tuesday.at("12:21"), MINUTE, timedelta(weeks=3)),
        (lambda every: every().tuesday.at("12:20"), MINUTE, timedelta(weeks=3)),
        (lambda every: every().sunday.at("00:00:10"), 10, timedelta(weeks=2)),
        (lambda every: every().day.at("10:30", "Asia/Kolkata"), MINUTE, timedelta(days=4)),
        (lambda every: every().monday.at("23:59", "Pacific/Chatham"), MINUTE, timedelta(weeks=2)),
        (lambda every: every().hour.at(":30", "Asia/Kathmandu"), MINUTE, timedelta(hours=9)),
        (lambda every: every(5).hours.at("10:10", "Asia/Kathmandu"), 10, timedelta(days=1)),
        (lambda every: every().minute.at(":30", "America/St_Johns"), 1, timedelta(minutes=9)),
        (lambda every: every().day.at("09:30", pytz.FixedOffset(-90)), MINUTE, timedelta(days=4)),
        (lambda every: every().day.until("2030-01-04 12:00"), HOUR, timedelta(days=9)),
        (lambda every: every(2).hours.until(timedelta(hours=9)), MINUTE, timedelta(days=1)),
        (lambda every: every().minute.until("12:30"), 1, timedelta(hours=1)),
        (lambda every: every().minute.until(datetime.time(12, 25)), 1, timedelta(hours=1)),
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


@pytest.mark.parametrize(("step", "takes"), [(1, 2), (7, 0), (1, 35), (10, 10)])
def test_a_job_is_counted_from_when_its_last_run_ended_as_in_the_library(
    oracle: Callable[[HandClock], library.Scheduler], step: float, takes: float
) -> None:
    scenes = []
    for make in (oracle, lambda clock: Scheduler(clock.now)):
        for say in (lambda every: every(10).seconds, lambda every: every().minute.at(":30")):
            clock = at_local("2030-01-01 12:20:35")
            lasts = timedelta(minutes=10)
            scenes.append(play(make(clock), clock, say, step=step, takes=takes, lasts=lasts))

    assert scenes[:2] == scenes[2:]


@pytest.mark.parametrize("seed", range(40))
def test_chance_finds_no_chain_that_differs(
    oracle: Callable[[HandClock], library.Scheduler], seed: int
) -> None:
    """A hundred days without a change of summer time, in jumps, with jobs that take their time."""
    chosen = random.Random(seed)
    clock = at_local("2029-11-20 00:00:00")
    schedulers = [oracle(clock), Scheduler(clock.now)]
    chains = [a_chain(chosen) for _ in range(30)]
    for say in chains:
        for scheduler in schedulers:
            random.seed(seed)
            say(scheduler.every)
    for _ in range(300):
        clock.advance(chosen.choice([1, 60, 3600, 20_000]) * chosen.random())
        for theirs, ours in zip(*(scheduler.jobs for scheduler in schedulers), strict=True):
            assert ours.should_run == theirs.should_run
            for job in (theirs, ours):
                if job.should_run:
                    random.seed(seed)
                    job.run()
            assert (ours.next_run, ours.last_run) == (theirs.next_run, theirs.last_run)
            assert (repr(ours), str(ours)) == (repr(theirs), str(theirs))
        assert schedulers[0].next_run == schedulers[1].next_run
        assert schedulers[0].idle_seconds == schedulers[1].idle_seconds


def a_chain(chosen: random.Random) -> Callable[[Any], Any]:
    """Return what says a chain, the same one to both."""
    unit = chosen.choice(["seconds", "minutes", "hours", "days", "weeks", "monday", "friday"])
    interval = 1 if unit.endswith("y") else chosen.choice([1, 1, 2, 3, 5, 17])
    hour, minute, second = (chosen.randrange(most) for most in (24, 60, 60))
    times = {
        "minutes": [f":{second:02}"],
        "hours": [f":{minute:02}", f"{minute:02}:{second:02}"],
        "days": [f"{hour:02}:{minute:02}", f"{hour:02}:{minute:02}:{second:02}"],
    }
    times["monday"] = times["friday"] = times["days"]
    at = chosen.choice([None, *times.get(unit, [])])
    # Zones without a change of summer time meanwhile.
    zone = chosen.choice([None, None, "UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/Phoenix"])
    latest = chosen.choice([None, None, None, interval + 3])

    def say(every: Any) -> Any:
        chain = getattr(every(interval), unit)
        chain = chain if at is None else chain.at(at, zone)
        return (chain if latest is None else chain.to(latest)).do(nothing)

    say.__doc__ = f"every({interval}).{unit}.at({at}, {zone}).to({latest})"
    return say


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


def test_jobs_are_found_and_taken_off_by_their_tags(clock: HandClock, scheduler: Scheduler) -> None:
    a = scheduler.every().hour.do(nothing).tag("a", 1)
    b = scheduler.every().minute.tag("b").do(nothing).tag("all")
    c = scheduler.every().second.do(nothing).tag("c", "all")

    assert scheduler.get_jobs() == [a, b, c]
    assert scheduler.get_jobs("all") == [b, c]
    assert scheduler.get_next_run("b") == b.next_run
    assert scheduler.get_next_run("none") is None
    scheduler.clear("all")
    assert scheduler.jobs == [a]
    scheduler.cancel_job(b)
    scheduler.cancel_job(a)
    assert scheduler.jobs == []


@pytest.mark.parametrize("answer", [schedule.CancelJob, schedule.CancelJob()])
def test_a_job_takes_itself_off(clock: HandClock, scheduler: Scheduler, answer: Any) -> None:
    scheduler.every().second.do(lambda: answer)
    clock.advance(1)
    scheduler.run_pending()

    assert scheduler.jobs == []


def test_run_all_runs_them_all_and_waits_between_them(
    clock: HandClock, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(time, "sleep", ran.append)
    for name in "abc":
        scheduler.every().hour.do(ran.append, name)

    scheduler.run_all(delay_seconds=7)

    assert ran == ["a", 7, "b", 7, "c", 7]


def test_what_it_does_is_logged_as_the_library_logs_it(
    clock: HandClock,
    scheduler: Scheduler,
    oracle: Callable[[HandClock], library.Scheduler],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "schedule")
    told = []
    for one in (oracle(clock), scheduler):
        caplog.clear()
        job = one.every().day.do(nothing).tag("a")
        one.every().day.until(timedelta(hours=1)).do(nothing)
        one.run_all()
        one.cancel_job(job)
        one.cancel_job(job)
        one.clear("a")
        one.clear()
        told.append([(r.name, r.levelname, r.getMessage()) for r in caplog.records])

    assert told[0] == told[1]
    assert len(told[0]) == 10


def test_a_program_may_set_what_the_library_lets_it_set(
    clock: HandClock, scheduler: Scheduler
) -> None:
    ran: list[str] = []
    job = scheduler.every().day.do(ran.append, "now")

    job.next_run = shown(clock)
    assert job.should_run
    scheduler.run_pending()
    job.interval, job.unit = 5, "minutes"
    job.run()

    assert ran == ["now", "now"]
    assert job.next_run == shown(clock) + timedelta(minutes=5)


def test_the_well_known_scheduler_that_catches_what_jobs_raise_works(clock: HandClock) -> None:
    """As it goes from program to program: it overrides and calls what is private in the library."""

    class SafeScheduler(Scheduler):
        def _run_job(self, job: Any) -> None:
            try:
                super()._run_job(job)
            except ZeroDivisionError:
                job.last_run = shown(clock)
                job._schedule_next_run()

    scheduler = SafeScheduler(clock.now)
    job = scheduler.every(10).seconds.do(lambda: 1 / 0)
    clock.advance(10)
    scheduler.run_pending()

    assert job.last_run == shown(clock)
    assert job.next_run == shown(clock) + timedelta(seconds=10)


def test_a_decorator_says_it_too(clock: HandClock, scheduler: Scheduler) -> None:
    ran: list[Any] = []

    @schedule.repeat(scheduler.every().second, "a", b=2)
    def job(*args: Any, **kwargs: Any) -> str:
        ran.append((args, kwargs))
        return "plain"

    clock.advance(1)
    scheduler.run_pending()
    assert ran == [(("a",), {"b": 2})]
    assert job() == "plain"


@pytest.mark.parametrize("zone", ["Europe/London", "europe/LONDON", "UTC", "EST5EDT"])
def test_a_zone_is_a_name_or_an_object_of_pytz_or_of_zoneinfo(
    clock: HandClock, scheduler: Scheduler, zone: str
) -> None:
    of_pytz = pytz.timezone(zone)
    jobs = [
        scheduler.every().day.at("10:30", tz).do(nothing)
        for tz in (zone, of_pytz, ZoneInfo(str(of_pytz)))
    ]

    assert {str(job.at_time_zone) for job in jobs} == {str(of_pytz)}
    assert len({job.next_run for job in jobs}) == 1


def test_the_public_names_and_signatures_are_those_of_the_library() -> None:
    for theirs, ours in [
        (library, schedule),
        (library.Scheduler, schedule.Scheduler),
        (library.Job, schedule.Job),
    ]:
        names = {name for name in vars(theirs) if not name.startswith("_")}
        modules = {"datetime", "functools", "logging", "logger", "random", "re", "time"}
        missing = names - modules - {*dir(typing), "Hashable"} - set(dir(ours))
        assert not missing
        for name in names & {name for name in dir(ours) if callable(getattr(ours, name))}:
            if inspect.isfunction(getattr(theirs, name)):
                assert parameters(getattr(ours, name)) == parameters(getattr(theirs, name)), name


def parameters(function: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    found = inspect.signature(function).parameters.values()
    return [(one.name, one.kind, one.default) for one in found]


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
    assert schedule.get_jobs() == [job]
    schedule.run_pending()
    schedule.run_all()
    schedule.cancel_job(job)
    assert schedule.jobs == []
    schedule.every().day.do(nothing)
    schedule.clear()
    assert schedule.jobs == []


def test_a_program_may_put_a_scheduler_of_its_own_in_the_module_s_place(
    own: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Scheduler()
    monkeypatch.setattr(schedule, "default_scheduler", mine)

    job = schedule.every().day.do(nothing)

    assert mine.jobs == [job]
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
