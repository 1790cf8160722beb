"""``scheduler.pause``: with a reason, a name and an end."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import micros
from tests.config.scene import configurator


def job() -> None:
    """A task."""


@pytest.fixture
def scheduler() -> Any:
    """That of an application with one schedule, in Seoul."""
    config = configurator(settings={"scheduler.timezone": "Asia/Seoul"})
    config.add_task(job, "t")
    config.make_wsgi_app()
    known = config.registry.scheduler
    known.schedule("t", interval=60, id="beat")
    return known


def test_who_why_and_until_when_are_kept(scheduler: Any) -> None:
    scheduler.pause("beat", note="the bank moves", by="ann", until="2099-01-01T09:00")
    (schedule,) = scheduler.schedules()
    pause = schedule.pause
    assert (pause.note, pause.by) == ("the bank moves", "ann")
    assert pause.until == micros(datetime(2099, 1, 1, tzinfo=UTC)), "9 o'clock in Seoul"
    words = scheduler.explain("beat", schedule.next_fire_time).words
    assert words.endswith("by ann until 2099-01-01 00:00:00+00:00: the bank moves")


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ({"note": 7}, "pause: note: 7 is not a text"),
        ({"by": "a" * 201}, "pause: by: .* has 201 characters; 200 may be"),
        ({"note": "a" * 10_000_000}, "pause: note: .* has 10,000,000 characters; 2,000 may be"),
        ({"until": "2001-01-01T00:00"}, "until: 2000-12-31 15:00:00.00:00 has passed"),
        ({"until": "09:00"}, "pause: until: '09:00' is a time of day"),
    ],
)
def test_what_cannot_be_kept_is_one_clear_error(
    scheduler: Any, why: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidValue, match=words):
        scheduler.pause("beat", **why)
    assert scheduler.schedules()[0].pause is None
