"""Every so many days, weeks, months or years, at local times of the day."""

import random
from calendar import monthrange
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue, UnknownName
from pyramid_scheduler.instants import EPOCH
from pyramid_scheduler.triggers import (
    Calendar,
    CalendarTrigger,
    declare_calendar,
    dump_trigger,
    load_trigger,
)
from tests.triggers.scene import (
    NOON,
    eval_as_written,
    fires,
    holds,
    is_a_value,
    moments,
    shown,
    utc,
)

ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Sao_Paulo",
         "Antarctica/Troll", "Africa/Casablanca", "Pacific/Apia", "America/New_York"]  # fmt: skip


# days


def test_every_day_at_several_times() -> None:
    assert shown(CalendarTrigger(at=["17:30", "9am"], timezone="Asia/Seoul"), NOON, 3) == [
        "Wed 2030-01-02 09:00", "Wed 2030-01-02 17:30", "Thu 2030-01-03 09:00"
    ]  # fmt: skip


def test_it_shows_local_time_and_compares_by_instant() -> None:
    twice = CalendarTrigger(at="2:30", timezone="Europe/Berlin", dst_overlap="both")
    first, second = fires(twice, utc(2030, 10, 26, 12), 2)
    assert first.replace(tzinfo=None) == second.replace(tzinfo=None)
    assert second - first == timedelta(hours=1)
    assert second > first


def test_every_third_day_is_counted_from_the_start() -> None:
    trigger = CalendarTrigger(days=3, at="9:00", start="2030-01-31")
    assert shown(trigger, EPOCH, 3) == [
        "Thu 2030-01-31 09:00", "Sun 2030-02-03 09:00", "Wed 2030-02-06 09:00"
    ]  # fmt: skip
    assert shown(trigger, utc(2030, 2, 4), 1) == ["Wed 2030-02-06 09:00"]


def test_without_a_start_it_counts_from_the_date_of_its_declaration_in_its_zone() -> None:
    trigger = CalendarTrigger(days=2, at="9:00", timezone="Asia/Seoul")
    evening = utc(2030, 1, 1, 16)  # the 2nd in Seoul
    counted = trigger.anchored(evening)
    assert counted == CalendarTrigger(
        days=2, at="9:00", timezone="Asia/Seoul", start=date(2030, 1, 2)
    )
    assert counted.anchored(EPOCH) == counted
    assert shown(counted, evening, 2) == ["Wed 2030-01-02 09:00", "Fri 2030-01-04 09:00"]
    assert trigger.next(evening) == counted.next(evening), "asked alone, from the day asked about"


def test_what_comes_each_day_needs_no_start() -> None:
    for said in (
        {},
        {"weeks": 1, "on": "mon"},
        {"months": 1, "on": 1},
        {"years": 1, "on": "1 may"},
    ):
        trigger = CalendarTrigger(**said)
        assert trigger.anchored(NOON) is trigger


def test_nothing_fires_before_the_start() -> None:
    assert shown(CalendarTrigger(weeks=1, on="mon", start="2030-02-05"), NOON, 1) == [
        "Mon 2030-02-11 00:00"
    ]


# weeks


def test_every_other_week_is_counted_from_the_week_of_the_start() -> None:
    # The 2nd of January 2030 is a Wednesday.
    trigger = CalendarTrigger(weeks=2, on="mon, thu", start="2030-01-02")
    assert shown(trigger, EPOCH, 4) == [
        "Thu 2030-01-03 00:00", "Mon 2030-01-14 00:00", "Thu 2030-01-17 00:00",
        "Mon 2030-01-28 00:00",
    ]  # fmt: skip


def test_without_a_day_a_week_has_that_of_the_start() -> None:
    assert shown(CalendarTrigger(weeks=1, start="2030-01-02"), NOON, 2) == [
        "Wed 2030-01-02 00:00", "Wed 2030-01-09 00:00"
    ]  # fmt: skip


# months and years


