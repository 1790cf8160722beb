"""``scheduler.backfill``: which fire times are made up."""

from typing import Any

import pytest

from pyramid_scheduler.errors import InvalidValue, UnknownSchedule
from pyramid_scheduler.instants import SECOND, moment
from tests.config.scene import configurator


def job() -> None:
    """A task."""


@pytest.fixture
def scheduler() -> Any:
    """That of an application whose schedule has been declared for a day."""
    config = configurator()
    config.add_task(job, "t")
    config.make_wsgi_app()
    known = config.registry.scheduler
    known.schedule("t", "0 * * * *", id="hourly", timezone="Asia/Seoul")
    return known


DAY = ("2020-01-31T00:00", "2020-01-31T23:59")


def test_all_between_two_instants_in_the_zone_of_the_schedule(scheduler: Any) -> None:
    found = scheduler.backfill("hourly", *DAY)
    assert len(found) == 24
    assert found[0] == moment(1_580_396_400 * SECOND), "midnight of Seoul"
    assert {run.fire_time for run in scheduler.runs()} == set(found)
    assert scheduler.backfill("hourly", *DAY) == []


def test_a_dry_run_tells_only(scheduler: Any) -> None:
    assert len(scheduler.backfill("hourly", *DAY, dry_run=True)) == 24
    assert scheduler.runs() == []


def test_what_is_to_come_is_not_made_up(scheduler: Any) -> None:
    coming = scheduler.next_fire_times(1)[0].fire_time
    found = scheduler.backfill("hourly", coming.replace(year=coming.year - 1), coming, limit=9000)
    assert coming not in found
    assert len(found) > 8000


@pytest.mark.parametrize(
    ("args", "options", "words"),
    [
        (DAY[::-1], {}, "end 2020-01-30 15:00:00.00:00 is before start"),
        (DAY, {"limit": 23}, "'hourly' has more than 23 fire times between"),
        (DAY, {"limit": 0}, "limit: 0 is not a whole number"),
        (DAY, {"overlap": "skip"}, "overlap: 'skip' is neither None nor 'allow'"),
        (("09:00", "10:00"), {}, "start: '09:00' is a time of day"),
    ],
)
def test_what_cannot_be_made_up_is_one_clear_error(
    scheduler: Any, args: Any, options: Any, words: str
) -> None:
    with pytest.raises(InvalidValue, match=f"backfill: .*{words}"):
        scheduler.backfill("hourly", *args, **options)
    assert scheduler.runs() == []


def test_a_schedule_that_nobody_knows(scheduler: Any) -> None:
    with pytest.raises(UnknownSchedule, match="did you mean 'hourly'"):
        scheduler.backfill("hourlie", *DAY)
