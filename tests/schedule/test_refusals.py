"""What cannot be meant is refused in the step that says it: what was given, where, what may be."""

import functools
import math
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from pyramid_scheduler.errors import InvalidValue, SchedulerError
from pyramid_scheduler.schedule import (
    IntervalError,
    Job,
    ScheduleError,
    Scheduler,
    ScheduleTypeError,
    ScheduleValueError,
)

Every = Callable[..., Any]


def job() -> None:
    pass


async def coroutine() -> None:
    pass


async def stream() -> AsyncIterator[int]:
    yield 1


def generator() -> Iterator[int]:
    yield 1


class Awaited:
    async def __call__(self) -> None:
        pass

    def __repr__(self) -> str:
        return "<Awaited>"


@pytest.fixture
def every(scheduler: Scheduler) -> Every:
    return scheduler.every


@pytest.mark.parametrize(
    "interval",
    [0, -1, -0.5, math.nan, math.inf, -math.inf, 1e300, 10**20, True, "5", None, [], 1j],
)
def test_an_interval_is_a_number_above_zero(every: Every, interval: Any) -> None:
    with pytest.raises(IntervalError) as caught:
        every(interval)

    assert str(caught.value) == (
        f"every({interval!r}): the interval is a number above 0, at most 3155760000,"
        " such as every(10)"
    )


def test_a_number_that_cannot_even_be_written_is_refused_like_any_other(every: Every) -> None:
    with pytest.raises(IntervalError, match=r"every\(\.\.\.\): the interval is a number above 0"):
        every(10**5000)


@pytest.mark.parametrize(
    ("interval", "unit"), [(1e-9, "seconds"), (3_155_760_000, "weeks"), (36_526, "days")]
)
def test_an_interval_lasts_from_a_microsecond_to_a_hundred_years(
    every: Every, interval: float, unit: str
) -> None:
    with pytest.raises(IntervalError, match=f"{unit}: not between a microsecond and 36525 days"):
        getattr(every(interval), unit)


def test_the_least_and_the_longest_interval_are_taken(every: Every) -> None:
    assert every(1e-6).seconds.do(job).next_run
    assert every(36_525).days.do(job).next_run


@pytest.mark.parametrize("word", ["second", "minute", "hour", "day", "week"])
def test_the_singular_is_for_one(every: Every, word: str) -> None:
    with pytest.raises(IntervalError) as caught:
        getattr(every(2), word)

    assert str(caught.value) == (f"every(2).{word}: {word} is for every(1); say every(2).{word}s")


def test_a_chain_has_one_unit(every: Every) -> None:
    with pytest.raises(ScheduleValueError, match=r"every\(2\)\.days\.hours: the unit is days"):
        every(2).days.hours  # noqa: B018 - the step itself refuses


@pytest.mark.parametrize(
    ("unit", "allowed", "times"),
    [
        (
            "day",
            "'HH:MM' or 'HH:MM:SS', '00:00' to '23:59:59'",
            ["25:00", "24:00", "9:30", "10:60", "10:30:60", "10", ":30", "", " 10:30", "10:30\n"],
        ),
        ("hour", "':MM' or 'MM:SS', ':00' to '59:59'", [":60", "60:00", "5", ":5", "10:30:00"]),
        ("minute", "':SS', ':00' to ':59'", [":60", "30", "00:30", ":5", "", ":30 "]),
        # Digits and colons that only look right.
        ("day", "'HH:MM'", ["\u0661\u0660:30", "10:\uff13\uff10", "10\uff1a30", "1\u00b2:00"]),
        ("day", "'HH:MM'", ["10:30" * 20_000, "10:30\x00", "-1:30", "+1:30"]),
    ],
)
def test_a_time_is_one_that_the_unit_has(
    every: Every, unit: str, allowed: str, times: list[str]
) -> None:
    for time in times:
        with pytest.raises(ScheduleValueError) as caught:
            getattr(every(), unit).at(time)
        said = str(caught.value)
        assert said.startswith(f"every(1).{unit}s.at('")
        assert f": after {unit}s a time is {allowed}" in said
        assert len(said) < 200