@pytest.mark.parametrize(
    ("on", "dates"),
    [
        (1, ["01-01", "02-01", "03-01"]),
        ("15th", ["01-15", "02-15", "03-15"]),
        (31, ["01-31", "02-28", "03-31", "04-30"]),
        (-1, ["01-31", "02-28", "03-31", "04-30"]),
        ("last day", ["01-31", "02-28", "03-31", "04-30"]),
        ("3rd last day", ["01-29", "02-26", "03-29"]),
        ("2nd tuesday", ["01-08", "02-12", "03-12"]),
        ("first mon", ["01-07", "02-04", "03-04"]),
        ("last friday", ["01-25", "02-22", "03-29"]),
        ("2nd last Friday", ["01-18", "02-15", "03-22"]),
        ("5th friday", ["03-29", "05-31", "08-30"]),
        ("5th business day", ["01-07", "02-07", "03-07"]),
        ("last business day", ["01-31", "02-28", "03-29"]),
        ("23rd business day", ["01-31", "05-31", "07-31"]),
        ([15, "last day"], ["01-15", "01-31", "02-15", "02-28"]),
        ("1st, 15th", ["01-01", "01-15", "02-01", "02-15"]),
    ],
)  # fmt: skip
def test_days_of_the_month(on: Any, dates: list[str]) -> None:
    trigger = CalendarTrigger(months=1, on=on, at="9:00")
    found = fires(trigger, utc(2029, 12, 31, 12), len(dates))
    assert [f"{fire:%m-%d}" for fire in found] == dates
    is_a_value(trigger)
    assert eval_as_written(repr(trigger)) == trigger


def test_a_day_that_a_month_does_not_have_may_be_skipped() -> None:
    skips = CalendarTrigger(months=1, on=31, missing="skip")
    assert [f"{fire:%m-%d}" for fire in fires(skips, NOON, 4)] == ["01-31", "03-31", "05-31",
                                                                   "07-31"]  # fmt: skip
    leap = CalendarTrigger(years=1, on="29 february", missing="skip")
    assert [fire.year for fire in fires(leap, NOON, 2)] == [2032, 2036]
    always = CalendarTrigger(years=1, on="29 february")
    assert [f"{fire:%Y-%m-%d}" for fire in fires(always, NOON, 3)] == [
        "2030-02-28", "2031-02-28", "2032-02-29"
    ]  # fmt: skip


def test_months_are_counted_from_that_of_the_start() -> None:
    quarters = CalendarTrigger(months=3, on="last day", start="2029-12-15")
    assert [f"{fire:%m-%d}" for fire in fires(quarters, NOON, 4)] == ["03-31", "06-30", "09-30",
                                                                      "12-31"]  # fmt: skip
    unsaid = CalendarTrigger(months=1, start="2030-01-31")
    assert [f"{fire:%m-%d}" for fire in fires(unsaid, NOON, 2)] == ["01-31", "02-28"]


@pytest.mark.parametrize(
    ("on", "dates"),
    [
        ("25 december", ["2030-12-25", "2031-12-25"]),
        ("Dec 25th", ["2030-12-25", "2031-12-25"]),
        ("last friday of november", ["2030-11-29", "2031-11-28"]),
        ("first day of may", ["2030-05-01", "2031-05-01"]),
        ("1 may, 3 october", ["2030-05-01", "2030-10-03", "2031-05-01"]),
        ("2nd business day of january", ["2030-01-02", "2031-01-02"]),
    ],
)  # fmt: skip
def test_days_of_the_year(on: str, dates: list[str]) -> None:
    trigger = CalendarTrigger(years=1, on=on)
    found = fires(trigger, NOON, len(dates))
    assert [f"{fire:%Y-%m-%d}" for fire in found] == dates
    is_a_value(trigger)
    assert eval_as_written(repr(trigger)) == trigger


def test_years_are_counted_from_that_of_the_start() -> None:
    trigger = CalendarTrigger(years=4, start="2028-02-29")
    assert [f"{fire:%Y-%m-%d}" for fire in fires(trigger, NOON, 2)] == ["2032-02-29", "2036-02-29"]


def test_days_of_a_calendar_are_no_business_days() -> None:
    declare_calendar("test-calendar-bridge", Calendar(ranges=[("2030-01-01", "2030-01-06")]))
    second = CalendarTrigger(months=1, on="2nd business day", calendar="test-calendar-bridge")
    assert shown(second, NOON, 2) == ["Tue 2030-01-08 00:00", "Mon 2030-02-04 00:00"]
    is_a_value(second)
    assert "without test-calendar-bridge" in second.describe()


def test_a_row_whose_calendar_nobody_declared_is_left_alone() -> None:
    trigger = CalendarTrigger(months=1, on="2nd business day", calendar="test-calendar-unknown")
    with pytest.raises(UnknownName, match="test-calendar-unknown"):
        load_trigger(dump_trigger(trigger))


