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
    maker = random.getrandbits(48)
    numbers = count(1 << 32)  # never less than eight digits, the last of which are taken
    last = (-1, os.getpid(), "")  # one value: no other thread sees half of a change

    def new_id() -> str:
        nonlocal maker, last
        at, pid = now() // 1000, os.getpid()
        made_at, made_in, prefix = last
        if at != made_at or pid != made_in:
            if pid != made_in:
                maker = random.getrandbits(48)
            prefix = f"{at:012x}{maker:012x}"
            last = at, pid, prefix
        # A format of eight digits would take half as long again as all of this.
        return prefix + hex(next(numbers))[-8:]

    return new_id
