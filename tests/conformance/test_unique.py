"""Runs that equal another one are skipped, and say for which."""

from threading import Barrier, Thread

from pyramid_scheduler.instants import micros
from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import (
    Finish,
    Follow,
    Kind,
    Misfire,
    NewRun,
    Outcome,
    Overlap,
    RunState,
    UniqueBy,
    Uniqueness,
)
from pyramid_scheduler.rules.limiting import uniqueness
from tests.conformance.scene import Scene, every, fires, instant, once, task

SOLE = task("sole", unique=UniqueBy.TASK)
SAME = uniqueness(SOLE, None, "")
MINUTE = Uniqueness("same", 60_000_000)


def ask(scene: Scene, run_id: str, unique: Uniqueness | None = SAME) -> tuple[RunState, str | None]:
    now = scene.clock.now()
    scene.store.enqueue([NewRun(run_id, "sole", now, "", unique=unique)])
    return scene.state(run_id)


WAITS = (RunState.PENDING, None)
SKIPPED = (RunState.SKIPPED, "unique")


def test_one_that_equals_a_run_that_waits_or_runs_is_skipped(scene: Scene) -> None:
    assert ask(scene, "r1") == WAITS
    assert ask(scene, "r2") == SKIPPED
    claim = scene.claim_one("a", SOLE)
    assert ask(scene, "r3") == SKIPPED
    scene.finish(claim)
    assert ask(scene, "r4") == WAITS
    skipped = scene.run("r3")
    assert (skipped.equals, micros(skipped.finished_at or skipped.due)) == ("r1", scene.clock.now())
    assert scene.run("r4").equals is None


def test_one_that_is_to_be_tried_again_still_waits(scene: Scene) -> None:
    ask(scene, "r1")
    claim, now = scene.claim_one("a", SOLE), scene.clock.now()
    outcome = Outcome(RunState.FAILED, now, now, retry_after=1000)
    scene.store.finish("a", [Finish("r1", claim.token, outcome)])
    assert ask(scene, "r2") == SKIPPED


def test_others_are_not_compared(scene: Scene) -> None:
    assert ask(scene, "r1") == WAITS
    assert ask(scene, "r2", Uniqueness("another")) == WAITS
    assert ask(scene, "r3", None) == WAITS


def test_of_equal_ones_that_are_asked_for_at_once_the_first_waits(scene: Scene) -> None:
    now = scene.clock.now()
    scene.store.enqueue([NewRun(f"r{n}", "sole", now, "", unique=SAME) for n in range(3)])
    assert [scene.state(f"r{n}") for n in range(3)] == [WAITS, SKIPPED, SKIPPED]
    assert scene.run("r2").equals == "r0"


def test_to_ask_again_under_the_same_id_changes_nothing(scene: Scene) -> None:
    assert ask(scene, "r1") == WAITS
    assert ask(scene, "r1") == WAITS


def test_within_its_window_one_that_has_succeeded_counts_too(scene: Scene) -> None:
    assert ask(scene, "r1", MINUTE) == WAITS
    scene.finish(scene.claim_one("a", SOLE))
    scene.clock.advance(60)
    assert ask(scene, "r2", MINUTE) == SKIPPED
    assert scene.run("r2").equals == "r1"
    scene.clock.advance(0.000_001)
    assert ask(scene, "r3", MINUTE) == WAITS
    scene.clock.advance(61)
    assert ask(scene, "r4", MINUTE) == SKIPPED, "the one before still waits"


def test_one_that_failed_or_was_cancelled_or_skipped_does_not(scene: Scene) -> None:
    ask(scene, "r1", MINUTE)
    scene.finish(scene.claim_one("a", SOLE), state=RunState.FAILED)
    assert ask(scene, "r2", MINUTE) == WAITS
    assert ask(scene, "r3", MINUTE) == SKIPPED
    scene.store.cancel("r2")
    assert ask(scene, "r4", MINUTE) == WAITS


def test_one_that_a_person_has_tried_again_is_not_compared_but_counts(scene: Scene) -> None:
    ask(scene, "r1")
    scene.finish(scene.claim_one("a", SOLE), state=RunState.FAILED)
    assert ask(scene, "r2") == WAITS
    scene.store.retry("r1")
    assert scene.state("r1") == WAITS
    scene.store.cancel("r2")
    assert ask(scene, "r3") == SKIPPED
    assert scene.run("r3").equals == "r1"


def test_the_fire_time_of_a_schedule_is_skipped(scene: Scene) -> None:
    scene.join("b", every(10, task="sole"))
    ask(scene, "r1")
    claim = scene.claim_one("a", SOLE)
    scene.clock.advance(10)
    assert scene.claim("a", SOLE) == []
    scene.finish(claim)
    scene.clock.advance(10)
    (claim,) = scene.claim("a", SOLE)
    assert fires([claim]) == [20]
    assert scene.skips() == [("unique", 10, 10, 1)]
    assert ask(scene, "r2") == SKIPPED
    assert scene.run("r2").equals == claim.run_id


