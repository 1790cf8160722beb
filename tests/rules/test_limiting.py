"""What limits a run: its key, and the runs that it equals."""

from collections.abc import Callable
from inspect import signature
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.model import Follow, Task, UniqueBy
from pyramid_scheduler.payload import dump_arguments
from pyramid_scheduler.rules.limiting import (
    Group,
    group_of,
    key_of,
    limited,
    uniqueness,
    without_equals,
)
from pyramid_scheduler.rules.planning import Plan


def mail(to: str, *, copy: bool = False) -> None:
    """Do nothing."""


def task(**options: Any) -> Task:
    return Task(name="mail", func=mail, signature=signature(mail), call=mail, **options)


def key(made: Callable[..., Any], *args: Any) -> str | None:
    known = task(key=made, max_running=1)
    return key_of(known, dump_arguments(args, {}, "test"), "here")


def test_it_is_made_of_the_arguments_of_the_run() -> None:
    assert key(lambda to, copy=False: f"{to} {copy}", "ann") == "ann False"
    assert key(lambda to: None, "ann") is None


def test_an_int_is_taken_for_its_text() -> None:
    assert key(lambda to: 42, "ann") == "42"


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def raising(error: Exception) -> Callable[..., Any]:
    def made(*args: Any) -> None:
        raise error

    return made


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: "", "TypeError"),
        (lambda to: "", "here: key: it gave ''; allowed are a text of 1 to 200"),
        (lambda to: "x" * 201, "it gave 'xxx"),
        (lambda to: True, "it gave True"),
        (lambda to: 2**63, "it gave 9223372036854775808"),
        (lambda to: 1.5, "it gave 1.5"),
        (lambda to: b"x", "it gave b'x'"),
        (lambda to: ["x"], r"it gave \['x'\]"),
        (lambda to: "a\0b", "NUL"),
        (lambda to: "\ud800", "surrogate"),
        (raising(KeyError("x")), "here: key: it raised KeyError: 'x'"),
        (raising(Unspeakable()), "it raised Unspeakable: <__str__ raised RuntimeError>"),
    ],
)
def test_what_is_no_key_is_refused(made: Callable[..., Any], says: str) -> None:
    with pytest.raises(InvalidValue, match=says) as refused:
        key(made, "ann")
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("arguments", ["{", "[1]", "7", "[[1,2,3,4],{}]", "[" * 100_000])
def test_arguments_that_are_not_ours_harm_nothing_else(arguments: str) -> None:
    with pytest.raises(InvalidValue, match="it raised"):
        key_of(task(key=lambda to: to, max_running=1), arguments, "here")
    assert uniqueness(task(unique=UniqueBy.ARGS), None, arguments) is not None


def test_runs_share_their_limits_by_task_or_by_key() -> None:
    assert group_of(task(), None) is None
    assert group_of(task(max_running=1), None) == Group("mail")
    assert group_of(task(max_running=1, key=str), "a") == Group("mail", "a")
    assert group_of(task(max_running=1, key=str), None) is None
    assert group_of(task(unique=UniqueBy.KEY, key=str), "a") is None


def same(by: UniqueBy, *args: Any, of: str | None = None, **kwargs: Any) -> str | None:
    found = uniqueness(task(unique=by), of, dump_arguments(args, kwargs, "test"))
    return None if found is None else found.same


def test_arguments_are_equal_however_they_are_passed() -> None:
    args = UniqueBy.ARGS
    assert same(args, "ann", copy=True) == same(args, copy=True, to="ann")
    assert len({same(args, "ann"), same(args, "bob"), same(args, "ann", copy=True)}) == 3
    assert same(args, 1) != same(args, "1")
    assert same(args, "two", "many") != same(args, "too", "many"), "those that do not fit any more"


def test_keys_and_tasks_are_compared_alone() -> None:
    assert same(UniqueBy.KEY, "ann", of="a") == same(UniqueBy.KEY, "bob", of="a")
    assert same(UniqueBy.KEY, "ann", of="a") != same(UniqueBy.KEY, "ann", of="b")
    assert same(UniqueBy.KEY, "ann", of=None) is None
    assert same(UniqueBy.TASK, "ann") == same(UniqueBy.TASK, "bob")
    assert uniqueness(task(), None, "") is None


def test_what_follows_a_run_is_limited_as_if_it_had_been_asked_for() -> None:
    known = task(key=lambda to: to, unique=UniqueBy.KEY)
    follow = limited(Follow("mail", '[["ann"],{}]'), {"mail": known}, "here")
    assert follow.key == "ann"
    assert follow.unique == uniqueness(known, "ann", "")
    plain = Follow("unknown", "")
    assert limited(plain, {"mail": known}, "here") is plain


@given(
    st.lists(st.integers(0, 50), unique=True, max_size=20).map(sorted), st.sets(st.integers(0, 50))
)
def test_of_owed_fire_times_one_runs_and_every_other_is_skipped(
    owed: list[int], equal: set[int]
) -> None:
    left = without_equals("s", Plan(owed, [], None, None), equal.__contains__)

    assert left.runs == [fire for fire in owed if fire not in equal][:1]
    assert sum(skip.count for skip in left.skips) == len(owed) - len(left.runs)
    for skip in left.skips:
        assert not [fire for fire in left.runs if skip.first <= fire <= skip.last]
        assert skip.reason == "unique"
