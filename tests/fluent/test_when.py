"""What a chain says about when, as a trigger of the engine."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pyramid_scheduler import every
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.fluent import Every
from pyramid_scheduler.model import Definition, Trigger
from pyramid_scheduler.triggers import (
    CalendarTrigger,
    CronTrigger,
    IntervalTrigger,
    IrregularTrigger,
)
from tests.config.scene import configurator, only_schedule

Say = Callable[[Callable[..., Every]], Every]

BERLIN = {"scheduler.timezone": "Europe/Berlin"}


def job() -> None:
    """A task."""


# A schedule gives its name to a trigger that depends on one.
NAME = f"{__name__}.job"
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def definition(say: Say, settings: dict[str, str]) -> Definition:
    """What the application declares of a chain that is said while it is configured."""
    config = configurator(settings=settings)
    say(every).do(job)
    return only_schedule(config)


@pytest.mark.parametrize(
    ("say", "trigger"),
    [
        (lambda every: every().second, IntervalTrigger(1)),
        (lambda every: every(0.5).seconds, IntervalTrigger(0.5)),
        (lambda every: every(10).minutes, IntervalTrigger("10m")),
        (lambda every: every(3).hours, IntervalTrigger("3h")),
        (lambda every: every().day, IntervalTrigger("1d")),
        (lambda every: every(2).weeks, IntervalTrigger("2w")),
        (
            lambda every: every(10).to(15).seconds,
            IrregularTrigger(10, 15, SECOND, NAME),
        ),
        (lambda every: every(5).to(9).days, IrregularTrigger(5, 9, DAY, NAME)),
        (
            lambda every: every().day.at("10:30"),
            CalendarTrigger(days=1, at="10:30", timezone="Europe/Berlin"),
        ),
        (
            lambda every: every(3).days.at("18:00:30", "Asia/Seoul"),
            CalendarTrigger(days=3, at="18:00:30", timezone="Asia/Seoul"),
        ),
        (
            lambda every: every().monday.at("13:15", ZoneInfo("Europe/London")),
            CalendarTrigger(weeks=1, on="mon", at="13:15", timezone="Europe/London"),
        ),
        (
            lambda every: every().sunday,
            CalendarTrigger(weeks=1, on="sun", at="00:00", timezone="Europe/Berlin"),
        ),
        (
            lambda every: every().hour.at("30:05"),
            CronTrigger("5 30 * * * *", timezone="Europe/Berlin"),
        ),
        (
            lambda every: every(4).hours.at(":05"),
            IntervalTrigger("4h", datetime(1999, 12, 31, 23, 5, tzinfo=UTC)),
        ),
        (
            lambda every: every().minute.at(":17"),
            IntervalTrigger("1m", datetime(1999, 12, 31, 23, 0, 17, tzinfo=UTC)),
        ),
    ],
)
def test_a_chain_says_a_trigger(say: Say, trigger: Trigger) -> None:
    assert definition(say, BERLIN).trigger.named("") == trigger.named("")


def test_the_zone_of_at_is_that_of_the_schedule() -> None:
    said = definition(lambda every: every().day.at("10:30", "Asia/Seoul"), BERLIN)
    assert said.timezone == "Asia/Seoul"
    assert definition(lambda every: every().day.at("10:30"), BERLIN).timezone == "Europe/Berlin"


def test_the_ini_file_may_say_another_zone() -> None:
    name = f"{__name__}.job"
    settings = {f"scheduler.schedule.{name}.timezone": "Asia/Seoul"}
    said = definition(lambda every: every().day.at("10:30"), settings)
    assert said.trigger == CalendarTrigger(days=1, at="10:30", timezone="Asia/Seoul")


@pytest.mark.parametrize(
    ("end", "instant"),
    [
        ("2030-01-01", datetime(2029, 12, 31, 23, tzinfo=UTC)),
        ("2030-07-01 12:30", datetime(2030, 7, 1, 10, 30, tzinfo=UTC)),
        ("2030-07-01 12:30:15", datetime(2030, 7, 1, 10, 30, 15, tzinfo=UTC)),
        (datetime.fromisoformat("2030-07-01T12:00"), datetime(2030, 7, 1, 10, tzinfo=UTC)),
        (datetime(2030, 7, 1, 12, tzinfo=UTC), datetime(2030, 7, 1, 12, tzinfo=UTC)),
        ("1999-01-01", datetime(1998, 12, 31, 23, tzinfo=UTC)),
    ],
)
def test_an_end_is_read_in_the_zone_of_the_schedule(end: Any, instant: datetime) -> None:
    assert definition(lambda every: every().hour.until(end), BERLIN).end == instant


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (lambda every: every(0).seconds, "interval: 0 s is not between 0.1 s and 365000 days"),
        (lambda every: every(-5).minutes, "is not between 0.1 s and 365000 days"),
        (lambda every: every(0.01).seconds, "is not between 0.1 s and 365000 days"),
        (lambda every: every(math.nan).seconds, "the interval is a number above 0"),
        (lambda every: every(math.inf).days, "the interval is a number above 0"),
        (lambda every: every("5").seconds, "the interval is a number above 0"),
        (lambda every: every(None).seconds, "the interval is a number above 0"),
        (lambda every: every(10**5000).seconds, "the interval is a number above 0"),
        (lambda every: every(1.5).days.at("10:30"), "1.5 is not a whole number"),
        (lambda every: every(1.5).to(3).hours, "1.5 is not a whole number"),
        (lambda every: every(5).to(3).hours, "most: 3 is not a whole number from 5 to"),
        (lambda every: every(5).to("9").seconds.at(":1"), "Invalid unit"),
        (lambda every: every().to(3).days.at("10:30"), r"to\(\) is for elapsed time"),
        (lambda every: every().monday.to(3), r"to\(\) is for elapsed time"),
        (lambda every: every(), "the unit is missing: seconds, minutes, hours, days, weeks"),
        (lambda every: every(2).day, "Use days instead of day"),
        (lambda every: every(2).friday, "only allowed for weekly jobs"),
        (lambda every: every().day.at("25:00"), "25 is not between 0 and 23"),
        (lambda every: every().day.at("10:30", "Europe/Lodnon"), "did you mean 'Europe/London'"),
        (lambda every: every().day.at("10:30", UTC), "has no name: give a zone that has"),
        (lambda every: every().day.until("12:30"), "'12:30' is neither a datetime"),
        (lambda every: every().day.until("2030-02-30"), "'2030-02-30' is neither a datetime"),
        (lambda every: every().day.until(timedelta(days=3)), "is neither a datetime nor a text"),
        (lambda every: every().day.until(None), "None is neither a datetime"),
        (lambda every: every().day.named("a b"), r"named\(\): 'a b' is not an id"),
        (lambda every: every().day.tag([]), "Tags must be hashable"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once_in_a_sentence(say: Any, why: str) -> None:
    configurator()
    with pytest.raises(InvalidValue, match=why) as caught:
        say(every).do(job)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("given", [None, 5, "job"])
def test_a_job_can_be_called(given: Any) -> None:
    with pytest.raises(InvalidValue, match="is not callable"):
        every().minute.do(given)


def test_a_coroutine_is_refused() -> None:
    async def stream() -> None: ...

    with pytest.raises(InvalidValue, match="no executor here awaits one"):
        every().minute.do(stream)
