"""The account of fire times finds what is wrong."""

from collections import Counter

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.model import Reason, Skip
from tests.servers.accounting import STEP, account

START = 1_893_456_000 * SECOND


def ran(*steps):
    return [{"fire_time": (START + step * STEP) / SECOND} for step in steps]


def skipped(first, last):
    return Skip(
        schedule="tick",
        reason=Reason.MISFIRE,
        first=START + first * STEP,
        last=START + last * STEP,
        count=last - first + 1,
    )


def test_a_clean_account():
    found = account(ran(0, 1, 2, 6), [skipped(3, 5)])
    assert (found.twice, found.both, found.lost, found.off) == ([], [], [], [])
    assert found.ran == Counter({START + step * STEP: 1 for step in (0, 1, 2, 6)})


def test_what_ran_twice():
    assert account(ran(0, 1, 1, 2), []).twice == [START + STEP]


def test_what_ran_although_it_is_called_skipped():
    assert account(ran(0, 1, 2), [skipped(1, 1)]).both == [START + STEP]


def test_what_is_called_skipped_twice():
    assert account(ran(0, 3), [skipped(1, 2), skipped(2, 2)]).both == [START + 2 * STEP]


def test_what_was_lost():
    assert account(ran(0, 3), [skipped(2, 2)]).lost == [START + STEP]


def test_what_was_never_owed():
    assert account(ran(0, 1.5), []).off == [START + 3 * STEP // 2]