def test_what_never_comes_is_given_up() -> None:
    odd_years = CalendarTrigger(years=2, on="29 february", missing="skip", start="2031-01-01")
    assert odd_years.next(NOON) is None
    never_open = Calendar(weekdays="mon-fri")
    assert CalendarTrigger(months=1, on="1st business day", calendar=never_open).next(NOON) is None
    assert CalendarTrigger(at="9:00").next(utc(9998, 1, 1)) is None


# clock changes


def test_a_time_in_a_gap_fires_at_the_first_instant_after_it_or_not() -> None:
    # On 2030-03-31 Berlin's clocks go from 02:00 to 03:00.
    at = {"at": "2:15, 2:30", "timezone": "Europe/Berlin"}
    eve = utc(2030, 3, 30, 12)
    assert shown(CalendarTrigger(**at), eve, 2) == ["Sun 2030-03-31 03:00", "Mon 2030-04-01 02:15"]
    assert shown(CalendarTrigger(**at, dst_gap="skip"), eve, 1) == ["Mon 2030-04-01 02:15"]
    both = CalendarTrigger(at="2:30, 3:00", timezone="Europe/Berlin")
    assert shown(both, eve, 2) == ["Sun 2030-03-31 03:00", "Mon 2030-04-01 02:30"]


def test_a_time_in_an_overlap_fires_in_the_pass_that_is_asked_for() -> None:
    # On 2030-10-27 Berlin's clocks go from 03:00 back to 02:00.
    eve = utc(2030, 10, 26, 12)
    for overlap, hours in (("first", [0]), ("second", [1]), ("both", [0, 1])):
        trigger = CalendarTrigger(at="2:30", timezone="Europe/Berlin", dst_overlap=overlap)  # type: ignore[arg-type]
        found = fires(trigger, eve, len(hours))
        assert [fire.astimezone(UTC).hour for fire in found] == hours
        assert trigger.next(utc(2030, 10, 27, 2)) == utc(2030, 10, 28, 1, 30)


def test_nothing_is_made_up_for_a_lost_day() -> None:
    # Samoa had no 2011-12-30.
    trigger = CalendarTrigger(at="9:00", timezone="Pacific/Apia")
    assert shown(trigger, utc(2011, 12, 29), 3) == [
        "Thu 2011-12-29 09:00", "Sat 2011-12-31 09:00", "Sun 2012-01-01 09:00"
    ]  # fmt: skip


