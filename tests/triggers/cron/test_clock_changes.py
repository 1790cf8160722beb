"""What becomes of a time when the zone's clock is changed: facts, worked out by hand."""

from typing import Any

import pytest

from pyramid_scheduler.triggers import CronTrigger
from tests.triggers.cron.scene import at, shown

BERLIN = "Europe/Berlin"
# In Berlin, 2030-03-31 has no 02:00 to 03:00, and 2030-10-27 has it twice.
SPRING, AUTUMN = "2030-03-30T22:59Z", "2030-10-26T21:59Z"  # the midnights before, nearly


def berlin(expression: str, start: str, count: int, **options: Any) -> list[str]:
    """Day and time of the fire times, with the hours of the offset."""
    fires = shown(expression, start, count, timezone=BERLIN, **options)
    return [fire[8:16] + fire[19:22] for fire in fires]


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("30 2 * * *", ["31 03:00+02", "01 02:30+02", "02 02:30+02"]),
        ("0 2 * * *", ["31 03:00+02", "01 02:00+02", "02 02:00+02"]),
        ("59 2 * * *", ["31 03:00+02", "01 02:59+02", "02 02:59+02"]),
        ("0 3 * * *", ["31 03:00+02", "01 03:00+02", "02 03:00+02"]),
        # Several in the gap: once in all; the end of the gap that matches itself: once.
        ("0,20,40 2 * * *", ["31 03:00+02", "01 02:00+02", "01 02:20+02"]),
        ("30 1,2,3 * * *", ["31 01:30+01", "31 03:00+02", "31 03:30+02"]),
        ("0 2,3 * * *", ["31 03:00+02", "01 02:00+02", "01 03:00+02"]),
        ("0 2-4 * * *", ["31 03:00+02", "31 04:00+02", "01 02:00+02"]),
        # Seconds, and years, follow the same rule.
        ("15 30 2 * * *", ["31 03:00+02", "01 02:30+02", "02 02:30+02"]),
        ("*/30 30 2 * * *", ["31 03:00+02", "01 02:30+02", "01 02:30+02"]),
        ("0 30 2 * * * 2030", ["31 03:00+02", "01 02:30+02", "02 02:30+02"]),
        # A wildcard: each minute that the clock shows, none in the gap.
        ("30 * * * *", ["31 00:30+01", "31 01:30+01", "31 03:30+02"]),
        ("*/30 2 * * *", ["01 02:00+02", "01 02:30+02", "02 02:00+02"]),
        ("30 */2 * * *", ["31 00:30+01", "31 04:30+02", "31 06:30+02"]),
        ("*,5 2 * * *", ["01 02:00+02", "01 02:01+02", "01 02:02+02"]),
    ],
)
def test_a_gap(expression: str, fires: list[str]) -> None:
    assert berlin(expression, SPRING, 3) == fires


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("30 2 * * *", ["27 02:30+02", "28 02:30+01", "29 02:30+01"]),
        ("0 3 * * *", ["27 03:00+01", "28 03:00+01", "29 03:00+01"]),
        ("30 1,2,3 * * *", ["27 01:30+02", "27 02:30+02", "27 03:30+01"]),
        ("*/30 30 2 * * *", ["27 02:30+02", "27 02:30+02", "28 02:30+01"]),
        ("0 * * * *", ["27 00:00+02", "27 01:00+02", "27 02:00+02", "27 02:00+01", "27 03:00+01"]),
        ("*/30 2 * * *", ["27 02:00+02", "27 02:30+02", "27 02:00+01", "27 02:30+01"]),
        ("30 */2 * * *", ["27 00:30+02", "27 02:30+02", "27 02:30+01", "27 04:30+01"]),
        ("@hourly", ["27 00:00+02", "27 01:00+02", "27 02:00+02", "27 02:00+01", "27 03:00+01"]),
        ("@daily", ["27 00:00+02", "28 00:00+01"]),
    ],
)
def test_an_overlap(expression: str, fires: list[str]) -> None:
    assert berlin(expression, AUTUMN, len(fires)) == fires


@pytest.mark.parametrize(
    ("start", "options", "fires"),
    [
        (SPRING, {"dst_gap": "skip"}, ["01 02:30+02", "02 02:30+02"]),
        (AUTUMN, {"dst_gap": "skip"}, ["27 02:30+02", "28 02:30+01"]),
        (AUTUMN, {"dst_overlap": "second"}, ["27 02:30+01", "28 02:30+01"]),
        (AUTUMN, {"dst_overlap": "both"}, ["27 02:30+02", "27 02:30+01"]),
        (SPRING, {"dst_overlap": "both"}, ["31 03:00+02", "01 02:30+02"]),
    ],
)
def test_a_fixed_time_may_be_treated_otherwise(
    start: str, options: dict[str, str], fires: list[str]
) -> None:
    assert berlin("30 2 * * *", start, 2, **options) == fires


