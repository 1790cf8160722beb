"""How long a run waits after a failure."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyramid_scheduler import Backoff
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import LONGEST, MICROSECOND


def waits(backoff: Backoff, count: int = 5) -> list[float]:
    return [backoff.delay(failures, "r") / 1e6 for failures in range(1, count + 1)]


@pytest.mark.parametrize(
    ("backoff", "expected"),
    [
        (Backoff.constant(10), [10, 10, 10, 10, 10]),
        (Backoff.constant(0), [0, 0, 0, 0, 0]),
        (Backoff.linear("10s", most="35s"), [10, 20, 30, 35, 35]),
        (Backoff.exponential(1), [1, 2, 4, 8, 16]),
        (Backoff.exponential(timedelta(seconds=1), most=5), [1, 2, 4, 5, 5]),
    ],
)
def test_the_wait_grows_as_it_is_said(backoff: Backoff, expected: list[float]) -> None:
    assert waits(backoff) == expected


def test_jitter_takes_a_part_from_half_of_it_on_and_the_same_one_everywhere() -> None:
    steady, jittered = Backoff.constant(100), Backoff.constant(100, jitter=True)
    runs = [f"run-{number}" for number in range(200)]
    waited = [jittered.delay(1, run) / 1e6 for run in runs]
    assert waited == [jittered.delay(1, run) / 1e6 for run in runs]
    assert 50 <= min(waited) < 55
    assert 95 < max(waited) <= 100
    assert jittered.delay(1, "r") != jittered.delay(2, "r")
    assert steady.delay(1, "r") == steady.delay(1, "s")


@given(
    failures=st.integers(1, 100_000),
    first=st.timedeltas(timedelta(0), LONGEST),
    jitter=st.booleans(),
)
def test_no_wait_is_ever_longer_than_the_longest(
    failures: int, first: timedelta, jitter: bool
) -> None:
    for make in (Backoff.linear, Backoff.exponential):
        wait = make(first, jitter=jitter).delay(failures, "r")
        assert first // MICROSECOND // 2 <= wait <= LONGEST // MICROSECOND


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"first": "soon"}, "backoff: 'soon'"),
        ({"first": -1}, "backoff: -1 s is not between 0 s and"),
        ({"first": 60, "most": 5}, "the first wait, 0:01:00, is longer than the most, 0:00:05"),
        ({"first": 1, "growth": "cubic"}, "growth: 'cubic' is not one of constant, linear, exp"),
        ({"first": 1, "jitter": "perhaps"}, "jitter: 'perhaps' is neither true nor false"),
    ],
)
def test_what_is_no_backoff_is_one_clear_error(said: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        Backoff(**said)
