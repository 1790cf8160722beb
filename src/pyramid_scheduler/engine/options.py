"""How an engine is set up, and the bounds that keep its promises together."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Durations in seconds unless they say otherwise; the settings of the same names.

    ``margin`` is how long before the end of its lease a node that could not beat stops starting
    runs. ``look`` is how often the store is asked whether something was changed, where it does not
    tell; ``listen`` whether it is heard if it would.
    """

    heartbeat: float = 5.0
    lease: float = 30.0
    lookahead: float = 0.5
    shutdown_timeout: float = 5.0
    retention: timedelta = timedelta(days=30)
    look: float = 0.9
    listen: bool = True

    @property
    def margin(self) -> float:
        """Return one heartbeat: a node dead to others has stopped starting runs before."""
        return self.heartbeat
