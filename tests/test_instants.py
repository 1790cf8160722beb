"""Instants, durations and zones: read right, or refused with one clear error."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import (
    EARLIEST,
    LATEST,
    LONGEST,
    maybe_moment,
    micros,
    moment,
    read_duration,
    read_instant,
    read_zone,
)

BERLIN = ZoneInfo("Europe/Berlin")


def naive(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, fold=fold)  # type: ignore[arg-type,misc]  # noqa: DTZ001


# instants and moments


@settings(deadline=None)
@given(st.integers(micros(EARLIEST), micros(LATEST)))
def test_an_instant_is_exact_to_the_microsecond(instant: int) -> None:
    assert micros(moment(instant)) == instant
    assert moment(instant).tzinfo is UTC


@settings(deadline=None)
@given(st.datetimes(timezones=st.sampled_from([UTC, BERLIN, ZoneInfo("Asia/Seoul")])))
def test_a_moment_is_the_same_instant_in_any_zone(said: datetime) -> None:
    assert moment(micros(said)) == said.astimezone(UTC) or said.utcoffset() is None


def test_the_epoch_is_zero_and_what_was_before_is_negative() -> None:
    assert micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert moment(-1).year == 1969


def test_none_stays_none() -> None:
    assert maybe_moment(None) is None
    assert maybe_moment(0) == moment(0)


# zones


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Asia/Seoul", "America/New_York"])
def test_a_zone_is_read_by_its_name(name: str) -> None:
    assert read_zone(name, "timezone") == ZoneInfo(name)


def test_a_zone_may_be_given_as_one() -> None:
    assert read_zone(BERLIN, "timezone") is BERLIN


@pytest.mark.parametrize(
    "name",
    ["Foo/Bar", "Europe/london", "Europe", "../../etc/passwd", "/etc/passwd", "", "\0", "UTC\0",
     " UTC", "UTC ", "utc", "Europe/", ".", "posixrules/x", "Europe/Berlin/..", "\u212a",
     "a" * 5000, "Etc", "C:\\x", None, 5, True, b"UTC", UTC, timezone(timedelta(hours=1))],
    ids=repr,
)  # fmt: skip
def test_what_is_no_zone_is_one_clear_error(name: Any) -> None:
    with pytest.raises(InvalidValue, match=r"scheduler\.timezone: "):
        read_zone(name, "scheduler.timezone")


@pytest.mark.parametrize(
    "name",
    ["posixrules", "Posixrules", "posix/UTC", "right/UTC", "leapseconds", "tzdata.zi", "zone.tab"],
)
def test_a_file_beside_the_zones_is_none_and_is_never_hinted_at(name: str) -> None:
    with pytest.raises(InvalidValue, match="is not a time zone") as raised:
        read_zone(name, "timezone")
    assert "did you mean" not in str(raised.value)


@pytest.mark.parametrize("key", ["posixrules", None])
def test_a_zone_of_such_a_file_is_none_either(key: str | None) -> None:
    with (files("tzdata") / "zoneinfo" / "UTC").open("rb") as file:
        zone = ZoneInfo.from_file(file, key=key)
    with pytest.raises(InvalidValue, match="is not a time zone"):
        read_zone(zone, "timezone")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Europe/london", "Europe/London"), ("seoul", "Asia/Seoul"), ("utc", "UTC")],
)
def test_a_misspelt_zone_gets_a_hint(name: str, meant: str) -> None:
    with pytest.raises(InvalidValue, match=f"did you mean '{meant}'"):
        read_zone(name, "timezone")


# reading instants


def test_a_naive_datetime_is_read_in_the_zone() -> None:
    assert read_instant(naive(2030, 7, 1, 12), BERLIN, "at") == datetime(2030, 7, 1, 10, tzinfo=UTC)
    assert read_instant("2030-07-01T12:00", BERLIN, "at") == datetime(2030, 7, 1, 10, tzinfo=UTC)


def test_an_aware_one_is_what_it_says() -> None:
    seoul = timezone(timedelta(hours=9))
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    assert read_instant(datetime(2030, 1, 1, 21, tzinfo=seoul), BERLIN, "at") == noon
    assert read_instant("2030-01-01T21:00:00+09:00", BERLIN, "at") == noon
    assert read_instant("2030-01-01T12:00:00Z", BERLIN, "at") == noon
    assert read_instant(noon, BERLIN, "at").tzinfo is UTC


def test_a_local_time_that_is_skipped_is_moved_past_the_gap() -> None:
    # On 2030-03-31 Berlin's clocks go from 02:00 to 03:00.
    skipped = read_instant(naive(2030, 3, 31, 2, 30), BERLIN, "at")
    assert skipped.astimezone(BERLIN) == datetime(2030, 3, 31, 3, 30, tzinfo=BERLIN)
    assert skipped == datetime(2030, 3, 31, 1, 30, tzinfo=UTC)


def test_a_local_time_that_passes_twice_is_its_first_pass() -> None:
    # On 2030-10-27 Berlin's clocks go from 03:00 back to 02:00.
    first = read_instant(naive(2030, 10, 27, 2, 30), BERLIN, "at")
    second = read_instant(naive(2030, 10, 27, 2, 30, fold=1), BERLIN, "at")
    assert first == datetime(2030, 10, 27, 0, 30, tzinfo=UTC)
    assert second - first == timedelta(hours=1)


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("09:00", "time of day"),
        ("9:00pm", "time of day"),
        ("09:00:30", "time of day"),
        ("9:00", "say when='every day at 9:00'"),
        ("2030-01-31", "date and a time"),
        ("20300131", "date and a time"),
        (date(2030, 1, 31), "not an instant"),
        (time(9), "not an instant"),
        (1_893_456_000, "not an instant"),
        (1.5, "not an instant"),
        (None, "not an instant"),
        (True, "not an instant"),
        (timedelta(hours=1), "not an instant"),
        ("", "not an instant"),
        ("soon", "not an instant"),
        ("tomorrow", "not an ISO 8601"),
        ("next T", "not an ISO 8601"),
        ("2024-02-30T00:00:00", "not an ISO 8601"),
        ("2023-02-29T00:00:00", "not an ISO 8601"),
        ("2016-12-31T23:59:60Z", "not an ISO 8601"),
        ("2030-13-01T00:00:00", "not an ISO 8601"),
        ("2030-01-01T25:00:00", "not an ISO 8601"),
        ("2030-01-01T00:00:00+25:00", "not an ISO 8601"),
        ("2030-01-01T00:00:00\u00a0", "not an instant"),
        ("\uff12\uff10\uff13\uff10-01-01T00:00:00", "not an instant"),
        ("2030-01-01T00:00:00\0", "not an instant"),
        ("T" * 100_000, "not an ISO 8601"),
    ],
    ids=lambda said: repr(said)[:40],
)
def test_what_is_no_instant_is_one_clear_error(said: Any, hint: str) -> None:
    with pytest.raises(InvalidValue, match="at: ") as caught:
        read_instant(said, UTC, "at")
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        (naive(1, 1, 1), ZoneInfo("Asia/Seoul")),
        (naive(9999, 12, 31, 23), ZoneInfo("America/New_York")),
        (naive(1, 1, 1), UTC),
        (naive(9999, 12, 31, 23), UTC),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), UTC),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12))), UTC),
        ("0001-01-01T00:00:00+14:00", UTC),
        ("9999-12-31T23:59:59-12:00", UTC),
    ],
)
def test_the_ends_of_the_calendar_are_refused_not_overflown(said: Any, zone: Any) -> None:
    with pytest.raises(InvalidValue, match="years 1 to 9999"):
        read_instant(said, zone, "at")


def test_the_first_and_the_last_instant_can_be_shown_in_any_zone() -> None:
    for name in ("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Seoul"):
        for end in (EARLIEST, LATEST):
            assert read_instant(end, UTC, "at").astimezone(ZoneInfo(name)) == end


# reading durations


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(5, 5), (0.5, 0.5), ("5", 5), ("1.5h", 5400), ("10 ms", 0.01), ("7us", 7e-6), ("1d", 86_400),
     ("2w", 1_209_600), ("3m", 180), (timedelta(minutes=1), 60),
     ("1h30m", 5400), ("2 days 4 hours", 187_200), ("1 hour and 30 min", 5400),
     ("1w, 2d, 3h, 4m, 5s, 6ms and 7us", 788_645.006007), ("10 Minutes", 600), ("0.5 hrs", 1800),
     ("PT1H30M", 5400), ("P1DT12H", 129_600), ("P2W", 1_209_600), ("PT0.5S", 0.5),
     ("PT1,5H", 5400), ("P1D", 86_400)],
)  # fmt: skip
def test_a_duration_is_read(said: Any, seconds: float) -> None:
    assert read_duration(said, "grace") == timedelta(seconds=seconds)


def test_the_longest_duration_is_a_thousand_years() -> None:
    assert read_duration(LONGEST, "grace") == LONGEST
    with pytest.raises(InvalidValue, match="365000 days"):
        read_duration(LONGEST + timedelta(microseconds=1), "grace")


@pytest.mark.parametrize(
    "said",
    [0, -1, float("nan"), float("inf"), -float("inf"), True, None, "", "x", "-5", "nan",
     timedelta.max, timedelta.min, 1e300, 10**400, 10**5000, 1e-7, [], "5 parsecs", "5s " * 9999,
     "1:30", "01:30:00", "30m1h", "1h 1h", "1h,", "and 1h", "1h and", "1 h 30", "5M", "1H", "m",
     "P", "PT", "P1DT", "P1", "PT1.5H30M", "PT1.2.3S", "-PT5M", "P1H", "PT1D", "pt1h",
     "1 month", "P1M", "P1Y", "1y", "2 years", "1mo", "P" + "1" * 100_000, "1h" * 50_000,
     "\uff11h", "1\u00a0h", "1h\0", "1 \u00b5s"],
    ids=lambda said: type(said).__name__,
)  # fmt: skip
def test_what_is_no_duration_is_one_clear_error(said: Any) -> None:
    with pytest.raises(InvalidValue, match="grace: "):
        read_duration(said, "grace")
