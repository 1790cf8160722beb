"""Ids are unique, and sort by when they were made."""

import os
from random import Random

import pytest

from pyramid_scheduler.ids import id_maker


def test_ids_of_one_millisecond_and_of_several_sort_as_they_were_made() -> None:
    instants = iter([1_000, 1_500, 1_999, 2_000, 7_000_000])
    new_id = id_maker(lambda: next(instants), Random(1))
    made = [new_id() for _ in range(5)]
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {32}
    assert [one[:12] for one in made] == [f"{at:012x}" for at in (1, 1, 1, 2, 7000)]


def test_a_fork_makes_other_ids_in_the_same_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    new_id = id_maker(lambda: 1_000, Random(1))
    before = new_id()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert new_id()[:24] != before[:24]
