"""A member whose wall clock libfaketime sets.

That library's ``clock_nanosleep`` refuses what Python's ``time.sleep`` gives it when the monotonic
clock is not to be faked (Debian's 0.9.10), so here one sleeps by waiting for nothing.
"""

import runpy
import threading
import time


def sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


time.sleep = sleep  # type: ignore[assignment]
runpy.run_module("tests.chaos.member", run_name="__main__")
