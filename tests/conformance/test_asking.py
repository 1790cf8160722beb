"""What people and programs ask: runs, schedules, pauses, cancels, and what they read."""

import pytest

from pyramid_scheduler.errors import AlreadyExists, UnknownRun, UnknownSchedule
from pyramid_scheduler.instants import moment
from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import Kind, NewRun, Origin, Overlap, Pause, RunState, ScheduleState
from tests.clock import START
from tests.conformance.scene import Scene, every, fires, instant, once, task

PENDING, RUNNING, CANCELLED = RunState.PENDING, RunState.RUNNING, RunState.CANCELLED


# runs


def test_a_run_that_was_asked_for_waits(scene: Scene) -> None:
    run = NewRun("r", "job", instant(5), '[[1,"x"],{"y":null}]', Kind.BACKFILL)
    scene.store.enqueue([run])
    found = scene.store.run("r")
    assert (found.id, found.kind, found.schedule, found.task) == ("r", "backfill", None, "job")
    assert found.fire_time == found.due == moment(instant(5))
    assert (found.args, found.kwargs) == ((1, "x"), {"y": None})
    assert (found.state, found.reason, found.attempt, found.token) == (PENDING, None, 0, 0)
    assert (found.crashes, found.node, found.stop_requested) == (0, None, False)
    assert (found.claimed_at, found.started_at, found.finished_at) == (None, None, None)


def test_asking_again_under_the_same_id_is_asking_once(scene: Scene) -> None:
    scene.ask("r")
    scene.finish(scene.claim_one())
    scene.ask("r")
    assert scene.run("r").state is RunState.SUCCEEDED
    assert scene.claim() == []


def test_asking_for_nothing_is_fine(scene: Scene) -> None:
    scene.store.enqueue([])


def test_a_run_may_be_asked_for_a_task_that_nobody_knows_yet(scene: Scene) -> None:
    scene.ask("r", task="later")
    assert scene.claim() == []
    scene.join("b")
    assert scene.claim_one("b", task("later")).run_id == "r"


def test_a_run_that_nobody_asked_for_is_unknown(scene: Scene) -> None:
    with pytest.raises(UnknownRun):
        scene.store.run("nothing")
    with pytest.raises(UnknownRun):
        scene.store.cancel("nothing")


def test_runs_are_found_newest_first(scene: Scene) -> None:
    for number in range(5):
        scene.ask(f"r{number}")
        scene.clock.advance(1)
    assert [run.id for run in scene.store.runs(RunFilter())] == ["r4", "r3", "r2", "r1", "r0"]
    assert [run.id for run in scene.store.runs(RunFilter(limit=2))] == ["r4", "r3"]


