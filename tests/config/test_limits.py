"""``rate=``, ``key=``, ``unique=``, ``pause_after=``: what is declared, what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from pyramid.exceptions import ConfigurationError

from pyramid_scheduler import Rate, task
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.model import RunState, UniqueBy
from tests.config.scene import configurator, declared, made


def mail(to: str) -> None:
    """A task."""


def of(to: str) -> str:
    """The key of a run is to whom it goes."""
    if to == "nobody":
        raise LookupError(to)
    return to


@pytest.mark.parametrize(
    ("said", "rate"),
    [
        ("100/minute", Rate(100, 60)),
        ("1/s", Rate(1, 1)),
        (" 5 / 10 seconds ", Rate(5, 10)),
        ("5/1h30m", Rate(5, "90m")),
        ("2/day", Rate(2, timedelta(days=1))),
        (Rate(3, "1h"), Rate(3, 3600)),
    ],
)
def test_a_rate_is_a_value_or_a_text(said: Any, rate: Rate) -> None:
    config = configurator()
    config.add_task(mail, "mail", rate=said)
    assert made(config).tasks["mail"].rate == rate


BAD_RATES = [
    "abc", "", "/", "100/", "/minute", "0/minute", "-1/minute", "1.5/minute", "100/fortnight",
    "100/0 seconds", "100/month", "100000000/minute", "1/2/3", "1/" + "9" * 400, "\u0661/minute",
    "1/minute\0", 100, True, ("1", 2),
]  # fmt: skip


@pytest.mark.parametrize("rate", BAD_RATES)
def test_what_is_no_rate_is_refused(rate: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"task 'mail': rate: .* is not a rate") as refused:
        configurator().add_task(mail, "mail", rate=rate)
    assert len(str(refused.value)) < 1000


def test_a_rate_that_is_made_says_what_is_wrong_with_it() -> None:
    for count, per in ((0, 1), (1, 0), (True, 1), (100_001, 1), (1, "1 month"), (1, float("nan"))):
        with pytest.raises(InvalidValue, match="rate"):
            Rate(count, per)  # type: ignore[arg-type]


def test_a_key_is_a_callable_or_its_dotted_name() -> None:
    config = configurator(settings={"scheduler.task.two.key": f"{__name__}.of"})
    config.add_task(mail, "one", key=of, max_running=1)
    config.add_task(mail, "two", max_running=1)
    tasks = made(config).tasks
    assert (tasks["one"].key, tasks["two"].key) == (of, of)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"key": of}, "key= says what is limited, and nothing limits it: add max_running=, rate="),
        ({"key": of, "unique": "args"}, "nothing limits it"),
        ({"key": "tests.nowhere.of", "max_running": 1}, "key: 'tests.nowhere.of' cannot be import"),
        ({"key": "tests.config", "max_running": 1}, "key: 'tests.config' is not callable"),
        ({"key": 7, "max_running": 1}, "key: 7 is not callable"),
        ({"unique": "key"}, "unique='key' compares keys, and there is no key="),
        ({"unique": "arguments"}, "unique: 'arguments' is not one of args, key, task"),
        ({"unique": True}, "unique: True is not one of"),
        ({"unique_for": 60}, "say what is compared: unique="),
        ({"unique": "task", "unique_for": 0}, "unique_for: 0 s is not between"),
        ({"unique": "task", "unique_for": "soon"}, "unique_for: 'soon' is not a duration"),
        ({"interval": 60, "args": ["ann"], "pause_after": 0}, "pause_after: 0 is not a whole"),
        ({"interval": 60, "args": ["ann"], "pause_after": True}, "pause_after: True is not"),
        (
            {"interval": 60, "args": ["nobody"], "key": of, "max_running": 1},
            "schedule 'mail': key: it raised LookupError: nobody",
        ),
        ({"interval": 60, "args": ["ann"], "key": len, "rate": "1/s"}, None),
    ],
)
def test_what_says_nothing_is_refused(options: dict[str, Any], words: str | None) -> None:
    config = configurator()
    if words is None:
        config.add_task(mail, "mail", **options)
        made(config)
        return
    with pytest.raises(ConfigurationError, match=words):
        declare(config, options)


def declare(config: Any, options: dict[str, Any]) -> None:
    config.add_task(mail, "mail", **options)
    config.make_wsgi_app()


def test_an_ini_file_may_say_and_unsay_them() -> None:
    settings = {
        "scheduler.task.mail.rate": "none",
        "scheduler.task.mail.unique": "args",
        "scheduler.task.mail.unique_for": "1h",
        "scheduler.schedule.mail.pause_after": "3",
    }
    config = configurator(settings=settings)
    config.add_task(mail, "mail", rate="1/minute", interval=60, args=["ann"])
    known = made(config)
    mails = known.tasks["mail"]
    assert (mails.rate, mails.unique, mails.unique_for) == (None, UniqueBy.ARGS, timedelta(hours=1))
    assert known.definitions["mail"].pause_after == 3


def test_what_an_ini_file_leaves_without_its_limit_is_refused() -> None:
    config = configurator(settings={"scheduler.task.mail.max_running": "none"})
    with pytest.raises(ConfigurationError, match=r"nothing limits it.*mail.max_running = 'none'"):
        declare(config, {"key": of, "max_running": 1})


def test_it_is_said_beside_a_function() -> None:
    @task(name="send", rate="2/minute", key=of, unique="key", unique_for=30, max_running=3)
    def send(to: str) -> None:
        """A task."""

    config = configurator()
    config.registry.scheduler.register_task(send)
    known = made(config).tasks["send"]
    assert (known.max_running, known.unique, known.key) == (3, UniqueBy.KEY, of)


def test_who_asks_for_a_run_without_a_key_is_told_so() -> None:
    config = configurator()
    config.add_task(mail, "mail", key=of, max_running=1)
    config.make_wsgi_app()
    scheduler = config.registry.scheduler
    with pytest.raises(InvalidValue, match=r"run_now\(mail\): key: it raised LookupError: nobody"):
        scheduler.run_now("mail", "nobody")
    assert scheduler.runs() == []
    assert scheduler.run(scheduler.run_now("mail", "ann")).run.key == "ann"


def test_who_asks_twice_for_a_unique_run_finds_which_one_it_equals() -> None:
    config = configurator()
    config.add_task(mail, "mail", unique="args")
    config.make_wsgi_app()
    scheduler = config.registry.scheduler
    first, other = scheduler.run_now("mail", "ann"), scheduler.run_now("mail", "bob")
    again = scheduler.run(scheduler.run_now("mail", to="ann")).run
    assert (again.state, again.reason, again.equals) == (RunState.SKIPPED, "unique", first)
    assert scheduler.run(other).state is RunState.PENDING


def test_a_schedule_made_at_run_time_is_refused_if_it_has_no_key() -> None:
    config = configurator()
    config.add_task(mail, "mail", key=of, max_running=1)
    config.make_wsgi_app()
    scheduler = config.registry.scheduler
    with pytest.raises(InvalidValue, match=r"schedule\(mail\): key: it raised LookupError"):
        scheduler.schedule("mail", interval=60, args=["nobody"])
    scheduler.schedule("mail", interval=60, args=["ann"], id="x", pause_after=2)
    assert [one.definition.pause_after for one in scheduler.schedules()] == [2]
    assert declared(config).definitions == {}
