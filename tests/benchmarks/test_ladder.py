"""How many schedules are held is found by steps that end, near to the truth and never above it."""

import pytest

from benchmarks.measures.intervals import FIRST, RESOLUTION, Ladder


def climb(limit: int) -> tuple[int, int]:
    """Return what is found where so many are held, and in how many steps."""
    ladder, steps = Ladder(), 0
    while not ladder.ended:
        ladder.tried(holds=ladder.number <= limit)
        steps += 1
        assert steps <= 15
    return ladder.held, steps


@pytest.mark.parametrize("limit", [1, 7, 24, 99, FIRST, 101, 350, 399, 400, 7_777, 123_456])
def test_what_is_found_is_held_and_no_more_than_a_step_below_what_is(limit: int) -> None:
    held, _ = climb(limit)

    assert limit / RESOLUTION - 1 <= held <= limit


def test_of_one_that_holds_nothing_nothing_is_found() -> None:
    assert climb(0)[0] == 0