@pytest.mark.parametrize(
    ("start", "options", "fires"),
    [
        (SPRING, {"dst_gap": "skip"}, ["31 01:30+01", "31 03:30+02"]),
        (AUTUMN, {"dst_overlap": "both"}, ["27 01:30+02", "27 02:30+02", "27 02:30+01"]),
        (AUTUMN, {"dst_overlap": "second"}, ["27 01:30+02", "27 02:30+01", "27 03:30+01"]),
    ],
)
def test_a_wildcard_fires_whenever_the_clock_shows_it_unless_only_the_second_pass_is_wanted(
    start: str, options: dict[str, str], fires: list[str]
) -> None:
    assert berlin("30 * * * *", start, 1 + len(fires), **options)[1:] == fires


def test_asked_within_the_second_pass_it_answers_what_is_later() -> None:
    fixed = CronTrigger("30 2 * * *", timezone=BERLIN)
    wildcard = CronTrigger("*/30 * * * *", timezone=BERLIN)
    second = at("2030-10-27T02:10+01:00")
    assert fixed.next(second) == at("2030-10-28T02:30+01:00")
    assert wildcard.next(second) == at("2030-10-27T02:30+01:00")
    assert fixed.previous(second) == at("2030-10-27T02:30+02:00")
    assert wildcard.previous(second) == at("2030-10-27T02:00+01:00")


def test_the_end_of_a_gap_is_a_fire_time_like_any_other() -> None:
    trigger = CronTrigger("30 2 * * *", timezone=BERLIN)
    end = at("2030-03-31T03:00+02:00")
    assert trigger.matches(end)
    assert trigger.next(at("2030-03-31T01:59:59.999999+01:00")) == end
    assert trigger.next(end) == at("2030-04-01T02:30+02:00")
    assert trigger.previous(at("2030-03-31T03:00:00.000001+02:00")) == end
    assert trigger.previous(end) == at("2030-03-30T02:30+01:00")


@pytest.mark.parametrize(
    ("zone", "expression", "start", "fires"),
    [
        # Half an hour forward, and back.
        ("Australia/Lord_Howe", "15 2 * * *", "2030-10-05T00:00Z",
         ["2030-10-06 02:30:00+11:00", "2030-10-07 02:15:00+11:00"]),
        ("Australia/Lord_Howe", "45 1 * * *", "2030-04-06T00:00Z",
         ["2030-04-07 01:45:00+11:00", "2030-04-08 01:45:00+10:30"]),
        ("Australia/Lord_Howe", "*/30 1 * * *", "2030-04-06T13:59Z",
         ["2030-04-07 01:00:00+11:00", "2030-04-07 01:30:00+11:00", "2030-04-07 01:30:00+10:30"]),
        # At midnight: the day begins at 01:00.
        ("America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00Z",
         ["2018-11-04 01:00:00-02:00", "2018-11-05 00:00:00-02:00"]),
        ("America/Sao_Paulo", "@hourly", "2018-11-04T02:30Z",
         ["2018-11-04 01:00:00-02:00", "2018-11-04 02:00:00-02:00"]),
        # Two hours.
        ("Antarctica/Troll", "30 1,2 * * *", "2030-03-30T12:00Z",
         ["2030-03-31 03:00:00+02:00", "2030-04-01 01:30:00+02:00"]),
        # Winter time is the change in Dublin, and Ramadan in Morocco.
        ("Europe/Dublin", "30 1 * * *", "2030-03-30T12:00Z",
         ["2030-03-31 02:00:00+01:00", "2030-04-01 01:30:00+01:00"]),
        ("Africa/Casablanca", "30 2 * * *", "2026-03-21T12:00Z",
         ["2026-03-22 03:00:00+01:00", "2026-03-23 02:30:00+01:00"]),
        # The lost day is a change of calendar: nothing is made up for it.
        ("Pacific/Apia", "30 2 * * *", "2011-12-29T00:00Z",
         ["2011-12-29 02:30:00-10:00", "2011-12-31 02:30:00+14:00"]),
        ("Pacific/Apia", "0 0 30 12 *", "2011-01-01T00:00Z",
         ["2012-12-30 00:00:00+14:00"]),
        # Three hours are still a gap.
        ("Asia/Ust-Nera", "30 1 * * *", "1981-03-31T00:00Z",
         ["1981-04-01 03:00:00+12:00", "1981-04-02 01:30:00+12:00"]),
    ],
)  # fmt: skip
def test_odd_zones(zone: str, expression: str, start: str, fires: list[str]) -> None:
    assert shown(expression, start, len(fires), timezone=zone) == fires


def test_answers_compare_by_instant_though_they_show_the_same_time() -> None:
    first, second = CronTrigger("30 2 27 10 *", timezone=BERLIN, dst_overlap="both").between(
        at("2030-10-01"), at("2030-11-01")
    )
    assert first < second
    assert first.replace(tzinfo=None) == second.replace(tzinfo=None)
