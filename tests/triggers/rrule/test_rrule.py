"""Recurrence rules of RFC 5545: its examples, dateutil as an oracle, and all that it forbids."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import EPOCH
from pyramid_scheduler.triggers import RRuleTrigger
from tests.triggers.scene import NOON, eval_as_written, fires, holds, is_a_value, moments, utc

NEW_YORK = "America/New_York"


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[misc,arg-type]  # noqa: DTZ001


NINE = wall(1997, 9, 2, 9)  # a Tuesday: the start of most examples in RFC 5545, 3.8.5.3


def rule(text: str, dtstart: Any = NINE, timezone: str = NEW_YORK, **more: Any) -> RRuleTrigger:
    return RRuleTrigger(text, dtstart=dtstart, timezone=timezone, **more)


def days(text: str, count: int, dtstart: Any = NINE, **more: Any) -> str:
    """The first fire times as ``YY-MM-DD``; each is at nine."""
    found = fires(rule(text, dtstart, **more), EPOCH, count)
    assert all(fire.hour == 9 and not fire.minute for fire in found)
    return " ".join(f"{fire:%y-%m-%d}" for fire in found)


# The examples of RFC 5545, 3.8.5.3, in its order.


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("FREQ=DAILY;INTERVAL=10;COUNT=5", "97-09-02 97-09-12 97-09-22 97-10-02 97-10-12"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", "97-09-02 97-09-16 97-09-30 97-10-14 97-10-28"),
        ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
         "97-09-02 97-09-04 97-09-09 97-09-11 97-09-16 97-09-18 97-09-23 97-09-25 97-09-30"
         " 97-10-02"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
         "97-09-02 97-09-04 97-09-16 97-09-18 97-09-30 97-10-02 97-10-14 97-10-16"),
        ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
         "97-09-22 97-10-20 97-11-17 97-12-22 98-01-19 98-02-16"),
        ("FREQ=MONTHLY;BYMONTHDAY=-3", "97-09-28 97-10-29 97-11-28 97-12-29 98-01-29 98-02-26"),
        ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
         "97-09-02 97-09-15 97-10-02 97-10-15 97-11-02 97-11-15 97-12-02 97-12-15 98-01-02"
         " 98-01-15"),
        ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
         "97-09-30 97-10-01 97-10-31 97-11-01 97-11-30 97-12-01 97-12-31 98-01-01 98-01-31"
         " 98-02-01"),
        ("FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
         "97-09-10 97-09-11 97-09-12 97-09-13 97-09-14 97-09-15 99-03-10 99-03-11 99-03-12"
         " 99-03-13"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "97-09-02 97-09-09 97-09-16 97-09-23 97-09-30"
         " 97-11-04"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "98-02-13 98-03-13 98-11-13 99-08-13 00-10-13"),
        ("FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "97-09-13 97-10-11 97-11-08"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "97-09-04 97-10-07 97-11-06"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "97-09-29 97-10-30 97-11-27 97-12-30"),
        ("FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
         "00-01-01 00-04-09 00-07-18 03-01-01 03-04-10 03-07-19 06-01-01 06-04-10 06-07-19"
         " 09-01-01"),
        ("FREQ=YEARLY;BYDAY=20MO", "98-05-18 99-05-17 00-05-15"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "98-05-11 99-05-17 00-05-15"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "98-03-05 98-03-12 98-03-19 98-03-26 99-03-04"),
        ("FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "98-06-04 98-06-11 98-06-18"),
        ("FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
         "98-06-02 98-07-02 99-06-02 99-07-02 00-06-02 00-07-02 01-06-02 01-07-02 02-06-02"
         " 02-07-02"),
    ],
)  # fmt: skip
def test_examples_of_the_rfc(text: str, dates: str) -> None:
    count = len(dates.split()) + ("COUNT" in text)
    assert days(text, count) == dates
    trigger = rule(text)
    is_a_value(trigger)
    assert eval_as_written(repr(trigger)) == trigger


def test_election_days_in_the_united_states() -> None:
    text = "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8"
    assert days(text, 3, wall(1996, 11, 5, 9)) == "96-11-05 00-11-07 04-11-02"


def test_until_is_inclusive() -> None:
    daily = fires(rule("FREQ=DAILY;UNTIL=19971224T000000Z"), EPOCH, 999)
    assert len(daily) == 113
    assert daily[-1] == utc(1997, 12, 23, 14)
    to_the_instant = fires(rule("FREQ=DAILY;UNTIL=19970904T130000Z"), EPOCH, 9)
    assert len(to_the_instant) == 3
    every_day_in_january = "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA"
    assert len(fires(rule(every_day_in_january, wall(1998, 1, 1, 9)), EPOCH, 999)) == 93


def test_a_week_begins_where_wkst_says() -> None:
    text = "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={}"
    tuesday = wall(1997, 8, 5, 9)
    assert days(text.format("MO"), 9, tuesday) == "97-08-05 97-08-10 97-08-19 97-08-24"
    assert days(text.format("SU"), 9, tuesday) == "97-08-05 97-08-17 97-08-19 97-08-31"


def test_a_day_that_a_month_does_not_have_is_left_out() -> None:
    text = "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5"
    assert days(text, 9, wall(2007, 1, 15, 9)) == "07-01-15 07-01-30 07-02-15 07-03-15 07-03-30"


@pytest.mark.parametrize(
    ("text", "times"),
    [
        # RFC 5545 prints 15:00 too, as if its UNTIL were local; 17:00 UTC is 13:00 in New York.
        ("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", "02 09:00, 02 12:00"),
        ("FREQ=MINUTELY;INTERVAL=15;COUNT=6",
         "02 09:00, 02 09:15, 02 09:30, 02 09:45, 02 10:00, 02 10:15"),
        ("FREQ=MINUTELY;INTERVAL=90;COUNT=4", "02 09:00, 02 10:30, 02 12:00, 02 13:30"),
        ("FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,40;COUNT=5",
         "02 09:00, 02 09:40, 02 10:00, 02 10:40, 03 09:00"),
        ("FREQ=MINUTELY;INTERVAL=20;BYHOUR=16,9;COUNT=7",
         "02 09:00, 02 09:20, 02 09:40, 02 16:00, 02 16:20, 02 16:40, 03 09:00"),
        ("FREQ=HOURLY;BYMINUTE=0,20,40;BYSETPOS=-1,1;COUNT=3", "02 09:00, 02 09:40, 02 10:00"),
        ("FREQ=DAILY;BYHOUR=9,12,15;BYSETPOS=-1;COUNT=2", "02 15:00, 03 15:00"),
        ("FREQ=SECONDLY;INTERVAL=3600;BYDAY=WE;COUNT=2", "03 00:00, 03 01:00"),
        ("FREQ=HOURLY;BYYEARDAY=247;COUNT=2", "04 00:00, 04 01:00"),
    ],
)  # fmt: skip
def test_hours_minutes_and_seconds(text: str, times: str) -> None:
    assert ", ".join(f"{fire:%d %H:%M}" for fire in fires(rule(text), EPOCH, 9)) == times


def test_what_the_rule_does_not_say_is_taken_from_the_start() -> None:
    assert days("FREQ=YEARLY", 3) == "97-09-02 98-09-02 99-09-02"
    assert days("FREQ=MONTHLY", 3) == "97-09-02 97-10-02 97-11-02"
    assert days("FREQ=WEEKLY", 3) == "97-09-02 97-09-09 97-09-16"
    assert days("FREQ=YEARLY;BYMONTH=1", 2) == "98-01-02 99-01-02"
    assert days("FREQ=YEARLY;BYWEEKNO=20", 2) == "98-05-12 99-05-18", "a Tuesday, too"
    assert fires(rule("FREQ=MINUTELY", wall(1997, 9, 2, 9, 0, 7)), EPOCH, 1)[0].second == 7


def test_a_leap_second_is_the_59th() -> None:
    trigger = rule("FREQ=MINUTELY;BYSECOND=59,60;COUNT=2")
    assert [fire.second for fire in fires(trigger, EPOCH, 9)] == [59, 59]


# local time


def test_a_time_in_a_gap_is_read_with_the_offset_before() -> None:
    # On 2030-03-10 New York's clocks go from 02:00 to 03:00.
    daily = rule("FREQ=DAILY", wall(2030, 3, 9, 2, 30))
    assert [f"{fire:%d %H:%M %z}" for fire in fires(daily, EPOCH, 3)] == [
        "09 02:30 -0500", "10 03:30 -0400", "11 02:30 -0400"
    ]  # fmt: skip


def test_a_time_in_a_gap_may_come_after_later_ones() -> None:
    half_hourly = rule("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=15,30", wall(2030, 3, 10, 0))
    assert [f"{fire:%H:%M}" for fire in fires(half_hourly, utc(2030, 3, 10), 3)] == [
        "03:15", "03:30", "02:15"
    ]  # fmt: skip
    seldom = rule("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=20", wall(2030, 3, 10, 0))
    inside = utc(2030, 3, 10, 7, 5)  # 03:05: 02:20 is past, but it comes as 03:20
    assert seldom.next(inside) == utc(2030, 3, 10, 7, 20)


def test_a_time_in_an_overlap_is_its_first() -> None:
    # On 2030-11-03 New York's clocks go from 02:00 back to 01:00.
    daily = rule("FREQ=DAILY", wall(2030, 11, 2, 1, 30))
    assert [f"{fire:%d %H:%M %z}" for fire in fires(daily, EPOCH, 3)] == [
        "02 01:30 -0400", "03 01:30 -0400", "04 01:30 -0500"
    ]  # fmt: skip
    minutely = rule("FREQ=MINUTELY;INTERVAL=30", wall(2030, 11, 3, 0))
    second_pass = utc(2030, 11, 3, 6, 10)
    assert minutely.next(second_pass) == utc(2030, 11, 3, 7), "what it showed before is over"


@pytest.mark.parametrize(
    ("dtstart", "first"),
    [
        (wall(2030, 7, 1, 9), "2030-07-01T09:00:00-04:00"),
        ("2030-07-01T09:00", "2030-07-01T09:00:00-04:00"),
        ("20300701T090000", "2030-07-01T09:00:00-04:00"),
        ("20300701T130000Z", "2030-07-01T09:00:00-04:00"),
        (datetime(2030, 7, 1, 13, 0, 0, 5, tzinfo=UTC), "2030-07-01T09:00:00-04:00"),
        (date(2030, 7, 1), "2030-07-01T00:00:00-04:00"),
        ("2030-07-01", "2030-07-01T00:00:00-04:00"),
        ("20300701", "2030-07-01T00:00:00-04:00"),
    ],
)
def test_how_the_start_may_be_said(dtstart: Any, first: str) -> None:
    trigger = rule("FREQ=DAILY", dtstart)
    assert fires(trigger, EPOCH, 1)[0].isoformat() == first
    is_a_value(trigger)
    assert rule("rrule:freq=daily", dtstart) == trigger


# EXDATE and RDATE


def test_exdate_leaves_out_and_rdate_adds() -> None:
    daily = rule("FREQ=DAILY;COUNT=4", exdate=[wall(1997, 9, 3, 9), "19970905T130000Z"],
                 rdate=["1997-09-03T10:00", NINE])  # fmt: skip
    assert [f"{fire:%d %H}" for fire in fires(daily, EPOCH, 9)] == ["02 09", "03 10", "04 09"]
    is_a_value(daily)
    assert eval_as_written(repr(daily)) == daily


def test_rdate_may_come_after_the_rule_and_exdate_removes_it_too() -> None:
    late = rule("FREQ=DAILY;COUNT=1", rdate=["2030-01-01T09:00", "2030-01-02T09:00"],
                exdate=["2030-01-01T09:00"])  # fmt: skip
    assert [f"{fire:%y-%m-%d}" for fire in fires(late, EPOCH, 9)] == ["97-09-02", "30-01-02"]


def test_exdate_may_remove_everything() -> None:
    gone = [NINE + timedelta(days=day) for day in range(1000)]
    assert rule("FREQ=DAILY;COUNT=1000", exdate=gone).next(EPOCH) is None
    assert rule("FREQ=DAILY", exdate=gone).next(EPOCH) == utc(2000, 5, 29, 13)


def test_whole_days_are_left_out_of_a_rule_of_whole_days() -> None:
    daily = rule(
        "FREQ=DAILY;UNTIL=20300705", date(2030, 7, 1), exdate=[date(2030, 7, 2), "20300703"]
    )
    assert [fire.day for fire in fires(daily, EPOCH, 9)] == [1, 4, 5]
    is_a_value(daily)


# never hanging


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=1",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=3",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=DAILY;INTERVAL=7;BYDAY=WE",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=10",
        "FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1",
        "FREQ=SECONDLY;INTERVAL=60;BYSECOND=30",
        "FREQ=SECONDLY;BYSECOND=1;BYSETPOS=2",
        "FREQ=HOURLY;INTERVAL=93;BYHOUR=8;BYMONTH=1;BYMONTHDAY=-18",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
    ],
)
def test_a_rule_that_never_comes_gives_up(text: str) -> None:
    trigger = rule(text)
    assert trigger.next(EPOCH) is None
    assert trigger.next(NOON) is None


def test_counting_ends() -> None:
    leap_days = rule("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=1;BYMINUTE=2;BYSECOND=3")
    counted = rule(leap_days.rule + ";COUNT=100000")
    assert counted.next(NOON) == leap_days.next(NOON)
    assert counted.next(NOON.replace(year=2490)) == leap_days.next(NOON.replace(year=2490))
    assert counted.next(NOON.replace(year=2500)) is None, "nobody counts on for so long"


def test_an_interval_may_be_longer_than_time() -> None:
    for freq in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"):
        trigger = rule(f"FREQ={freq};INTERVAL=999999999")
        assert trigger.next(EPOCH) == utc(1997, 9, 2, 13)
        assert trigger.next(NOON) is None


def test_the_days_far_from_the_start_are_found_by_arithmetic() -> None:
    for freq, fire in (
        ("SECONDLY", utc(2030, 1, 1, 12, 0, 1)),
        ("MINUTELY", utc(2030, 1, 1, 12, 1)),
        ("HOURLY", utc(2030, 1, 1, 13)),
        ("DAILY", utc(2030, 1, 1, 14)),
    ):
        assert rule(f"FREQ={freq}").next(NOON) == fire
    assert rule("FREQ=SECONDLY;BYMONTH=1;BYHOUR=9;BYDAY=MO").next(utc(2030, 2, 1)) == utc(
        2031, 1, 6, 14
    )


# dateutil as an oracle, where it is right


PARTS: dict[str, st.SearchStrategy[str]] = {
    "BYMONTH": st.sampled_from(["1", "2,7", "12"]),
    "BYMONTHDAY": st.sampled_from(["1", "15,31", "-1", "-5,3"]),
    "BYDAY": st.sampled_from(["MO", "TU,TH", "SA,SU,MO"]),
    "BYHOUR": st.sampled_from(["0", "9,17", "23"]),
    "BYMINUTE": st.sampled_from(["0", "15,45"]),
    "BYYEARDAY": st.sampled_from(["1", "100,-1"]),
    "BYSETPOS": st.sampled_from(["1", "-1", "2,-2"]),
    "WKST": st.sampled_from(["MO", "SU", "WE"]),
}
FREQUENCIES = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"]


@st.composite
def rules(draw: st.DrawFn) -> str:
    freq = draw(st.sampled_from(FREQUENCIES))
    names = draw(st.sets(st.sampled_from(sorted(PARTS)), max_size=3))
    parts = [f"{name}={draw(PARTS[name])}" for name in sorted(names)]
    return ";".join([f"FREQ={freq}", f"INTERVAL={draw(st.integers(1, 5))}", *parts])


@settings(deadline=None, max_examples=200)
@given(
    text=rules(),
    start=st.datetimes(datetime(2000, 1, 1), datetime(2010, 1, 1)),  # noqa: DTZ001
    after=st.integers(0, 400),
)
def test_dateutil_finds_the_same(text: str, start: datetime, after: int) -> None:
    start = start.replace(second=0, microsecond=0)
    fine = "HOURLY" in text or "MINUTELY" in text
    if "WEEKLY" in text and "BYSETPOS" in text:
        return  # dateutil counts the positions of the first week from the start on
    try:
        trigger = rule(text, start, "UTC")
    except InvalidValue:
        return  # RFC 5545 forbids it
    moment = start.replace(tzinfo=UTC) + timedelta(days=after // 20 if fine else after)
    ours = [fire.replace(tzinfo=None) for fire in fires(trigger, moment, 5)]
    if not ours or (fine and ours[-1] > start + timedelta(days=60)):
        return  # dateutil would not come to an end, or not soon
    theirs = rrulestr(text, dtstart=start).xafter(moment.replace(tzinfo=None))
    assert list(islice(theirs, len(ours))) == ours


@settings(deadline=None, max_examples=40)
@given(text=rules(), after=moments, zone=st.sampled_from([NEW_YORK, "Australia/Lord_Howe", "UTC"]))
def test_it_promises_what_every_trigger_does(text: str, after: datetime, zone: str) -> None:
    with suppress(InvalidValue):
        trigger = rule(text, wall(1980, 1, 31, 1, 30), zone)
        holds(trigger, after)
        is_a_value(trigger)


def test_it_fires_in_a_zone_as_in_another_at_the_same_local_times() -> None:
    text = "FREQ=MONTHLY;BYDAY=-1FR"
    for zone in (NEW_YORK, "Asia/Seoul", "Europe/Berlin"):
        found = fires(rule(text, timezone=zone), NOON, 20)
        assert {fire.astimezone(ZoneInfo(zone)).hour for fire in found} == {9}


# what RFC 5545, 3.3.10, forbids


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a part such as FREQ=DAILY"),
        ("INTERVAL=2", "it has no FREQ"),
        ("FREQ=", "is not a part"),
        ("FREQ=OFTEN", "'OFTEN' is no FREQ; it is one of YEARLY"),
        ("FREQ=DAILY;", "is not a part"),
        (";FREQ=DAILY", "is not a part"),
        ("FREQ=DAILY;;COUNT=1", "is not a part"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is there twice"),
        ("FREQ=DAILY;BYEASTER=0", "knows no part 'BYEASTER'"),
        ("FREQ=DAILY;INTERVALL=2", "did you mean 'INTERVAL'"),
        ("FREQ=DAILY;X-NAME=1", "knows no part"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL='0' is not a number from 1"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL='-1' is not"),
        ("FREQ=DAILY;INTERVAL=1.5", "INTERVAL='1.5' is not"),
        ("FREQ=DAILY;INTERVAL=1_0", "INTERVAL='1_0' is not"),
        ("FREQ=DAILY;INTERVAL=\uff11", "INTERVAL=.* is not"),
        ("FREQ=DAILY;INTERVAL=" + "9" * 400, "INTERVAL=.* is not"),
        ("FREQ=DAILY;COUNT=0", "COUNT='0' is not a number from 1 to 100,000"),
        ("FREQ=DAILY;COUNT=-1", "COUNT='-1' is not"),
        ("FREQ=DAILY;COUNT=100001", "COUNT='100001' is not"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20300101T000000Z", "COUNT and UNTIL; RFC 5545 allows one"),
        ("FREQ=DAILY;UNTIL=20300101T000000", "is a local time, but the start has a time zone"),
        ("FREQ=DAILY;UNTIL=20300101", "UNTIL has to be in UTC"),
        ("FREQ=DAILY;UNTIL=20300230T000000Z", "UNTIL='20300230T000000Z' is not a date"),
        ("FREQ=DAILY;UNTIL=soon", "UNTIL='SOON' is not a date"),
        ("FREQ=DAILY;UNTIL=19900101T000000Z", "UNTIL is before dtstart"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH '13' is not a number from 1 to 12"),
        ("FREQ=DAILY;BYMONTH=0", "BYMONTH '0' is not"),
        ("FREQ=DAILY;BYMONTH=-1", "BYMONTH '-1' is not"),
        ("FREQ=DAILY;BYMONTH=+1", r"BYMONTH '\+1' is not"),
        ("FREQ=DAILY;BYMONTH=1,,2", "BYMONTH '' is not"),
        ("FREQ=DAILY;BYMONTH=1,", "BYMONTH '' is not"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY '32' is not a number from 1 to 31, or from -31"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY '0' is not"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR '24' is not a number from 0 to 23"),
        ("FREQ=DAILY;BYMINUTE=60", "BYMINUTE '60' is not"),
        ("FREQ=DAILY;BYSECOND=61", "BYSECOND '61' is not"),
        ("FREQ=YEARLY;BYYEARDAY=367", "BYYEARDAY '367' is not"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO '54' is not"),
        ("FREQ=YEARLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS '367' is not"),
        ("FREQ=YEARLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS '0' is not"),
        ("FREQ=MONTHLY;BYDAY=XX", "BYDAY 'XX' is not one of MO"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY '0MO' is not"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY '54MO' is not"),
        ("FREQ=MONTHLY;BYDAY=MO2", "BYDAY 'MO2' is not"),
        ("FREQ=WEEKLY;WKST=1MO", "WKST='1MO' is not one of MO"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS only together with another BY part"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "does not allow BYMONTHDAY with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "does not allow BYYEARDAY with FREQ=MONTHLY"),
        ("FREQ=WEEKLY;BYYEARDAY=1", "does not allow BYYEARDAY with FREQ=WEEKLY"),
        ("FREQ=DAILY;BYYEARDAY=1", "does not allow BYYEARDAY with FREQ=DAILY"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "does not allow BYWEEKNO with FREQ=MONTHLY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "numbers in BYDAY with FREQ=MONTHLY and YEARLY only"),
        ("FREQ=DAILY;BYDAY=-1FR", "numbers in BYDAY with FREQ=MONTHLY and YEARLY only"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "numbers in BYDAY with BYWEEKNO"),
        ("DTSTART:19970902T090000\nRRULE:FREQ=DAILY", "are arguments of their own"),
        ("RRULE:FREQ=DAILY\nEXDATE:19970902T090000", "are arguments of their own"),
        ("FREQ=DAILY;BYMONTH=" + "1," * 50_000, "is not a rule of up to 10,000 characters"),
        (None, "None is not a rule"),
        (5, "5 is not a rule"),
    ],
    ids=lambda said: repr(said)[:60],
)
def test_what_the_rfc_forbids_is_one_clear_error(text: Any, message: str) -> None:
    with pytest.raises(InvalidValue, match=message) as caught:
        rule(text)
    assert str(caught.value).startswith("rrule: ")
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"dtstart": "soon"}, "dtstart: 'soon' is not a date"),
        ({"dtstart": "9:00"}, "dtstart: '9:00' is a time of day"),
        ({"dtstart": "2030-02-30T09:00"}, "dtstart: .* is not an ISO 8601 instant"),
        ({"dtstart": wall(1, 1, 5)}, "outside the years"),
        ({"dtstart": True}, "dtstart: True is not an instant"),
        ({"timezone": "Nowhere"}, "timezone: 'Nowhere' is not a time zone"),
        ({"timezone": None}, "timezone: None is not a time zone"),
        ({"exdate": "20300101"}, "exdate: '20300101' is not a list"),
        ({"exdate": ["soon"]}, "exdate: 'soon' is not a date|say when"),
        ({"exdate": [date(2030, 1, 1)]}, "is a date, but dtstart is not"),
        ({"rdate": [5]}, "rdate: 5 is not an instant"),
        ({"rdate": [NOON] * 10_001}, "more than 10,000 instants"),
        ({"dtstart": date(2030, 1, 1), "text": "FREQ=DAILY;BYHOUR=9"}, "has no BYHOUR"),
        ({"dtstart": date(2030, 1, 1), "text": "FREQ=HOURLY"}, "has no FREQ=HOURLY"),
        ({"dtstart": date(2030, 1, 1), "text": "FREQ=DAILY;UNTIL=20310101T000000Z"},
         "UNTIL has to be a date"),
    ],
    ids=lambda said: repr(said)[:60],
)  # fmt: skip
def test_what_else_may_not_be_said_is_one_clear_error(said: Any, message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        rule(said.pop("text", "FREQ=DAILY"), **said)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.tuples(
                st.sampled_from(["FREQ", "COUNT", "UNTIL", "BYDAY", *PARTS]),
                st.one_of(st.text("0123456789,-+MOTUZ", max_size=8), st.sampled_from(FREQUENCIES)),
            ),
            max_size=5,
        ).map(lambda parts: ";".join("=".join(part) for part in parts)),
    )
)
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(InvalidValue):
        rule(text).next(NOON)


def test_it_is_said_in_words() -> None:
    assert rule("FREQ=DAILY").describe() == "every day from 1997-09-02 09:00 America/New_York on"
    assert rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", timezone="UTC").describe() == (
        "every 2 weeks from 1997-09-02 09:00 on (FREQ=WEEKLY;INTERVAL=2;BYDAY=TU)"
    )
