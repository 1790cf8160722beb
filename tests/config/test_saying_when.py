"""Every way to say when, wherever it is said: code, a directive, the ini file, a call."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from pyramid.exceptions import ConfigurationError

from pyramid_scheduler import task
from pyramid_scheduler.model import Definition
from pyramid_scheduler.triggers import (
    Calendar,
    CalendarTrigger,
    CronTrigger,
    IntervalTrigger,
    RRuleTrigger,
    Trigger,
)
from tests.config.scene import configurator, only_schedule

Module = Callable[[str], ModuleType]
SEOUL = {"scheduler.timezone": "Asia/Seoul"}
WEEKDAYS = CalendarTrigger(weeks=1, on="mon-fri", at="09:00", timezone="Asia/Seoul")
FIVE = CronTrigger("*/5 * * * *", timezone="Asia/Seoul")

WAYS = [
    ({"when": "every 10 minutes"}, IntervalTrigger("10m")),
    ({"when": "every weekday at 09:00"}, WEEKDAYS),
    ({"when": "every weekday at 09:00 Europe/Berlin"},
     CalendarTrigger(weeks=1, on="mon-fri", at="09:00", timezone="Europe/Berlin")),
    ({"when": "*/5 * * * *"}, FIVE),
    ({"when": "  */5  * * * * "}, CronTrigger("*/5 * * * *", timezone="Asia/Seoul")),
    ({"when": "0 9 * * MON-FRI"}, CronTrigger("0 9 * * MON-FRI", timezone="Asia/Seoul")),
    ({"when": "30 0 9 1 1 ?"}, CronTrigger("30 0 9 1 1 ?", timezone="Asia/Seoul")),
    ({"when": "@daily"}, CronTrigger("@daily", timezone="Asia/Seoul")),
    ({"every": "10 minutes"}, IntervalTrigger("10m")),
    ({"every": "every 10 minutes"}, IntervalTrigger("10m")),
    ({"every": "1h30m"}, IntervalTrigger("90m")),
    ({"every": "weekday at 09:00"}, WEEKDAYS),
    ({"every": 90}, IntervalTrigger(90)),
    ({"every": timedelta(hours=2)}, IntervalTrigger("2h")),
    ({"cron": "*/5 * * * *"}, FIVE),
    ({"interval": "PT1H30M"}, IntervalTrigger("90m")),
    ({"rrule": "FREQ=DAILY;BYHOUR=9"},
     RRuleTrigger("FREQ=DAILY;BYHOUR=9", dtstart=None, timezone="Asia/Seoul")),
    ({"trigger": FIVE | WEEKDAYS}, FIVE | WEEKDAYS),
]  # fmt: skip


def job() -> None:
    """A task."""


@pytest.mark.parametrize(("said", "trigger"), WAYS)
def test_in_the_code(said: dict[str, Any], trigger: Trigger) -> None:
    config = configurator(settings=SEOUL)
    config.add_schedule(config.add_task(job), **said)
    assert only_schedule(config).trigger == trigger


@pytest.mark.parametrize(("said", "trigger"), WAYS)
def test_with_the_task_itself(said: dict[str, Any], trigger: Trigger) -> None:
    config = configurator(settings=SEOUL)
    config.add_task(job, max_running=1, **said)
    assert only_schedule(config).trigger == trigger
    assert config.registry.scheduler.declared.tasks[f"{__name__}.job"].max_running == 1


@pytest.mark.parametrize(
    ("said", "trigger"), [way for way in WAYS if isinstance(next(iter(way[0].values())), str)]
)
def test_in_the_ini_file(said: dict[str, str], trigger: Trigger) -> None:
    ((option, value),) = said.items()
    key = f"scheduler.schedule.{__name__}.job.{option}"
    config = configurator(settings={**SEOUL, key: value})
    config.add_task(job, interval=7)
    assert only_schedule(config).trigger == trigger


@pytest.mark.parametrize(("said", "trigger"), WAYS)
def test_in_a_call_at_run_time(said: dict[str, Any], trigger: Trigger) -> None:
    scheduler = made().scheduler
    scheduler.schedule(job, id="mine", **said)
    (schedule,) = scheduler.schedules()
    assert schedule.definition.trigger == trigger


def made(**settings: str) -> Any:
    config = configurator(settings={**SEOUL, "scheduler.store": "memory://", **settings})
    config.add_task(job)
    config.make_wsgi_app()
    return config.registry


def test_a_phrase_or_a_cron_line_may_stand_first(module: Module) -> None:
    shop = module("""
        @task("every 10 minutes")
        @task("0 9 * * 1-5", name="mornings", overlap="allow")
        def job(): ...
    """)
    config = configurator(settings=SEOUL)
    config.scan(shop)
    config.commit()
    found = config.registry.scheduler.declared.definitions
    assert found[f"{shop.__name__}.job"].trigger == IntervalTrigger("10m")
    assert found["mornings"].trigger == CronTrigger("0 9 * * 1-5", timezone="Asia/Seoul")
    assert found["mornings"].overlap == "allow"


def test_it_stands_first_in_a_directive_and_in_a_call_too() -> None:
    config = configurator(settings={**SEOUL, "scheduler.store": "memory://"})
    config.add_schedule(config.add_task(job), "every weekday at 09:00")
    assert only_schedule(config).trigger == WEEKDAYS
    config.make_wsgi_app()
    scheduler = config.registry.scheduler
    scheduler.schedule(job, "*/5 * * * *", id="mine")
    assert [one.definition.trigger for one in scheduler.schedules()] == [FIVE]


def test_h_is_spread_by_the_name_of_the_schedule() -> None:
    config = configurator()
    config.add_task(job, cron="H H * * *")
    name = f"{__name__}.job"
    assert only_schedule(config).trigger == CronTrigger("H H * * *", name=name)


def rule(**said: Any) -> Definition:
    config = configurator(settings=SEOUL)
    config.add_task(job, rrule="FREQ=DAILY", **said)
    return only_schedule(config)


def test_a_rule_counts_from_the_start_of_its_schedule() -> None:
    trigger = rule(start="2030-01-31T09:30").trigger
    assert trigger.next(datetime(2030, 2, 1, 12, tzinfo=UTC)) == at("2030-02-02T09:30+09:00")


def test_a_rule_without_a_start_counts_from_the_midnight_before_its_declaration() -> None:
    trigger = rule().trigger.anchored(at("2030-01-31T22:10+09:00"))
    assert trigger.next(at("2030-01-31T22:10+09:00")) == at("2030-02-01T00:00+09:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_rule_with_a_wrong_until_for_its_start_is_refused() -> None:
    config = configurator()
    with pytest.raises(ConfigurationError, match="UNTIL is before dtstart"):
        config.add_task(job, rrule="FREQ=DAILY;UNTIL=20290101T000000Z", start="2030-01-31T09:30")


def test_a_calendar_may_be_declared_after_the_schedule_that_names_it() -> None:
    config = configurator()
    trigger = CronTrigger("0 9 * * *").excluding("closed")
    config.add_task(job, trigger=trigger)
    config.add_calendar("closed", Calendar(dates=["2030-01-02"]))
    assert only_schedule(config).trigger == trigger
    fires = trigger.next(at("2030-01-01T10:00+00:00"))
    assert fires == at("2030-01-03T09:00+00:00")


def test_a_calendar_that_nobody_declared_is_refused_at_the_commit() -> None:
    config = configurator()
    config.add_task(job, trigger=CronTrigger("0 9 * * *").excluding("nowhere"))
    with pytest.raises(ConfigurationError, match="no calendar is called 'nowhere'"):
        config.commit()


def test_the_decorator_leaves_the_function_as_it_is() -> None:
    assert task("every 10 minutes")(job) is job
