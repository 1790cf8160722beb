"""``scheduler.preview``: what is to come, and what there is to know of it."""

from datetime import datetime

import pytest

from pyramid_scheduler.client.preview import preview
from pyramid_scheduler.errors import InvalidValue, UnknownSchedule
from pyramid_scheduler.instants import micros, read_zone
from pyramid_scheduler.model import Definition, FireTime, Origin, Pause, Schedule, Trigger
from pyramid_scheduler.rules.definitions import created, paused
from pyramid_scheduler.triggers import Calendar, CronTrigger, IntervalTrigger, declare_calendar

BERLIN = read_zone("Europe/Berlin", "a test")
declare_calendar("de-holidays", Calendar(country="DE", language="en_US"))


def at(text: str) -> int:
    return micros(datetime.fromisoformat(text))


def schedule(name: str, trigger: Trigger, now: str) -> Schedule:
    return created(Definition(name=name, task="job", trigger=trigger), Origin.CODE, at(now))


def look(of: str | Trigger, after: str, count: int = 3, *known: Schedule) -> list[FireTime]:
    return preview(known, of, count, at(after), BERLIN)


def said(fires: list[FireTime]) -> list[tuple[str, ...]]:
    return [(f"{fire.fire_time:%m-%d %H:%M%z}", *fire.marks) for fire in fires]


def test_a_gap_of_the_clock_is_marked() -> None:
    assert said(look("30 2 * * *", "2027-03-26T12:00+01:00")) == [
        ("03-27 02:30+0100",),
        ("03-28 03:00+0200", "the clock was put forward 1 h", "at the end of a gap of the clock"),
        ("03-29 02:30+0200",),
    ]


def test_both_passes_of_an_overlap_are_marked() -> None:
    assert said(look("0 */2 31 10 *", "2027-10-31T00:00+02:00")) == [
        ("10-31 02:00+0200", "the first 02:00 of two"),
        ("10-31 02:00+0100", "the clock was put back 1 h", "the second 02:00 of two"),
        ("10-31 04:00+0100",),
    ]


def test_days_that_a_calendar_leaves_out_are_named() -> None:
    trigger = CronTrigger("0 9 * * *", timezone="Europe/Berlin").excluding("de-holidays")
    assert said(look(trigger, "2026-12-24T12:00+01:00", 1)) == [
        ("12-27 09:00+0100",
         "leaves out 2026-12-25 (Christmas Day), 2026-12-26 (Second Day of Christmas)"),
    ]  # fmt: skip


def test_many_days_left_out_are_counted() -> None:
    trigger = IntervalTrigger("1h").only(Calendar(dates=["2027-01-10"]))
    ((_, mark),) = said(look(trigger, "2027-01-01T00:00+00:00", 1))
    assert mark.endswith("2027-01-03 (not in a calendar) and 6 days more")


def test_what_was_moved_to_a_business_day_is_marked() -> None:
    first = CronTrigger("0 9 1 * *", timezone="Europe/Berlin").shifted_to_business_day("next")
    assert said(look(first, "2027-04-20T12:00+02:00", 2)) == [
        ("05-03 09:00+0200", "moved to a business day"),
        ("06-01 09:00+0200",),
    ]


def test_what_falls_together_is_marked_with_whom() -> None:
    start = "2027-01-01T00:00+00:00"
    noon = CronTrigger("0 12 * * *")
    others = [schedule(f"noon{number}", noon, start) for number in range(5)]
    hourly = schedule("hourly", IntervalTrigger("6h", datetime.fromisoformat(start)), start)
    resting = paused(schedule("resting", noon, start), Pause(at(start)))
    assert said(look("hourly", start, 2, hourly, resting, *others)) == [
        ("01-01 06:00+0000",),
        ("01-01 12:00+0000", "with noon0, noon1, noon2 and 2 others"),
    ]


def test_of_all_it_shows_the_active_ones_in_order() -> None:
    start = "2027-01-01T00:00+00:00"
    resting = schedule("resting", CronTrigger("* * * * *"), start)
    known = [schedule("b", CronTrigger("30 * * * *"), start),
             schedule("a", CronTrigger("0 * * * *"), start),
             paused(resting, Pause(at(start)))]  # fmt: skip
    fires = preview(known, None, 4, at(start), BERLIN)
    assert [fire.schedule for fire in fires] == ["b", "a", "b", "a"]


def test_it_begins_where_it_is_told_to() -> None:
    beat = schedule("beat", CronTrigger("0 0 * * *"), "2027-01-01T00:00+00:00")
    (fire,) = preview([beat], "beat", 1, at("2031-06-01T12:00+00:00"), BERLIN)
    assert micros(fire.fire_time) == at("2031-06-02T00:00+00:00")


def test_what_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownSchedule, match="did you mean 'beat'"):
        look("beet", "2027-01-01T00:00+00:00", 1, schedule("beat", CronTrigger("@daily"),
                                                          "2027-01-01T00:00+00:00"))  # fmt: skip
    with pytest.raises(InvalidValue, match="preview: when: 'evry 5 minutes' is not understood"):
        look("evry 5 minutes", "2027-01-01T00:00+00:00")
    with pytest.raises(InvalidValue, match="preview: trigger: 5 is not a trigger"):
        look(5, "2027-01-01T00:00+00:00")  # type: ignore[arg-type]
