"""What was asked for inside a transaction, until it commits."""

from collections.abc import Callable
from typing import TypeVar

from pyramid_scheduler.errors import AlreadyExists, StoreUnavailable, UnknownSchedule
from pyramid_scheduler.interfaces import JoinedStore

Write = Callable[[], object]

Given = TypeVar("Given")


class Pending:
    """What was asked for within one transaction; it is written when that commits, in this order."""

    def __init__(self, add: Callable[[Write, str], None]) -> None:
        """Take what has a write done if and when the transaction commits; and its name for logs."""
        self.add = add
        self._schedules: dict[str, bool] = {}
        self._found: frozenset[str] | None = None

    def expect(self, schedules: list[str], *, there: bool) -> None:
        """Take note that these will be there, or gone, after what was asked for so far."""
        self._schedules.update(dict.fromkeys(schedules, there))

    def found(self, look: Callable[[], frozenset[str]]) -> frozenset[str]:
        """Return the names of the schedules in the store, looked up once in a transaction."""
        if self._found is None:
            self._found = look()
        return self._found

    def expected(self, schedule: str) -> bool | None:
        """Return whether it will be there; None where nothing was asked about it."""
        return self._schedules.get(schedule)


# Answers how the transaction that the caller is in is told: by the store within it, or, where the
# store is elsewhere, by what waits for its commit. None where there is none.
Join = Callable[[], JoinedStore | Pending | None]


def repeatable(
    verb: Callable[[Given], object], done: Callable[[], bool]
) -> Callable[[Given], None]:
    """Return ``verb`` for who tries again what the store did not answer to.

    Such a call may have been done all the same: where the next one is refused for what that one
    has changed, which ``done`` is asked then, it has succeeded.
    """
    unanswered = False

    def tried(given: Given) -> None:
        nonlocal unanswered
        try:
            verb(given)
        except StoreUnavailable:
            unanswered = True
            raise
        except (AlreadyExists, UnknownSchedule):
            if not (unanswered and done()):
                raise

    return tried
