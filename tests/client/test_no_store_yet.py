"""What is asked about something unknown makes no store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.errors import InvalidValue, UnknownRun, UnknownSchedule
from tests.config.scene import configurator


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the store would be made."""
    return tmp_path / "state"


@pytest.fixture
def scheduler(folder: Path) -> Scheduler:
    """That of an application whose store nobody has made yet."""
    config = configurator(settings={"scheduler.store": f"sqlite:///{folder}/x.sqlite"})
    config.add_task(job, "t")
    config.make_wsgi_app()
    known: Scheduler = config.registry.scheduler
    return known


def job() -> None:
    """A task."""


@pytest.mark.parametrize(
    "ask",
    [
        lambda known: known.runs(),
        lambda known: known.runs("t", schedule="t", state="failed"),
        lambda known: known.attempts("nope"),
        lambda known: known.schedules(),
        lambda known: known.skips(),
        lambda known: known.nodes(),
        lambda known: known.next_fire_times(),
    ],
)
def test_reading_answers_with_nothing(
    scheduler: Scheduler, folder: Path, ask: Callable[[Scheduler], Any]
) -> None:
    assert ask(scheduler) == []
    assert not folder.exists()


@pytest.mark.parametrize("ask", [Scheduler.run, Scheduler.cancel])
def test_no_run_is_known(
    scheduler: Scheduler, folder: Path, ask: Callable[[Scheduler, str], Any]
) -> None:
    with pytest.raises(UnknownRun, match="no run has the id 'nope': there is no store yet"):
        ask(scheduler, "nope")
    assert not folder.exists()


@pytest.mark.parametrize("ask", [Scheduler.pause, Scheduler.resume, Scheduler.remove])
def test_no_schedule_is_known(
    scheduler: Scheduler, folder: Path, ask: Callable[[Scheduler, str], Any]
) -> None:
    with pytest.raises(UnknownSchedule, match="no schedule is named 'nope'"):
        ask(scheduler, "nope")
    with pytest.raises(UnknownSchedule, match="no schedule is named 'nope'"):
        scheduler.next_fire_times(schedule="nope")
    assert not folder.exists()


def test_asking_for_a_run_makes_it(scheduler: Scheduler, folder: Path) -> None:
    run_id = scheduler.run_now("t")
    assert folder.exists()
    assert scheduler.run(run_id).state == "pending"


def test_a_number_that_cannot_be_taken_is_refused_by_its_name(scheduler: Scheduler) -> None:
    with pytest.raises(InvalidValue, match=r"^n: 0 is not a whole number"):
        scheduler.next_fire_times(0)
    with pytest.raises(InvalidValue, match=r"^limit: 0 is not a whole number"):
        scheduler.runs(limit=0)


def test_what_is_declared_is_shown_as_if_an_engine_began(folder: Path) -> None:
    config = configurator(settings={"scheduler.store": f"sqlite:///{folder}/x.sqlite"})
    config.add_task(job, "t")
    config.add_schedule("t", interval=60)
    config.make_wsgi_app()
    known = config.registry.scheduler

    one, other = known.preview("t", 2)

    assert (other.fire_time - one.fire_time).total_seconds() == 60
    assert [fire.schedule for fire in known.preview(n=1)] == ["t"]
    assert not folder.exists()
