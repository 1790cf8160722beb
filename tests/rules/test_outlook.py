"""The load to come, minute by minute."""

from datetime import timedelta
from itertools import pairwise

import pytest

from pyramid_scheduler.instants import SECOND, moment
from pyramid_scheduler.model import Definition, Origin, Schedule
from pyramid_scheduler.rules.definitions import created
from pyramid_scheduler.rules.outlook import COUNTED, MINUTE, Peak, load, peaks
from pyramid_scheduler.triggers import IntervalTrigger, OnceTrigger
from tests.clock import START


def every(seconds: float, name: str = "beat", **options: object) -> Schedule:
    trigger = IntervalTrigger(timedelta(seconds=seconds))
    definition = Definition(name=name, task="job", trigger=trigger, **options)
    return created(definition, Origin.CODE, START)


def once(minute: float, name: str) -> Schedule:
    trigger = OnceTrigger(moment(START + round(minute * MINUTE)))
    return created(Definition(name=name, task="job", trigger=trigger), Origin.STORE, START)


def test_each_minute_has_the_fire_times_that_fall_into_it() -> None:
    found = load([every(30), every(120, "slow")], START, START + 5 * MINUTE)
    assert found.minutes == [1, 2, 3, 2, 3]
    assert found.estimated == []


def test_what_is_paused_or_over_is_no_load() -> None:
    assert load([every(30, enabled=False)], START, START + 2 * MINUTE).minutes == [0, 0]
    assert load([once(1, "o")], START, START + 4 * MINUTE).minutes == [0, 1, 0, 0]


def test_fire_times_before_and_after_are_no_load() -> None:
    found = load([every(30)], START + 10 * MINUTE, START + 12 * MINUTE)
    assert found.minutes == [2, 2]


def test_a_schedule_of_too_many_is_taken_to_go_on() -> None:
    day = 24 * 60
    found = load([every(0.5)], START, START + day * MINUTE)
    assert found.estimated == ["beat"]
    assert sum(found.minutes) > 2 * COUNTED
    assert abs(sum(found.minutes) / (day * 120) - 1) < 0.01


@pytest.mark.parametrize("seconds", [0.5, 1, 2, 5, 7, 14.3, 15])
@pytest.mark.parametrize("begun", [0, 61, 1365])
def test_it_goes_on_at_the_rate_of_its_own_fire_times(seconds: float, begun: int) -> None:
    # The day has begun ``begun`` minutes before the schedule did.
    days = 8 * 24 * 60
    found = load([every(seconds)], START - begun * MINUTE, START + days * MINUTE)
    assert found.estimated == ["beat"]
    step = round(seconds * SECOND)
    # The first fire time is one interval after the start.
    until = [max(0, minute * MINUTE - 1) // step for minute in range(days + 1)]
    exact = [after - before for before, after in pairwise(until)]
    assert found.minutes[begun:] == exact
    assert found.schedules[begun:] == [1] * days


def test_the_fullest_minutes_name_who_falls_together() -> None:
    schedules = [once(3, "a"), once(3.5, "b"), once(3.9, "c"), once(7, "d"), once(7.2, "e"),
                 once(9, "alone")]  # fmt: skip
    found = load(schedules, START, START + 10 * MINUTE)
    assert peaks(found, schedules, 5) == [
        Peak(START + 3 * MINUTE, 3, ["a", "b", "c"]),
        Peak(START + 7 * MINUTE, 2, ["d", "e"]),
    ]
    assert len(peaks(found, schedules, 1)) == 1


def test_one_schedule_that_fires_often_is_no_collision() -> None:
    schedules = [every(10)]
    assert peaks(load(schedules, START, START + 5 * MINUTE), schedules, 5) == []
