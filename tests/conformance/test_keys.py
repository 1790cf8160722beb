"""Limits for each key of a task: what one key holds back is in no other's way."""

import pytest

from pyramid_scheduler.model import Claim, Misfire, NewRun, Overlap, Rate, RunState, Task
from pyramid_scheduler.payload import dump_arguments
from tests.conformance.scene import Scene, every, fires, instant, once, task


def customer(of: str) -> str:
    """The key of a run is its argument."""
    return of


KEYED = task("keyed", max_running=1, key=customer)
TWO = task("keyed", max_running=2, key=customer)


def arguments(of: str) -> str:
    return dump_arguments([of], {}, "test")


def ask(scene: Scene, *keys: str, key: bool = True) -> None:
    """Ask for a run of each key, called r0, r1, ... in this order."""
    now = scene.clock.now()
    scene.store.enqueue([
        NewRun(f"r{number}", "keyed", now, arguments(of), key=of if key else None)
        for number, of in enumerate(keys)
    ])  # fmt: skip


def ids(claims: list[Claim]) -> list[str]:
    return [claim.run_id for claim in claims]


def test_the_limit_holds_for_each_key(scene: Scene) -> None:
    ask(scene, "a", "a", "b", "b", "c")
    assert ids(scene.claim("a", KEYED)) == ["r0", "r2", "r4"]
    assert scene.claim("a", KEYED) == []


def test_it_counts_the_runs_of_all_nodes(scene: Scene) -> None:
    scene.join("b")
    ask(scene, "a", "a", "a", "b")
    assert ids(scene.claim("a", TWO, idle=1)) == ["r0"]
    assert ids(scene.claim("b", TWO)) == ["r1", "r3"]
    assert scene.claim("a", TWO) == []


def test_whatever_ends_a_run_makes_room_for_the_next_of_its_key(scene: Scene) -> None:
    ask(scene, "a", "a", "b")
    first, other = scene.claim("a", KEYED)
    scene.finish(other)
    assert scene.claim("a", KEYED) == []
    scene.finish(first)
    second = scene.claim_one("a", KEYED)
    assert second.run_id == "r1"
    scene.release(second)
    assert ids(scene.claim("a", KEYED)) == ["r1"]


def test_a_run_without_a_key_is_not_limited(scene: Scene) -> None:
    free = task("keyed", max_running=1, key=lambda of: None)
    ask(scene, "a", "a", key=False)
    assert len(scene.claim("a", free)) == 2


def test_a_run_whose_maker_did_not_know_the_key_is_given_it_at_the_claim(scene: Scene) -> None:
    ask(scene, "a", "a", "b", key=False)
    assert ids(scene.claim("a", KEYED)) == ["r0", "r2"]
    assert [scene.run(f"r{number}").key for number in range(3)] == ["a", "a", "b"]
    assert scene.claim("a", KEYED) == []


def test_what_a_full_key_holds_back_is_in_nobodys_way(scene: Scene) -> None:
    scene.store.enqueue(
        [NewRun(f"r{n}", "keyed", instant(0), arguments("a"), key="a") for n in range(2500)]
    )
    scene.store.enqueue([NewRun("other", "keyed", instant(1), arguments("b"), key="b")])
    scene.ask("plain", at=1)
    scene.clock.advance(2)
    assert set(ids(scene.claim("a", KEYED, task()))) == {"r0", "other", "plain"}
    claimed = scene.look("a", KEYED, task())
    assert (list(claimed.claims), claimed.next_due, claimed.more) == ([], None, False)


def test_a_schedule_has_the_key_of_its_arguments(scene: Scene) -> None:
    scene.join(
        "b",
        every(10, "first", task="keyed", arguments=arguments("a")),
        every(10, "second", task="keyed", arguments=arguments("a")),
        every(10, "third", task="keyed", arguments=arguments("b")),
    )
    scene.clock.advance(10)
    claims = scene.claim("a", KEYED)
    assert sorted(claim.schedule or "" for claim in claims) == ["first", "third"]
    assert scene.run(claims[0]).key in ("a", "b")


def test_a_schedule_whose_key_is_full_is_left_as_it_is(scene: Scene) -> None:
    scene.join("b", every(10, task="keyed", arguments=arguments("a")))
    ask(scene, "a")
    long = scene.claim_one("a", KEYED)
    scene.clock.advance(35)
    assert scene.claim("a", KEYED) == []
    assert scene.next_fire() == 10
    scene.finish(long)
    assert fires(scene.claim("a", KEYED)) == [30]
    assert scene.skips() == [("misfire", 10, 20, 2)]


def test_a_one_off_whose_key_is_full_waits_as_a_run(scene: Scene) -> None:
    given = {"task": "keyed", "arguments": arguments("a")}
    scene.store.put_schedule([once(1, "x", **given), once(2, "y", **given)], replace=False)
    scene.clock.advance(5)
    first = scene.claim_one("a", KEYED)
    assert scene.states("y") == {2: "pending"}
    assert scene.claim("a", KEYED) == []
    scene.finish(first)
    assert fires(scene.claim("a", KEYED)) == [2]


def test_many_owed_at_once_wait_for_their_key(scene: Scene) -> None:
    scene.join("b", every(10, task="keyed", arguments=arguments("a"), misfire=Misfire.ALL,
                          overlap=Overlap.ALLOW))  # fmt: skip
    scene.clock.advance(40)
    assert fires(scene.claim("a", TWO)) == [10, 20]
    assert scene.states() == {10: "running", 20: "running", 30: "pending", 40: "pending"}
    assert scene.claim("a", TWO) == []


def test_what_the_key_of_cannot_be_made_is_left_alone(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    def fussy(of: str) -> str:
        if of == "bad":
            raise KeyError(of)
        return of

    known = task("keyed", max_running=1, key=fussy)
    ask(scene, "a", key=False)
    # It is said once per process, by name.
    name = f"y{id(scene)}"
    scene.store.enqueue([NewRun("bad", "keyed", instant(0), arguments("bad"))])
    bad = {"task": "keyed", "arguments": arguments("bad")}
    scene.store.put_schedule([once(1, name, **bad), once(1, "z")], replace=False)
    scene.clock.advance(5)
    for _ in range(2):
        scene.claim("a", known, task())
    assert scene.states("z") == {1: "running"}
    assert scene.state("bad") == (RunState.PENDING, None)
    assert scene.state("r0") == (RunState.RUNNING, None)
    assert scene.next_fire(name) == 1
    said = [record.message for record in caplog.records]
    assert len([message for message in said if name in message]) == 1
    assert all("key: it raised KeyError: 'bad'" in message for message in said)
    assert len(scene.claim("a", KEYED, task())) == 1, "mended, one of the two begins"


def test_a_run_keeps_its_key_when_it_is_tried_again(scene: Scene) -> None:
    scene.join("b")
    ask(scene, "a", "a")
    scene.claim_one("b", KEYED)
    scene.dies("b")
    assert scene.run("r0").key == "a"
    assert len(scene.claim("a", KEYED)) == 1


@pytest.mark.parametrize("known", [KEYED, task("keyed", rate=Rate(1, 60), key=customer)])
def test_what_was_backfilled_has_a_key_too(scene: Scene, known: Task) -> None:
    scene.join("b", every(10, task="keyed", arguments=arguments("a")))
    scene.clock.advance(35)
    scene.store.pause("beat")
    scene.store.resume("beat")
    fire_times = [instant(10), instant(20)]
    assert scene.store.backfill("beat", fire_times, at_once=True, dry_run=False) == fire_times
    assert fires(scene.claim("a", known)) == [10]
