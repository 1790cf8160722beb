"""What a schedule owes, against a brute-force enumerator and scene by scene."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.instants import SECOND, micros, moment
from pyramid_scheduler.model import (
    Active,
    Definition,
    Misfire,
    Origin,
    Overlap,
    Schedule,
    Trigger,
)
from pyramid_scheduler.rules.planning import (
    STEPS,
    Plan,
    first_fire,
    following,
    given_up,
    passed_over,
    plan,
    upcoming,
)
from pyramid_scheduler.triggers import IntervalTrigger, OnceTrigger
from tests.clock import START
from tests.rules.faulty import Faulty, oops

NONE = Active()


def at(seconds: float) -> int:
    return START + round(seconds * SECOND)


def every(seconds: float = 10, **options: object) -> Definition:
    trigger = IntervalTrigger(timedelta(seconds=seconds))
    return Definition(name="beat", task="job", trigger=trigger, **options)  # type: ignore[arg-type]


def once(seconds: float, **options: object) -> Definition:
    trigger = OnceTrigger(moment(at(seconds)))
    return Definition(name="once", task="job", trigger=trigger, **options)  # type: ignore[arg-type]


def declared(definition: Definition, seconds: float = 0) -> Schedule:
    """The schedule of ``definition``, first declared ``seconds`` after the start."""
    fire = first_fire(definition, at(seconds))
    return Schedule(definition=definition, origin=Origin.CODE, anchor=at(seconds), next_fire=fire)


def planned(schedule: Schedule, now: int, active: Active = NONE, ahead: int = 0) -> Plan:
    result = plan(schedule, now, now + ahead, active)
    assert result is not None
    return result


# against brute force


def brute_force(schedule: Schedule, now: int) -> list[int]:
    """Every fire time from the next one to ``now``, one by one."""
    every = schedule.definition.trigger.every // timedelta(microseconds=1)  # type: ignore[attr-defined]
    owed, fire = [], schedule.anchor + every
    while fire <= now:
        owed.append(fire)
        fire += every
    return owed


@settings(deadline=None)
@given(
    every_s=st.floats(0.1, 50),
    passed=st.integers(0, 300 * SECOND),
    misfire=st.sampled_from(Misfire),
    grace=st.none() | st.floats(0.001, 400),
    catch_up=st.integers(1, 50),
    overlap=st.sampled_from(Overlap),
)
def test_what_runs_and_what_is_skipped_is_all_that_was_owed(
    every_s: float,
    passed: int,
    misfire: Misfire,
    grace: float | None,
    catch_up: int,
    overlap: Overlap,
) -> None:
    bound = None if grace is None else timedelta(seconds=grace)
    schedule = declared(
        every(every_s, misfire=misfire, grace=bound, catch_up=catch_up, overlap=overlap)
    )
    now = START + passed
    owed = brute_force(schedule, now)
    result = plan(schedule, now, now, NONE)
    if not owed:
        assert result is None
        return
    assert result is not None
    if bound is None and misfire is Misfire.SKIP:
        bound = timedelta(seconds=60)
    wanted = owed[-(catch_up if misfire is Misfire.ALL else 1) :]
    runs = [fire for fire in wanted if bound is None or moment(now) - moment(fire) <= bound]
    assert result.runs == runs
    skipped = owed[: len(owed) - len(runs)]
    assert [(s.first, s.last, s.count, s.exact) for s in result.skips] == (
        [(skipped[0], skipped[-1], len(skipped), True)] if skipped else []
    )
    assert result.last_fire == owed[-1]
    assert result.next_fire is not None
    assert result.next_fire > now


@settings(deadline=None)
@given(
    owed=st.integers(STEPS - 2, 3 * STEPS),
    misfire=st.sampled_from(Misfire),
    catch_up=st.integers(1, 60),
    within=st.integers(0, SECOND - 1),
)
def test_beyond_ten_thousand_the_newest_are_those_of_brute_force(
    owed: int, misfire: Misfire, catch_up: int, within: int
) -> None:
    schedule = declared(every(1, misfire=misfire, catch_up=catch_up))
    now = at(owed) + within
    result = planned(schedule, now)
    runs = catch_up if misfire is Misfire.ALL else 1
    assert result.runs == [at(number) for number in range(owed - runs + 1, owed + 1)]
    (skip,) = result.skips
    assert (skip.first, skip.last) == (at(1), at(owed - runs))
    true = owed - runs
    assert skip.count == true if skip.exact else STEPS - 1 <= skip.count <= true
    assert skip.exact or true > STEPS
    assert (result.last_fire, result.next_fire) == (at(owed), at(owed + 1))


# of bounded length


def test_a_thousand_years_of_seconds_are_planned_in_a_bounded_number_of_steps() -> None:
    steps = 0

    class Counting(Trigger):
        kind = "counting"

        def next(self, after):  # type: ignore[no-untyped-def]
            nonlocal steps
            steps += 1
            return after.replace(microsecond=0) + timedelta(seconds=1)

        def as_json(self):  # type: ignore[no-untyped-def]
            return {}

        @classmethod
        def from_json(cls, data):  # type: ignore[no-untyped-def]
            return cls()

    definition = Definition(name="beat", task="job", trigger=Counting())
    result = planned(declared(definition), at(1000 * 365.25 * 86_400))
    assert steps < STEPS + 300
    assert result.runs == [at(1000 * 365.25 * 86_400)]
    assert not result.skips[0].exact


def test_just_beyond_ten_thousand_nothing_is_lost() -> None:
    result = planned(declared(every(1, misfire=Misfire.ALL, catch_up=100)), at(STEPS + 50))
    assert len(result.runs) == 100
    (skip,) = result.skips
    assert (skip.count, skip.exact) == (STEPS - 50, True)


# nothing yet, and ahead


def test_nothing_is_owed_before_the_fire_time() -> None:
    assert plan(declared(every(10)), at(9.999999), at(9.999999), NONE) is None


def test_nothing_is_owed_by_what_fires_no_more() -> None:
    gone = Schedule(definition=once(5), origin=Origin.CODE, anchor=START, next_fire=None)
    assert plan(gone, at(99), at(99), NONE) is None


def test_a_fire_time_to_come_is_claimed_within_the_horizon_and_alone() -> None:
    schedule = declared(every(0.1))
    assert planned(schedule, START, ahead=SECOND) == Plan([at(0.1)], [], at(0.1), at(0.2))


@pytest.mark.parametrize("active", [Active(1, 0), Active(0, 1)])
@pytest.mark.parametrize("overlap", Overlap)
def test_ahead_is_only_claimed_what_surely_overlaps_nothing(
    active: Active, overlap: Overlap
) -> None:
    schedule = declared(every(10, overlap=overlap))
    result = plan(schedule, at(9.9), at(10.4), active)
    assert (result is not None) == (overlap is Overlap.ALLOW)


# overlap


@pytest.mark.parametrize(
    ("overlap", "active", "runs", "skipped", "stop"),
    [
        (Overlap.SKIP, Active(0, 0), 1, 0, False),
        (Overlap.SKIP, Active(0, 1), 0, 1, False),
        (Overlap.SKIP, Active(1, 0), 0, 1, False),
        (Overlap.SKIP, Active(1, 1), 0, 1, False),
        (Overlap.QUEUE, Active(0, 0), 1, 0, False),
        (Overlap.QUEUE, Active(0, 1), 1, 0, False),
        (Overlap.QUEUE, Active(1, 0), 0, 1, False),
        (Overlap.QUEUE, Active(1, 1), 0, 1, False),
        (Overlap.ALLOW, Active(0, 0), 1, 0, False),
        (Overlap.ALLOW, Active(5, 5), 1, 0, False),
        (Overlap.CANCEL, Active(0, 0), 1, 0, False),
        (Overlap.CANCEL, Active(0, 1), 1, 0, True),
        (Overlap.CANCEL, Active(1, 0), 1, 0, True),
        (Overlap.CANCEL, Active(1, 1), 1, 0, True),
    ],
)
def test_overlap(overlap: Overlap, active: Active, runs: int, skipped: int, stop: bool) -> None:
    result = planned(declared(every(10, overlap=overlap)), at(10), active)
    assert (len(result.runs), len(result.skips), result.stop_others) == (runs, skipped, stop)
    assert all(skip.reason == "overlap" for skip in result.skips)
    assert (result.last_fire, result.next_fire) == (at(10), at(20))


def test_what_is_too_old_and_what_overlaps_are_skipped_apart() -> None:
    result = planned(declared(every(10)), at(35), Active(0, 1))
    told = [(skip.reason, skip.first, skip.last, skip.count) for skip in result.skips]
    assert told == [("misfire", at(10), at(20), 2), ("overlap", at(30), at(30), 1)]


def test_what_is_only_skipped_asks_nobody_to_stop() -> None:
    short = every(10, overlap=Overlap.CANCEL, grace=timedelta(seconds=1))
    assert planned(declared(short), at(15), Active(0, 1)).stop_others is False


# passing over


def test_everything_that_passed_can_be_skipped_for_one_reason() -> None:
    result = passed_over(declared(every(10)), at(35), "paused")
    (skip,) = result.skips
    assert (skip.reason, skip.first, skip.last, skip.count) == ("paused", at(10), at(30), 3)
    assert (result.runs, result.last_fire, result.next_fire) == ([], at(30), at(40))


def test_what_has_not_passed_is_not_passed_over() -> None:
    assert passed_over(declared(every(10)), at(9), "paused") == Plan([], [], None, at(10))


def test_passing_over_very_many_reaches_up_to_now() -> None:
    result = passed_over(declared(every(1)), at(50_000.5), "paused")
    (skip,) = result.skips
    assert (skip.first, skip.last, skip.exact) == (at(1), at(50_000), False)
    assert STEPS <= skip.count < 50_000
    assert result.next_fire == at(50_001)


# first and following


@pytest.mark.parametrize(
    ("definition", "first"),
    [
        (every(10), 13),
        (every(10, start="now"), 3),
        (every(10, start=moment(at(100))), 100),
        (every(10, start=moment(at(3))), 13),
        (every(10, start=moment(at(1))), 11),
        (every(10, start=moment(at(-995))), 5),
        (every(10, end=moment(at(13))), 13),
        (every(10, end=moment(at(12.999999))), None),
        (every(10, start=moment(at(100)), end=moment(at(100))), 100),
        (once(50), 50),
        (once(1), 1),
        (once(50, end=moment(at(40))), None),
    ],
)
def test_the_first_fire_time_of_what_is_declared_at_3_s(
    definition: Definition, first: float | None
) -> None:
    assert first_fire(definition, at(3)) == (None if first is None else at(first))


def test_following_is_strictly_later() -> None:
    schedule = declared(every(10))
    assert following(schedule, at(10)) == at(20)
    assert following(schedule, at(9.999999)) == at(10)
    assert following(declared(once(5)), at(5)) is None


def test_the_end_is_the_last_that_may_be_a_fire_time() -> None:
    schedule = declared(every(10, end=moment(at(25))))
    assert list(islice(upcoming(schedule), 99)) == [at(10), at(20)]
    result = planned(schedule, at(99))
    assert (result.runs, result.next_fire) == ([at(20)], None)


def test_no_fire_time_comes_before_the_start() -> None:
    schedule = declared(every(10, start=moment(at(100))))
    assert following(schedule, START) == at(100)
    assert list(islice(upcoming(schedule), 2)) == [at(100), at(110)]


def test_upcoming_begins_with_the_next_one() -> None:
    assert list(islice(upcoming(declared(every(10))), 3)) == [at(10), at(20), at(30)]
    assert list(islice(upcoming(declared(every(10))), 0)) == []


@settings(deadline=None)
@given(seconds=st.floats(0.1, 1e6), after=st.integers(-(10**12), 10**15))
def test_fire_times_stand_on_the_grid_of_the_anchor(seconds: float, after: int) -> None:
    schedule = declared(every(seconds))
    step = schedule.definition.trigger.every // timedelta(microseconds=1)  # type: ignore[attr-defined]
    fire = following(schedule, START + after)
    assert fire is not None
    assert fire >= START
    assert (fire - START) % step == 0
    assert START + after < fire <= max(START + after + step, START)
    assert micros(moment(fire)) == fire


# faulty triggers


def faulty(fault: Callable[[int], int | None], **options: object) -> Schedule:
    """A schedule that owes 10 s, and what ``fault`` says after it."""
    definition = Definition(name="beat", task="job", trigger=Faulty(at(10), fault), **options)  # type: ignore[arg-type]
    return declared(definition)


def same(after: int) -> int:
    return after


def earlier(after: int) -> int:
    return after - SECOND


@pytest.mark.parametrize("fault", [oops, same, earlier])
@pytest.mark.parametrize("passed", [10, 15, 1e6])
@pytest.mark.parametrize("end", [None, moment(at(1e9))])
def test_a_faulty_trigger_is_told_of_by_name(
    fault: Callable[[int], int | None], passed: float, end: object
) -> None:
    schedule = faulty(fault, end=end)
    assert plan(schedule, at(9), at(9), NONE) is None, "nothing is asked before it is due"
    for ask in (
        lambda: plan(schedule, at(passed), at(passed), NONE),
        lambda: plan(schedule, at(9.8), at(10), NONE),
        lambda: passed_over(schedule, at(passed), "paused"),
        lambda: following(schedule, at(10)),
    ):
        with pytest.raises(FaultyTrigger, match="the trigger of schedule 'beat'"):
            ask()


def test_what_the_trigger_raised_is_the_cause() -> None:
    with pytest.raises(FaultyTrigger, match="raised RuntimeError") as caught:
        following(faulty(oops), at(10))
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_trigger_that_stands_still_after_many_steps_is_found() -> None:
    schedule = faulty(lambda after: min(after + SECOND, at(1000)))
    with pytest.raises(FaultyTrigger, match="not later"):
        planned(schedule, at(1e6))


def test_a_trigger_that_contradicts_itself_is_found() -> None:
    last = at(10) + (STEPS + 1) * SECOND
    answers = iter([after + SECOND for after in range(at(10), last, SECOND)])
    with pytest.raises(FaultyTrigger):
        planned(faulty(lambda after: next(answers, None)), at(1e9))


class Unanchored(Faulty):
    """One that fails before it is asked for anything."""

    def anchored(self, anchor: datetime) -> Trigger:
        raise ValueError("no")


def test_a_trigger_that_cannot_be_anchored_is_faulty() -> None:
    definition = Definition(name="beat", task="job", trigger=Unanchored(at(10)))
    with pytest.raises(FaultyTrigger, match="raised ValueError"):
        first_fire(definition, START)


@pytest.mark.parametrize("start", [None, moment(at(20))])
def test_a_trigger_that_has_no_first_answer_is_faulty(start: object) -> None:
    definition = faulty(oops, start=None).definition
    with pytest.raises(FaultyTrigger, match="raised RuntimeError"):
        first_fire(replace(definition, start=start), at(15))  # type: ignore[arg-type]


def test_what_is_given_up_is_skipped_as_far_as_it_is_known() -> None:
    assert given_up(declared(every(10)), at(25), "removed") == passed_over(
        declared(every(10)), at(25), "removed"
    )
    result = given_up(faulty(oops), at(25), "removed")
    assert (result.last_fire, result.next_fire) == (at(10), None)
    (skip,) = result.skips
    assert (skip.reason, skip.first, skip.last, skip.count) == ("removed", at(10), at(10), 1)
    assert skip.exact is False
    assert given_up(faulty(oops), at(9), "removed").skips == []


def test_what_is_to_come_is_told_as_far_as_the_trigger_answers() -> None:
    assert list(islice(upcoming(faulty(oops)), 3)) == [at(10)]
