"""Whether every fire time of a schedule is accounted for: run once, or skipped with a reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.model import Skip
from tests.servers.server import Event

STEP = SECOND // 2


@dataclass(frozen=True)
class Account:
    """The fire times of an interval of 0.5 s, as instants: from the first to the last that ran."""

    ran: Counter[int]
    skipped: Counter[int]

    @property
    def twice(self) -> list[int]:
        """What ran more than once."""
        return [instant for instant, times in self.ran.items() if times > 1]

    @property
    def both(self) -> list[int]:
        """What ran although it is called skipped, or is called so twice."""
        return [
            instant for instant, times in self.skipped.items() if times > 1 or self.ran[instant]
        ]

    @property
    def lost(self) -> list[int]:
        """What neither ran nor was skipped."""
        owed = range(min(self.ran), max(self.ran) + 1, STEP)
        return [instant for instant in owed if not (self.ran[instant] or self.skipped[instant])]

    @property
    def off(self) -> list[int]:
        """What ran at an instant that was not owed."""
        first = min(self.ran)
        return [instant for instant in self.ran if (instant - first) % STEP]


def account(ticks: Sequence[Event], skips: Sequence[Skip]) -> Account:
    """Return the account of what the task has said and the store has skipped."""
    skipped: Counter[int] = Counter()
    for skip in skips:
        instants = range(skip.first, skip.last + 1, STEP)
        assert skip.exact
        assert skip.count == len(instants), skip
        skipped.update(instants)
    return Account(Counter(round(tick["fire_time"] * SECOND) for tick in ticks), skipped)
