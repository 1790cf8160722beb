"""The machine's clock."""

import time

# Linux has it; elsewhere the monotonic clock stands in: it too is one for all processes.
_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """Time as the machine has it (:class:`pyramid_scheduler.interfaces.Clock`)."""

    def now(self) -> int:
        """Return the wall clock's instant, in microseconds."""
        return time.time_ns() // 1000

    # Seconds of CLOCK_MONOTONIC, which a change of the wall clock does not move. As it is, without
    # a call around it: it is asked several times for each run.
    monotonic = staticmethod(time.monotonic)

    def boot_offset(self) -> int:
        """Return wall clock minus CLOCK_BOOTTIME, in microseconds."""
        return (time.time_ns() - time.clock_gettime_ns(_BOOT)) // 1000
