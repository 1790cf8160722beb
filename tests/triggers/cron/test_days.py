"""On which days: the rules of a month, and how the two day fields go together."""

import calendar
import random
from datetime import date, timedelta

import pytest

from pyramid_scheduler.triggers import CronTrigger
from tests.triggers.cron.scene import at, days


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("0 0 L * *", ["2028-01-31", "2028-02-29", "2028-03-31"]),
        ("0 0 L-2 * *", ["2028-01-29", "2028-02-27", "2028-03-29"]),
        ("0 0 L-30 * *", ["2028-03-01", "2028-05-01", "2028-07-01"]),
        ("0 0 LW * *", ["2028-01-31", "2028-02-29", "2028-03-31"]),
        ("0 0 LW 4,9 *", ["2028-04-28", "2028-09-29", "2029-04-30"]),  # 30 April 2028: a Sunday
        ("0 0 15W * *", ["2028-01-14", "2028-02-15", "2028-03-15"]),  # 15 January 2028: a Saturday
        ("0 0 1W 1,10 *", ["2028-01-03", "2028-10-02", "2029-01-01"]),  # Saturday, then Sunday
        ("0 0 31W * *", ["2028-01-31", "2028-03-31", "2028-05-31"]),  # short months are left out
        ("0 0 30W 4 *", ["2028-04-28", "2029-04-30", "2030-04-30"]),  # a Sunday at the end
        ("0 0 * * 5L", ["2028-01-28", "2028-02-25", "2028-03-31"]),
        ("0 0 * * FRIL", ["2028-01-28", "2028-02-25", "2028-03-31"]),
        ("0 0 * * 7L", ["2028-01-30", "2028-02-27", "2028-03-26"]),
        ("0 0 * * 5#2", ["2028-01-14", "2028-02-11", "2028-03-10"]),
        ("0 0 * * Tue#5", ["2028-02-29", "2028-05-30", "2028-08-29"]),
        ("0 0 * * 0#1", ["2028-01-02", "2028-02-06", "2028-03-05"]),
        ("0 0 1,L,15W * *", ["2028-01-14", "2028-01-31", "2028-02-01"]),
        ("0 0 * * 1#1,3L", ["2028-01-03", "2028-01-26", "2028-02-07"]),
    ],
)
def test_the_rules_of_a_month(expression: str, fires: list[str]) -> None:
    assert days(expression, "2028-01-01", 3) == fires


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("0 0 13 * 5", ["2030-01-04", "2030-01-11", "2030-01-13"]),  # either
        ("0 0 */2 * 1", ["2030-01-03", "2030-01-05", "2030-01-07"]),  # either: */2 is not free
        ("0 0 1-31 * 1", ["2030-01-02", "2030-01-03", "2030-01-04"]),  # either: every day
        ("0 0 13 * *", ["2030-01-13", "2030-02-13", "2030-03-13"]),
        ("0 0 13 * ?", ["2030-01-13", "2030-02-13", "2030-03-13"]),
        ("0 0 * * 5", ["2030-01-04", "2030-01-11", "2030-01-18"]),
        ("0 0 ? * 5", ["2030-01-04", "2030-01-11", "2030-01-18"]),
        ("0 0 ? * ?", ["2030-01-02", "2030-01-03", "2030-01-04"]),
        ("0 0 L * 1#1", ["2030-01-07", "2030-01-31", "2030-02-04"]),
    ],
)
def test_two_day_fields_that_both_say_something_are_joined_by_or(
    expression: str, fires: list[str]
) -> None:
    assert days(expression, "2030-01-01", 3) == fires


def test_leap_days_are_those_of_the_calendar() -> None:
    fires = days("0 0 29 2 *", "1970-01-01", 99)
    assert fires == [f"{year}-02-29" for year in range(1970, 2100) if calendar.isleap(year)]


def test_a_workday_nearby_is_the_nearest_by_trying_all() -> None:
    """An oracle by definition: of the month's workdays, the one with the least distance."""
    chosen = random.Random(15)
    for _ in range(300):
        year, month = chosen.randint(1970, 2099), chosen.randint(1, 12)
        length = calendar.monthrange(year, month)[1]
        day = chosen.randint(1, length)
        meant = date(year, month, day)
        workdays = [
            one for one in (date(year, month, n) for n in range(1, length + 1)) if one.weekday() < 5
        ]
        nearest = min(workdays, key=lambda one: abs(one - meant))
        start = at(str(date(year, month, 1) - timedelta(days=1)))
        fire = CronTrigger(f"0 0 0 {day}W {month} ? {year}").next(start)
        assert fire is not None
        assert fire.date() == nearest
