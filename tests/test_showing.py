"""What messages show of a value: bounded, and whatever the value is."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import read_duration, read_instant, read_zone
from pyramid_scheduler.reading import read_count, read_list, read_name, read_text, read_words
from pyramid_scheduler.showing import shortened, shown


class Unshown:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        ([1, None], "[1, None]"),
        (10**5000, "<int that cannot be shown>"),
        ([Unshown()], "<list that cannot be shown>"),
        (Unshown(), "<Unshown that cannot be shown>"),
    ],
    ids=["text", "list", "huge int", "inside", "raises"],
)
def test_any_value_is_shown(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    assert shortened("a" * 500 + "z" * 500, 100) == "a" * 72 + "..." + "z" * 25
    assert shortened("a" * 100, 100) == "a" * 100


@pytest.mark.parametrize("value", ["T" * 10**6, 10**5000, Unshown()], ids=["MB", "int", "raises"])
@pytest.mark.parametrize(
    "read",
    [
        read_count, read_duration, read_list, read_name, read_zone,
        lambda value, where: read_instant(value, ZoneInfo("UTC"), where),
        lambda value, where: read_text([value], where),
        lambda value, where: read_words([value, "a,b"], where),
    ],
)  # fmt: skip
def test_no_value_makes_a_message_long_or_another_error(read: Any, value: Any) -> None:
    with pytest.raises(InvalidValue) as refused:
        read(value, "it")
    assert len(str(refused.value)) < 1_000
