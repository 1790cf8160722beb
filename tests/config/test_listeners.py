"""The application's subscribers: called inside their application, and only sought if there are."""

from typing import Any

import pytest
from pyramid.events import NewRequest
from pyramid.threadlocal import get_current_registry, get_current_request
from zope.interface import Interface

from pyramid_scheduler import scheduler
from pyramid_scheduler.config.listeners import Listeners
from pyramid_scheduler.events import (
    RunEnded,
    RunRefused,
    SchedulerStarted,
    TaskFailed,
)
from tests.config.scene import configurator


def test_our_own_subscribers_are_nobody_who_listens() -> None:
    config = configurator()
    config.make_wsgi_app()
    assert config.registry.has_listeners, "to Pyramid's events"
    assert not Listeners(config.registry).has_listeners


@pytest.mark.parametrize("heard", [SchedulerStarted, TaskFailed, RunEnded, RunRefused])
@pytest.mark.parametrize("late", [False, True])
def test_a_subscriber_of_an_event_of_ours_listens(heard: Any, late: bool) -> None:
    config = configurator()
    listeners = Listeners(config.registry)
    if late:
        config.make_wsgi_app()
        assert not listeners.has_listeners
    config.add_subscriber(lambda event: None, heard)
    config.commit()
    assert listeners.has_listeners


@pytest.mark.parametrize("everything", [None, Interface, object])
def test_a_subscriber_of_everything_listens(everything: Any) -> None:
    config = configurator()
    config.add_subscriber(lambda event: None, everything)
    config.commit()
    assert Listeners(config.registry).has_listeners


def test_a_subscriber_of_something_else_does_not() -> None:
    config = configurator()
    config.add_subscriber(lambda event: None, NewRequest)
    config.commit()
    assert not Listeners(config.registry).has_listeners


def tell(listeners: Listeners, event: object) -> None:
    with listeners.inside():
        listeners.notify(event)


def test_a_subscriber_is_inside_its_application_although_there_are_two() -> None:
    heard = []

    def hear(event: SchedulerStarted) -> None:
        heard.append((get_current_registry(), get_current_request(), scheduler.declared))

    configs = [configurator(), configurator()]
    for config in configs:
        config.add_subscriber(hear, SchedulerStarted)
        config.make_wsgi_app()
    before = get_current_registry()
    for config in configs:
        tell(Listeners(config.registry), SchedulerStarted("node-1"))
    assert heard == [
        (config.registry, None, config.registry.scheduler.declared) for config in configs
    ]
    assert get_current_registry() is before


def test_the_application_is_left_although_a_subscriber_raises() -> None:
    def hear(event: SchedulerStarted) -> None:
        raise ZeroDivisionError

    config = configurator()
    config.add_subscriber(hear, SchedulerStarted)
    config.make_wsgi_app()
    before = get_current_registry()
    with pytest.raises(ZeroDivisionError):
        tell(Listeners(config.registry), SchedulerStarted("node-1"))
    assert get_current_registry() is before


def test_an_engine_of_an_application_is_given_them() -> None:
    config = configurator()
    assert isinstance(config.registry.scheduler.engine._subscribers, Listeners)
