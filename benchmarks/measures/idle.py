"""What a contender costs that has nothing to do."""

import time
from pathlib import Path
from threading import Event

from benchmarks import tasks
from benchmarks.contenders import Contender, Make
from benchmarks.measures import Measured, unheard

HOUR = 3_600.0
SETTLED = 2.0


def idle(make: Make, folder: Path, size: float) -> tuple[Contender, Measured]:
    """Return the CPU that ``size`` seconds take with 1,000 schedules due in an hour."""
    contender = make(folder, tasks.nothing, unheard)
    contender.prepare()
    contender.add_many(1000, time.time() + HOUR)
    contender.start()
    Event().wait(SETTLED)
    before = time.process_time()
    Event().wait(size)
    return contender, {"CPU ms": (time.process_time() - before) * 1000}
