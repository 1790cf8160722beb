"""``config.add_calendar``: declared once, in conflict with another, named by triggers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError

from pyramid_scheduler import IntervalTrigger
from pyramid_scheduler.triggers import Calendar
from pyramid_scheduler.triggers.calendars import find_calendar
from tests.config.scene import configurator, made, only_schedule


def clean() -> None:
    """A task."""


def test_a_calendar_is_declared_at_the_commit() -> None:
    config = configurator()
    config.add_calendar("test-config-kr", country="KR")
    config.commit()
    assert find_calendar("test-config-kr") == Calendar(country="KR")
    intr = config.introspector.get("calendars", "test-config-kr")
    assert intr["calendar"] == Calendar(country="KR")


def test_a_schedule_may_name_a_calendar_that_is_declared_after_it() -> None:
    config = configurator()
    trigger = IntervalTrigger("1d", datetime(2030, 1, 1, tzinfo=UTC)).excluding("test-config-late")
    config.add_task(clean)
    config.add_schedule(clean, trigger=trigger)
    config.add_calendar("test-config-late", Calendar(dates=["2030-01-02"]))
    definition = only_schedule(config)
    assert definition.trigger.next(datetime(2030, 1, 1, tzinfo=UTC)) == datetime(
        2030, 1, 3, tzinfo=UTC
    )


def test_a_schedule_whose_calendar_nobody_declares_is_refused_at_the_commit() -> None:
    config = configurator()
    config.add_task(clean)
    config.add_schedule(clean, trigger=IntervalTrigger("1d").only("test-config-nobody"))
    with pytest.raises(ConfigurationError, match="no calendar is called 'test-config-nobody'"):
        made(config)


def test_a_calendar_without_a_name_is_refused_at_the_commit() -> None:
    config = configurator()
    config.add_task(clean)
    nameless = Calendar(dates=["2042-04-02"])
    config.add_schedule(clean, trigger=IntervalTrigger("1d").only(nameless))
    with pytest.raises(ConfigurationError, match="a trigger's calendar has no name"):
        made(config)


def test_two_calendars_of_one_name_conflict() -> None:
    config = configurator()
    config.add_calendar("test-config-two", dates=["2030-01-01"])
    config.add_calendar("test-config-two", dates=["2030-01-02"])
    with pytest.raises(ConfigurationConflictError, match="test-config-two"):
        config.commit()


def test_what_another_application_of_the_process_declares_otherwise_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = configurator(), configurator()
    first.add_calendar("test-config-shared", dates=["2030-01-01"])
    first.commit()
    second.add_calendar("test-config-shared", dates=["2030-01-02"])
    second.commit()
    assert find_calendar("test-config-shared") == Calendar(dates=["2030-01-02"])
    assert "calendar test-config-shared is another one from now on" in caplog.text


def test_an_application_overrides_what_it_includes() -> None:
    def included(config: Any) -> None:
        config.add_calendar("test-config-over", dates=["2030-01-01"])

    config = configurator()
    config.include(included)
    config.add_calendar("test-config-over", dates=["2030-01-02"])
    config.commit()
    assert find_calendar("test-config-over") == Calendar(dates=["2030-01-02"])


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "give either a Calendar or its days"),
        ({"calendar": Calendar(), "country": "KR"}, "give either a Calendar or its days"),
        ({"county": "KR"}, "there is no option 'county'; did you mean 'country'"),
        ({"country": "XX"}, "country: 'XX' is not one that is known"),
        ({"dates": ["2030-02-30"]}, "is not a date"),
    ],
    ids=repr,
)
def test_what_is_no_calendar_is_refused_at_once(said: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        configurator().add_calendar("test-config-wrong", **said)
    with pytest.raises(ConfigurationError, match="is not a name"):
        configurator().add_calendar("a name", dates=["2030-01-01"])
