"""What wakes the loop."""

from contextlib import suppress
from threading import Lock


class Bell:
    """A bell that one thread waits for and any thread rings; rung several times, it is rung once.

    An Event would do; its timed wait makes a lock and a list each time, and a look at a flag is
    cheaper than a lock for who rings it at the end of every run.
    """

    def __init__(self) -> None:
        """Begin silent."""
        self._silence = Lock()
        self._silence.acquire()
        self._rung = False

    def ring(self) -> None:
        """End the wait that goes on, or the next one."""
        if self._rung:
            return  # whoever waits has not looked yet, and will see what this ring is for
        self._rung = True
        with suppress(RuntimeError):  # another thread rang it in the same moment
            self._silence.release()

    def wait(self, timeout: float) -> None:
        """Wait until it rings, at most ``timeout`` seconds."""
        self._silence.acquire(timeout=timeout)
        self._rung = False  # before the look: what is rung for after it ends the next wait
