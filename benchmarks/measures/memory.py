"""What a schedule takes of the memory of the process that has it."""

import gc
import resource
import time
from pathlib import Path

from benchmarks import tasks
from benchmarks.contenders import Contender, Make
from benchmarks.measures import TOMORROW, Measured, unheard

# So many are there before the first reading: the code that adds them has run, and its modules are
# imported.
BEFORE = 1000


def memory(make: Make, folder: Path, size: int) -> tuple[Contender, Measured]:
    """Return the bytes of RSS of each of ``size`` one-offs that are added."""
    contender = make(folder, tasks.nothing, unheard)
    contender.prepare()
    at = time.time() + TOMORROW
    contender.add_many(BEFORE, at)
    before = _resident()
    contender.add_many(size, at)
    return contender, {"bytes": (_resident() - before) / size}


def _resident() -> int:
    """Return the bytes of this process that are in memory, garbage collected before."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
