"""Schedules made at run time: how when may be said, and what is told of what cannot be taken."""

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


def test_an_option_that_is_none_is_told_all_that_are(scheduler: Scheduler) -> None:
    with pytest.raises(InvalidValue, match=r"did you mean 'timezone'.*, after, id, replace\)"):
        scheduler.schedule("t", "every hour", tz="UTC")
