"""Why did it not run? One verdict for any instant."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.errors import InvalidValue, UnknownSchedule
from pyramid_scheduler.instants import moment
from pyramid_scheduler.model import Finish, Outcome, Overlap, Rate, RunState, UniqueBy
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.stores.memory import MemoryStore
from tests.clock import HandClock
from tests.conformance.scene import Scene, every, instant, once, task


class Asked(Scene):
    """A store in memory with the schedule "beat" every 10 s, and who asks why."""

    def __init__(self, **options: Any) -> None:
        clock = HandClock()
        numbers = iter(range(1000))
        super().__init__(MemoryStore(clock, new_id=lambda: f"r{next(numbers)}"), clock)
        declared = Declarations()
        declared.add_task(task())
        self.join("a", every(10, **options))
        self.scheduler = Scheduler(
            declared,
            self.store,
            None,
            clock=clock,
            zone=ZoneInfo("UTC"),
            new_id=str,  # type: ignore[arg-type]
        )

    def why(self, at: float) -> tuple[str, str]:
        found = self.scheduler.explain("beat", moment(instant(at)))
        return found.verdict, found.words


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_it_ran(asked: Asked) -> None:
    asked.clock.advance(10)
    claim = asked.claim_one()
    assert asked.why(10)[0] == "ran"
    assert "claimed by node a" in asked.why(10)[1]
    asked.finish(claim)
    verdict, words = asked.why(10)
    assert verdict == "ran"
    assert f"its run {claim.run_id} has succeeded at 2030-01-01 00:00:10+00:00" in words
    found = asked.scheduler.explain("beat", moment(instant(10)))
    assert found.run is not None
    assert found.run.id == claim.run_id


def test_it_failed_and_waits_for_its_next_attempt(asked: Asked) -> None:
    asked.clock.advance(10)
    claim = asked.claim_one()
    outcome = Outcome(RunState.FAILED, 0, 0, retry_after=5_000_000)
    asked.store.finish("a", [Finish(claim.run_id, claim.token, outcome)])
    verdict, words = asked.why(10)
    assert verdict == "waits"
    assert "has had 1 attempt and waits for another" in words
    assert "it is due again at 2030-01-01 00:00:15" in words


def test_its_node_died_or_it_was_cancelled_and_it_waits_again(asked: Asked) -> None:
    asked.clock.advance(10)
    asked.claim_one()
    asked.join("b")
    asked.dies("a")
    assert "has had 1 attempt and waits for another" in asked.why(10)[1]
    claim = asked.claim_one("b")
    asked.store.cancel(claim.run_id)
    asked.finish(claim, "b", RunState.CANCELLED)
    asked.store.retry(claim.run_id)
    verdict, words = asked.why(10)
    assert verdict == "waits"
    assert "has had 2 attempts and waits for another: it is due again at" in words
    assert "fail" not in words


def test_it_was_skipped_and_why(asked: Asked) -> None:
    asked.clock.advance(35)
    asked.claim_one()
    verdict, words = asked.why(10)
    assert verdict == "skipped"
    assert (
        words == "it was skipped: it was older than its grace, or a newer fire time took its place"
    )
    assert asked.why(30)[0] == "ran"
    asked.clock.advance(10)
    asked.claim()
    assert asked.why(40) == (
        "skipped", "it was skipped: an earlier run of the schedule had not ended",
    )  # fmt: skip
    found = asked.scheduler.explain("beat", moment(instant(20)))
    assert found.skip is not None
    assert found.skip.reason == "misfire"


def test_it_is_no_fire_time(asked: Asked) -> None:
    verdict, words = asked.why(12)
    assert verdict == "no fire time"
    assert "the next one is 2030-01-01 00:00:20" in words


def test_it_is_to_come(asked: Asked) -> None:
    assert asked.why(50)[0] == "to come"


def test_it_was_before_the_schedule_was(asked: Asked) -> None:
    assert asked.why(-10)[0] == "before declared"


def test_it_rests(asked: Asked) -> None:
    asked.store.pause("beat")
    asked.clock.advance(15)
    assert asked.why(10) == ("rests", "it is not run: the schedule is paused")
    assert asked.why(50)[0] == "rests"
    asked.store.resume("beat")
    assert asked.why(10)[1] == "it was skipped: the schedule was paused"


def test_it_is_disabled() -> None:
    assert Asked(enabled=False).why(10)[1] == "it is not run: the schedule is disabled"


def test_nobody_claims_it(asked: Asked) -> None:
    asked.clock.advance(12.5)
    verdict, words = asked.why(10)
    assert verdict == "owed"
    assert words.endswith("it is 2.5 s late")
    asked.store.leave("a")
    assert asked.why(10)[0] == "nobody runs it"


def test_it_is_forgotten(asked: Asked) -> None:
    asked.clock.advance(10)
    asked.finish(asked.claim_one())
    asked.clock.advance(10)
    asked.finish(asked.claim_one())
    asked.store.purge(asked.clock.now() + 1, 100)
    assert asked.why(10)[0] == "forgotten"
    assert asked.why(20)[0] == "ran", "the last run of a schedule is kept"


def test_what_cannot_be_explained_is_one_clear_error(asked: Asked) -> None:
    with pytest.raises(UnknownSchedule, match="no schedule is named 'beet'; did you mean 'beat'"):
        asked.scheduler.explain("beet", moment(instant(10)))
    with pytest.raises(InvalidValue, match="explain: instant: '10:00' is a time of day"):
        asked.scheduler.explain("beat", "10:00")
    assert asked.scheduler.explain("beat", "2030-01-01T00:00:10").verdict == "to come"


def limited(**options: Any) -> Asked:
    """A schedule whose task has these limits, as this process declares it."""
    asked = Asked(overlap=Overlap.ALLOW)
    asked.scheduler.declared.add_task(task(**options))
    return asked


def test_it_is_owed_and_its_task_has_no_room() -> None:
    known = {"max_running": 1, "rate": Rate(5, 60)}
    asked = limited(**known)
    asked.ask("r")
    asked.claim_one("a", task(**known))
    asked.clock.advance(10)
    assert asked.claim("a", task(**known)) == []
    verdict, words = asked.why(10)
    assert verdict == "owed"
    assert "of its task at most 1 run at once and 5 begin in 0:01:00; it is 0.0 s late" in words


def test_it_waits_for_its_key() -> None:
    known = {"max_running": 1, "key": lambda: "k"}
    asked = limited(**known)
    asked.store.put_schedule([once(10, "one", task="job")], replace=False)
    asked.ask("r")
    asked.claim_one("a", task(**known))
    asked.clock.advance(10)
    asked.claim("a", task(**known))
    found = asked.scheduler.explain("one", moment(instant(10)))
    assert found.verdict == "waits"
    assert found.words.endswith("; of its task at most 1 run at once of the key 'k'")


def test_it_equalled_another_run() -> None:
    asked = Asked()
    sole = task(unique=UniqueBy.TASK)
    asked.store.put_schedule([every(10, "other")], replace=False)
    asked.clock.advance(10)
    (claim,) = asked.claim("a", sole)
    (name,) = {"beat", "other"} - {claim.schedule}
    verdict, words = asked.scheduler.explain(name, moment(instant(10)))[:2]
    assert verdict == "skipped"
    assert "an equal run of its task waited or ran" in words
