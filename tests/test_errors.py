"""The nearest name: what a person may have meant, and never what nobody could have meant."""

import random
import time

import pytest

from pyramid_scheduler.declaring import SCHEDULE_OPTIONS, TASK_OPTIONS
from pyramid_scheduler.errors import nearest

OPTIONS = {**TASK_OPTIONS, **SCHEDULE_OPTIONS}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("misfre", "misfire"),
        ("mis_fire", "misfire"),
        ("MAX_RUNNING", "max_running"),
        ("max_run", "max_running"),
        ("crash", "on_crash"),
        ("starts", "start"),
        ("kwarg", "kwargs"),
        ("interval_seconds", "interval"),
        ("neabled", "enabled"),
        ("max_retries", "retries"),
    ],
)
def test_a_slip_names_what_was_meant(given: str, meant: str) -> None:
    assert nearest(given, OPTIONS) == f"; did you mean {meant!r}?"


@pytest.mark.parametrize(
    "given",
    [
        *("after", "delay", "seconds", "minutes", "jitter"),
        *("max_instances", "queue", "tz", "until", "coalesce"),
        *("", "x", "next_run_time", "threads"),
    ],
)
def test_another_word_is_not_taken_for_a_slip(given: str) -> None:
    assert nearest(given, OPTIONS) == ""


@pytest.mark.parametrize("given", ["tidy", "tydi", "Tidy", "shop.tydi", "tidying"])
def test_the_last_part_of_a_name_may_stand_for_it(given: str) -> None:
    assert nearest(given, ["shop.charge", "shop.tidy"]) == "; did you mean 'shop.tidy'?"


def test_names_without_end_take_no_time() -> None:
    numbers = random.Random(7)
    known = ["shop." + "".join(numbers.choices("abcdefg", k=195)) for _ in range(10_000)]
    began = time.process_time()
    for given in ("abc", "abc" * 33, "abc" * 100, "abc" * 10_000):
        nearest(given, known)
    assert time.process_time() - began < 1
