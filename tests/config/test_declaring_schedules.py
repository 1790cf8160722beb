"""``config.add_schedule``: when a task runs, and every input that says it wrongly."""

import functools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyramid.exceptions import ConfigurationError, ConfigurationExecutionError

from pyramid_scheduler import IntervalTrigger, Misfire, OnceTrigger, Overlap, Trigger
from pyramid_scheduler.triggers import CronTrigger
from tests.config.scene import arguments, configurator, made, only_schedule

HERE = "tests.config.test_declaring_schedules"
NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)


def clean(folder: str = "/tmp", days: int = 1) -> None:
    """A task."""


def charge(customer: int) -> None:
    """A task that needs an argument."""


def greet(request: Any, name: str) -> None:
    """A task that is given the request."""


class Fridays(Trigger):
    kind = "fridays"

    def next(self, after: datetime) -> datetime:
        return after + timedelta(days=7)

    def as_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Fridays":
        return cls()


def scheduled(**when: Any) -> Any:
    """The only definition, of the task ``clean``."""
    config = configurator()
    config.add_task(clean)
    config.add_schedule(clean, **when)
    return only_schedule(config)


def refused(**when: Any) -> str:
    """The message with which a schedule of ``clean`` is refused, at once."""
    config = configurator()
    config.add_task(clean)
    with pytest.raises(ConfigurationError) as raised:
        config.add_schedule(clean, **when)
    assert made(config).definitions == {}
    return str(raised.value)


def refused_at_the_commit(task: Any, **when: Any) -> str:
    config = configurator()
    config.add_schedule(task, **when)
    with pytest.raises(ConfigurationExecutionError) as raised:
        config.commit()
    return str(raised.value)


def test_a_trigger_is_given_the_name_of_its_schedule() -> None:
    config = configurator()
    config.add_task(clean)
    config.add_schedule(clean, trigger=CronTrigger("H H * * *"))
    config.add_schedule(clean, name="again", trigger=CronTrigger("H H * * *"))
    config.add_schedule(clean, name="own", trigger=CronTrigger("H H * * *", name="other"))
    triggers = {name: said.trigger for name, said in made(config).definitions.items()}
    assert triggers == {
        f"{HERE}.clean": CronTrigger("H H * * *", name=f"{HERE}.clean"),
        "again": CronTrigger("H H * * *", name="again"),
        "own": CronTrigger("H H * * *", name="other"),
    }


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("0 9 * * mon", True), ("5 4 1 1 1", True), ("H 2 1 1 1", True), ("h(0-9) H 1 1 1", True),
        ("10 times a day every day", False), ("5 minutes past every hour daily", False),
        ("9 to 5 on every weekday", False), ("hourly 9 to 5 on weekdays", False),
    ],
)  # fmt: skip
def test_a_cron_line_is_told_from_a_phrase(text: str, cron: bool) -> None:
    if cron:
        assert isinstance(scheduled(when=text).trigger, CronTrigger)
    else:
        assert "is not understood" in refused(when=text)


def test_a_name_that_its_trigger_cannot_have_is_one_clear_error() -> None:
    config = configurator()
    config.add_task(clean)
    # 2031 has no 29th of February, which is the place that this name would get.
    trigger = CronTrigger("0 0 0 H(28-29) 2 ? 2031")
    with pytest.raises(ConfigurationError, match=r"spring-1.*trigger: cron: .* never comes"):
        config.add_schedule(clean, name="spring-1", trigger=trigger)


def test_a_task_has_a_schedule_that_bears_its_name() -> None:
    definition = scheduled(interval=10)
    assert definition.name == definition.task == f"{HERE}.clean"
    assert definition.trigger == IntervalTrigger(timedelta(seconds=10))


def test_every_option_says_when() -> None:
    definition = scheduled(
        name="weekly",
        interval="7d",
        timezone="Europe/Berlin",
        start=datetime(2030, 1, 1, 9),  # noqa: DTZ001 - naive: read in the schedule's zone
        end="2031-01-01T09:00:00",
        misfire="all",
        grace="1h",
        catch_up=3,
        overlap="queue",
        args=["/var/tmp"],
        kwargs={"days": 7},
        enabled=False,
    )
    assert definition.name == "weekly"
    assert definition.timezone == "Europe/Berlin"
    assert definition.start == datetime(2030, 1, 1, 8, tzinfo=UTC)
    assert definition.end == datetime(2031, 1, 1, 8, tzinfo=UTC)
    assert definition.misfire is Misfire.ALL
    assert definition.grace == timedelta(hours=1)
    assert definition.catch_up == 3
    assert definition.overlap is Overlap.QUEUE
    assert arguments(definition) == (["/var/tmp"], {"days": 7})
    assert definition.enabled is False


