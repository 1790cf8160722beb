"""What the contenders run: functions of a module, since some keep them by their import path."""

import time


def nothing() -> float:
    """Do nothing."""
    return 0.0


def now() -> float:
    """Return when it began."""
    return time.time()
