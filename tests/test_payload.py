"""Arguments and results as JSON: what a row may hold."""

import json
from collections import OrderedDict
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidPayload
from pyramid_scheduler.payload import LIMIT, dump_arguments, dump_result, load_arguments

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


def circular() -> list[Any]:
    one: list[Any] = []
    one.append(one)
    return one


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


# arguments


@settings(deadline=None)
@given(args=st.lists(PLAIN, max_size=3), kwargs=st.dictionaries(TEXT, PLAIN, max_size=3))
def test_what_goes_in_comes_out(args: list[Any], kwargs: dict[str, Any]) -> None:
    assert load_arguments(dump_arguments(args, kwargs, "job")) == (args, kwargs)


def test_kinds_of_numbers_stay_what_they_are() -> None:
    ((one, zero, yes), _) = load_arguments(dump_arguments([1.0, 0, True], {}, "job"))
    assert type(one) is float
    assert type(zero) is int
    assert yes is True


def test_no_arguments_are_no_text() -> None:
    assert dump_arguments([], {}, "job") == ""
    assert load_arguments("") == ([], {})


@pytest.mark.parametrize(
    "value",
    [
        {1, 2}, frozenset(), object(), b"bytes", bytearray(b"x"), 1j, datetime(2030, 1, 1),  # noqa: DTZ001
        float("nan"), float("inf"), float("-inf"), 2**63, -(2**63) - 1, 10**5000,
        (1, 2), ([],), OrderedDict(a=1), Colour.RED, Level.LOW, range(3), iter([]), print, int,
        {1: "x"}, {None: "x"}, {True: "x"}, {(1,): "x"}, {"x": {2: 3}}, {Colour.RED: 1},
        "\ud800", "a\0b", {"\udfff": 1}, {"\0": 1}, ["\ud800"],
        circular(), nested(101), {"deep": nested(100)},
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_json_would_lose_or_change_is_refused(value: Any) -> None:
    with pytest.raises(InvalidPayload, match=r"run_now\(job\): argument 2"):
        dump_arguments([1, value], {}, "run_now(job)")
    with pytest.raises(InvalidPayload, match=r"run_now\(job\): argument 'who'"):
        dump_arguments([], {"who": value}, "run_now(job)")


def test_the_error_names_the_place_and_what_is_allowed() -> None:
    with pytest.raises(InvalidPayload) as caught:
        dump_arguments([], {"order": {"lines": [1, {2, 3}]}}, "schedule(job)")
    assert "argument 'order'['lines'][1] is a builtins.set" in str(caught.value)
    assert "allowed are None, bool, 64-bit int" in str(caught.value)


def test_a_tuple_gets_a_hint() -> None:
    with pytest.raises(InvalidPayload, match="pass a list"):
        dump_arguments([(1,)], {}, "job")


def test_nesting_has_a_bound() -> None:
    assert load_arguments(dump_arguments([nested(99)], {}, "job")) == ([nested(99)], {})


def test_a_value_that_appears_twice_is_not_circular() -> None:
    shared = [1]
    assert load_arguments(dump_arguments([shared, shared], {}, "job")) == ([[1], [1]], {})


def test_64_kib_is_the_limit_in_bytes() -> None:
    fits = "x" * (LIMIT - len('[[""],{}]'))
    assert len(dump_arguments([fits], {}, "job")) == LIMIT
    with pytest.raises(InvalidPayload, match="more than 65,536 bytes of JSON"):
        dump_arguments([fits + "x"], {}, "job")
    with pytest.raises(InvalidPayload, match="bytes of JSON"):
        dump_arguments(["ü" * (LIMIT // 2)], {}, "job")


def test_a_row_that_names_code_is_only_a_value() -> None:
    nasty = {"py/object": "os.system", "__class__": "x", "$type": "y"}
    assert load_arguments(dump_arguments([nasty], {}, "job")) == ([nasty], {})


# results


@settings(deadline=None)
@given(PLAIN)
def test_a_result_comes_back_as_json_gives_it(value: Any) -> None:
    text = dump_result(value)
    assert (None if text is None else json.loads(text)) == value


def test_a_result_may_be_what_json_writes_in_its_own_way() -> None:
    assert dump_result((1, 2)) == "[1, 2]"
    assert dump_result({1: 2}) == '{"1": 2}'


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "begins"),
    [
        ({1, 2}, "{1, 2}"),
        (b"abc", "b'abc'"),
        (float("nan"), "nan"),
        ([float("inf")], "[inf]"),
        (circular(), "[["),
        ("x" * LIMIT, "'xxx"),
        ({(1,): 2}, "{(1,): 2}"),
        (Broken(), "<Broken whose repr raised RuntimeError>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_result_that_cannot_be_kept_leaves_a_mark(value: Any, begins: str) -> None:
    text = dump_result(value)
    assert text is not None
    (kept,) = json.loads(text).items()
    assert kept[0] == "truncated"
    assert kept[1].startswith(begins)
    assert len(text) < 8000


@pytest.mark.parametrize(
    "value", ["\ud800", 10**5000, nested(100_000), {"\udfff": 1}], ids=lambda _: ""
)
def test_a_result_that_no_store_could_keep_leaves_a_mark(value: Any) -> None:
    text = dump_result(value)
    assert text is not None
    text.encode()
    assert "truncated" in json.loads(text)


def test_a_result_of_just_the_limit_is_kept_whole() -> None:
    fits = "x" * (LIMIT - 2)
    assert json.loads(dump_result(fits) or "") == fits
    assert "truncated" in json.loads(dump_result(fits + "x") or "")


def test_a_small_structure_that_holds_itself_many_times_is_refused_at_once() -> None:
    value: list[object] = []
    for _ in range(40):
        value = [value, value]
    with pytest.raises(InvalidPayload, match="more than 65,536 bytes of JSON"):
        dump_arguments([value], {}, "job")


def test_a_result_that_raises_while_it_is_read_is_a_result_with_a_mark() -> None:
    class Lazy(dict[str, int]):
        def items(self) -> object:  # type: ignore[override]
            raise SystemExit

        def __repr__(self) -> str:
            raise KeyboardInterrupt

    assert "truncated" in (dump_result(Lazy(a=1)) or "")
