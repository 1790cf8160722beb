"""A clock that a test turns by hand."""

from pyramid_scheduler.instants import SECOND

# 2030-01-01T00:00Z
START = 1_893_456_000 * SECOND


class HandClock:
    """:class:`pyramid_scheduler.interfaces.Clock` that stands still until it is turned."""

    def __init__(self, now: int = START) -> None:
        """Begin at the instant ``now``; the machine booted an hour before."""
        self._now = now
        self._since_boot = 3600 * SECOND
        self._suspended = 0

    def now(self) -> int:
        """Return the wall clock's instant."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds since the machine booted, without those that it was suspended for."""
        return (self._since_boot - self._suspended) / SECOND

    def boot_offset(self) -> int:
        """Return wall clock minus time since boot."""
        return self._now - self._since_boot

    def advance(self, seconds: float) -> int:
        """Let time pass; return the new instant."""
        passed = round(seconds * SECOND)
        self._now += passed
        self._since_boot += passed
        return self._now

    def suspend(self, seconds: float) -> None:
        """Let time pass in which the machine is suspended: CLOCK_MONOTONIC stands still."""
        self._suspended += round(seconds * SECOND)
        self.advance(seconds)

    def set_wall(self, now: int) -> None:
        """Set the wall clock alone, as a person or NTP may."""
        self._now = now
