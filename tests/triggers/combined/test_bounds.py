"""However triggers are combined, an answer takes a bounded number of steps."""

from datetime import UTC, datetime, timedelta

from pyramid_scheduler.triggers import Calendar, CronTrigger, IntervalTrigger

START = datetime(2030, 1, 1, tzinfo=UTC)
RARE = Calendar(dates=["2129-12-31"])


def test_what_searches_in_vain_inside_another_search_spends_of_one_budget() -> None:
    # Once 25 minutes: each of 10,000 answers of the first looked 10,000 steps ahead itself.
    vain = IntervalTrigger("1h", START).only(RARE) | IntervalTrigger("2h", START)
    assert (vain & IntervalTrigger("2h", START + timedelta(seconds=30))).next(START) is None


def test_times_of_what_is_hard_to_find_end_with_the_steps() -> None:
    rare = IntervalTrigger(997, START) & IntervalTrigger(1009, START)
    counted = rare.times(10_000)
    fire = counted.next(START)
    assert fire == START + timedelta(seconds=997 * 1009)
    assert counted.next(START + timedelta(days=3000)) is None


def test_times_of_what_is_easy_to_find_are_all_found() -> None:
    daily = CronTrigger("0 9 * * *").starting(START).times(10_000)
    assert daily.next(START + timedelta(days=9_998)) == datetime(2057, 5, 17, 9, tzinfo=UTC)
    assert daily.next(START + timedelta(days=10_000)) is None
