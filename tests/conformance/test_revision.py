"""How engines learn that something was changed, and when to look again (point 11)."""

from collections.abc import Callable

import pytest

from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import Finish, OnCrash, Outcome, Overlap, RunState
from tests.conformance.scene import Scene, every, instant, task

ONE = task("one", max_running=1)


def ask(scene: Scene) -> None:
    scene.ask("new", at=99)


def put(scene: Scene) -> None:
    scene.store.put_schedule([every(7, "new")], replace=False)


def replace(scene: Scene) -> None:
    scene.store.put_schedule([every(7)], replace=True)


def remove(scene: Scene) -> None:
    scene.store.remove_schedule("beat")


def pause(scene: Scene) -> None:
    scene.store.pause("beat")


def cancel_waiting(scene: Scene) -> None:
    scene.store.cancel("waiting")


def cancel_running(scene: Scene) -> None:
    scene.store.cancel("running")


def give_back(scene: Scene) -> None:
    scene.store.release("b", {"running": 1})


def leave(scene: Scene) -> None:
    scene.store.leave("b")


def die(scene: Scene) -> None:
    assert scene.dies("b") == ["running"]


def give_up(scene: Scene) -> None:
    (own,) = scene.beat("b").own
    outcome = Outcome(RunState.CANCELLED, instant(0), instant(0))
    scene.store.finish("b", [Finish(own.run_id, own.token, outcome)])


def declare(scene: Scene) -> None:
    scene.join("c", every(7, "new"))


def redefine(scene: Scene) -> None:
    scene.join("c", every(7))


@pytest.fixture
def busy(scene: Scene) -> Scene:
    """A schedule, a run that waits, a run that runs on the node "b"."""
    scene.join("code", every(10))
    scene.join("b")
    scene.ask("running")
    scene.claim_one("b")
    scene.ask("waiting", at=50)
    return scene


@pytest.mark.parametrize(
    "change",
    [ask, put, replace, remove, pause, cancel_waiting, cancel_running, give_back,
     leave, die, give_up, declare, redefine],
)  # fmt: skip
def test_what_engines_must_act_on_changes_the_revision(
    busy: Scene, change: Callable[[Scene], None]
) -> None:
    before = busy.store.revision()
    change(busy)
    assert busy.store.revision() != before


@pytest.mark.parametrize("asked_to_stop", [False, True])
@pytest.mark.parametrize("on_crash", OnCrash)
@pytest.mark.parametrize("change", [give_back, leave, die])
def test_whatever_becomes_of_a_run_that_is_taken_from_its_node_changes_the_revision(
    scene: Scene, change: Callable[[Scene], None], on_crash: OnCrash, asked_to_stop: bool
) -> None:
    scene.join("b")
    scene.ask("running")
    scene.claim_one("b", task(on_crash=on_crash))
    if asked_to_stop:
        scene.store.cancel("running")
    before = scene.store.revision()
    change(scene)
    assert scene.store.revision() != before
    assert scene.run("running").state is not RunState.RUNNING


def test_the_end_of_a_pause_changes_the_revision(busy: Scene) -> None:
    busy.store.pause("beat")
    before = busy.store.revision()
    busy.store.resume("beat")
    assert busy.store.revision() != before


def test_the_revision_of_a_store_at_rest_does_not_change(busy: Scene) -> None:
    before = busy.store.revision()
    busy.clock.advance(5)
    busy.beat("b")
    busy.store.runs(RunFilter())
    assert busy.store.revision() == before


def test_claims_and_finishes_do_not_change_the_revision(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.ask("r", at=0)
    scene.clock.advance(15)
    before = scene.store.revision()
    claims = scene.claim()
    assert len(claims) == 2
    for claim in claims:
        scene.finish(claim)
    assert scene.store.revision() == before


def test_a_finish_that_frees_nothing_does_not_change_the_revision(busy: Scene) -> None:
    (own,) = busy.beat("b").own
    before = busy.store.revision()
    outcome = Outcome(RunState.SUCCEEDED, instant(0), instant(0))
    busy.store.finish("b", [Finish(own.run_id, own.token, outcome)])
    assert busy.store.revision() == before, "a run waits, but for its time, not for this"


def test_a_finish_that_makes_room_under_a_limit_changes_the_revision(scene: Scene) -> None:
    scene.ask("r1", "r2", task="one")
    claim = scene.claim_one("a", ONE)
    before = scene.store.revision()
    scene.finish(claim)
    assert scene.store.revision() != before


def test_a_finish_that_lets_the_next_of_its_schedule_begin_changes_the_revision(
    scene: Scene,
) -> None:
    scene.join("b", every(10, overlap=Overlap.QUEUE))
    scene.clock.advance(10)
    claim = scene.claim_one()
    scene.clock.advance(10)
    scene.claim()
    before = scene.store.revision()
    scene.finish(claim)
    assert scene.store.revision() != before


def test_a_death_that_frees_a_limit_changes_the_revision(scene: Scene) -> None:
    one = task("one", max_running=1, on_crash=OnCrash.FAIL)
    scene.join("b")
    scene.ask("r1", "r2", task="one")
    scene.claim_one("b", one)
    before = scene.store.revision()
    scene.dies("b")
    assert scene.store.revision() != before


def test_a_request_to_stop_that_a_claim_makes_changes_the_revision(scene: Scene) -> None:
    scene.join("b", every(10, overlap=Overlap.CANCEL))
    scene.clock.advance(10)
    scene.claim_one("b")
    scene.clock.advance(10)
    before = scene.store.revision()
    scene.claim("a")
    assert scene.store.revision() != before, "the node that runs it has to hear of it"
