"""Who is alive: death is observed, not computed (the contract's points 5 and 9)."""

from collections.abc import Iterable, Sequence

from pyramid_scheduler.model import Node

CLOCK_TOLERANCE = 1_000_000


class Watch:
    """What one node has seen of the others' counters, by its own monotonic clock.

    A node is dead when its counter was watched to stand still for a whole lease. Watching means
    reading again and again: after a failed read, or a gap in which this process itself may have
    been frozen, the watch starts anew.
    """

    def __init__(self, lease: float) -> None:
        """Begin to watch; ``lease`` in seconds."""
        self._lease = lease
        self._seen: dict[str, tuple[int, float]] = {}
        self._last_look: float | None = None

    def start_anew(self) -> None:
        """Forget what was seen: a read has failed."""
        self._seen.clear()
        self._last_look = None

    def dead(self, others: Iterable[Node], now: float) -> list[Node]:
        """Return those of ``others``, read at monotonic ``now``, that are dead to this node."""
        if self._last_look is not None and now - self._last_look > self._lease / 2:
            self.start_anew()
        self._last_look = now
        before, self._seen = self._seen, {}
        dead = []
        for node in others:
            beats, since = before.get(node.id, (None, now))
            if beats != node.beats:
                since = now
            self._seen[node.id] = (node.beats, since)
            if now - since >= self._lease:
                dead.append(node)
        return dead


def clock_is_off(own: int, others: Sequence[Node]) -> bool:
    """Return whether this node's wall clock differs from that of most others, by over a second.

    It takes two others to tell who is wrong.
    """
    if len(others) < 2:
        return False
    from statistics import median  # noqa: PLC0415 - a start does not wait for it

    agreed = median(node.clock_offset for node in others)
    agreeing = sum(abs(node.clock_offset - agreed) <= CLOCK_TOLERANCE for node in others)
    return agreeing * 2 > len(others) and abs(own - agreed) > CLOCK_TOLERANCE
