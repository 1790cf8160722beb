"""How often a task may begin."""

from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from pyramid_scheduler.declaring.limiting import read_rate
from pyramid_scheduler.model import Rate

# Longer ones cannot be told to the microsecond by seconds that are a float.
spans = st.timedeltas(timedelta(microseconds=1), timedelta(days=10_000))


@given(st.integers(1, 100_000), spans)
@example(5, timedelta(days=30))
@example(5, timedelta(seconds=1_234_567))
@example(1, timedelta(microseconds=1))
def test_a_rate_says_itself_as_it_may_be_said(count: int, per: timedelta) -> None:
    rate = Rate(count, per)
    assert read_rate(str(rate), "here") == rate


def test_it_says_itself_in_seconds() -> None:
    said = [str(Rate(5, per)) for per in ("90s", "1.5s", timedelta(days=30))]
    assert said == ["5/90 seconds", "5/1.5 seconds", "5/2592000 seconds"]
