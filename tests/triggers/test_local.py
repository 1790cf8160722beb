"""What a zone's clock shows, and when."""

import random
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import SECOND, micros, moment
from pyramid_scheduler.triggers.local import (
    NEAR,
    gap_end,
    gap_length,
    instants,
    local_moment,
    segment,
)

BERLIN, APIA, TROLL = (
    ZoneInfo(name) for name in ("Europe/Berlin", "Pacific/Apia", "Antarctica/Troll")
)
LORD_HOWE, DUBLIN = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Europe/Dublin")
HOUR = 3600 * SECOND


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def utc(*parts: int) -> int:
    return micros(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type,misc]


def test_a_time_that_is_shown_once_is_one_instant() -> None:
    assert instants(wall(2030, 7, 1, 12), BERLIN) == (utc(2030, 7, 1, 10),)
    assert instants(wall(2030, 7, 1, 12, 0, 0, 1), BERLIN) == (utc(2030, 7, 1, 10) + 1,)


def test_a_time_in_an_overlap_is_two_instants_in_order() -> None:
    twice = instants(wall(2030, 10, 27, 2, 30), BERLIN)
    assert twice == (utc(2030, 10, 27, 0, 30), utc(2030, 10, 27, 1, 30))


def test_the_ends_of_an_overlap() -> None:
    assert len(instants(wall(2030, 10, 27, 1, 59, 59), BERLIN)) == 1
    assert len(instants(wall(2030, 10, 27, 2), BERLIN)) == 2
    assert len(instants(wall(2030, 10, 27, 2, 59, 59), BERLIN)) == 2
    assert len(instants(wall(2030, 10, 27, 3), BERLIN)) == 1


def test_a_time_in_a_gap_is_no_instant() -> None:
    assert instants(wall(2030, 3, 31, 2), BERLIN) == ()
    assert instants(wall(2030, 3, 31, 2, 59, 59), BERLIN) == ()
    assert instants(wall(2030, 3, 31, 3), BERLIN) == (utc(2030, 3, 31, 1),)


@pytest.mark.parametrize(
    ("zone", "inside", "end", "hours"),
    [
        (BERLIN, wall(2030, 3, 31, 2, 30), utc(2030, 3, 31, 1), 1),
        (BERLIN, wall(2030, 3, 31, 2), utc(2030, 3, 31, 1), 1),
        (BERLIN, wall(2030, 3, 31, 2, 59, 59, 999_999), utc(2030, 3, 31, 1), 1),
        (LORD_HOWE, wall(2030, 10, 6, 2, 15), utc(2030, 10, 5, 15, 30), 0.5),
        (TROLL, wall(2030, 3, 31, 1, 30), utc(2030, 3, 31, 1), 2),
        (DUBLIN, wall(2030, 3, 31, 1, 30), utc(2030, 3, 31, 1), 1),
        (APIA, wall(2011, 12, 30), utc(2011, 12, 30, 10), 24),
        (APIA, wall(2011, 12, 30, 23, 59), utc(2011, 12, 30, 10), 24),
    ],
)
def test_a_gap_has_an_end_and_a_length(
    zone: ZoneInfo, inside: datetime, end: int, hours: float
) -> None:
    assert gap_end(inside, zone) == end
    assert gap_length(inside, zone) == hours * HOUR


def test_outside_of_gaps_there_is_neither() -> None:
    for shown in (wall(2030, 7, 1), wall(2030, 10, 27, 2, 30)):
        assert gap_length(shown, BERLIN) == 0
        with pytest.raises(InvalidValue, match="in no gap"):
            gap_end(shown, BERLIN)


def test_a_local_moment_shows_local_time_with_the_offset_of_then() -> None:
    shown = local_moment(utc(2030, 7, 1, 10), BERLIN)
    assert shown.replace(tzinfo=None) == wall(2030, 7, 1, 12)
    assert shown.tzinfo == timezone(timedelta(hours=2))


def test_local_moments_of_an_overlap_compare_by_instant() -> None:
    first, second = (
        local_moment(one, BERLIN) for one in instants(wall(2030, 10, 27, 2, 30), BERLIN)
    )
    assert first < second
    assert second - first == timedelta(hours=1)
    assert first.replace(tzinfo=None) == second.replace(tzinfo=None)
    # What is avoided: with the zone itself as tzinfo, the later one is not the greater one.
    assert not first.astimezone(BERLIN) < second.astimezone(BERLIN)


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "Pacific/Apia", "Africa/Casablanca", "Asia/Gaza"]
)
def test_segments_follow_each_other_and_know_their_neighbours(name: str) -> None:
    zone = ZoneInfo(name)
    here = segment(0, zone)
    while here.end < 4_102_444_800:  # 2100
        after = segment(here.end, zone)
        if here.after != here.offset:
            assert after.start == here.end
            assert (here.after, after.before) == (after.offset, here.offset)
        else:
            assert after.start <= here.end < after.end
        here = after


def test_a_segment_has_the_offset_that_the_zone_has() -> None:
    chosen = random.Random(1)
    for name in chosen.sample(sorted(available_timezones()), 40):
        zone = ZoneInfo(name)
        for second in (chosen.randrange(4_102_444_800) for _ in range(20)):
            found = segment(second, zone)
            offset = moment(second * SECOND).astimezone(zone).utcoffset()
            assert found.start <= second < found.end
            assert timedelta(seconds=found.offset) == offset


def test_beyond_a_cut_there_is_no_change_for_long() -> None:
    for name in ("Europe/Berlin", "America/Recife", "Asia/Gaza"):
        zone = ZoneInfo(name)
        here = segment(0, zone)
        while here.end < 2_145_916_800:  # 2038
            if here.after == here.offset:
                assert segment(here.end + NEAR, zone).offset == here.offset
            if here.before == here.offset:
                assert segment(here.start - NEAR, zone).offset == here.offset
            here = segment(here.end, zone)


REGULAR = ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Chatham"]


@pytest.mark.parametrize("name", REGULAR)
def test_the_far_future_repeats_itself_every_400_years_as_zoneinfo_has_it(name: str) -> None:
    zone, chance = ZoneInfo(name), random.Random(name)

    def offset(at: int) -> float:
        return datetime.fromtimestamp(at, zone).utcoffset().total_seconds()

    for _ in range(300):
        second = chance.randrange(7_258_118_400, 252_000_000_000)  # 2200 to 9955
        found = segment(second, zone)
        assert found.start <= second < found.end
        inside = {offset(at) for at in (found.start, second, found.end - 1)}
        assert inside == {found.offset}
        assert (offset(found.start - 1), offset(found.end)) == (found.before, found.after)