def test_an_instant_is_read_in_the_schedules_zone() -> None:
    definition = scheduled(at="2030-07-01T12:00", timezone="America/New_York")
    assert definition.trigger == OnceTrigger(datetime(2030, 7, 1, 16, tzinfo=UTC))


def test_a_schedule_without_a_zone_has_the_applications() -> None:
    config = configurator(settings={"scheduler.timezone": "Asia/Seoul"})
    config.add_task(clean)
    config.add_schedule(clean, at="2030-01-31T21:00")
    definition = only_schedule(config)
    assert definition.timezone == "Asia/Seoul"
    assert definition.trigger == OnceTrigger(NOON)


def test_a_start_may_be_now() -> None:
    assert scheduled(interval=10, start="now").start == "now"


def test_a_trigger_may_be_given_whole() -> None:
    trigger = IntervalTrigger(timedelta(hours=1), NOON)
    assert scheduled(trigger=trigger).trigger is trigger


WHEN = (
    "give exactly one of when=, interval=, every=, cron=, rrule=, at=, trigger= to say when; it has"
)


@pytest.mark.parametrize(
    ("when", "message"),
    [
        # nothing, too much, or nothing that there is
        ({}, f"{WHEN} none of them"),
        ({"overlap": "skip"}, f"{WHEN} none of them"),
        ({"interval": 5, "at": NOON}, f"{WHEN} interval= and at="),
        ({"intervall": 5}, "there is no option 'intervall'; did you mean 'interval'?"),
        ({"everi": 5}, "there is no option 'everi'; did you mean 'every'?"),
        # an interval
        ({"interval": 0}, "interval: 0 s is not between 0.1 s and 365000 days"),
        ({"interval": -1}, "interval: -1 s is not between 0.1 s and 365000 days"),
        ({"interval": 0.05}, "interval: 0.05 s is not between 0.1 s and 365000 days"),
        ({"interval": float("nan")}, "interval: nan s is not between"),
        ({"interval": float("inf")}, "interval: inf s is not between"),
        ({"interval": 1e300}, "interval: 1e+300 s is not between"),
        ({"interval": timedelta.max}, "interval: 999999999 days is not between"),
        ({"interval": True}, "interval: True is not a duration"),
        ({"interval": []}, "interval: [] is not a duration"),
        ({"interval": "soon"}, "interval: 'soon' is not a duration"),
        ({"interval": "1 month"}, "interval: '1 month' is not an elapsed time"),
        ({"interval": "\u0661\u0660"}, "interval: '\u0661\u0660' is not a duration"),
        ({"interval": "1_0"}, "interval: '1_0' is not a duration"),
        # an instant
        ({"at": "09:00"}, "at: '09:00' is a time of day, not an instant."),
        ({"at": "9:00 am"}, "at: '9:00 am' is a time of day, not an instant."),
        ({"at": "2030-01-31"}, "at: '2030-01-31' is not an instant"),
        ({"at": "2030-02-30T10:00"}, "at: '2030-02-30T10:00' is not an ISO 8601 instant"),
        ({"at": "2016-12-31T23:59:60Z"}, "is not an ISO 8601 instant"),
        ({"at": 1893456000}, "at: 1893456000 is not an instant"),
        ({"at": datetime(1, 1, 1, tzinfo=UTC)}, "is outside the years 1 to 9999"),
        ({"at": datetime(9999, 12, 31, 23, tzinfo=UTC)}, "is outside the years 1 to 9999"),
        # a zone
        ({"interval": 5, "timezone": "Foo/Bar"}, "timezone: 'Foo/Bar' is not a time zone"),
        ({"interval": 5, "timezone": "Europe/london"}, "did you mean 'Europe/London'?"),
        ({"interval": 5, "timezone": "Europe"}, "timezone: 'Europe' is not a time zone"),
        ({"interval": 5, "timezone": "../../etc/passwd"}, "is not a time zone"),
        ({"interval": 5, "timezone": ""}, "timezone: '' is not a time zone"),
        ({"interval": 5, "timezone": "UTC\0"}, "is not a time zone"),
        # a span
        (
            {"interval": 5, "start": NOON, "end": NOON - timedelta(days=1)},
            "end 2030-01-30 12:00:00+00:00 is before start 2030-01-31 12:00:00+00:00",
        ),
        ({"at": NOON, "end": NOON - timedelta(days=1)}, "is outside start and end: it never fires"),
        ({"at": NOON, "start": NOON + timedelta(days=1)}, "it never fires"),
        ({"interval": 5, "start": "soon"}, "start: 'soon' is not an instant"),
        # policies
        ({"interval": 5, "misfire": "newest"}, "misfire: 'newest' is not one of latest, all, skip"),
        ({"interval": 5, "overlap": "skipp"}, "did you mean 'skip'?"),
        ({"interval": 5, "grace": 0}, "grace: 0 s is not between"),
        ({"interval": 5, "grace": -1}, "grace: -1 s is not between"),
        ({"interval": 5, "catch_up": 0}, "catch_up: 0 is not a whole number from 1 to 1,000"),
        ({"interval": 5, "catch_up": 1001}, "catch_up: 1001 is not a whole number"),
        ({"interval": 5, "catch_up": True}, "catch_up: True is not a whole number"),
        ({"interval": 5, "enabled": "maybe"}, "enabled: 'maybe' is neither true nor false"),
        ({"interval": 5, "enabled": 1}, "enabled: 1 is neither true nor false"),
        # a trigger
        ({"trigger": "every friday"}, "trigger: 'every friday' is not a JSON object"),
        ({"trigger": 10}, "trigger: 10 is not a trigger"),
        ({"trigger": Fridays}, "an instance of a subclass of pyramid_scheduler.Trigger that is"),
        # words
        ({"every": "now and then"}, "every: 'every now and then' is not understood"),
        ({"every": 0.01}, "every: 0.01 s is not between 0.1 s"),
        ({"when": "evry 10 minutes"}, "did you mean 'every 10 minutes'?"),
        ({"when": "61 * * * *"}, "when: '61 * * * *'"),
        ({"when": 5}, "when: 5 is not a text"),
        ({"cron": "* * * *"}, "cron: '* * * *'"),
        ({"cron": 5}, "cron: 5 is not a text"),
        ({"rrule": "FREQ=HOURLY;COUNT=0"}, "rrule: "),
        ({"rrule": "FREQ=DAILY", "cron": "* * * * *"}, "it has cron= and rrule="),
        (
            {"trigger": Fridays()},
            "could not read a Fridays back: decorate the class with",
        ),
        # arguments
        ({"interval": 5, "args": "abc"}, "args: 'abc' is not a JSON array"),
        ({"interval": 5, "args": {1}}, "args: {1} is not a list or a tuple"),
        ({"interval": 5, "kwargs": [1]}, "kwargs: [1] is not a dict of argument names"),
        ({"interval": 5, "kwargs": {1: 2}}, "is not a dict of argument names"),
        ({"interval": 5, "args": [1, 2, 3]}, "too many positional arguments; the task is"),
        ({"interval": 5, "kwargs": {"colour": 1}}, "got an unexpected keyword argument 'colour'"),
        ({"interval": 5, "args": [{1}]}, "argument 1 is a builtins.set"),
        ({"interval": 5, "args": [object()]}, "argument 1 is a builtins.object"),
        ({"interval": 5, "args": [b"x"]}, "argument 1 is a builtins.bytes"),
        ({"interval": 5, "args": [(1, 2)]}, "argument 1 is a builtins.tuple: pass a list"),
        ({"interval": 5, "args": [float("nan")]}, "argument 1 is the number nan"),
        ({"interval": 5, "args": [2**63]}, "argument 1 is an integer beyond 64 bits"),
        ({"interval": 5, "args": ["\ud800"]}, "argument 1 is text with a lone surrogate"),
        ({"interval": 5, "args": [{1: 2}]}, "argument 1 is an object with a key of type int"),
        ({"interval": 5, "kwargs": {"folder": "x" * 65536}}, "more than 65,536 bytes of JSON"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_once(when: dict[str, Any], message: str) -> None:
    text = refused(**when)
    assert message in text
    assert f"schedule '{HERE}.clean'" in text


def test_circular_arguments_are_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert "nested deeper than 100 or circular" in refused(interval=5, args=[circle])


def test_the_message_names_the_line_of_the_declaration() -> None:
    config = configurator()
    with pytest.raises(ConfigurationError) as raised:
        config.add_schedule(clean, interval=0)  # this line
    line = raised.traceback[0].lineno + 1
    assert f"({__file__}:{line})" in str(raised.value)


def test_a_schedule_may_come_before_its_task() -> None:
    config = configurator()
    config.add_schedule("later", interval=5)
    config.add_task(clean, "later")
    assert only_schedule(config).task == "later"


def test_a_schedule_of_no_task_names_the_nearest() -> None:
    config = configurator()
    config.add_task(clean)
    config.add_schedule(f"{HERE}.cleen", interval=5)
    with pytest.raises(ConfigurationExecutionError) as raised:
        config.commit()
    message = str(raised.value)
    assert f"no task is named '{HERE}.cleen'; did you mean '{HERE}.clean'?" in message
    assert "cleen" in message.splitlines()[-1], "Pyramid shows the line"


def test_a_schedule_of_a_function_that_is_no_task_says_what_to_do() -> None:
    message = refused_at_the_commit(clean, interval=5)
    assert "is not a task: decorate it with @task and scan it, or config.add_task(it)" in message


def test_arguments_are_bound_when_declared_although_the_task_comes_later() -> None:
    config = configurator()
    config.add_schedule("later", interval=5)
    config.add_task(charge, "later")
    with pytest.raises(ConfigurationExecutionError, match="missing a required argument"):
        config.commit()


def test_the_request_is_no_argument_of_a_task() -> None:
    config = configurator()
    config.add_task(greet)
    config.add_schedule(greet, interval=5, args=["Ann"])
    assert arguments(only_schedule(config)) == (["Ann"], {})


def test_a_function_of_several_tasks_has_to_be_named() -> None:
    config = configurator()
    config.add_schedule(clean, interval=5, name="early")
    config.add_task(clean, "a")
    config.add_task(clean, "b")
    for name in (None, "c"):
        with pytest.raises(ConfigurationError, match="of several tasks: name one: a, b"):
            config.add_schedule(clean, interval=5, name=name)
    with pytest.raises(ConfigurationError, match="of several tasks: name one: a, b"):
        config.commit()


def test_a_nameless_function_has_schedules_by_the_name_of_its_task() -> None:
    job = functools.partial(clean, days=3)
    config = configurator()
    config.add_schedule(job, interval=5, name="early")
    config.add_task(job, "tidy")
    config.add_schedule(job, interval=60)
    assert {name: each.task for name, each in made(config).definitions.items()} == {
        "early": "tidy",
        "tidy": "tidy",
    }


def test_a_bound_method_is_found_again() -> None:
    class Cleaner:
        def clean(self, days: int = 1) -> None:
            """A task that keeps something."""

    cleaner = Cleaner()
    config = configurator()
    config.add_task(cleaner.clean, "tidy")
    config.add_schedule(cleaner.clean, interval=5)
    assert only_schedule(config).name == "tidy"


def test_a_further_schedule_bears_a_name_of_its_own() -> None:
    config = configurator()
    config.add_task(clean)
    config.add_schedule(clean, interval=5)
    config.add_schedule(clean, interval=60, name="slowly")
    definitions = made(config).definitions
    assert {name: each.task for name, each in definitions.items()} == {
        f"{HERE}.clean": f"{HERE}.clean",
        "slowly": f"{HERE}.clean",
    }


@pytest.mark.parametrize("name", ["", "a" * 201, "a/b", "..", "a\nb"])
def test_a_name_has_to_be_one(name: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a name: allowed are"):
        configurator().add_schedule(clean, interval=5, name=name)


def test_a_task_without_a_schedule_has_none() -> None:
    config = configurator()
    config.add_task(clean)
    assert made(config).definitions == {}
