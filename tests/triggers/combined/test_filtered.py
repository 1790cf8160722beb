"""A trigger with fire times left out: windows of the day, days of the week, calendars."""

from datetime import UTC, datetime, time, timedelta
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
    IntervalTrigger,
    OnceTrigger,
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

BERLIN = ZoneInfo("Europe/Berlin")
HOURLY = IntervalTrigger(hours=1, anchor=EPOCH)
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu",
         "America/New_York", "Antarctica/Troll", "Africa/Casablanca", "Pacific/Apia"]  # fmt: skip


def daily(at: str, zone: str = "UTC") -> CalendarTrigger:
    return CalendarTrigger(at=at, timezone=zone)


# windows


def test_a_window_has_both_of_its_ends() -> None:
    work = HOURLY.between("9:00", "18:00")
    found = fires(work, utc(2030, 1, 1), 11)
    assert [fire.hour for fire in found] == [*range(9, 19), 9]
    assert found[0] == utc(2030, 1, 1, 9)


def test_a_window_may_go_over_midnight() -> None:
    night = IntervalTrigger(hours=2, anchor=EPOCH).between("22:00", "06:00")
    assert [fire.hour for fire in fires(night, NOON, 6)] == [22, 0, 2, 4, 6, 22]


def test_a_window_of_one_instant_is_that_instant() -> None:
    assert fires(HOURLY.between("09:00", "9am"), NOON, 2) == [
        utc(2030, 1, 2, 9),
        utc(2030, 1, 3, 9),
    ]


def test_a_window_is_read_in_the_zone_said_else_in_that_of_the_trigger_else_in_utc() -> None:
    assert HOURLY.between("9:00", "9:00").next(NOON) == utc(2030, 1, 2, 9)
    seoul = HOURLY.between("9:00", "9:00", "Asia/Seoul").next(NOON)
    assert seoul == utc(2030, 1, 2, 0)
    assert seoul is not None
    assert seoul.hour == 9, "it is shown as the zone shows it"
    berlin = daily("8:00, 9:00", "Europe/Berlin").between("9:00", "10:00")
    assert berlin.next(NOON) == utc(2030, 1, 2, 8)
    on_sunday = HOURLY.between("9:00", "9:00", "Asia/Seoul").on("sun")
    assert on_sunday.next(NOON) == utc(2030, 1, 6, 0), "the zone of the window is that of the days"


def test_triggers_of_two_zones_have_to_say_in_which_a_window_is() -> None:
    both = daily("9:00", "Asia/Seoul") | daily("9:00", "Europe/Berlin")
    with pytest.raises(InvalidValue, match="Asia/Seoul and Europe/Berlin: say which"):
        both.between("8:00", "10:00")
    assert both.between("8:00", "10:00", "UTC").next(NOON) == utc(2030, 1, 2, 8)


def test_an_interval_without_an_anchor_counts_through_a_closed_window() -> None:
    # Not from its opening, which would be asked anew each time.
    every_7 = IntervalTrigger(minutes=7).between("9:00", "18:00")
    assert every_7.next(NOON) == NOON + timedelta(minutes=7)
    evening = utc(2030, 1, 1, 18, 0)
    fire = every_7.next(evening)
    assert fire is not None
    assert (fire - evening) % timedelta(minutes=7) == timedelta(0)
    assert utc(2030, 1, 2, 9) <= fire < utc(2030, 1, 2, 9, 7)


def test_a_window_in_a_gap_opens_that_day_not_at_all() -> None:
    # On 2030-03-31 Berlin's clocks go from 02:00 to 03:00.
    early = IntervalTrigger(minutes=5, anchor=EPOCH).between("2:10", "2:20", "Europe/Berlin")
    assert shown(early, utc(2030, 3, 30, 1, 20), 2) == ["Mon 2030-04-01 02:10",
                                                        "Mon 2030-04-01 02:15"]  # fmt: skip


