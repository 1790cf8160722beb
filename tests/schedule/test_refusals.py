"""What is refused is refused in the words of the library; what would hang it is refused too."""

import functools
import math
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytz
import schedule as library

from pyramid_scheduler.errors import InvalidValue, SchedulerError
from pyramid_scheduler.schedule import (
    IntervalError,
    Job,
    ScheduleError,
    Scheduler,
    ScheduleTypeError,
    ScheduleValueError,
)
from tests.clock import HandClock

Every = Callable[..., Any]


def job() -> None:
    pass


@pytest.fixture
def every(scheduler: Scheduler) -> Every:
    return scheduler.every


def refused(say: Callable[[Every], Any], every: Every) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is, it is compared
        say(every)
    return caught.value


@pytest.mark.parametrize(
    "say",
    [
        lambda every: every(2).second,
        lambda every: every(2).minute,
        lambda every: every(2).hour,
        lambda every: every(2).day,
        lambda every: every(0).week,
        lambda every: every(2).monday,
        lambda every: every(3).sunday,
        lambda every: every().day.at("10"),
        lambda every: every().day.at("9:30"),
        lambda every: every().day.at("10:60"),
        lambda every: every().day.at("10:30:60"),
        lambda every: every().day.at(""),
        lambda every: every().day.at("10:30" * 20_000),
        lambda every: every().day.at("10:30\x00"),
        lambda every: every().day.at("+1:30"),
        lambda every: every().monday.at(":30"),
        lambda every: every().hour.at(":60"),
        lambda every: every().hour.at("10:30:00"),
        lambda every: every().minute.at("00:30"),
        lambda every: every().day.at(930),
        lambda every: every().day.at(None),
        lambda every: every().day.at(b"10:30"),
        lambda every: every().second.at(":30"),
        lambda every: every().week.at("10:30"),
        lambda every: every().at("10:30"),
        lambda every: every().day.at("10:30", 43),
        lambda every: every(10).do(job),
        lambda every: every(5).to(3).minutes.do(job),
        lambda every: every().day.until("in a week"),
        lambda every: every().day.until("01-01-3000"),
        lambda every: every().day.until(5),
        lambda every: every().day.until(None),
        lambda every: every().day.until("2029-12-31"),
        lambda every: every().day.until(timedelta(minutes=-1)),
        lambda every: every().day.tag([]),
        lambda every: every().day.tag("a", {}),
        lambda every: every().day.do(None),
        lambda every: every().day.do("job"),
    ],
)
def test_what_the_library_refuses_is_refused_in_its_words(
    clock: HandClock,
    every: Every,
    oracle: Callable[[HandClock], library.Scheduler],
    say: Callable[[Every], Any],
) -> None:
    theirs, ours = refused(say, oracle(clock).every), refused(say, every)

    assert str(ours) == str(theirs)
    names = {one.__name__ for one in type(ours).__mro__}
    assert type(theirs).__name__ in names


@pytest.mark.parametrize("text", ["10:30\n", "1\u0660:30"])
def test_what_the_library_takes_is_taken(
    clock: HandClock, every: Every, oracle: Callable[[HandClock], library.Scheduler], text: str
) -> None:
    theirs = oracle(clock).every().day.at(text).do(job)

    assert every().day.at(text).do(job).next_run == theirs.next_run


def test_an_hour_that_no_day_has_is_named(every: Every) -> None:
    with pytest.raises(ScheduleValueError, match=r"hours \(25 is not between 0 and 23\)"):
        every().day.at("25:00")


def test_a_job_without_a_scheduler_is_refused_as_in_the_library() -> None:
    with pytest.raises(library.ScheduleError) as theirs:
        library.Job(2).minutes.do(job)
    with pytest.raises(ScheduleError) as ours:
        Job(2).minutes.do(job)

    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize(
    "interval",
    [0, -1, -0.5, math.nan, math.inf, -math.inf, 1e300, 10**20, 1e-14, "5", None, [], 1j],
)
@pytest.mark.parametrize("unit", ["seconds", "weeks"])
def test_an_interval_is_a_length_of_time(every: Every, interval: Any, unit: str) -> None:
    with pytest.raises(IntervalError) as caught:
        getattr(every(interval), unit).do(job)

    assert str(caught.value).startswith(f"every({interval!r}).{unit}: the interval is a number")


def test_a_number_that_cannot_even_be_written_is_refused_like_any_other(every: Every) -> None:
    with pytest.raises(IntervalError, match=r"every\(<int that cannot be shown>\)\.seconds: the "):
        every(10**5000).seconds.do(job)


def test_what_a_date_cannot_say_is_refused(every: Every) -> None:
    with pytest.raises(IntervalError, match="the next time is beyond the year 9999"):
        every(3_000_000).days.do(job)
    with pytest.raises(ScheduleValueError, match="days from now is no date"):
        every().day.until(timedelta.max)
    assert every(999_999).days.do(job).next_run.year > 4000
    assert every().day.until(datetime.max).do(job).next_run


@pytest.mark.parametrize(("first", "latest"), [(1, "5"), (0.5, 2.5), (1, math.nan), (1, math.inf)])
def test_a_random_interval_has_whole_numbers(every: Every, first: Any, latest: Any) -> None:
    with pytest.raises(ScheduleTypeError, match="a random interval has whole numbers"):
        every(first).to(latest).seconds.do(job)


def test_an_unknown_zone_is_pytz_s_own_exception_where_pytz_is_in_use(every: Every) -> None:
    with pytest.raises(pytz.exceptions.UnknownTimeZoneError) as caught:
        every().day.at("10:30", "Europe/Lodnon")

    assert isinstance(caught.value, ScheduleValueError)
    assert "did you mean 'Europe/London'?" in str(caught.value)


def test_an_unknown_zone_is_a_value_error_where_it_is_not(
    every: Every, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "pytz")
    for wrong in ("Europe/Lodnon", "", "../../etc/passwd", "Europe", "a\0b"):
        with pytest.raises(ScheduleValueError, match="is not a time zone of the IANA database"):
            every().day.at("10:30", wrong)


@pytest.mark.parametrize("given", [job, print, Job, functools.partial(print, "x"), "x".upper])
def test_whatever_can_be_called_is_taken(every: Every, given: Any) -> None:
    assert every().minute.do(given).next_run


def test_what_is_refused_leaves_nothing_behind(scheduler: Scheduler) -> None:
    begun = scheduler.every().day
    for wrong in (lambda: begun.at("25:00"), lambda: begun.do(None), lambda: begun.until("x")):
        with pytest.raises((SchedulerError, TypeError)):
            wrong()

    assert scheduler.jobs == []
    begun.at("10:30").do(job)
    assert len(scheduler.jobs) == 1


def test_one_except_catches_them_all() -> None:
    for error in (ScheduleValueError, IntervalError, ScheduleTypeError):
        assert issubclass(error, ScheduleError)
        assert issubclass(error, InvalidValue)
        assert issubclass(error, ValueError)
    assert issubclass(ScheduleError, SchedulerError)
    assert issubclass(ScheduleTypeError, TypeError)