def test_two_schedules_of_it_have_one_run(scene: Scene) -> None:
    scene.join("b", every(10, "first", task="sole"), every(10, "second", task="sole"))
    scene.clock.advance(10)
    (claim,) = scene.claim("a", SOLE)
    (other,) = {"first", "second"} - {claim.schedule}
    assert scene.skips(other) == [("unique", 10, 10, 1)]
    assert scene.skips(claim.schedule or "") == []


def test_what_is_made_up_for_together_is_one_run(scene: Scene) -> None:
    scene.join("b", every(10, task="sole", misfire=Misfire.ALL))
    scene.clock.advance(35)
    assert fires(scene.claim("a", SOLE)) == [10]
    assert scene.skips() == [("unique", 20, 30, 2)]


def test_whether_a_fire_time_to_come_is_equal_is_seen_when_it_has_come(scene: Scene) -> None:
    scene.join("b", every(10, task="sole"))
    ask(scene, "r1")
    claim = scene.claim_one("a", SOLE)
    scene.clock.advance(9.6)
    assert scene.claim("a", SOLE, lookahead=0.5) == []
    assert scene.next_fire() == 10
    scene.finish(claim)
    assert fires(scene.claim("a", SOLE, lookahead=0.5)) == [10]


def test_a_one_off_is_skipped_for_good(scene: Scene) -> None:
    scene.store.put_schedule([once(5, task="sole")], replace=False)
    ask(scene, "r1")
    scene.claim_one("a", SOLE)
    scene.clock.advance(6)
    assert scene.claim("a", SOLE) == []
    assert scene.skips("once") == [("unique", 5, 5, 1)]
    assert scene.next_fire("once") is None


def test_one_that_replaces_others_of_its_schedule_is_not_compared_with_those(scene: Scene) -> None:
    scene.join("b", every(10, task="sole", overlap=Overlap.CANCEL))
    scene.clock.advance(10)
    claim = scene.claim_one("a", SOLE)
    for _ in range(2):
        scene.clock.advance(10)
        assert scene.claim("a", SOLE) == []
    assert scene.states() == {10: "running", 20: "cancelled", 30: "pending"}
    scene.finish(claim)
    assert fires(scene.claim("a", SOLE)) == [30]
    assert scene.states()[10] == "cancelled"
    assert scene.skips() == []


def test_nothing_is_stopped_for_one_that_equals_another(scene: Scene) -> None:
    scene.join("b", every(10, task="sole", overlap=Overlap.CANCEL))
    ask(scene, "r1")
    scene.finish(scene.claim_one("a", SOLE), state=RunState.FAILED)
    scene.clock.advance(10)
    claim = scene.claim_one("a", SOLE)
    scene.store.retry("r1")
    scene.clock.advance(10)
    scene.claim("a", SOLE)
    assert scene.run(claim).stop_requested is False
    assert scene.skips() == [("unique", 20, 20, 1)]


def test_the_next_of_a_chain_is_skipped(scene: Scene) -> None:
    scene.ask("before1", "before2")
    now = scene.clock.now()
    outcome = Outcome(RunState.SUCCEEDED, now, now, follow=Follow("sole", "", None, SAME))
    scene.store.finish(
        "a", [Finish(claim.run_id, claim.token, outcome) for claim in scene.claim("a")]
    )
    chained = [run for run in scene.store.runs(RunFilter()) if run.kind is Kind.CHAINED]
    assert sorted(run.state for run in chained) == ["pending", "skipped"]
    (waits,) = (run.id for run in chained if run.state is RunState.PENDING)
    assert {run.equals for run in chained} == {None, waits}


def test_what_was_backfilled_is_not_compared(scene: Scene) -> None:
    scene.join("b", every(10, task="sole"))
    scene.store.pause("beat")
    scene.clock.advance(35)
    scene.store.resume("beat")
    ask(scene, "r1")
    passed = [instant(10), instant(20)]
    assert scene.store.backfill("beat", passed, at_once=True, dry_run=False) == passed
    assert len(scene.claim("a", SOLE)) == 3


def test_of_many_threads_that_ask_at_once_one_has_its_run(scene: Scene) -> None:
    start = Barrier(8)

    def asks(number: int) -> None:
        start.wait(30)
        ask(scene, f"r{number}")

    threads = [Thread(target=asks, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    states = [str(run.state) for run in scene.store.runs(RunFilter())]
    assert sorted(states) == ["pending", *["skipped"] * 7]