def test_a_window_in_an_overlap_opens_twice() -> None:
    # On 2030-10-27 Berlin's clocks go from 03:00 back to 02:00.
    early = IntervalTrigger(minutes=10, anchor=EPOCH).between("1:50", "2:10", "Europe/Berlin")
    found = fires(early, utc(2030, 10, 26, 12), 6)
    assert [f"{fire:%d %H:%M %z}" for fire in found] == [
        "27 01:50 +0200", "27 02:00 +0200", "27 02:10 +0200",
        "27 02:00 +0100", "27 02:10 +0100", "28 01:50 +0100",
    ]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    after=moments,
    start=st.times(),
    end=st.times(),
    zone=st.sampled_from(ZONES),
    minutes=st.sampled_from([5, 7, 45, 60, 600]),
)
def test_a_window_never_answers_outside_and_passes_nothing_over(
    after: datetime, start: time, end: time, zone: str, minutes: int
) -> None:
    inner = IntervalTrigger(minutes=minutes, anchor=EPOCH)
    start, end = start.replace(microsecond=0), end.replace(microsecond=0)
    fire = holds(inner.between(start, end, zone), after)
    tried = inner.next(after)
    for _ in range(1500 // minutes):
        assert tried is not None
        clock = tried.astimezone(ZoneInfo(zone)).time()
        if start <= clock <= end if start <= end else clock >= start or clock <= end:
            assert fire == tried
            return
        assert fire is None or fire > tried
        tried = inner.next(tried)


@pytest.mark.parametrize(
    "wrong",
    ["24:00", "9", "9:60", "25:00", "", "5", None, 9, "9:00 Uhr", "09:00:60", "\uff19:00",
     time(9, tzinfo=UTC), "13pm", "0am"],
)  # fmt: skip
def test_what_is_no_time_of_day_is_one_clear_error(wrong: Any) -> None:
    with pytest.raises(InvalidValue, match=r"between: start: .* is not a time of day"):
        HOURLY.between(wrong, "18:00")
    with pytest.raises(InvalidValue, match=r"between: end: .* is not a time of day"):
        HOURLY.between("9:00", wrong)


# days of the week


def test_days_are_those_of_the_zones_calendar() -> None:
    workdays = daily("0:30", "Asia/Seoul").on("mon-fri")
    assert shown(workdays, NOON, 4) == [
        "Wed 2030-01-02 00:30", "Thu 2030-01-03 00:30", "Fri 2030-01-04 00:30",
        "Mon 2030-01-07 00:30",
    ]  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(
    after=moments,
    days=st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1),
    zone=st.sampled_from(ZONES),
    hours=st.sampled_from([1, 5, 24, 100]),
)
def test_days_never_answer_outside_and_pass_nothing_over(
    after: datetime, days: set[str], zone: str, hours: int
) -> None:
    inner = IntervalTrigger(hours=hours, anchor=EPOCH)
    fire = holds(inner.on(days, zone), after)
    tried = inner.next(after)
    while tried is not None and f"{tried.astimezone(ZoneInfo(zone)):%a}".lower() not in days:
        tried = inner.next(tried)
    assert fire == tried


@pytest.mark.parametrize(
    "wrong",
    ["", "day", "mon-", "-fri", "mon--fri", "mon-weekend", "8", "0-4", [], [1], None, 5, "mon;tue",
     "mon,,tue", "l\u00fcn"],
)  # fmt: skip
def test_what_are_no_days_is_one_clear_error(wrong: Any) -> None:
    with pytest.raises(InvalidValue, match=r"^on: "):
        HOURLY.on(wrong)


# calendars


