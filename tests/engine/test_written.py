"""Runs whose own transactions have written how they ended: the outbox tells, and writes nothing."""

import pytest

from pyramid_scheduler.engine.hands import Hands
from pyramid_scheduler.engine.outbox import Outbox
from pyramid_scheduler.events import TaskFailed, TaskSucceeded
from pyramid_scheduler.interfaces import Written
from pyramid_scheduler.model import Claim, Kind, Outcome, Reason, RunState
from tests.engine.scene import Heard, ToldAtOnce, make_task

CLAIM = Claim("r", Kind.ASKED, None, "job", 0, 0, 1, 1, "")
SUCCEEDED = Outcome(RunState.SUCCEEDED, 0, 0, written=True)
TIMED_OUT = Outcome(RunState.FAILED, 0, 0, reason=Reason.TIMEOUT)


class AlreadyWritten:
    """A store in which every run has ended."""

    def __init__(self) -> None:
        self.asked = 0

    def finish(self, node: str, finishes: list[object], *, waits: bool) -> list[Written]:
        self.asked += 1
        return [Written.ALREADY] * len(finishes)


def outbox() -> tuple[Outbox, Hands, Heard]:
    hands, heard = Hands(), Heard()
    hands.take(CLAIM, make_task(transactional=True))
    return Outbox(hands, ToldAtOnce(heard)), hands, heard


def test_what_is_written_is_told_and_let_go_of() -> None:
    box, hands, heard = outbox()
    store = AlreadyWritten()
    box.put(CLAIM, SUCCEEDED)
    assert box.write(store, "n") == 1
    assert (len(hands), store.asked) == (0, 0)
    assert heard.of(TaskSucceeded)


def test_a_time_out_that_came_too_late_is_not_told() -> None:
    box, _, heard = outbox()
    box.put(CLAIM, TIMED_OUT)
    box.write(AlreadyWritten(), "n")
    box.put(CLAIM, SUCCEEDED)
    box.write(AlreadyWritten(), "n")
    assert not heard.of(TaskFailed)
    assert len(heard.of(TaskSucceeded)) == 1


class Writes(AlreadyWritten):
    """A store in which every run is its node's."""

    def finish(self, node: str, finishes: list[object], *, waits: bool) -> list[Written]:
        return [Written.WRITTEN] * len(finishes)


@pytest.mark.parametrize("expired", [True, False])
def test_a_time_out_that_both_have_noticed_is_told_once_and_forgotten(expired: bool) -> None:
    box, hands, heard = outbox()
    next(iter(hands)).expired = expired
    for _ in range(1 + expired):
        box.put(CLAIM, TIMED_OUT)
        box.write(Writes(), "n")
    assert len(heard.events) == len(heard.of(TaskFailed)) == 1
    assert box._timed_out == set()


def test_it_is_told_although_the_run_is_in_nobodys_hands_any_more() -> None:
    # A beat that came between the commit and this has found that the store says so.
    box, hands, heard = outbox()
    hands.drop(next(iter(hands)))
    box.put(CLAIM, SUCCEEDED)
    box.refuse_all()
    box.write(AlreadyWritten(), "n")
    assert len(heard.events) == 1
