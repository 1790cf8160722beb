"""Which monotonic moment an instant of the store's clock is."""


class Alignment:
    """The offset between the store's clock and the monotonic one, as observations bound it.

    An answer of the store that was asked for at ``before``, came at ``after`` and says ``now``
    tells that the offset lies between ``now - after`` and ``now - before``. Taking the largest
    lower bound, a run never starts early, and late by no more than the quickest answer took.
    """

    def __init__(self) -> None:
        """Begin without an observation."""
        self._offset: float | None = None

    def observe(self, before: float, now: int, after: float) -> None:
        """Take note of an answer; one that contradicts the others says that a clock was set."""
        least, most = now / 1e6 - after, now / 1e6 - before
        if self._offset is None or not least <= self._offset <= most:
            self._offset = least

    def monotonic(self, instant: int) -> float:
        """Return the monotonic second at which the store's clock shows ``instant``."""
        return instant / 1e6 - (self._offset or 0.0)