def test_days_of_a_calendar_are_left_out_or_kept_to() -> None:
    bridge = Calendar(ranges=[("2030-01-02", "2030-01-04")])
    at_nine = daily("9:00")
    assert shown(at_nine.excluding(bridge), NOON, 1) == ["Sat 2030-01-05 09:00"]
    assert shown(at_nine.only(bridge), NOON, 4) == [
        "Wed 2030-01-02 09:00", "Thu 2030-01-03 09:00", "Fri 2030-01-04 09:00"
    ]  # fmt: skip


def test_a_calendar_may_be_named_before_it_is_declared() -> None:
    trigger = daily("9:00").excluding("test-filtered-later")
    with pytest.raises(UnknownName, match="no calendar is called 'test-filtered-later'"):
        trigger.next(NOON)
    declare_calendar("test-filtered-later", Calendar(dates=["2030-01-02"]))
    assert trigger.next(NOON) == utc(2030, 1, 3, 9)
    is_a_value(trigger)


def test_a_row_that_names_a_calendar_nobody_declared_is_left_alone() -> None:
    written = dump_trigger(daily("9:00").excluding("test-filtered-unknown"))
    with pytest.raises(UnknownName, match="test-filtered-unknown"):
        load_trigger(written)


def test_a_row_holds_the_name_of_a_calendar_and_nothing_else() -> None:
    calendar = Calendar(dates=["2031-07-01"])
    trigger = daily("9:00").only(calendar)
    with pytest.raises(InvalidValue, match="has no name"):
        dump_trigger(trigger)
    declare_calendar("test-filtered-named", calendar)
    assert dump_trigger(trigger)["calendar"] == "test-filtered-named"
    is_a_value(daily("9:00").only(calendar))


# all of them


def test_an_instant_that_has_passed_is_owed_if_it_is_not_left_out() -> None:
    once = OnceTrigger(NOON)
    later = NOON + timedelta(days=9)
    assert once.on("tue").first(later) == NOON
    assert once.on("mon").first(later) is None
    assert once.between("11:00", "13:00").first(later) == NOON


def test_a_filter_that_nothing_passes_gives_up() -> None:
    nowhere = Calendar()
    assert HOURLY.only(nowhere).next(NOON) is None
    assert HOURLY.between("9:01", "9:02").next(NOON) is None
    assert CalendarTrigger(weeks=1, on="mon").on("tue").next(NOON) is None
    assert IntervalTrigger(1).on("mon").only(nowhere).between("9:00", "10:00").next(NOON) is None


def test_a_closed_window_is_one_step_however_fine_the_interval() -> None:
    fine = IntervalTrigger("100ms", EPOCH).between("9:00", "9:01").on("mon")
    assert fine.next(utc(2030, 1, 7, 9, 2)) == utc(2030, 1, 14, 9)


@pytest.mark.parametrize(
    ("trigger", "written", "words"),
    [
        (HOURLY.between(time(9), "6pm").on("weekdays"),
         "IntervalTrigger(hours=1, anchor='1970-01-01T00:00:00+00:00')"
         ".between('09:00', '18:00').on('mon-fri')",
         "every hour between 09:00 and 18:00 on Monday to Friday"),
        (IntervalTrigger(60).on(["sun", "mon"], "Asia/Seoul").excluding("holidays"),
         "IntervalTrigger(minutes=1).on('mon,sun', timezone='Asia/Seoul').excluding('holidays')",
         "every minute on Monday and Sunday (Asia/Seoul) except on days of holidays"),
        ((IntervalTrigger(60) | IntervalTrigger(90)).only("holidays", BERLIN),
         "(IntervalTrigger(minutes=1) | IntervalTrigger(minutes=1, seconds=30))"
         ".only('holidays', timezone='Europe/Berlin')",
         "(every minute or every 90 seconds) only on days of holidays (Europe/Berlin)"),
    ],
)  # fmt: skip
def test_they_are_shown_as_they_are_written_and_said_in_words(
    trigger: Any, written: str, words: str
) -> None:
    assert repr(trigger) == written
    assert eval_as_written(written) == trigger
    assert trigger.describe() == words
