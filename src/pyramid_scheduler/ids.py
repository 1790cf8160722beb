"""Ids of runs and nodes: unique without asking anybody, and sorted by when they were made."""

import os
from collections.abc import Callable
from itertools import count
from random import Random


def id_maker(now: Callable[[], int], random: Random) -> Callable[[], str]:
    """Return a function that makes ids: 12 hex digits of milliseconds, 12 random, 8 of a count.

    Ids made later sort later, which keeps new rows at one end of an index. The random digits
    tell makers apart; they are drawn once for each process, since to draw them for each id would
    cost more than all else that a run costs in memory. ``random`` has to be a ``SystemRandom``
    in production: the state of another is copied by a fork.
    """
    maker, numbers, pid = random.getrandbits(48), count(), os.getpid()

    def new_id() -> str:
        nonlocal maker, pid
        if pid != os.getpid():
            maker, pid = random.getrandbits(48), os.getpid()
        return f"{now() // 1000:012x}{maker:012x}{next(numbers) & 0xFFFFFFFF:08x}"

    return new_id