@pytest.mark.parametrize("time", [930, 9.5, None, b"10:30"])
def test_a_time_is_a_string(every: Every, time: Any) -> None:
    with pytest.raises(ScheduleTypeError, match="the time is a string, such as '10:30'"):
        every().day.at(time)


@pytest.mark.parametrize("unit", ["second", "week", None])
def test_only_days_hours_and_minutes_have_times(every: Every, unit: str | None) -> None:
    begun = getattr(every(), unit) if unit else every()

    with pytest.raises(ScheduleValueError, match=r"at\(\) comes after days, hours or minutes"):
        begun.at("10:30")


def test_a_time_wants_a_whole_interval(every: Every) -> None:
    with pytest.raises(IntervalError, match=r"every\(1\.5\)\.days\.at\('10:30'\): .* whole number"):
        every(1.5).days.at("10:30")


@pytest.mark.parametrize("given", [None, 5, "job", job()])
def test_a_job_can_be_called(every: Every, given: Any) -> None:
    with pytest.raises(ScheduleTypeError) as caught:
        every().minute.do(given)

    assert str(caught.value) == (
        f"every(1).minutes.do({given!r}): cannot be called; pass the function itself: do(job)"
    )


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (coroutine, "nobody would await an async def"),
        (functools.partial(coroutine), "nobody would await an async def"),
        (Awaited(), "nobody would await an async def"),
        (stream, "nobody would await an async def"),
        (generator, "nobody would iterate a generator"),
    ],
)
def test_a_plain_call_runs_the_job(every: Every, given: Any, why: str) -> None:
    with pytest.raises(ScheduleTypeError, match=why):
        every().minute.do(given)


@pytest.mark.parametrize("given", [job, print, Awaited, functools.partial(print, "x"), "x".upper])
def test_whatever_a_plain_call_runs_is_taken(every: Every, given: Any) -> None:
    assert every().minute.do(given).next_run


def test_a_chain_without_a_unit_is_not_complete(every: Every) -> None:
    with pytest.raises(ScheduleValueError) as caught:
        every(10).do(job)

    assert str(caught.value) == (
        "every(10).do(job): the unit is missing: seconds, minutes, hours, days or weeks,"
        " such as every(10).minutes.do(job)"
    )


def test_what_comes_after_do_comes_too_late(every: Every) -> None:
    done = every().day.do(job)

    for late in (lambda: done.at("10:30"), lambda: done.do(job), lambda: done.hours):
        with pytest.raises(ScheduleError, match=r"every\(1\)\.days\.do\(job\).*: do\(\) was the"):
            late()


def test_a_job_without_a_scheduler_is_not_complete() -> None:
    with pytest.raises(ScheduleError, match=r"no scheduler; begin with schedule\.every\(\)"):
        Job(2).minutes.do(job)


def test_what_is_refused_leaves_nothing_behind(scheduler: Scheduler) -> None:
    begun = scheduler.every().day
    for wrong in (lambda: begun.at("25:00"), lambda: begun.do(None), lambda: begun.hours):
        with pytest.raises(SchedulerError):
            wrong()

    assert scheduler.jobs == []
    assert repr(begun.at("10:30").do(job)) == "every(1).days.at('10:30:00').do(job)"
    assert len(scheduler.jobs) == 1


def test_one_except_catches_them_all() -> None:
    for error in (ScheduleValueError, IntervalError, ScheduleTypeError):
        assert issubclass(error, ScheduleError)
    assert issubclass(ScheduleError, SchedulerError)
    assert issubclass(ScheduleValueError, InvalidValue)
    assert issubclass(ScheduleValueError, ValueError)
    assert issubclass(ScheduleTypeError, TypeError)
