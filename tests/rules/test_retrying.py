"""Whether a failed attempt is followed by another, and when."""

from datetime import timedelta
from typing import Any

import pytest

from pyramid_scheduler import Backoff, Retry
from pyramid_scheduler.errors import InvalidArguments, InvalidPayload, InvalidValue
from pyramid_scheduler.model import Claim, Kind, Task
from pyramid_scheduler.rules.retrying import retry_after
from tests.conformance.scene import task

MINUTE = 60_000_000


def after(known: Task, error: BaseException, failures: int = 0) -> int | None:
    claim = Claim("r", Kind.ASKED, None, "job", 0, 0, failures + 1, failures + 1, "", failures)
    return retry_after(known, claim, error)


def trying(retries: int | None = None, **options: Any) -> Task:
    return task(retries=retries, backoff=Backoff.constant(60), **options)


def test_without_retries_an_error_is_the_end() -> None:
    assert after(trying(), ValueError()) is None
    assert after(trying(0), ValueError()) is None


def test_so_many_attempts_follow_the_first() -> None:
    assert [after(trying(2), ValueError(), failures) for failures in range(4)] == [
        MINUTE, MINUTE, None, None,
    ]  # fmt: skip


def test_only_the_errors_that_are_worth_it_are_tried_again() -> None:
    known = trying(2, retry_on=(OSError, KeyError))
    assert after(known, ConnectionError()) == MINUTE
    assert after(known, KeyError()) == MINUTE
    assert after(known, ValueError()) is None


@pytest.mark.parametrize(
    "error", [InvalidValue(), InvalidPayload(), InvalidArguments(), SystemExit(), GeneratorExit()]
)
def test_what_would_go_wrong_again_is_not_tried_again(error: BaseException) -> None:
    assert after(trying(2), error) is None


def test_a_task_may_ask_for_another_attempt() -> None:
    assert after(trying(), Retry(after="5m")) == 5 * MINUTE
    assert after(trying(), Retry()) == MINUTE, "the backoff says when"
    assert after(trying(retry_on=(OSError,)), Retry(after=0)) == 0
    assert after(trying(), Retry(), failures=1000) == MINUTE, "as often as it asks"


def test_but_no_more_often_than_is_said() -> None:
    assert after(trying(2), Retry(after=1), failures=1) == 1_000_000
    assert after(trying(2), Retry(after=1), failures=2) is None
    assert after(trying(0), Retry(after=1)) is None


@pytest.mark.parametrize("wrong", ["soon", -1, float("nan"), True, [1]])
def test_what_is_no_duration_cannot_be_waited_for(wrong: Any) -> None:
    with pytest.raises(InvalidValue, match="Retry: after"):
        Retry(after=wrong)


def test_a_retry_says_what_it_is_for() -> None:
    assert str(Retry("the bank is closed")) == "the bank is closed"
    assert str(Retry()) == "another attempt was asked for"
    assert Retry(after="1m").after == timedelta(minutes=1)
