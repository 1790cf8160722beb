"""A verb that another transaction is in the way of: how often, and for how long, it is repeated."""

from types import SimpleNamespace
from typing import Any

import pytest

from pyramid_scheduler.errors import StoreLocked
from pyramid_scheduler.stores.sql import store
from pyramid_scheduler.stores.sql.database import Conflict

SQL_STORE: Any = SimpleNamespace(_dialect=SimpleNamespace(timeout=4))


class Verb:
    """A verb that takes ``seconds`` each time, and always fails by ``error``."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, seconds: float, error: type[Exception] = Conflict
    ) -> None:
        self.tries = 0
        self._seconds = seconds
        self._error = error
        monkeypatch.setattr(store, "monotonic", lambda: self.tries * seconds)

    def fail(self) -> None:
        def verb(of: Any) -> None:
            self.tries += 1
            raise self._error

        with pytest.raises(self._error):
            store._again(verb)(SQL_STORE)


def test_it_is_tried_five_times(monkeypatch: pytest.MonkeyPatch) -> None:
    verb = Verb(monkeypatch, 0.1)
    verb.fail()
    assert verb.tries == 5


def test_it_is_not_begun_again_once_the_time_of_a_statement_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verb = Verb(monkeypatch, 3)
    verb.fail()
    assert verb.tries == 2


def test_a_lock_is_not_waited_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    verb = Verb(monkeypatch, 0.1, StoreLocked)
    verb.fail()
    assert verb.tries == 1
