"""What a claim may still take."""

from inspect import signature

import pytest

from pyramid_scheduler.model import OnCrash, Task
from pyramid_scheduler.rules.room import RoomLeft


def job() -> None:
    """Do nothing."""


def task(name: str, **options: object) -> Task:
    return Task(name=name, func=job, signature=signature(job), call=job, **options)  # type: ignore[arg-type]


TASKS = {
    one.name: one
    for one in (
        task("plain"),
        task("careful", on_crash=OnCrash.FAIL),
        task("two", max_running=2),
        task("elsewhere", executor="processes"),
    )
}


def room(idle: int, ahead: int = 0, **running: int) -> RoomLeft:
    return RoomLeft(TASKS, {"threads": (idle, ahead)}, running)


def test_runs_that_are_due_may_use_all_of_it() -> None:
    left = room(1, 2)
    for _ in range(3):
        assert left.fits("plain")
        left.take("plain")
    assert not left.fits("plain")


@pytest.mark.parametrize(("name", "early"), [("plain", True), ("careful", False)])
def test_what_must_start_at_once_needs_an_idle_thread(name: str, early: bool) -> None:
    left = room(1, 5)
    assert left.fits(name, early=early)
    left.take("plain")
    assert not left.fits(name, early=early)
    assert left.fits("plain")


def test_what_must_not_run_twice_is_never_early() -> None:
    assert not room(5).fits("careful", early=True)


def test_a_limit_counts_what_runs_and_what_is_taken() -> None:
    left = room(9, two=1)
    assert left.fits("two")
    left.take("two")
    assert not left.fits("two")
    assert left.fits("plain")
    assert not room(9, two=3).fits("two")


def test_an_executor_without_room_takes_nothing() -> None:
    assert not room(9).fits("elsewhere")
    assert not room(9).fits("unknown")
