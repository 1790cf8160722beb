"""Sets of days, by name."""

import random
import subprocess
import sys
import threading
from datetime import date, timedelta
from typing import Any

import holidays as package
import pytest

from pyramid_scheduler.errors import InvalidValue, UnknownName
from pyramid_scheduler.triggers import Calendar, declare_calendar
from pyramid_scheduler.triggers.calendars import find_calendar, is_business_day
from pyramid_scheduler.triggers.holidays import Holidays
from tests.triggers.scene import eval_as_written

NEW_YEAR, LUNAR_NEW_YEAR = date(2030, 1, 1), date(2030, 2, 3)


def test_a_calendar_has_dates_ranges_and_days_of_the_week() -> None:
    days = Calendar(dates=["2030-01-01"], ranges=[("2030-02-01", "2030-02-03")], weekdays="sun")
    assert date(2030, 1, 1) in days
    assert date(2030, 1, 2) not in days
    assert all(date(2030, 2, day) in days for day in (1, 2, 3))
    assert date(2030, 2, 4) not in days
    assert date(2030, 1, 6) in days


def test_ranges_may_overlap() -> None:
    chosen = random.Random(3)
    first = date(2030, 1, 1)
    starts = [first + timedelta(days=chosen.randrange(3000)) for _ in range(100)]
    ranges = [(day, day + timedelta(days=chosen.randrange(40))) for day in starts]
    days = Calendar(ranges=ranges[:50]) | Calendar(ranges=ranges[50:])
    for number in range(-1, 3050):
        day = first + timedelta(days=number)
        assert (day in days) == any(begin <= day <= end for begin, end in ranges)
    assert days == Calendar(ranges=ranges)
    assert len(days.ranges) < len(ranges)


def test_a_country_has_holidays_with_names_in_its_own_language_or_another() -> None:
    korean, english = Calendar(country="KR"), Calendar(country="KR", language="en_US")
    assert LUNAR_NEW_YEAR in korean
    assert korean.name_of(LUNAR_NEW_YEAR) == "설날"
    assert english.name_of(LUNAR_NEW_YEAR) == "Korean New Year"
    assert korean.name_of(date(2030, 1, 2)) is None
    assert korean == Calendar(country="KR", language="ko")


def test_a_part_of_a_country_has_more() -> None:
    epiphany = date(2030, 1, 6)
    assert epiphany not in Calendar(country="DE")
    assert epiphany in Calendar(country="DE", subdivision="BW")


@pytest.mark.parametrize("country", ["KR", "US", "DE", "IN", "SA"])
@pytest.mark.filterwarnings("ignore:Requested Holidays:UserWarning")
def test_the_days_are_those_of_the_package(country: str) -> None:
    calendar = Calendar(country=country)
    for year in (2024, 2030, 2040):
        known = package.country_holidays(country, years=year)
        assert all(day in calendar for day in known if day.year == year)
        assert sum(date(year, month, 1) in calendar for month in range(1, 13)) == sum(
            date(year, month, 1) in known for month in range(1, 13)
        )


def test_many_threads_ask_for_one_year_at_once() -> None:
    korean, found = Calendar(country="KR"), []
    ready = threading.Barrier(8)

    def ask() -> None:
        ready.wait()
        found.append(all(date(2051, month, 1) in korean for month in (1, 3)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8


def test_the_package_is_loaded_by_who_needs_it_only() -> None:
    program = (
        "import sys, pyramid_scheduler.triggers;"
        "assert not {'holidays', 'dateutil'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_two_calendars_are_joined() -> None:
    both = Calendar(country="KR") | Calendar(dates=["2030-05-02"]) | Calendar(country="DE")
    assert LUNAR_NEW_YEAR in both
    assert date(2030, 5, 2) in both
    assert date(2030, 10, 3) in both
    assert Calendar(weekdays="sat") | Calendar(weekdays="sun") == Calendar(weekdays="sat,sun")
    assert eval_as_written(repr(both)) == both
    assert repr(Calendar(country="DE", subdivision="BW", language="en_US")) == (
        "Calendar(country='DE', subdivision='BW', language='en_US')"
    )
    assert repr(Calendar()) == "Calendar()"


def test_a_business_day_is_from_monday_to_friday_and_not_in_the_calendar() -> None:
    closed = Calendar(dates=["2030-01-02"])
    week = [date(2030, 1, day) for day in range(1, 8)]
    assert [day.day for day in week if is_business_day(day, closed)] == [1, 3, 4, 7]
    assert is_business_day(date(2030, 1, 2), None)


def test_a_name_is_one_calendar_the_last_declared(caplog: pytest.LogCaptureFixture) -> None:
    spring = Calendar(dates=["2030-03-01"])
    declare_calendar("test-calendars-spring", spring)
    declare_calendar("test-calendars-spring", Calendar(dates=["2030-03-01"]))
    assert find_calendar("test-calendars-spring") == spring
    assert not caplog.text
    declare_calendar("test-calendars-spring", Calendar())
    assert find_calendar("test-calendars-spring") == Calendar()
    assert "is another one from now on" in caplog.text
    with pytest.raises(UnknownName, match="did you mean 'test-calendars-spring'"):
        find_calendar("test-calendars-sprang")


@pytest.mark.parametrize("name", ["", "a b", "9", None, 5, "x" * 201, "\0"])
def test_what_is_no_name_is_one_clear_error(name: Any) -> None:
    with pytest.raises(InvalidValue, match=r"calendar: .* is not a name"):
        declare_calendar(name, Calendar())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"dates": "2030-01-01"}, "dates: '2030-01-01' is not a list"),
        ({"dates": ["2030-02-30"]}, "is not a date"),
        ({"dates": [5]}, "5 is not a date"),
        ({"dates": 5}, "is not a list"),
        ({"ranges": ["2030-01-01"]}, "is not a pair"),
        ({"ranges": [("2030-01-02", "2030-01-01")]}, "2030-01-01 is before 2030-01-02"),
        ({"weekdays": "someday"}, "is not a day of the week"),
        ({"country": "XX"}, "country: 'XX' is not one that is known"),
        ({"country": "kr"}, "did you mean 'KR'|is not one that is known"),
        ({"country": 5}, "country: 5 is not"),
        ({"country": "DE", "subdivision": "XX"}, "subdivision: 'XX' is not"),
        ({"country": "KR", "language": "xx"}, "language: 'xx' is not"),
        ({"subdivision": "BW"}, "are those of a country"),
    ],
    ids=repr,
)
def test_what_is_no_calendar_is_one_clear_error(said: Any, message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        Calendar(**said)


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(InvalidValue, match=r"pip install 'pyramid-scheduler\[calendars\]'"):
        Holidays("KR")
