"""Which definition is in force, and what a schedule becomes by it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pyramid_scheduler.errors import AlreadyExists, FaultyTrigger
from pyramid_scheduler.instants import SECOND, moment
from pyramid_scheduler.model import Definition, Origin, Pause, Schedule, ScheduleState
from pyramid_scheduler.rules.definitions import (
    Revised,
    Seen,
    check_names,
    created,
    dealt_with,
    edited,
    in_force,
    paused,
    reconciled,
    resumed,
)
from pyramid_scheduler.triggers import IntervalTrigger, OnceTrigger
from tests.clock import START
from tests.rules.faulty import Faulty


def at(seconds: float) -> int:
    return START + round(seconds * SECOND)


def every(seconds: float = 10, **options: object) -> Definition:
    trigger = IntervalTrigger(timedelta(seconds=seconds))
    return Definition(name="beat", task="job", trigger=trigger, **options)  # type: ignore[arg-type]


def once(seconds: float, **options: object) -> Definition:
    trigger = OnceTrigger(moment(at(seconds)))
    return Definition(name="beat", task="job", trigger=trigger, **options)  # type: ignore[arg-type]


def declared(definition: Definition | None = None) -> Schedule:
    return created(definition or every(10), Origin.CODE, START)


def told(skips: list) -> list[tuple[str, int, int, int]]:  # type: ignore[type-arg]
    return [(skip.reason, skip.first, skip.last, skip.count) for skip in skips]


def test_the_definition_first_seen_latest_is_in_force() -> None:
    seen = [Seen(2, every(2)), Seen(3, every(3)), Seen(1, every(1))]
    assert in_force(seen) == every(3)
    assert in_force([]) is None


def test_a_new_definition_makes_a_schedule() -> None:
    revised = reconciled(None, every(10), at(3))
    assert revised is not None
    assert revised.schedule == created(every(10), Origin.CODE, at(3))
    assert revised.schedule.next_fire == at(13)
    assert revised.skips == []


def test_nothing_declared_and_nothing_there_is_nothing() -> None:
    assert reconciled(None, None, START) is None


def test_the_same_definition_changes_nothing() -> None:
    assert reconciled(declared(), every(10), at(99)) is None


def test_a_changed_definition_never_fires() -> None:
    revised = reconciled(declared(), every(7), at(25))
    assert revised is not None
    assert revised.schedule.next_fire == at(28)
    assert revised.schedule.anchor == START
    assert revised.schedule.last_fire == at(20)
    assert told(revised.skips) == [("changed", at(10), at(20), 2)]


def test_a_fire_time_that_was_claimed_ahead_is_not_the_next_one_again() -> None:
    ahead = replace(declared(), last_fire=at(10), next_fire=at(20))
    revised = reconciled(ahead, every(10, arguments="[[1],{}]"), at(9.8))
    assert revised is not None
    assert revised.schedule.next_fire == at(20)


def test_what_nobody_declares_is_parked_once() -> None:
    revised = reconciled(declared(), None, at(5))
    assert revised is not None
    assert revised.schedule == replace(declared(), parked=True)
    assert reconciled(revised.schedule, None, at(6)) is None


def test_what_is_declared_again_goes_on_after_now() -> None:
    parked = replace(declared(), parked=True)
    revised = reconciled(parked, every(10), at(25))
    assert revised is not None
    assert revised.schedule.parked is False
    assert revised.schedule.next_fire == at(30)
    assert told(revised.skips) == [("parked", at(10), at(20), 2)]


def test_code_changes_nothing_of_what_the_store_edited() -> None:
    stored = created(every(10), Origin.STORE, START)
    assert reconciled(stored, every(7), at(25)) is None
    assert reconciled(stored, None, at(25)) is None


def test_why_fire_times_were_not_seen_is_told() -> None:
    disabled = created(every(10, enabled=False), Origin.CODE, START)
    revised = reconciled(disabled, every(10), at(25))
    assert revised is not None
    assert told(revised.skips) == [("disabled", at(10), at(20), 2)]
    resting = paused(declared(), Pause(at(1)))
    revised = reconciled(resting, every(7), at(25))
    assert revised is not None
    assert told(revised.skips) == [("paused", at(10), at(20), 2)]
    assert revised.schedule.state is ScheduleState.PAUSED


# pausing


def test_a_pause_keeps_when_it_began() -> None:
    resting = paused(declared(), Pause(at(5)))
    assert resting.pause == Pause(at(5))
    assert paused(resting, Pause(at(9))) == resting
    assert resting.wake is None


def test_the_end_of_a_pause_skips_what_passed() -> None:
    going, skips = resumed(paused(declared(), Pause(at(5))), at(25))
    assert going.pause is None
    assert (going.next_fire, going.last_fire) == (at(30), at(20))
    assert told(skips) == [("paused", at(10), at(20), 2)]


def test_what_is_not_paused_is_not_resumed() -> None:
    assert resumed(declared(), at(25)) == (declared(), [])


def test_a_pause_in_which_nothing_passed_skips_nothing() -> None:
    going, skips = resumed(paused(declared(), Pause(at(1))), at(9))
    assert (going, skips) == (replace(declared(), resumed=at(9)), [])


# edits at run time


def test_an_edit_makes_a_schedule_of_the_store() -> None:
    schedule, skips = edited(None, every(10), at(3))
    assert (schedule.origin, schedule.anchor, schedule.next_fire) == (Origin.STORE, at(3), at(13))
    assert skips == []


def test_an_edit_that_changes_nothing_moves_no_fire_time() -> None:
    owed = replace(declared(), next_fire=at(10))
    schedule, skips = edited(owed, every(10), at(25))
    assert schedule == replace(owed, origin=Origin.STORE)
    assert skips == []


def test_an_edit_keeps_the_anchor_and_a_pause() -> None:
    schedule, skips = edited(paused(declared(), Pause(at(1))), every(7), at(5))
    assert (schedule.anchor, schedule.pause, schedule.next_fire) == (START, Pause(at(1)), at(7))
    assert (schedule.origin, skips) == (Origin.STORE, [])


def test_an_edit_skips_what_was_owed() -> None:
    schedule, skips = edited(declared(), every(7), at(25))
    assert schedule.next_fire == at(28)
    assert told(skips) == [("changed", at(10), at(20), 2)]


def test_an_edit_brings_a_parked_schedule_back() -> None:
    schedule, skips = edited(replace(declared(), parked=True), every(10), at(25))
    assert (schedule.parked, schedule.next_fire) == (False, at(30))
    assert told(skips) == [("parked", at(10), at(20), 2)]


def test_a_one_off_may_be_moved_to_an_instant_that_has_passed() -> None:
    schedule, skips = edited(created(once(50), Origin.STORE, START), once(20), at(30))
    assert schedule.next_fire == at(20)
    assert skips == []


def test_a_one_off_that_was_dealt_with_is_over() -> None:
    done = replace(created(once(5), Origin.STORE, START), last_fire=at(5), next_fire=None)
    schedule, skips = edited(done, once(5, arguments="[[1],{}]"), at(9))
    assert (schedule.next_fire, skips) == (None, [])


def test_a_one_off_that_is_owed_stays_owed_with_new_arguments() -> None:
    owed = created(once(5), Origin.STORE, START)
    schedule, skips = edited(owed, once(5, arguments="[[1],{}]"), at(9))
    assert (schedule.next_fire, schedule.last_fire, skips) == (at(5), None, [])


# fire times that have a run already


def made(definition: Definition, seconds: float = 0) -> Revised:
    return edited(None, definition, at(seconds))


def test_a_schedule_without_earlier_runs_is_as_it_is() -> None:
    assert dealt_with(made(every(10)), {}) == made(every(10))
    assert dealt_with(made(every(10)), {at(20)}) == made(every(10)), "that is not its next one"


def test_a_one_off_whose_instant_has_a_run_is_over_and_says_so() -> None:
    schedule, skips = dealt_with(made(once(5), 9), {at(5)})
    assert (schedule.next_fire, schedule.last_fire) == (None, at(5))
    assert schedule.state is ScheduleState.FINISHED
    assert told(skips) == [("changed", at(5), at(5), 1)]


def test_fire_times_that_have_a_run_are_passed_by_without_a_skip() -> None:
    schedule, skips = dealt_with(made(every(10)), {at(10), at(20), at(40)})
    assert (schedule.next_fire, schedule.last_fire, skips) == (at(30), at(20), [])


def test_what_was_skipped_before_stays_skipped() -> None:
    changed = edited(declared(), every(60), at(25))
    schedule, skips = dealt_with(changed, {at(60)})
    assert (schedule.next_fire, schedule.last_fire) == (at(120), at(60))
    assert told(skips) == [("changed", at(10), at(20), 2)]


def test_a_schedule_that_is_over_stays_so() -> None:
    over = Revised(replace(made(once(5)).schedule, next_fire=None), [])
    assert dealt_with(over, {at(5)}) == over


# names


def test_names_that_are_new_are_fine() -> None:
    check_names(["a", "b"], {"c"}, replace=False)
    check_names([], {"c"}, replace=False)


def test_a_name_that_is_known_is_refused_unless_it_is_replaced() -> None:
    with pytest.raises(AlreadyExists, match="a schedule 'b' exists: pass replace=True"):
        check_names(["a", "b"], {"b"}, replace=False)
    check_names(["a", "b"], {"b"}, replace=True)


@pytest.mark.parametrize("replace", [False, True])
def test_a_name_that_is_given_twice_is_refused(replace: bool) -> None:
    with pytest.raises(AlreadyExists, match="given at once: 'a'"):
        check_names(["a", "b", "a"], {"c"}, replace=replace)


# faulty triggers


def broken(seconds: float = 5, **options: object) -> Definition:
    trigger = Faulty(at(seconds))
    return Definition(name="beat", task="job", trigger=trigger, **options)  # type: ignore[arg-type]


def test_a_faulty_trigger_is_no_obstacle_to_another_definition() -> None:
    owed = created(broken(5), Origin.CODE, START)
    for revised in (reconciled(owed, every(10), at(7)), edited(owed, every(10), at(7))):
        assert revised is not None
        assert (revised.schedule.next_fire, revised.schedule.last_fire) == (at(10), at(5))
        assert told(revised.skips) == [("changed", at(5), at(5), 1)]
        assert revised.skips[0].exact is False


def test_a_faulty_trigger_can_be_paused_and_parked_but_not_go_on() -> None:
    owed = created(broken(5), Origin.CODE, START)
    assert reconciled(owed, None, at(7)) == (replace(owed, parked=True), [])
    with pytest.raises(FaultyTrigger):
        resumed(paused(owed, Pause(at(7))), at(8))
    with pytest.raises(FaultyTrigger):
        reconciled(replace(owed, parked=True), broken(5), at(8))
    with pytest.raises(FaultyTrigger):
        reconciled(declared(), broken(5), at(8))
