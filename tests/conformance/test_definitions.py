"""What code declares and what the store makes of it (the contract's point 8)."""

import pytest

from pyramid_scheduler.model import Claim, Definition, Origin, Overlap, RunState, ScheduleState
from tests.conformance.scene import Scene, every, fires, instant, once, task

OTHER = task("other")
V1 = every(10, arguments="[[1],{}]")
V2 = every(10, arguments="[[2],{}]")


def in_force(scene: Scene) -> Definition:
    return scene.schedule().definition


# declaring


def test_a_new_definition_becomes_a_schedule(scene: Scene) -> None:
    scene.clock.advance(3)
    changes = scene.join("b", every(10))
    assert (list(changes.added), list(changes.changed), list(changes.parked)) == (["beat"], [], [])
    schedule = scene.schedule()
    assert (schedule.definition, schedule.origin) == (every(10), Origin.CODE)
    assert (schedule.anchor, schedule.next_fire) == (instant(3), instant(13))
    assert (schedule.last_fire, schedule.pause, schedule.parked) == (None, None, False)
    assert schedule.state is ScheduleState.ACTIVE


def test_a_definition_comes_back_as_it_was_said(scene: Scene) -> None:
    said = every(
        7.5, task="other", arguments='[["ü"],{}]', timezone="Asia/Seoul", overlap=Overlap.QUEUE,
        catch_up=3, enabled=False,
    )  # fmt: skip
    scene.join("b", said)
    assert in_force(scene) == said


def test_declaring_the_same_again_changes_nothing(scene: Scene) -> None:
    scene.join("b", V1)
    scene.clock.advance(7)
    revision = scene.store.revision()
    changes = scene.join("c", V1)
    assert not any(changes)
    assert scene.schedule().anchor == instant(0)
    assert scene.next_fire() == 10
    assert scene.store.revision() == revision


def test_an_anchor_survives_a_restart(scene: Scene) -> None:
    scene.join("b", V1)
    scene.store.leave("b")
    scene.clock.advance(7)
    scene.join("c", V1)
    assert scene.next_fire() == 10


