"""The local time of every test here, and our scheduler and the library's on a clock by hand."""

import datetime
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
import schedule as library

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.schedule import Scheduler
from tests.clock import HandClock
from tests.schedule.scene import at_local


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process lives in Berlin: one hour before UTC, two in summer."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def clock(berlin: None) -> HandClock:
    return at_local("2030-01-01 12:20:35")


@pytest.fixture
def scheduler(clock: HandClock) -> Scheduler:
    return Scheduler(clock.now)


@pytest.fixture
def oracle(monkeypatch: pytest.MonkeyPatch) -> Callable[[HandClock], library.Scheduler]:
    """The library itself, told the time by a clock that is turned by hand."""

    def on(clock: HandClock) -> library.Scheduler:
        class Turned(datetime.datetime):
            @classmethod
            def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
                return datetime.datetime.fromtimestamp(clock.now() / SECOND, tz)

        seen = SimpleNamespace(datetime=Turned, timedelta=datetime.timedelta, time=datetime.time)
        monkeypatch.setattr(library, "datetime", seen)
        return library.Scheduler()

    return on
