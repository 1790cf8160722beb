"""Every so often: elapsed time from an anchor, without drift."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import LATEST
from pyramid_scheduler.triggers import IntervalTrigger, dump_trigger, load_trigger

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "every"),
    [
        (10, timedelta(seconds=10)),
        (0.1, timedelta(milliseconds=100)),
        (1.5, timedelta(seconds=1.5)),
        ("90", timedelta(seconds=90)),
        ("90s", timedelta(seconds=90)),
        ("1.5h", timedelta(minutes=90)),
        (" 2 d ", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        ("100ms", timedelta(milliseconds=100)),
        ("1h30m", timedelta(minutes=90)),
        ("2 days 4 hours", timedelta(hours=52)),
        ("PT1H30M", timedelta(minutes=90)),
        ("P1DT12H", timedelta(hours=36)),
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(days=365_000), timedelta(days=365_000)),
    ],
)
def test_what_may_be_said(said: Any, every: timedelta) -> None:
    assert IntervalTrigger(said).every == every


@pytest.mark.parametrize(
    "said",
    [
        0, 0.0, -0.0, "0", timedelta(0),
        -1, -0.1, "-5", timedelta(seconds=-1), timedelta.min,
        float("nan"), float("inf"), float("-inf"), "nan", "inf",
        True, False, None, "", " ", "abc", [], {}, object(), b"10", 1j,
        timedelta.max, 1e300, -1e300, 10**400, 10**5000, -(10**5000), "1e3", "9" * 400,
        365_001 * 86_400,
        0.099999, "99ms", "1us", timedelta(microseconds=99_999),
        "1.5 months", "1 y", "30m1h", "1:30", "P1M", "P1Y", "5M",
        "\u0967\u0966", "\uff11\uff10", "1_0",
        "0x10", "+5", "1.s", ".5s",
    ],
    ids=lambda said: f"{type(said).__name__}",
)  # fmt: skip
def test_what_may_not_be_said_is_one_clear_error(said: Any) -> None:
    with pytest.raises(InvalidValue, match="interval: ") as caught:
        IntervalTrigger(said)
    assert len(str(caught.value)) < 700


def test_it_may_be_said_in_any_mix_of_units() -> None:
    assert IntervalTrigger(hours=1, minutes=30) == IntervalTrigger("1h30m")
    assert IntervalTrigger(weeks=1, days=0.5) == IntervalTrigger(days=7.5)
    assert IntervalTrigger(
        seconds=1, milliseconds=250, microseconds=7, anchor=NOON
    ) == IntervalTrigger(timedelta(seconds=1.250007), NOON)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"every": 10, "seconds": 10},
        {"minutes": -1},
        {"hours": 1, "minutes": -30},
        {"hours": float("nan")},
        {"hours": float("inf")},
        {"hours": True},
        {"hours": "1"},
        {"hours": [1]},
        {"weeks": 1e300},
        {"weeks": 10**400},
        {"days": 365_001},
        {"microseconds": 99_999},
    ],
    ids=repr,
)
def test_units_that_say_no_interval_are_one_clear_error(said: Any) -> None:
    with pytest.raises(InvalidValue, match="interval: ") as caught:
        IntervalTrigger(**said)
    assert len(str(caught.value)) < 700


def test_a_month_is_no_interval_and_the_error_says_what_is_meant() -> None:
    for said in ("1 month", "P1M", "P1Y2M", "2 years"):
        with pytest.raises(InvalidValue, match="CalendarTrigger or a cron"):
            IntervalTrigger(said)


@pytest.mark.parametrize(
    ("trigger", "written", "words"),
    [
        (IntervalTrigger(10), "IntervalTrigger(seconds=10)", "every 10 seconds"),
        (IntervalTrigger("1h30m"), "IntervalTrigger(hours=1, minutes=30)", "every 90 minutes"),
        (IntervalTrigger(weeks=1), "IntervalTrigger(days=7)", "every week"),
        (IntervalTrigger(1.5), "IntervalTrigger(seconds=1, milliseconds=500)",
         "every 1500 milliseconds"),
        (IntervalTrigger(60, NOON),
         "IntervalTrigger(minutes=1, anchor='2030-01-01T12:00:00+00:00')", "every minute"),
    ],
)  # fmt: skip
def test_it_is_shown_as_it_is_written_and_said_in_words(
    trigger: IntervalTrigger, written: str, words: str
) -> None:
    assert repr(trigger) == written
    assert eval(written) == trigger
    assert trigger.describe() == words


def test_the_error_names_what_is_allowed() -> None:
    with pytest.raises(InvalidValue, match=r"between 0\.1 s and 365000 days"):
        IntervalTrigger(0)  # type: ignore[arg-type]


@pytest.mark.parametrize("anchor", ["12:00", "tomorrow", 5, "2024-02-30T00:00", True])
def test_an_anchor_is_an_instant(anchor: Any) -> None:
    with pytest.raises(InvalidValue, match="interval: anchor"):
        IntervalTrigger(timedelta(seconds=1), anchor)


def test_it_fires_at_the_anchor_and_every_interval_after() -> None:
    trigger = IntervalTrigger(timedelta(hours=1), NOON)
    assert trigger.next(NOON - timedelta(days=9)) == NOON
    assert trigger.next(NOON - timedelta(microseconds=1)) == NOON
    assert trigger.next(NOON) == NOON + timedelta(hours=1)
    assert trigger.next(NOON + timedelta(minutes=59)) == NOON + timedelta(hours=1)


def test_without_an_anchor_it_counts_from_the_instant_asked_about() -> None:
    assert IntervalTrigger(timedelta(seconds=7)).next(NOON) == NOON + timedelta(seconds=7)


def test_an_anchor_of_its_own_outranks_one_it_is_given() -> None:
    own = IntervalTrigger(timedelta(hours=1), NOON)
    assert own.anchored(NOON + timedelta(minutes=5)) == own
    without = IntervalTrigger(timedelta(hours=1))
    assert without.anchored(NOON) == own
    assert without.anchor is None


def test_elapsed_time_heeds_no_change_of_a_zones_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2030, 3, 30, 12, tzinfo=berlin)
    trigger = IntervalTrigger(timedelta(days=1), before)
    fire = trigger.next(before)
    assert fire is not None
    assert fire - before.astimezone(UTC) == timedelta(days=1)
    assert fire.astimezone(berlin).hour == 13, "24 hours later the clock has been put forward"


def test_it_answers_in_utc_whatever_zone_it_is_asked_in() -> None:
    seoul = NOON.astimezone(ZoneInfo("Asia/Seoul"))
    fire = IntervalTrigger(timedelta(hours=1), seoul).next(seoul)
    assert fire == NOON + timedelta(hours=1)
    assert fire.tzinfo is UTC


def test_at_the_end_of_the_calendar_it_fires_no_more() -> None:
    trigger = IntervalTrigger(timedelta(days=365_000), NOON)
    assert trigger.next(NOON + timedelta(days=2_555_000)) is None
    assert trigger.next(LATEST) is None


@settings(deadline=None)
@given(
    every=st.timedeltas(timedelta(milliseconds=100), timedelta(days=3650)),
    after=st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_it_never_drifts(every: timedelta, after: datetime) -> None:
    fire = IntervalTrigger(every, NOON).next(after)
    assert fire is not None
    assert fire > after
    assert fire >= NOON
    assert (fire - NOON) % every == timedelta(0)
    assert fire - every <= max(after, NOON)


@settings(deadline=None)
@given(
    every=st.timedeltas(timedelta(milliseconds=100), timedelta(days=365_000)),
    anchor=st.none() | st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_it_comes_back_from_json_as_it_was(every: timedelta, anchor: datetime | None) -> None:
    if anchor is not None and anchor > LATEST:
        return
    trigger = IntervalTrigger(every, anchor)
    assert load_trigger(dump_trigger(trigger)) == trigger
    assert hash(load_trigger(dump_trigger(trigger))) == hash(trigger)
