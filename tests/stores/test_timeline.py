"""What waits in memory comes out by instant, equals in the order they came, whatever happened."""

from random import Random

import pytest

from pyramid_scheduler.stores.memory.timeline import Timeline, Waiting


class Row(Waiting):
    """Something that waits."""

    def __init__(self) -> None:
        self.entry = None


def test_what_is_older_than_what_fell_due_before_it_comes_first() -> None:
    line, late, early, coming = Timeline[Row](), Row(), Row(), Row()
    line.push(20, late, 30)
    line.push(10, early, 30)
    line.push(40, coming, 30)
    assert (line.first(30), line.take()) == (10, early)
    assert (line.first(30), line.take()) == (20, late)
    assert (line.first(30), line.take()) == (40, coming)
    assert line.first(30) is None


@pytest.mark.parametrize("seed", range(200))
def test_it_gives_what_a_sorted_list_would_give(seed: int) -> None:
    random, line, waiting, now = Random(seed), Timeline[Row](), dict[Row, tuple[int, int]](), 0
    for number in range(200):
        chance = random.random()
        if chance < 0.5:
            again = bool(waiting) and random.random() < 0.2
            row = random.choice(list(waiting)) if again else Row()
            waiting[row] = random.randrange(50), number
            line.push(waiting[row][0], row, now)
        elif chance < 0.6 and waiting:
            row = random.choice(list(waiting))
            row.entry = None
            del waiting[row]
        elif chance < 0.7:
            now += random.randrange(-5, 10)  # a clock may be set back
        else:
            first = min(waiting.values(), default=None)
            assert line.first(now) == (first and first[0])
            if first is not None:
                assert waiting.pop(line.take()) == first
