"""How retries are said: in code by values and classes, in an ini file in words."""

import json
from typing import Any

import pytest

from pyramid_scheduler import Backoff
from pyramid_scheduler.declaring.retrying import read_backoff, read_errors
from pyramid_scheduler.errors import InvalidValue

CAPPED = Backoff.exponential(5, most=600, jitter=True)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (30, Backoff.constant(30)),
        ("30s", Backoff.constant(30)),
        ("constant 30s with jitter", Backoff.constant(30, jitter=True)),
        ("linear 1m30s", Backoff.linear(90)),
        ("linear 10s, up to 1 minute", Backoff.linear(10, most=60)),
        ("Exponential 5s up to 10m with jitter", CAPPED),
        ("exponential 5 up to 600, jitter", CAPPED),
        (CAPPED, CAPPED),
    ],
)
def test_a_backoff_is_said_in_words(said: Any, meant: Backoff) -> None:
    assert read_backoff(said, "task 't': backoff") == meant


@pytest.mark.parametrize(
    "wrong", ["", "soon", "cubic 5s", "5s up to", "exponential", "5m up to 3s", -1, None, [], True]
)
def test_what_says_no_backoff_is_one_clear_error(wrong: Any) -> None:
    with pytest.raises(
        InvalidValue, match=r"^task 't': backoff: .*say it as '30s' or 'exponential"
    ):
        read_backoff(wrong, "task 't': backoff")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (OSError, (OSError,)),
        ([OSError, "KeyError"], (OSError, KeyError)),
        ("OSError", (OSError,)),
        ("ConnectionError, json.JSONDecodeError", (ConnectionError, json.JSONDecodeError)),
        ("json:JSONDecodeError", (json.JSONDecodeError,)),
    ],
)
def test_errors_are_classes_or_the_names_of_classes(said: Any, meant: Any) -> None:
    assert read_errors(said, "retry_on") == meant


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("NoSuchError", "'NoSuchError' cannot be imported"),
        ("json.NoSuchError", "'json.NoSuchError' cannot be imported"),
        ("print", "'print' is not a class of exceptions"),
        (KeyboardInterrupt, "KeyboardInterrupt'> is not a class of exceptions"),
        (ValueError("x"), "is not a class of exceptions"),
        ("", "there is no class of exceptions in ''"),
        (" , ", "there is no class of exceptions in"),
        ([], "there is no class of exceptions in"),
        ((), "there is no class of exceptions in"),
        ([1], "1 is not a class of exceptions"),
        (None, "None is not a class of exceptions"),
    ],
)
def test_what_is_no_error_is_one_clear_error(wrong: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=f"^retry_on: .*{words}"):
        read_errors(wrong, "retry_on")