def test_a_changed_definition_takes_effect_without_firing(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(25)
    scene.claim_one()
    scene.clock.advance(2)
    changes = scene.join("c", every(60))
    assert list(changes.changed) == ["beat"]
    assert scene.next_fire() == 60, "counted from the anchor"
    assert scene.claim() == []


def test_what_passed_unseen_under_the_old_definition_is_skipped(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(25)
    scene.join("c", every(60))
    assert scene.skips() == [("changed", 10, 20, 2)]
    assert scene.claim() == []


def test_a_schedule_may_move_to_another_task(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.join("c", every(10, task="other"))
    scene.clock.advance(10)
    assert scene.claim("a") == []
    assert fires(scene.claim("a", task("other"))) == [10]


def test_a_schedule_goes_on_while_a_run_of_its_former_task_waits_for_ever(scene: Scene) -> None:
    left = moved(scene, Overlap.SKIP)
    scene.clock.advance(10)
    claim = scene.claim_one("a", OTHER)
    assert (claim.task, claim.fire_time) == ("other", instant(20))
    scene.finish(claim)
    assert scene.skips() == []
    assert scene.state(left) == (RunState.PENDING, None), "for a process that knows its task"


def test_a_run_waits_for_none_of_the_former_task(scene: Scene) -> None:
    moved(scene, Overlap.SKIP)
    scene.clock.advance(10)
    scene.release(scene.claim_one("a", OTHER))
    assert fires(scene.claim("a", OTHER)) == [20]


def test_a_run_of_the_former_task_that_waits_is_replaced_all_the_same(scene: Scene) -> None:
    left = moved(scene, Overlap.CANCEL)
    scene.clock.advance(10)
    assert fires(scene.claim("a", OTHER, lookahead=1)) == [20]
    assert scene.state(left) == (RunState.CANCELLED, "overlap")


def test_while_a_run_of_the_former_task_goes_on_the_next_one_overlaps_it(scene: Scene) -> None:
    left = moved(scene, Overlap.SKIP)
    claim = scene.claim_one("a", task())
    assert claim.run_id == left.run_id
    scene.clock.advance(10)
    assert scene.claim("a", OTHER) == []
    assert scene.skips() == [("overlap", 20, 20, 1)]


def test_who_knows_both_tasks_runs_them_one_after_the_other(scene: Scene) -> None:
    left = moved(scene, Overlap.QUEUE)
    scene.clock.advance(10)
    first = scene.claim_one("a", task(), OTHER)
    assert scene.claim("a", task(), OTHER) == []
    scene.finish(first)
    second = scene.claim_one("a", task(), OTHER)
    assert left.run_id in (first.run_id, second.run_id)
    assert {first.fire_time, second.fire_time} == {instant(10), instant(20)}


def test_two_that_wait_for_several_tasks_run_one_after_the_other(scene: Scene) -> None:
    moved(scene, Overlap.QUEUE)
    scene.clock.advance(10)
    scene.release(scene.claim_one("a", OTHER))
    assert fires(scene.claim("a", task(), OTHER)) == [10]
    assert scene.claim("a", task(), OTHER) == []


def moved(scene: Scene, overlap: Overlap) -> Claim:
    """Let the run of 10 s wait while its schedule moves on to another task."""
    scene.join("b", every(10, overlap=overlap))
    scene.clock.advance(10)
    left = scene.claim_one("b")
    scene.release(left, "b")
    scene.store.leave("b")
    scene.join("c", every(10, task="other", overlap=overlap))
    return left


def test_one_that_starts_now_fires_once_at_its_first_declaration(scene: Scene) -> None:
    scene.clock.advance(3)
    scene.join("b", every(10, start="now"))
    assert fires(scene.claim()) == [3]
    scene.join("c", every(10, start="now"))
    assert scene.next_fire() == 13


def test_one_that_is_not_enabled_does_not_fire(scene: Scene) -> None:
    scene.join("b", every(10, enabled=False))
    scene.clock.advance(25)
    claimed = scene.look()
    assert (list(claimed.claims), claimed.next_due) == ([], None)
    assert scene.schedule().state is ScheduleState.DISABLED
    scene.join("c", every(10))
    assert scene.skips() == [("disabled", 10, 20, 2)]
    assert scene.next_fire() == 30


# several that disagree


def test_a_deploy_takes_effect_at_its_first_node(scene: Scene) -> None:
    scene.join("old1", V1)
    scene.join("old2", V1)
    scene.join("new1", V2)
    assert in_force(scene) == V2
    scene.store.leave("old1")
    scene.join("new2", V2)
    scene.store.leave("old2")
    assert in_force(scene) == V2


def test_a_recycled_worker_of_the_old_code_changes_nothing(scene: Scene) -> None:
    scene.join("old1", V1)
    scene.join("old2", V1)
    scene.join("new", V2)
    scene.store.leave("old1")
    changes = scene.join("old1-again", V1)
    assert not any(changes)
    assert in_force(scene) == V2


def test_a_rollback_takes_effect_at_its_end(scene: Scene) -> None:
    scene.join("old", V1)
    scene.join("new", V2)
    scene.join("back", V1)
    assert in_force(scene) == V2
    scene.store.leave("new")
    assert in_force(scene) == V1


def test_a_rollback_takes_effect_when_the_new_code_dies(scene: Scene) -> None:
    scene.join("old", V1)
    scene.join("new", V2)
    scene.dies("new")
    assert in_force(scene) == V1


def test_a_definition_is_forgotten_with_its_last_node(scene: Scene) -> None:
    scene.join("one", V1)
    scene.join("two", V2)
    scene.store.leave("one")
    scene.join("three", V1)
    assert in_force(scene) == V1, "now it is the one first seen latest"


def test_a_definition_lives_while_any_node_declares_it(scene: Scene) -> None:
    scene.join("one", V1)
    scene.join("two", V1)
    scene.join("new", V2)
    scene.store.leave("one")
    scene.join("three", V1)
    assert in_force(scene) == V2


def test_the_order_is_kept_per_schedule(scene: Scene) -> None:
    scene.join("one", V1, every(5, "other"))
    scene.join("two", V2, every(5, "other"))
    scene.join("three", V1, every(6, "other"))
    assert in_force(scene) == V2
    assert scene.schedule("other").definition == every(6, "other")


def test_nodes_that_disagree_never_make_a_schedule_flip(scene: Scene) -> None:
    scene.join("one", V1)
    scene.join("two", V2)
    for number in range(6):
        changes = scene.join(f"more{number}", (V1, V2)[number % 2])
        assert not any(changes)
    assert in_force(scene) == V2


# vanished


def test_one_that_no_live_node_declares_is_parked_at_the_next_join(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.store.leave("b")
    assert scene.schedule().parked is False, "a restart is no reason to park"
    changes = scene.join("c")
    assert list(changes.parked) == ["beat"]
    schedule = scene.schedule()
    assert (schedule.parked, schedule.state) == (True, ScheduleState.PARKED)
    scene.clock.advance(25)
    claimed = scene.look()
    assert (list(claimed.claims), claimed.next_due) == ([], None)


def test_one_that_no_live_node_declares_is_parked_at_a_death(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.dies("b")
    assert scene.schedule().parked is True


def test_one_that_is_left_behind_by_its_last_old_node_is_parked(scene: Scene) -> None:
    scene.join("old", every(10, "before"), every(10, "same"))
    scene.join("new", every(10, "after"), every(10, "same"))
    assert scene.schedule("before").parked is False
    scene.store.leave("old")
    parked = {schedule.name for schedule in scene.store.schedules() if schedule.parked}
    assert parked == {"before"}, "or the new nodes, which know its task, would go on with it"


def test_the_end_of_another_kind_of_process_is_no_reason_to_park(scene: Scene) -> None:
    scene.join("web", every(10, "pages", task="render"))
    scene.join("worker", every(10, "mail", task="send"))
    scene.store.leave("worker")
    assert scene.schedule("mail").parked is False, "it comes back, and what it owes is made up"


def test_one_that_others_declare_is_not_parked(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.join("c", every(10))
    scene.dies("b")
    scene.join("d")
    assert scene.schedule().parked is False


def test_one_that_is_declared_again_goes_on_after_now(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.dies("b")
    scene.clock.advance(35)
    changes = scene.join("c", every(10))
    assert list(changes.changed) == ["beat"]
    assert scene.schedule().parked is False
    assert scene.skips() == [("parked", 10, 30, 3)]
    assert scene.next_fire() == 40
    assert scene.claim() == []


def test_parking_leaves_the_runs_that_are_owed(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(10)
    claim = scene.claim_one("b")
    scene.dies("b")
    assert scene.schedule().parked is True
    assert scene.claim_one("a").run_id == claim.run_id


def test_a_parked_one_is_parked_once(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.dies("b")
    assert not any(scene.join("c"))


# precedence


def test_what_was_made_at_run_time_is_never_parked(scene: Scene) -> None:
    scene.store.put_schedule([every(10)], replace=False)
    assert not any(scene.join("b"))
    scene.dies("b")
    assert scene.schedule().parked is False
    assert scene.schedule().origin is Origin.STORE


def test_an_edit_in_the_store_outranks_the_code(scene: Scene) -> None:
    scene.join("b", V1)
    scene.store.put_schedule([V2], replace=True)
    assert not any(scene.join("c", every(99)))
    assert in_force(scene) == V2
    assert scene.schedule().origin is Origin.STORE


def test_a_pause_survives_a_change_of_the_code(scene: Scene) -> None:
    scene.join("b", V1)
    scene.store.pause("beat")
    scene.join("c", V2)
    assert in_force(scene) == V2
    assert scene.schedule().state is ScheduleState.PAUSED
    scene.clock.advance(15)
    assert scene.claim() == []


def test_a_pause_survives_being_parked(scene: Scene) -> None:
    scene.join("b", V1)
    scene.store.pause("beat")
    scene.dies("b")
    scene.join("c", V1)
    assert scene.schedule().state is ScheduleState.PAUSED


@pytest.mark.parametrize("overlap", [Overlap.SKIP, Overlap.ALLOW])
def test_a_change_of_definition_leaves_runs_alone(scene: Scene, overlap: Overlap) -> None:
    scene.join("b", every(10, overlap=overlap))
    scene.clock.advance(10)
    claim = scene.claim_one()
    scene.join("c", every(60, overlap=Overlap.QUEUE))
    assert scene.run(claim).state is RunState.RUNNING
    scene.finish(claim)


def test_a_one_off_that_was_changed_to_the_past_does_not_fire(scene: Scene) -> None:
    scene.join("b", once(50))
    scene.clock.advance(30)
    scene.join("c", once(20))
    assert scene.claim() == []
    assert scene.next_fire("once") is None