def test_runs_are_found_by_task_schedule_and_state(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.ask("r", task="other")
    scene.clock.advance(10)
    claim = scene.claim_one()
    found = scene.store.runs
    assert [run.id for run in found(RunFilter(task="other"))] == ["r"]
    assert [run.id for run in found(RunFilter(schedule="beat"))] == [claim.run_id]
    assert [run.id for run in found(RunFilter(state=RUNNING))] == [claim.run_id]
    assert [run.id for run in found(RunFilter(state=PENDING))] == ["r"]
    assert list(found(RunFilter(task="other", state=RUNNING))) == []
    assert list(found(RunFilter(schedule="nothing"))) == []


@pytest.mark.parametrize("name", ["100%", "a_b", "a\\b", "' OR 1=1--", "ünï"])
def test_names_are_compared_as_they_are(scene: Scene, name: str) -> None:
    scene.ask("exact", task=name)
    scene.ask("other", task="axb 100 uni")
    assert [run.id for run in scene.store.runs(RunFilter(task=name))] == ["exact"]
    assert scene.claim_one("a", task(name)).run_id == "exact"


def test_a_waiting_run_is_cancelled_at_once(scene: Scene) -> None:
    scene.ask("r")
    scene.clock.advance(3)
    assert scene.store.cancel("r") is CANCELLED
    assert scene.state("r") == (CANCELLED, "cancelled")
    assert scene.run("r").finished_at == moment(instant(3))
    assert scene.claim() == []


def test_a_running_run_is_asked_to_stop(scene: Scene) -> None:
    scene.ask("r")
    scene.claim_one()
    assert scene.store.cancel("r") is RUNNING
    run = scene.run("r")
    assert (run.state, run.stop_requested) == (RUNNING, True)
    assert scene.store.cancel("r") is RUNNING


def test_a_run_that_has_ended_is_not_cancelled(scene: Scene) -> None:
    scene.ask("r")
    scene.finish(scene.claim_one())
    assert scene.store.cancel("r") is RunState.SUCCEEDED
    assert scene.run("r").stop_requested is False


def test_cancelling_the_first_in_line_lets_the_next_begin(scene: Scene) -> None:
    scene.join("b", every(10, overlap=Overlap.QUEUE))
    scene.clock.advance(10)
    claim = scene.claim_one()
    scene.clock.advance(10)
    scene.claim()
    waiting = scene.runs()[20]
    assert scene.store.cancel(waiting.id) is CANCELLED
    scene.finish(claim)
    assert scene.claim() == []
    scene.clock.advance(10)
    assert fires(scene.claim()) == [30]


# schedules


def test_a_schedule_is_made_at_run_time(scene: Scene) -> None:
    scene.clock.advance(2)
    scene.store.put_schedule([every(10), once(5)], replace=False)
    schedule = scene.schedule()
    assert (schedule.definition, schedule.origin) == (every(10), Origin.STORE)
    assert (schedule.anchor, schedule.next_fire) == (instant(2), instant(12))
    assert scene.next_fire("once") == 5


def test_schedules_are_made_all_or_none(scene: Scene) -> None:
    scene.store.put_schedule([every(10)], replace=False)
    with pytest.raises(AlreadyExists, match="beat"):
        scene.store.put_schedule([once(5), every(20)], replace=False)
    assert [schedule.name for schedule in scene.store.schedules()] == ["beat"]
    assert scene.schedule().definition == every(10)


def test_a_schedule_that_code_declares_exists_too(scene: Scene) -> None:
    scene.join("b", every(10))
    with pytest.raises(AlreadyExists):
        scene.store.put_schedule([every(20)], replace=False)


def test_a_schedule_that_exists_is_refused_with_what_to_do(scene: Scene) -> None:
    scene.store.put_schedule([every(10)], replace=False)
    wanted = "a schedule 'beat' exists: pass replace=True to replace it, or another id"
    with pytest.raises(AlreadyExists, match=f"^{wanted}$"):
        scene.store.put_schedule([every(10)], replace=False)


@pytest.mark.parametrize("replace", [False, True])
def test_several_of_one_id_are_refused(scene: Scene, replace: bool) -> None:
    wanted = "^several schedules of one id were given at once: 'twice'$"
    with pytest.raises(AlreadyExists, match=wanted):
        scene.store.put_schedule([every(10), every(5, "twice"), once(5, "twice")], replace=replace)
    assert list(scene.store.schedules()) == []


def test_a_schedule_is_replaced_when_asked_to(scene: Scene) -> None:
    scene.store.put_schedule([every(10)], replace=False)
    scene.clock.advance(5)
    scene.store.put_schedule([every(60, task="other")], replace=True)
    assert scene.schedule().definition == every(60, task="other")
    scene.clock.advance(6)
    assert scene.claim("a", task(), task("other")) == []
    scene.clock.advance(60)
    (claim,) = scene.claim("a", task(), task("other"))
    assert claim.task == "other"


def test_replacing_by_the_same_moves_no_fire_time(scene: Scene) -> None:
    """So an application may say it at every start, as with APScheduler's replace_existing."""
    scene.store.put_schedule([every(10)], replace=False)
    scene.clock.advance(7)
    scene.store.put_schedule([every(10)], replace=True)
    assert scene.next_fire() == 10
    assert scene.schedule().anchor == START


def test_a_replaced_schedule_keeps_its_anchor_and_its_pause(scene: Scene) -> None:
    scene.store.put_schedule([every(10)], replace=False)
    scene.store.pause("beat")
    scene.clock.advance(7)
    scene.store.put_schedule([every(20)], replace=True)
    assert scene.schedule().state is ScheduleState.PAUSED
    assert scene.schedule().anchor == START
    assert scene.next_fire() == 20


def test_what_a_replaced_schedule_owed_is_skipped_for_the_change(scene: Scene) -> None:
    scene.store.put_schedule([every(10)], replace=False)
    scene.clock.advance(25)
    scene.store.put_schedule([every(60)], replace=True)
    assert scene.skips() == [("changed", 10, 20, 2)]


def test_a_one_off_may_be_put_off_and_brought_forward(scene: Scene) -> None:
    scene.store.put_schedule([once(50)], replace=False)
    scene.store.put_schedule([once(90)], replace=True)
    scene.clock.advance(60)
    assert scene.claim() == []
    scene.store.put_schedule([once(55)], replace=True)
    assert fires(scene.claim()) == [55]


def test_a_one_off_that_ran_does_not_run_again_when_it_is_put_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.store.put_schedule([once(5)], replace=False)
    scene.clock.advance(6)
    scene.finish(scene.claim_one())
    scene.store.put_schedule([once(5, arguments="[[1],{}]")], replace=True)
    assert scene.claim() == []
    assert scene.schedule("once").state is ScheduleState.FINISHED
    assert caplog.records == [], "nothing had to be refused"


def test_schedules_are_listed_by_name(scene: Scene) -> None:
    scene.store.put_schedule([every(1, "c"), every(1, "a"), every(1, "b")], replace=False)
    assert [schedule.name for schedule in scene.store.schedules()] == ["a", "b", "c"]


# removing


def test_a_removed_schedule_is_gone_with_what_waits(scene: Scene) -> None:
    scene.store.put_schedule([every(10, overlap=Overlap.QUEUE)], replace=False)
    scene.clock.advance(10)
    claim = scene.claim_one()
    scene.clock.advance(10)
    scene.claim()
    assert list(scene.store.remove_schedule("beat")) == [claim.run_id]
    assert list(scene.store.schedules()) == []
    assert scene.states() == {10: "running", 20: "cancelled"}
    assert scene.runs()[20].reason == "removed"
    assert scene.run(claim).stop_requested is False
    scene.clock.advance(100)
    assert scene.claim() == []
    assert scene.finish(claim) == "written"


def test_what_a_removed_schedule_still_owed_is_skipped(scene: Scene) -> None:
    scene.store.put_schedule([every(10)], replace=False)
    scene.clock.advance(25)
    scene.store.remove_schedule("beat")
    assert scene.skips() == [("removed", 10, 20, 2)]


def test_a_removed_schedule_can_be_made_again(scene: Scene) -> None:
    scene.store.put_schedule([every(10)], replace=False)
    scene.clock.advance(10)
    claim = scene.claim_one()
    scene.store.remove_schedule("beat")
    scene.clock.advance(1)
    scene.store.put_schedule([every(10)], replace=False)
    assert scene.next_fire() == 21
    scene.clock.advance(10)
    assert scene.claim() == [], "the run of the one before still runs, and would overlap"
    assert scene.skips() == [("overlap", 21, 21, 1)]
    scene.finish(claim)
    scene.clock.advance(10)
    assert fires(scene.claim()) == [31]


def test_a_one_off_made_again_for_the_same_instant_does_not_run_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.store.put_schedule([once(5)], replace=False)
    scene.clock.advance(6)
    scene.finish(scene.claim_one())
    scene.store.remove_schedule("once")
    scene.store.put_schedule([once(5)], replace=False)
    schedule = scene.schedule("once")
    assert (schedule.state, schedule.last_fire) == (ScheduleState.FINISHED, instant(5))
    assert scene.skips("once") == [("changed", 5, 5, 1)], "nothing vanishes"
    assert scene.claim() == []
    assert scene.states("once") == {5: "succeeded"}
    assert caplog.records == [], "nothing had to be refused"


def test_a_one_off_that_code_declares_again_does_not_run_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.join("b", once(5))
    scene.clock.advance(6)
    scene.finish(scene.claim_one())
    scene.store.remove_schedule("once")
    scene.join("c", once(5))
    assert scene.skips("once") == [("changed", 5, 5, 1)]
    assert scene.claim() == []
    assert caplog.records == []


def test_a_one_off_made_again_for_another_instant_runs(scene: Scene) -> None:
    scene.store.put_schedule([once(5)], replace=False)
    scene.clock.advance(6)
    scene.finish(scene.claim_one())
    scene.store.remove_schedule("once")
    scene.store.put_schedule([once(4)], replace=False)
    assert fires(scene.claim()) == [4]
    assert scene.skips("once") == []


def test_a_fire_time_that_was_claimed_ahead_is_not_owed_to_one_made_again(scene: Scene) -> None:
    said = every(10, start=moment(instant(10)))
    scene.store.put_schedule([said], replace=False)
    scene.clock.advance(9.8)
    claim = scene.claim_one(lookahead=0.5)
    scene.store.remove_schedule("beat")
    scene.store.put_schedule([said], replace=False)
    assert (scene.schedule().last_fire, scene.next_fire()) == (instant(10), 20)
    assert scene.skips() == []
    scene.clock.advance(1)
    scene.finish(claim)
    assert scene.claim() == []
    scene.clock.advance(10)
    assert fires(scene.claim()) == [20]


@pytest.mark.parametrize("verb", ["remove_schedule", "pause", "resume"])
def test_a_schedule_that_nobody_made_is_unknown(scene: Scene, verb: str) -> None:
    with pytest.raises(UnknownSchedule):
        getattr(scene.store, verb)("nothing")


# pausing


def test_a_paused_schedule_does_not_fire(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(5)
    assert list(scene.store.pause("beat")) == []
    assert scene.schedule().pause == Pause(instant(5))
    assert scene.schedule().state is ScheduleState.PAUSED
    scene.clock.advance(30)
    claimed = scene.look()
    assert (list(claimed.claims), claimed.next_due) == ([], None)


def test_what_passed_during_a_pause_is_skipped_when_it_ends(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.store.pause("beat")
    scene.clock.advance(35)
    assert scene.claim() == []
    scene.store.resume("beat")
    assert scene.skips() == [("paused", 10, 30, 3)]
    assert scene.schedule().pause is None
    assert scene.claim() == []
    assert scene.next_fire() == 40
    scene.clock.advance(5)
    assert fires(scene.claim()) == [40]


def test_a_second_pause_says_its_reason_anew_a_second_resume_changes_nothing(
    scene: Scene,
) -> None:
    scene.join("b", every(10))
    scene.clock.advance(1)
    scene.store.pause("beat", note="why")
    scene.clock.advance(1)
    scene.store.pause("beat", by="ann")
    assert scene.schedule().pause == Pause(instant(1), by="ann"), "but why, by whom, until when"
    scene.store.resume("beat")
    scene.clock.advance(10)
    scene.store.resume("beat")
    assert scene.skips() == []
    assert fires(scene.claim()) == [10]


def test_a_pause_before_the_claim_means_that_nothing_begins(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(10)
    assert list(scene.store.pause("beat")) == []
    assert scene.claim() == []


def test_a_pause_after_the_claim_says_which_run_may_begin(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(9.8)
    claim = scene.claim_one(lookahead=0.5)
    assert list(scene.store.pause("beat")) == [claim.run_id]


def test_a_pause_says_which_runs_wait_and_they_do_not_vanish(scene: Scene) -> None:
    scene.join("b", every(10, overlap=Overlap.QUEUE))
    scene.clock.advance(10)
    claim = scene.claim_one()
    scene.clock.advance(10)
    scene.claim()
    waiting = scene.runs()[20]
    assert sorted(scene.store.pause("beat")) == sorted([claim.run_id, waiting.id])
    scene.finish(claim)
    assert fires(scene.claim()) == [20]
    assert list(scene.store.pause("beat")) == [waiting.id]


def test_a_fire_time_claimed_before_a_pause_is_not_skipped_by_it(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(9.8)
    scene.claim_one(lookahead=0.5)
    scene.store.pause("beat")
    scene.clock.advance(5)
    scene.store.resume("beat")
    assert scene.skips() == []
    assert scene.next_fire() == 20


def test_neighbouring_pauses_are_one_row(scene: Scene) -> None:
    scene.join("b", every(10))
    for _ in range(2):
        scene.store.pause("beat")
        scene.clock.advance(20)
        scene.store.resume("beat")
    assert scene.skips() == [("paused", 10, 40, 4)]


# a pause with an end


def test_a_pause_says_why_by_whom_and_until_when(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.store.pause("beat", note="the bank moves \u00e9", by="ann", until=instant(60))
    pause = Pause(instant(0), "the bank moves \u00e9", "ann", instant(60))
    assert scene.schedule().pause == pause
    scene.join("c", every(10))
    assert scene.schedule().pause == pause, "a deploy ends no pause"


def test_at_its_end_the_schedule_goes_on_by_itself(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.store.pause("beat", until=instant(35))
    claimed = scene.look()
    assert (list(claimed.claims), claimed.next_due) == ([], instant(35))
    scene.clock.advance(34.9)
    assert scene.claim(lookahead=0.5) == []
    scene.clock.advance(0.1)
    claimed = scene.look()
    assert (list(claimed.claims), claimed.next_due) == ([], instant(40))
    assert scene.schedule().state is ScheduleState.ACTIVE
    assert scene.skips() == [("paused", 10, 30, 3)]
    scene.clock.advance(5)
    assert fires(scene.claim()) == [40]


def test_what_passed_after_the_end_is_owed(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.store.pause("beat", until=instant(25))
    scene.clock.advance(45)
    assert fires(scene.claim()) == [40]
    assert scene.skips() == [("paused", 10, 20, 2), ("misfire", 30, 30, 1)]


def test_an_end_that_has_passed_ends_it_at_once(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.clock.advance(5)
    scene.store.pause("beat", until=instant(1))
    scene.clock.advance(5)
    assert fires(scene.claim()) == [10]


def test_an_end_may_be_taken_back(scene: Scene) -> None:
    scene.join("b", every(10))
    scene.store.pause("beat", until=instant(15))
    scene.store.pause("beat")
    scene.clock.advance(30)
    assert scene.look().next_due is None
    scene.store.resume("beat")
    assert scene.skips() == [("paused", 10, 30, 3)]


def test_a_pause_without_a_schedule_to_go_on_ends_too(scene: Scene) -> None:
    scene.join("b", once(10, "beat"))
    scene.store.pause("beat", until=instant(20))
    scene.clock.advance(30)
    assert scene.claim() == []
    assert scene.schedule().state is ScheduleState.FINISHED
    assert scene.skips() == [("paused", 10, 10, 1)]
