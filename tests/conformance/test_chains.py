"""A run that follows from how another one ended: written with that end, or not at all."""

from pyramid_scheduler.interfaces import RunFilter, Written
from pyramid_scheduler.model import (
    Claim,
    ErrorInfo,
    Finish,
    Follow,
    Kind,
    OnCrash,
    Outcome,
    Run,
    RunState,
)
from tests.conformance.scene import Scene, instant, task

NEXT = Follow("next", '[["given"],{}]')
OOPS = ErrorInfo("builtins.ValueError", "oops", "Traceback ...")


def end(scene: Scene, claim: Claim, state: RunState = RunState.SUCCEEDED) -> Written:
    now = scene.clock.now()
    outcome = Outcome(state, now, now, error=None if state is RunState.SUCCEEDED else OOPS)
    finish = Finish(claim.run_id, claim.token, outcome._replace(follow=NEXT))
    (answer,) = scene.store.finish("a", [finish])
    return answer


def chained(scene: Scene) -> list[Run]:
    return [run for run in scene.store.runs(RunFilter()) if run.kind is Kind.CHAINED]


def test_it_is_owed_when_the_end_is_written(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    scene.clock.advance(5)
    assert end(scene, claim) is Written.WRITTEN
    (run,) = chained(scene)
    assert (run.task, run.args, run.state) == ("next", ("given",), RunState.PENDING)
    claim = scene.claim_one("a", task("next"))
    assert (claim.run_id, claim.fire_time, claim.kind) == (run.id, instant(5), Kind.CHAINED)


def test_an_end_that_is_told_twice_has_one_successor(scene: Scene) -> None:
    scene.ask("r")
    claim = scene.claim_one()
    end(scene, claim)
    assert end(scene, claim) is Written.ALREADY
    assert len(chained(scene)) == 1


def test_what_is_refused_or_cancelled_has_none(scene: Scene) -> None:
    scene.ask("ghost", "cancelled")
    claims = {claim.run_id: claim for claim in scene.claim()}
    scene.release(claims["ghost"])
    scene.store.cancel("cancelled")
    assert end(scene, claims["ghost"]) is Written.REFUSED
    assert end(scene, claims["cancelled"]) is Written.CANCELLED
    assert chained(scene) == []


def test_a_run_that_failed_by_the_death_of_its_node_is_followed_too(scene: Scene) -> None:
    known = task(on_crash=OnCrash.FAIL, on_failure="next")
    scene.join("b")
    scene.ask("r")
    scene.claim_one("b", known)
    scene.dies("b")
    (run,) = chained(scene)
    (told,) = run.args
    assert (run.task, told["run"], told["task"]) == ("next", "r", "job")
    assert told["type"] == "pyramid_scheduler.errors.NodeLost"
    assert "was lost while it had this run" in told["message"]


def test_and_one_that_failed_by_the_exit_of_its_process(scene: Scene) -> None:
    known = task(on_crash=OnCrash.FAIL, on_failure="next")
    scene.ask("r")
    scene.claim_one("a", known)
    scene.store.leave("a")
    (run,) = chained(scene)
    assert run.args == ({"run": "r", "task": "job", "type": None, "message": None},)


def test_one_that_is_tried_again_is_not_followed(scene: Scene) -> None:
    known = task(on_failure="next")
    scene.join("b")
    scene.ask("r", "s")
    claims = scene.claim("b", known)
    scene.release(claims[0], "b")
    scene.dies("b")
    assert chained(scene) == []


def test_many_ends_in_one_batch_have_each_its_own(scene: Scene) -> None:
    scene.ask("r1", "r2", "r3")
    now = scene.clock.now()
    finishes = [
        Finish(claim.run_id, claim.token,
               Outcome(RunState.SUCCEEDED, now, now, follow=Follow("next", f'[["{n}"],{{}}]')))
        for n, claim in enumerate(scene.claim())
    ]  # fmt: skip
    finishes[1] = finishes[1]._replace(outcome=finishes[1].outcome._replace(follow=None))
    scene.store.finish("a", finishes)
    assert sorted(run.args for run in chained(scene)) == [("0",), ("2",)]
