"""Ids of runs and nodes: unique without asking anybody, and sorted by when they were made."""

from collections.abc import Callable
from random import Random


def id_maker(now: Callable[[], int], random: Random) -> Callable[[], str]:
    """Return a function that makes ids: 12 hex digits of milliseconds, 20 of ``random``.

    Ids made later sort later, which keeps new rows at one end of an index. ``random`` has to be
    a ``SystemRandom`` in production: a seeded one is copied by a fork, and two processes would
    make the same ids.
    """
    bits = random.getrandbits
    return lambda: f"{now() // 1000:012x}{bits(80):020x}"
