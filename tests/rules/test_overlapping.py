"""Which runs that have not ended a fire time has to reckon with."""

from datetime import timedelta

import pytest

from pyramid_scheduler.model import Active, Definition, Overlap
from pyramid_scheduler.rules.overlapping import Unended, met
from pyramid_scheduler.triggers import IntervalTrigger


def declared(overlap: Overlap) -> Definition:
    trigger = IntervalTrigger(timedelta(seconds=10))
    return Definition(name="beat", task="job", trigger=trigger, overlap=overlap)


@pytest.mark.parametrize("overlap", Overlap)
def test_its_own_that_wait_and_whatever_runs(overlap: Overlap) -> None:
    runs = {
        Unended("job", "scheduled", "pending"): 1,
        Unended("job", "scheduled", "running"): 2,
        Unended("job", "backfill", "running"): 4,
        Unended("former", "scheduled", "running"): 8,
    }
    assert met(declared(overlap), runs) == Active(1, 14)


@pytest.mark.parametrize("overlap", [Overlap.SKIP, Overlap.QUEUE, Overlap.ALLOW])
def test_none_that_waits_for_a_task_that_it_had_before(overlap: Overlap) -> None:
    assert met(declared(overlap), {Unended("former", "scheduled", "pending"): 1}) == Active()


def test_but_one_that_is_to_be_replaced() -> None:
    assert met(declared(Overlap.CANCEL), {Unended("former", "scheduled", "pending"): 1}) == Active(
        1
    )


@pytest.mark.parametrize("overlap", Overlap)
def test_what_is_made_up_and_waits_is_told_apart(overlap: Overlap) -> None:
    own, former = Unended("job", "backfill", "pending"), Unended("former", "backfill", "pending")
    assert met(declared(overlap), {own: 3, former: 5}) == Active(made_up=3)