def test_a_clock_put_back_over_midnight_shows_the_evening_after_the_morning() -> None:
    # On 2006-10-29 the clocks of St. John's went from 00:01 back to 23:01 of the 28th.
    trigger = CalendarTrigger(at="0:00, 23:30", timezone="America/St_Johns", dst_overlap="second")
    found = fires(trigger, utc(2006, 10, 28, 12), 3)
    assert [f"{fire:%d %H:%M %z}" for fire in found] == [
        "28 23:30 -0330", "29 00:00 -0330", "29 23:30 -0330"
    ]  # fmt: skip
    both = CalendarTrigger(at="0:00, 23:30", timezone="America/St_Johns", dst_overlap="both")
    assert [f"{fire:%d %H:%M %z}" for fire in fires(both, utc(2006, 10, 28, 12), 5)] == [
        "28 23:30 -0230", "29 00:00 -0230", "28 23:30 -0330", "29 00:00 -0330", "29 23:30 -0330"
    ]  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(
    after=moments,
    at=st.lists(st.times(), min_size=1, max_size=3),
    zone=st.sampled_from(ZONES),
    gap=st.sampled_from(["shift", "skip"]),
    overlap=st.sampled_from(["first", "second", "both"]),
    days=st.integers(1, 40),
)
def test_it_fires_when_the_clock_shows_the_time(
    after: datetime, at: list[time], zone: str, gap: Any, overlap: Any, days: int
) -> None:
    trigger = CalendarTrigger(
        days=days, at=at, timezone=zone, dst_gap=gap, dst_overlap=overlap, start="2000-01-01"
    )
    fire = holds(trigger, after)
    assert fire is not None
    local = fire.astimezone(ZoneInfo(zone))
    before = (fire - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    jumped = local.utcoffset() != before.utcoffset()
    assert local.time() in at or (gap == "shift" and jumped)
    assert (local.date() - date(2000, 1, 1)).days % days == 0 or jumped
    is_a_value(trigger)


@settings(deadline=None, max_examples=150)
@given(
    after=moments,
    on=st.lists(st.integers(-31, 31).filter(bool), min_size=1, max_size=3),
    months=st.integers(1, 14),
    missing=st.sampled_from(["last", "skip"]),
)
def test_days_of_the_month_are_those_a_calendar_has(
    after: datetime, on: list[int], months: int, missing: Any
) -> None:
    trigger = CalendarTrigger(months=months, on=on, missing=missing, start="1960-01-01")

    def falls(day: date) -> bool:
        length = monthrange(day.year, day.month)[1]
        meant = {min(n, length) if missing == "last" else n for n in on}
        in_step = ((day.year - 1960) * 12 + day.month - 1) % months == 0
        return in_step and bool(meant & {day.day, day.day - length - 1})

    fire = holds(trigger, after)
    day = after.date() + timedelta(days=1)
    while not falls(day) and (day - after.date()).days < 3000:
        day += timedelta(days=1)
    if falls(day):
        assert fire is not None
        assert fire.date() == day


# what it remembers


def asked_once(trigger: CalendarTrigger, after: datetime) -> datetime | None:
    """What a trigger says that was never asked before."""
    return CalendarTrigger.from_json(trigger.as_json()).next(after)


@pytest.mark.parametrize("overlap", ["first", "second", "both"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Apia"])
@pytest.mark.parametrize(
    "said",
    [
        {"days": 1, "at": "0:00, 2:30, 23:30"},
        {"days": 3, "start": "2005-01-01"},
        {"weeks": 2, "on": "sat, sun", "at": "2:30", "start": "2005-01-01"},
        {"months": 1, "on": ["last sunday", "2nd sunday", 31], "at": "0:01, 2:00"},
        {"months": 1, "on": "last business day", "at": "9:00"},
        {"years": 1, "on": "29 february", "missing": "skip"},
    ],
    ids=str,
)
def test_what_it_remembers_changes_no_answer(said: Any, zone: str, overlap: Any) -> None:
    trigger = CalendarTrigger(**said, timezone=zone, dst_overlap=overlap)
    draw = random.Random(f"{said} {zone}")
    after = utc(2006, 1, 1) + timedelta(days=draw.randrange(2_000))
    for fire in fires(trigger, after, 400):
        assert fire == asked_once(trigger, after)
        after = fire
        other = fire + timedelta(hours=draw.randrange(-2_000, 200))
        if draw.random() < 0.1:
            assert trigger.next(other) == asked_once(trigger, other)


def test_a_calendar_that_is_declared_anew_counts_at_once() -> None:
    declare_calendar("test-calendar-anew", Calendar(dates=["2030-02-01"]))
    first = CalendarTrigger(months=1, on="1st business day", calendar="test-calendar-anew")
    assert shown(first, NOON, 3)[0] == "Mon 2030-02-04 00:00"
    declare_calendar("test-calendar-anew", Calendar(dates=["2030-03-01"]))
    assert shown(first, NOON, 2) == ["Fri 2030-02-01 00:00", "Mon 2030-03-04 00:00"]


def test_asked_alone_it_counts_from_each_day_asked_about() -> None:
    trigger = CalendarTrigger(days=2)
    assert [f"{fire:%m-%d}" for fire in fires(trigger, NOON, 3)] == ["01-03", "01-05", "01-07"]
    assert trigger.next(utc(2030, 1, 2, 12)) == utc(2030, 1, 4)


def test_threads_that_ask_at_the_same_time_all_get_their_own_answer() -> None:
    trigger = CalendarTrigger(weeks=1, on="mon-fri", at="2:30, 9:00", timezone="Europe/Berlin")
    begins = [utc(2030, 1, 1) + timedelta(days=70 * number) for number in range(8)]
    alone = [fires(CalendarTrigger.from_json(trigger.as_json()), begin, 300) for begin in begins]
    with ThreadPoolExecutor(len(begins)) as threads:
        assert [*threads.map(lambda begin: fires(trigger, begin, 300), begins)] == alone


# what may not be said


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"days": 1, "weeks": 1}, "it has days= and weeks=: say one"),
        ({"days": 0}, "days: 0 is not a whole number from 1"),
        ({"months": -1}, "months: -1 is not"),
        ({"weeks": 1.5}, "weeks: 1.5 is not"),
        ({"years": True}, "years: True is not"),
        ({"days": 1_001}, "is not a whole number from 1 to 1,000"),
        ({"at": "24:00"}, "at: '24:00' is not a time of day"),
        ({"at": "9"}, "at: '9' is not"),
        ({"at": []}, "there is no time of day in"),
        ({"at": None}, "at: None is not"),
        ({"at": "9:00," * 2_000}, "has more than 1,440 parts"),
        ({"at": NOON}, "is not a time of day"),
        ({"timezone": "Europe/berlin"}, "did you mean 'Europe/Berlin'"),
        ({"timezone": None}, "timezone: None is not"),
        ({"start": "2030-02-30"}, "start: '2030-02-30' is not a date"),
        ({"start": NOON}, "is not a date"),
        ({"start": "20300131"}, "is not a date"),
        ({"on": "mon"}, "needs weeks=1, months=1 or years=1"),
        ({"days": 2, "on": "mon"}, "needs weeks=1"),
        ({"weeks": 1, "on": "moonday"}, "did you mean 'monday'"),
        ({"weeks": 1, "on": 1}, "are not days of the week"),
        ({"months": 1, "on": 0}, "never comes"),
        ({"months": 1, "on": 32}, "never comes"),
        ({"months": 1, "on": -32}, "never comes"),
        ({"months": 1, "on": True}, "is not a day of a month"),
        ({"months": 1, "on": "6th friday"}, "never comes"),
        ({"months": 1, "on": "24th business day"}, "never comes"),
        ({"months": 1, "on": "2th"}, "is not a day of a month"),
        ({"months": 1, "on": "last last friday"}, "is not a day of a month"),
        ({"months": 1, "on": "last"}, "is not a day of a month"),
        ({"months": 1, "on": "last fryday"}, "did you mean 'last friday'"),
        ({"months": 1, "on": "last friday of november"}, "names one month of the year"),
        ({"months": 1, "on": ""}, "is not a day of a month"),
        ({"months": 1, "on": "9" * 100_000}, "is not a day of a month"),
        ({"months": 1, "on": "\uff11"}, "is not a day of a month"),
        ({"months": 1, "on": {"day": 1}}, "is not a day of a month"),
        ({"years": 1, "on": "last friday"}, "names no month"),
        ({"years": 1, "on": "30 february"}, "never comes"),
        ({"years": 1, "on": "31st of april"}, "never comes"),
        ({"missing": "maybe"}, "missing: 'maybe' is not one of last, skip"),
        ({"missing": "skip"}, "are for days of months and years"),
        ({"calendar": "kr"}, "are for days of months and years"),
        ({"months": 1, "on": 1, "calendar": "kr"}, r"say .excluding\(calendar\)"),
        ({"months": 1, "on": "1st business day", "calendar": 5}, "neither a Calendar nor"),
        ({"dst_gap": "move"}, "dst_gap: 'move' is not one of shift, skip"),
        ({"dst_overlap": "third"}, "dst_overlap: 'third' is not one of first, second, both"),
    ],
    ids=lambda said: repr(said)[:60],
)
def test_what_may_not_be_said_is_one_clear_error(said: Any, message: str) -> None:
    with pytest.raises(InvalidValue, match=message) as caught:
        CalendarTrigger(**said)
    assert str(caught.value).startswith("calendar: ")
    assert len(str(caught.value)) < 700


