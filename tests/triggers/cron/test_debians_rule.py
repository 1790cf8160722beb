"""Around every clock change the trigger fires as a simulation of Debian's rule does."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from pyramid_scheduler.triggers import CronTrigger
from tests.triggers.cron.debian import DAY, changes, expression, fires, walked

ZONES = sorted(available_timezones())


def differences(name: str, change: datetime, chosen: random.Random, count: int) -> list[str]:
    """Say which of ``count`` expressions fire otherwise in the two days around ``change``."""
    zone = ZoneInfo(name)
    start, end = change - DAY, change + DAY
    walk = walked(zone, start, end)
    return [
        f"{text!r} in {name} around {change}"
        for text in (expression(chosen) for _ in range(count))
        if not agreed(CronTrigger(text, timezone=name), start, end, fires(text, zone, walk, start))
    ]


def agreed(trigger: CronTrigger, start: datetime, end: datetime, expected: list[datetime]) -> bool:
    """Whether the trigger gives what is expected, and the same backward."""
    backward = []
    fire = trigger.previous(end + timedelta(microseconds=1))
    while fire is not None and fire > start:
        backward.append(fire)
        fire = trigger.previous(fire)
    return expected == trigger.between(start, end) == backward[::-1]


def test_some_hundred_expressions_around_some_hundred_changes() -> None:
    chosen = random.Random(1977)
    around = [
        (name, change)
        for name in chosen.sample(ZONES, 150)
        for year in [chosen.randint(1970, 2037)]
        for change in changes(ZoneInfo(name), year, year + 1)
    ]
    assert len(around) > 100
    assert [line for name, change in around for line in differences(name, change, chosen, 3)] == []


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("Australia/Lord_Howe", 2030), ("Antarctica/Troll", 2030), ("Europe/Dublin", 2030),
        ("Africa/Casablanca", 2026), ("Pacific/Apia", 2011), ("America/St_Johns", 2010),
        ("America/Sao_Paulo", 2018), ("Asia/Beirut", 2030), ("Africa/Monrovia", 1972),
        ("Antarctica/Vostok", 1994), ("Antarctica/Casey", 2020), ("Pacific/Kwajalein", 1993),
    ],
)  # fmt: skip
def test_the_odd_zones(name: str, year: int) -> None:
    chosen = random.Random(year)
    found = changes(ZoneInfo(name), year, year + 1)
    assert found
    assert [line for change in found for line in differences(name, change, chosen, 15)] == []


def test_the_second_0_and_any_year_said_or_unsaid_are_the_same() -> None:
    chosen = random.Random(59)
    for name in ("Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"):
        for change in changes(ZoneInfo(name), 2010, 2012):
            for text in (expression(chosen) for _ in range(10)):
                expected = CronTrigger(text, timezone=name).between(change - DAY, change + DAY)
                for more in (f"0 {text}", f"0 {text} *"):
                    trigger = CronTrigger(more, timezone=name)
                    assert agreed(trigger, change - DAY, change + DAY, expected)


@pytest.mark.slow
@pytest.mark.timeout(7200)  # minutes on a quiet machine
def test_every_change_of_every_zone() -> None:
    chosen = random.Random(2037)
    seen: set[tuple[object, ...]] = set()
    wrong = []
    for name in ZONES:
        found = changes(ZoneInfo(name), 1970, 2038)
        same = tuple((change, change.astimezone(ZoneInfo(name)).utcoffset()) for change in found)
        if same not in seen:  # many names are of one zone
            seen.add(same)
            wrong += [line for change in found for line in differences(name, change, chosen, 2)]
    assert wrong == []
