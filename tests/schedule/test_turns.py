"""Whose turn it is stays right whatever a program does to the jobs; who is not due is not asked."""

import copy
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import schedule as library

from pyramid_scheduler.schedule import Job, Scheduler
from tests.clock import HandClock
from tests.schedule.scene import at_local, shown


def nothing() -> None:
    pass


@pytest.fixture
def ran() -> list[str]:
    return []


@pytest.fixture
def looked(clock: HandClock, scheduler: Scheduler, ran: list[str]) -> Scheduler:
    """Four jobs of ten seconds, in an order that a first look has made."""
    for name in "abcd":
        scheduler.every(10).seconds.do(ran.append, name)
    scheduler.run_pending()
    clock.advance(10)
    return scheduler


CHANGES: list[tuple[Callable[[list[Job]], object], str]] = [
    (lambda jobs: jobs.pop(1), "acd"),
    (lambda jobs: jobs.remove(jobs[0]), "bcd"),
    (lambda jobs: jobs.reverse(), "dcba"),
    (lambda jobs: jobs.sort(key=lambda job: str(job.job_func and job.job_func.args)), "abcd"),
    (lambda jobs: jobs.insert(0, jobs.pop()), "dabc"),
    (lambda jobs: jobs.append(jobs.pop(0)), "bcda"),
    (lambda jobs: jobs.append(jobs[0]), "abcda"),
    (lambda jobs: jobs.extend(jobs[:2]), "abcdab"),
    (lambda jobs: jobs.__setitem__(slice(1, 3), []), "ad"),
    (lambda jobs: jobs.__setitem__(0, jobs[3]), "dbcd"),
    (lambda jobs: jobs.__delitem__(2), "abd"),
    (lambda jobs: jobs.__iadd__(jobs[2:]), "abcdcd"),
    (lambda jobs: jobs.__imul__(2), "abcdabcd"),
    (lambda jobs: list.append(jobs, jobs[0]), "abcda"),
    (lambda jobs: jobs.clear(), ""),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_what_a_program_does_to_the_list_is_seen(
    clock: HandClock,
    looked: Scheduler,
    ran: list[str],
    change: Callable[[list[Job]], object],
    expected: str,
) -> None:
    change(looked.jobs)

    looked.run_pending()
    assert "".join(ran) == expected
    clock.advance(10)
    looked.run_pending()
    assert "".join(ran) == expected * 2


def test_a_list_of_its_own_that_a_program_puts_in_place_is_looked_at_anew_each_time(
    clock: HandClock, looked: Scheduler, ran: list[str]
) -> None:
    mine = [looked.jobs[2], looked.jobs[0]]
    looked.jobs = mine

    looked.run_pending()
    clock.advance(10)
    mine.pop(0)
    looked.run_pending()

    assert ran == ["c", "a", "a"]


def test_a_job_is_taken_out_and_declared_again_and_runs_once(
    looked: Scheduler, clock: HandClock, ran: list[str]
) -> None:
    job = looked.jobs[0]
    looked.cancel_job(job)
    looked.jobs.append(job)

    looked.run_pending()

    assert ran == ["b", "c", "d", "a"]


@pytest.mark.parametrize("passes", [0, 1])
def test_a_time_that_is_set_by_hand_holds_earlier_or_later(
    clock: HandClock, looked: Scheduler, ran: list[str], passes: int
) -> None:
    for _ in range(passes):
        looked.run_pending()
    ran.clear()
    a, b, c, d = looked.jobs
    a.next_run = shown(clock) + timedelta(seconds=5)
    b.next_run = shown(clock) - timedelta(seconds=5)
    c.next_run = None
    d.next_run = shown(clock)

    looked.run_pending()
    assert ran == ["b", "d"]
    clock.advance(5)
    looked.run_pending()
    assert ran == ["b", "d", "a"]
    c.next_run = shown(clock)
    looked.run_pending()
    assert ran == ["b", "d", "a", "c"]


def test_what_a_job_does_to_the_others_in_its_pass_is_seen(
    clock: HandClock, scheduler: Scheduler, ran: list[str]
) -> None:
    later = scheduler.every().day.do(ran.append, "later")

    def change() -> None:
        ran.append("change")
        later.next_run = shown(clock)
        scheduler.jobs.remove(gone)
        scheduler.jobs.insert(0, scheduler.every(10).seconds.do(ran.append, "twice"))

    scheduler.every(10).seconds.do(change)
    gone = scheduler.every(10).seconds.do(ran.append, "gone")
    kept = scheduler.every(10).seconds.do(ran.append, "kept")
    scheduler.run_pending()

    clock.advance(10)
    scheduler.run_pending()
    assert ran == ["change", "kept"]
    scheduler.run_pending()
    assert ran == ["change", "kept", "later"]
    assert kept.next_run == shown(clock) + timedelta(seconds=10)


def test_a_copy_of_the_jobs_is_a_list_like_any_other(looked: Scheduler, ran: list[str]) -> None:
    copied = copy.copy(looked.jobs)
    copied.clear()

    assert type(copied) is list
    looked.run_pending()
    assert ran == ["a", "b", "c", "d"]


def test_who_is_not_due_is_not_asked(
    clock: HandClock, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(500):
        scheduler.every().hour.do(nothing)
    for _ in range(5):
        scheduler.every(10).seconds.do(nothing)
    scheduler.run_pending()
    asked: set[Job] = set()
    due = Job.due

    def ask(job: Job) -> int | None:
        asked.add(job)
        return due.fget(job)  # type: ignore[attr-defined, no-any-return]

    monkeypatch.setattr(Job, "due", property(ask, due.fset))  # type: ignore[attr-defined]
    for added in range(3):
        clock.advance(10)
        scheduler.run_pending()
        scheduler.cancel_job(scheduler.jobs[added])
        scheduler.every(10).seconds.do(nothing)

    assert 5 <= len(asked) <= 11


@pytest.mark.parametrize("seed", range(20))
def test_chance_finds_no_order_that_differs_from_the_library_s(
    oracle: Callable[[HandClock], library.Scheduler], seed: int
) -> None:
    chosen, clock = random.Random(seed), at_local("2030-01-01 12:20:35")
    schedulers: list[Any] = [oracle(clock), Scheduler(clock.now)]
    told: list[list[int]] = [[], []]
    for step in range(400):
        clock.advance(chosen.choice([0, 1, 7, 60]))
        which, seconds, act = chosen.random(), chosen.randint(1, 90), chosen.randrange(9)
        for scheduler, ran in zip(schedulers, told, strict=True):
            jobs = scheduler.jobs
            job = jobs[int(which * len(jobs))] if jobs else None
            if act < 3 or job is None:
                scheduler.every(seconds).seconds.do(ran.append, step).tag(step % 7)
            elif act == 3:
                scheduler.cancel_job(job)
            elif act == 4:
                job.next_run = shown(clock) + timedelta(seconds=seconds - 45)
            elif act == 5:
                job.run()
            elif act == 6:
                jobs.insert(0, jobs.pop())
            elif act == 7 and step % 20 == 0:
                scheduler.clear(step % 7)
            scheduler.run_pending()

    assert told[0] == told[1]
    assert len(told[0]) > 100