@settings(deadline=None)
@given(on=st.text(max_size=30), unit=st.sampled_from(["weeks", "months", "years"]))
def test_no_text_raises_anything_else(on: str, unit: str) -> None:
    with suppress(InvalidValue):
        CalendarTrigger(**{unit: 1}, on=on)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "every day at 00:00"),
        ({"days": 3, "at": "9am, 17:30:15", "timezone": "Asia/Seoul"},
         "every 3 days at 09:00 and 17:30:15 Asia/Seoul"),
        ({"weeks": 1, "on": "mon-fri", "at": "9:00"}, "every Monday to Friday at 09:00"),
        ({"weeks": 2, "on": "mon", "start": "2030-01-01"},
         "every 2 weeks on Monday at 00:00, from 2030-01-01 on"),
        ({"months": 1, "on": ["last friday", 15]},
         "every month on the last Friday and 15th at 00:00"),
        ({"years": 1, "on": "25 december"}, "every year on the 25th of December at 00:00"),
        ({"at": [f"{hour}:00" for hour in range(24)]}, "every day, 24 times from 00:00 on"),
    ],
)  # fmt: skip
def test_it_is_said_in_words(said: Any, words: str) -> None:
    trigger = CalendarTrigger(**said)
    assert trigger.describe() == words
    assert eval_as_written(repr(trigger)) == trigger
    is_a_value(trigger)
