"""What a claim may still take."""

from inspect import signature

import pytest

from pyramid_scheduler.model import OnCrash, Rate, Task
from pyramid_scheduler.rules.limiting import Group
from pyramid_scheduler.rules.room import RoomLeft, Use


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
        task("keyed", max_running=1, key=str),
        task("rated", rate=Rate(2, 10)),
    )
}


def room(idle: int, ahead: int = 0, **running: int) -> RoomLeft:
    used = {Group(name): Use(count) for name, count in running.items()}
    return RoomLeft(TASKS, {"threads": (idle, ahead)}, used)


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


def test_the_limit_of_a_key_is_no_other_keys() -> None:
    left = room(9)
    left.take("keyed", "a")
    assert not left.fits("keyed", "a")
    assert left.fits("keyed", "b")
    assert left.fits("keyed"), "a run without a key is not limited"
    assert "keyed" in left.tasks()


def test_of_a_barred_task_nothing_may_be_taken() -> None:
    left = RoomLeft(TASKS, {"threads": (9, 0)}, {}, ["two"])
    assert "two" not in left.tasks()
    assert "two" not in left.crowded()


def test_a_rate_that_is_used_up_opens_when_the_oldest_is_a_span_away() -> None:
    left = room(9)
    left.count(Group("rated"), Use(0, 1, 1_000_000))
    assert left.opens() is None
    left.take("rated", at=5_000_000)
    assert not left.fits("rated")
    assert left.opens() == 11_000_001


def test_what_is_learnt_of_a_group_is_added_to_what_is_known() -> None:
    left = room(9, two=1)
    left.count(Group("two"), Use(1))
    assert left.has_counted(Group("two"))
    assert not left.fits("two")
