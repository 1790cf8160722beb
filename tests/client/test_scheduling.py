"""Schedules made at run time: how when may be said, and what is told of what cannot be taken."""

from typing import Any

import pytest

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.triggers import IntervalTrigger
from tests.config.scene import configurator


@pytest.fixture
def scheduler() -> Scheduler:
    config = configurator(settings={"scheduler.store": "memory://"})
    config.add_task(job, "t")
    config.make_wsgi_app()
    known: Scheduler = config.registry.scheduler
    return known


def job() -> None:
    """A task."""


def test_a_trigger_may_stand_where_a_phrase_does(scheduler: Scheduler) -> None:
    scheduler.schedule("t", IntervalTrigger("1h"), id="hourly")
    (schedule,) = scheduler.schedules()
    assert schedule.definition.trigger == IntervalTrigger("1h")


@pytest.mark.parametrize(
    "given",
    [None, 5, [5], [None], ["t"], "t", {"task": "t"}, [{}], [{"id": "a"}], [{"task": "t", 5: 6}]],
)
def test_what_are_no_schedules_is_one_clear_error(scheduler: Scheduler, given: Any) -> None:
    with pytest.raises(InvalidValue, match=r"^schedule_many: .* is not a (list|dict) of"):
        scheduler.schedule_many(given)
    assert list(scheduler.schedules()) == []


def test_many_may_come_one_by_one(scheduler: Scheduler) -> None:
    each = ({"task": "t", "id": name, "interval": 60} for name in "ab")
    assert scheduler.schedule_many(each) == ["a", "b"]  # type: ignore[arg-type]


def test_an_option_that_is_none_is_told_all_that_are(scheduler: Scheduler) -> None:
    with pytest.raises(InvalidValue, match=r"did you mean 'timezone'.*, after, id, replace\)"):
        scheduler.schedule("t", "every hour", tz="UTC")
