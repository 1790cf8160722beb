"""The ini file over the code: every option of a task and of a schedule, and what names nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError, ConfigurationExecutionError

from pyramid_scheduler import IntervalTrigger, Misfire, OnceTrigger, OnCrash, Overlap
from pyramid_scheduler.declaring import SCHEDULE_OPTIONS, TASK_OPTIONS
from pyramid_scheduler.scripts.problems import problems
from tests.config.scene import arguments, configurator, declared, made

TASK = "scheduler.task.shop.clean."
SCHEDULE = "scheduler.schedule.shop.clean."


def clean(request: Any = None, days: int = 1) -> None:
    """A task."""


def overridden(**settings: str) -> Configurator:
    """An application whose only task and schedule are called shop.clean."""
    config = configurator(settings=settings)
    config.add_task(clean, "shop.clean", max_running=3, tags="code")
    config.add_schedule("shop.clean", interval=10, grace=5, kwargs={"days": 2})
    return config


def task_with(option: str, text: str) -> Any:
    return made(overridden(**{TASK + option: text})).tasks["shop.clean"]


def schedule_with(option: str, text: str) -> Any:
    return made(overridden(**{SCHEDULE + option: text})).definitions["shop.clean"]


def refused(**settings: str) -> str:
    config = overridden(**settings)
    with pytest.raises(ConfigurationError) as raised:
        config.make_wsgi_app()
    return str(raised.value)


def test_every_option_of_a_task_can_be_overridden() -> None:
    assert task_with("executor", "threads").executor == "threads"
    assert task_with("on_crash", "fail").on_crash is OnCrash.FAIL
    assert task_with("max_running", "1").max_running == 1
    assert task_with("max_crashes", "9").max_crashes == 9
    assert task_with("tags", "slow, disk").tags == ("disk", "slow")
    assert task_with("description", "Makes room.").description == "Makes room."


def test_whether_a_task_takes_the_request_can_be_overridden() -> None:
    config = configurator(settings={f"{TASK}request": "false"})
    config.add_task(clean, "shop.clean")
    assert list(made(config).tasks["shop.clean"].signature.parameters) == ["request", "days"]


def test_every_option_of_a_schedule_can_be_overridden() -> None:
    noon = datetime(2030, 1, 31, 12, tzinfo=UTC)
    assert schedule_with("interval", "2m").trigger == IntervalTrigger(timedelta(minutes=2))
    assert schedule_with("at", "2030-01-31T12:00").trigger == OnceTrigger(noon)
    assert schedule_with(
        "trigger", '{"kind": "interval", "every": 3000000, "anchor": null}'
    ).trigger == IntervalTrigger(timedelta(seconds=3))
    assert schedule_with("timezone", "Asia/Seoul").timezone == "Asia/Seoul"
    assert schedule_with("start", "2030-01-31T12:00:00Z").start == noon
    assert schedule_with("start", "now").start == "now"
    assert schedule_with("end", "2030-01-31T12:00:00Z").end == noon
    assert schedule_with("misfire", "all").misfire is Misfire.ALL
    assert schedule_with("grace", "1.5h").grace == timedelta(minutes=90)
    assert schedule_with("catch_up", "7").catch_up == 7
    assert schedule_with("overlap", "allow").overlap is Overlap.ALLOW
    assert schedule_with("enabled", "false").enabled is False
    assert arguments(schedule_with("kwargs", '{"days": 9}')) == ([], {"days": 9})


def test_arguments_of_a_schedule_can_be_overridden() -> None:
    config = overridden(**{f"{SCHEDULE}args": "[4]", f"{SCHEDULE}kwargs": "{}"})
    assert arguments(made(config).definitions["shop.clean"]) == ([4], {})


def test_a_zone_in_the_ini_file_is_that_of_instants_in_the_code() -> None:
    config = configurator(settings={"scheduler.schedule.once.timezone": "Asia/Seoul"})
    config.add_task(clean, "once")
    config.add_schedule("once", at="2030-01-31T21:00")
    noon = datetime(2030, 1, 31, 12, tzinfo=UTC)
    assert made(config).definitions["once"].trigger == OnceTrigger(noon)


def test_none_unsays_what_code_says() -> None:
    assert task_with("max_running", "none").max_running is None
    assert schedule_with("grace", "none").grace is None


def test_without_an_override_the_code_holds() -> None:
    config = overridden()
    task = made(config).tasks["shop.clean"]
    assert (task.max_running, task.tags) == (3, ("code",))


def test_a_value_that_is_no_text_is_taken_as_well() -> None:
    config = overridden(**{f"{SCHEDULE}interval": 30, f"{SCHEDULE}enabled": False})
    definition = made(config).definitions["shop.clean"]
    assert definition.trigger == IntervalTrigger(timedelta(seconds=30))
    assert definition.enabled is False


def test_an_override_holds_for_what_the_application_overrides() -> None:
    def includes(config: Configurator) -> None:
        config.add_task(clean, "shop.clean", max_running=1)

    config = configurator(settings={f"{TASK}max_running": "5"})
    config.include(includes)
    config.add_task(clean, "shop.clean", max_running=2)
    assert made(config).tasks["shop.clean"].max_running == 5


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        (f"{SCHEDULE}enabled", "maybe", "enabled: 'maybe' is neither true nor false"),
        (f"{SCHEDULE}interval", "0", "interval: 0 s is not between 0.1 s and 365000 days"),
        (f"{SCHEDULE}interval", "", "interval: '' is not a duration"),
        (f"{SCHEDULE}interval", "nan", "interval: 'nan' is not a duration"),
        (
            f"{SCHEDULE}interval",
            "none",
            "give exactly one of when=, interval=",
        ),
        (f"{SCHEDULE}at", "09:00", "at: '09:00' is a time of day"),
        (f"{SCHEDULE}trigger", "every friday", "trigger: 'every friday' is not a JSON object"),
        (f"{SCHEDULE}trigger", '{"kind": "crn"}', "no trigger is of kind 'crn'"),
        (f"{SCHEDULE}trigger", '{"every": 1}', "lacks 'kind'"),
        (f"{SCHEDULE}trigger", '{"kind": "interval"}', "lacks 'anchor'"),
        (f"{SCHEDULE}trigger", '{"kind": "once", "at": 1e99}', "is not a trigger"),
        (f"{SCHEDULE}trigger", '{"kind": []}', "is not a trigger"),
        (f"{SCHEDULE}args", "1, 2", "args: '1, 2' is not a JSON array"),
        (f"{SCHEDULE}args", "[" * 20000, "is not a JSON array"),
        (f"{SCHEDULE}args", "[1, 2, 3]", "multiple values for argument 'days'"),
        (f"{SCHEDULE}kwargs", '{"folder": 1}', "got an unexpected keyword argument 'folder'"),
        (f"{TASK}max_running", "0", "max_running: 0 is not a whole number"),
        (f"{TASK}max_running", "1_0", "max_running: '1_0' is not a whole number"),
        (f"{TASK}executor", "celery", "executor: 'celery' is not one of threads"),
    ],
)
def test_a_value_that_cannot_be_taken_is_refused(key: str, text: str, message: str) -> None:
    assert message in refused(**{key: text})


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        (f"{SCHEDULE}interval", "abc", "'abc' is not a duration"),
        (f"{SCHEDULE}at", "noon", "'noon' is not an instant"),
        (f"{SCHEDULE}timezone", "Mars", "'Mars' is not a time zone"),
        (f"{TASK}max_running", "0", "0 is not a whole number"),
    ],
)
def test_a_value_is_refused_by_the_key_of_the_file_and_not_by_a_line_of_code(
    key: str, text: str, message: str
) -> None:
    with pytest.raises(ConfigurationExecutionError) as raised:
        overridden(**{key: text}).make_wsgi_app()
    (line,) = problems(raised.value)
    assert line.startswith(f"{key}: {message}")
    assert __file__ not in line


def test_the_values_that_cannot_be_taken_are_told_at_once_whosever_they_are() -> None:
    other = "scheduler.task.other.max_running"
    text = refused(**{f"{SCHEDULE}interval": "abc", f"{SCHEDULE}grace": "x", other: "none at all"})
    for key in (f"{SCHEDULE}interval", f"{SCHEDULE}grace", other):
        assert f"{key}: " in text


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        (f"{SCHEDULE}interval", "none", "to say when; it has none of them"),
        (f"{SCHEDULE}end", "2001-01-01T00:00", "end 2001-01-01 00:00:00+00:00 is before start"),
        (f"{SCHEDULE}kwargs", '{"folder": 1}', "got an unexpected keyword argument 'folder'"),
        (f"{TASK}executor", "celery", "executor: 'celery' is not one of threads"),
    ],
)
def test_what_does_not_fit_the_code_is_told_with_the_setting_over_it(
    key: str, text: str, message: str
) -> None:
    said = refused(**{key: text, f"{SCHEDULE}start": "2030-01-01T00:00"})
    assert message in said
    assert "; the settings say over the code: " in said
    assert f"{key} = {text!r}" in said


def test_an_error_of_code_that_nothing_overrides_is_told_alone() -> None:
    config = configurator()
    config.add_schedule("late", interval=1, args=[1, 2, 3])
    config.add_task(clean, "late")
    with pytest.raises(ConfigurationError) as raised:
        config.make_wsgi_app()
    assert "the settings say" not in str(raised.value)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (f"{SCHEDULE}enabledd", "has no option 'enabledd'; did you mean 'enabled'?"),
        (f"{TASK}interval", "a task has no option 'interval'"),
        (f"{SCHEDULE}max_running", "a schedule has no option 'max_running'"),
        (
            "scheduler.schedule.shop.cleen.enabled",
            "no schedule is named 'shop.cleen'; did you mean 'shop.clean'?",
        ),
        (
            "scheduler.task.shop.claen.max_running",
            "no task is named 'shop.claen'; did you mean 'shop.clean'?",
        ),
        ("scheduler.task.enabled", "has no option 'enabled'"),
    ],
)
def test_what_names_nothing_is_refused_with_the_nearest(key: str, message: str) -> None:
    text = refused(**{key: "1"})
    assert message in text
    assert key in text


def test_all_that_names_nothing_is_told_at_once() -> None:
    text = refused(**{f"{SCHEDULE}enabledd": "1", "scheduler.task.x.tags": "y"})
    assert len(text.splitlines()) == 2


def test_what_is_declared_after_a_commit_may_be_overridden_too() -> None:
    config = configurator(settings={"scheduler.schedule.late.interval": "77"})
    config.commit()
    config.add_task(clean, "late")
    config.add_schedule("late", interval=1)
    assert made(config).definitions["late"].trigger.every == timedelta(seconds=77)


def test_settings_added_while_configuring_count() -> None:
    config = overridden()
    config.add_settings({f"{SCHEDULE}enabled": "false"})
    config.commit()
    assert declared(config).definitions["shop.clean"].enabled is False


def test_the_tables_are_what_can_be_overridden() -> None:
    assert set(TASK_OPTIONS) == {
        "executor",
        "on_crash",
        "priority",
        "max_running",
        "rate",
        "key",
        "unique",
        "unique_for",
        "max_crashes",
        "timeout",
        "retries",
        "retry_on",
        "backoff",
        "then",
        "on_failure",
        "request",
        "transactional",
        "tags",
        "description",
    }
    assert {"interval", "at", "trigger", "enabled", "args", "kwargs"} <= set(SCHEDULE_OPTIONS)
