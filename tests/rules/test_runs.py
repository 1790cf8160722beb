"""What becomes of a run whose attempt did not end by itself."""

import pytest

from pyramid_scheduler.model import OnCrash
from pyramid_scheduler.rules.runs import after_crash, after_shutdown

RETRY, FAIL = OnCrash.RETRY, OnCrash.FAIL


@pytest.mark.parametrize(
    ("on_crash", "crashes", "most", "stop", "verdict"),
    [
        (RETRY, 1, 3, False, ("pending", None)),
        (RETRY, 2, 3, False, ("pending", None)),
        (RETRY, 3, 3, False, ("failed", "poison")),
        (RETRY, 4, 3, False, ("failed", "poison")),
        (RETRY, 1, 1, False, ("failed", "poison")),
        (RETRY, 1, 3, True, ("cancelled", "cancelled")),
        (RETRY, 3, 3, True, ("cancelled", "cancelled")),
        (FAIL, 1, 3, False, ("failed", "crashed")),
        (FAIL, 1, 3, True, ("cancelled", "cancelled")),
    ],
)
def test_after_a_crash(
    on_crash: OnCrash, crashes: int, most: int, stop: bool, verdict: tuple[str, str | None]
) -> None:
    assert after_crash(on_crash, crashes, most, stop) == verdict


@pytest.mark.parametrize(
    ("on_crash", "stop", "verdict"),
    [
        (RETRY, False, ("pending", None)),
        (FAIL, False, ("failed", "shutdown")),
        (RETRY, True, ("cancelled", "cancelled")),
        (FAIL, True, ("cancelled", "cancelled")),
    ],
)
def test_after_a_shutdown(on_crash: OnCrash, stop: bool, verdict: tuple[str, str | None]) -> None:
    assert after_shutdown(on_crash, stop) == verdict
