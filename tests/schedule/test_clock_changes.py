"""Around every change of every clock a job comes when it should: a simulation by the minute."""

import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo, available_timezones

import pytest

from pyramid_scheduler.instants import SECOND, micros
from pyramid_scheduler.schedule.beat import Beat, face

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
# Among them are changes by half an hour, two hours, seven, a whole day, and at midnight.
NOTED = [
    ("Europe/Berlin", 2030, 3),
    ("Europe/Berlin", 2030, 10),
    ("America/St_Johns", 2010, 11),
    ("Australia/Lord_Howe", 2030, 4),
    ("Australia/Lord_Howe", 2030, 10),
    ("Antarctica/Troll", 2030, 3),
    ("Antarctica/Troll", 2030, 10),
    ("America/Havana", 2030, 3),
    ("Antarctica/Vostok", 1994, 1),
    ("Pacific/Apia", 2011, 12),
]

Change = tuple[str, int]


def offset(instant: int, zone: ZoneInfo) -> timedelta:
    return datetime.fromtimestamp(instant // SECOND, zone).utcoffset() or timedelta()


def changes(name: str, first: int, last: int) -> Iterator[Change]:
    """The minutes at which the clock of the zone ``name`` changes, from one instant to another."""
    zone = ZoneInfo(name)
    for low in range(first, last, 5 * DAY):
        begin, end = low, low + 5 * DAY
        if offset(begin, zone) == offset(end, zone):
            continue
        while end - begin > MINUTE:
            middle = (begin + end) // 2 // MINUTE * MINUTE
            begin, end = (
                (middle, end) if offset(middle, zone) == offset(low, zone) else (begin, middle)
            )
        yield name, end


def of_month(name: str, year: int, month: int) -> Change:
    first = micros(datetime(year, month, 1, tzinfo=UTC))
    return next(changes(name, first, first + 31 * DAY))


def of_all() -> Iterator[Change]:
    for name in sorted(available_timezones() - {"localtime"}):
        yield from changes(name, 0, micros(datetime(2038, 1, 1, tzinfo=UTC)))


def a_few() -> Iterator[Change]:
    chosen = random.Random(3)
    names = sorted(available_timezones() - {"localtime"})
    for name in chosen.sample(names, 60):
        year = chosen.randrange(1970, 2037)
        first = micros(datetime(year, 1, 1, tzinfo=UTC))
        yield from changes(name, first, first + 366 * DAY)


def walked(beat: Beat, start: int, end: int) -> list[int]:
    found = []
    while (start := beat.next(start)) <= end:
        found.append(start)
    return found


def check_hourly(change: Change, minute: int) -> None:
    """``every().hour.at()`` comes whenever the clock shows the minute, in either pass."""
    name, at = change
    zone = ZoneInfo(name)
    start, end = at - 30 * HOUR, at + 30 * HOUR
    expected = [
        instant
        for instant in range(start + MINUTE, end + 1, MINUTE)
        if face(instant, zone).minute == minute and face(instant, zone).second == 0
    ]
    beat = Beat(1, "hours", time_of_day(0, minute), zone)
    assert walked(beat, start, end) == expected, (name, at)


def check_daily(change: Change, hour: int, minute: int) -> None:
    """``every().day.at()`` comes once a day: in the first pass, or later by the gap."""
    name, at = change
    zone = ZoneInfo(name)
    start, end = at - 3 * DAY, at + 3 * DAY
    first = face(start, zone).date()
    days = [first + timedelta(days=n) for n in range(9)]
    expected = sorted({owed(day, hour, minute, zone) for day in days})
    beat = Beat(1, "days", time_of_day(hour, minute), zone)
    assert walked(beat, start, end) == [one for one in expected if start < one <= end], (name, at)


def owed(day: date, hour: int, minute: int, zone: ZoneInfo) -> int:
    """By the minute: the first instant of that day that shows the time, else PEP 495's reading."""
    wall = datetime(day.year, day.month, day.day, hour, minute)
    middle = micros(wall.replace(tzinfo=UTC))
    for instant in range(middle - 15 * HOUR, middle + 15 * HOUR, MINUTE):
        if face(instant, zone) == wall:
            return instant
    return micros(wall.replace(tzinfo=zone).astimezone(UTC))


def regular(change: Change) -> bool:
    """Whether the zone's offset has no seconds in it then, as local mean times had."""
    zone = ZoneInfo(change[0])
    near = (change[1] - 4 * DAY, change[1] + 4 * DAY)
    return all(offset(instant, zone).seconds % 60 == 0 for instant in near)


@pytest.mark.parametrize("change", NOTED, ids=str)
def test_every_hour_is_every_hour_that_the_clock_shows(change: tuple[str, int, int]) -> None:
    for minute in (0, 15, 30, 59):
        check_hourly(of_month(*change), minute)


@pytest.mark.parametrize("change", NOTED, ids=str)
def test_every_day_is_once_on_each_day_that_there_is(change: tuple[str, int, int]) -> None:
    for hour, minute in [(0, 0), (0, 30), (1, 45), (2, 30), (3, 0), (12, 0), (23, 30)]:
        check_daily(of_month(*change), hour, minute)


def test_so_it_is_in_a_few_zones_of_a_few_years() -> None:
    chosen = random.Random(4)
    for change in filter(regular, a_few()):
        check_hourly(change, chosen.randrange(60))
        check_daily(change, chosen.randrange(4), chosen.randrange(60))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_so_it_is_in_thousands_of_changes_of_all_zones() -> None:
    chosen = random.Random(5)
    for change in filter(regular, chosen.sample(list(of_all()), 5_000)):
        check_hourly(change, chosen.randrange(60))
        check_daily(change, chosen.randrange(4), chosen.randrange(60))


@pytest.mark.parametrize("change", NOTED, ids=str)
def test_what_is_true_of_a_named_zone_is_true_of_the_local_one(
    monkeypatch: pytest.MonkeyPatch, change: tuple[str, int, int]
) -> None:
    name, at = of_month(*change)
    monkeypatch.setitem(os.environ, "TZ", name)
    time.tzset()
    for unit, interval in [("minutes", 7), ("hours", 1), ("hours", 4), ("days", 1), ("weeks", 1)]:
        for said in (None, time_of_day(2, 30)):
            beats = [Beat(interval, unit, said, zone) for zone in (None, ZoneInfo(name))]
            local, named = (walked(beat, at - 2 * DAY, at + 2 * DAY) for beat in beats)
            assert local == named, (unit, interval, said)


@pytest.mark.parametrize("change", NOTED, ids=str)
def test_the_next_is_always_later(change: tuple[str, int, int]) -> None:
    name, at = of_month(*change)
    chosen = random.Random(6)
    for _ in range(300):
        unit = chosen.choice(["seconds", "minutes", "hours", "days", "weeks"])
        interval = chosen.choice([1, 1, 2, 3, 0.3, 0.001, 12])
        said = chosen.choice([None, time_of_day(chosen.randrange(24), chosen.randrange(60))])
        weekday = chosen.choice([None, chosen.randrange(7)]) if unit == "weeks" else None
        beat = Beat(interval, unit, said, ZoneInfo(name), weekday)
        now = at + chosen.randrange(-DAY, DAY)
        assert (
            now
            < beat.next(now)
            <= now + 2 * max(beat.period(), timedelta(days=8)) / timedelta(microseconds=1)
        ), (beat, now)
