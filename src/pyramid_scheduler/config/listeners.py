"""The application's subscribers, as the engine sees them."""

from contextlib import AbstractContextManager
from typing import Any

from zope.interface import implementedBy, providedBy
from zope.interface.declarations import Declaration

from pyramid_scheduler import events
from pyramid_scheduler.config.inside import inside

# One specification of all our events: a single look-up finds a subscriber of any of them, of what
# they inherit from and implement, and of everything. It costs a third of a microsecond.
_OURS = (
    Declaration(
        *(
            implementedBy(found)
            for found in vars(events).values()
            if isinstance(found, type) and found.__module__ == events.__name__
        )
    ),
)


class Listeners:
    """Whom the engine sends its events to (:class:`pyramid_scheduler.engine.notices.Subscribers`).

    Pyramid's registry says that it has listeners as soon as anybody subscribes to anything, and
    we do ourselves; and it leaves it to who notifies that there is a current application.
    """

    def __init__(self, registry: Any) -> None:
        """Take the application's registry."""
        self._registry = registry

    @property
    def has_listeners(self) -> bool:
        """Whether somebody subscribes to an event of ours now."""
        return bool(self._registry.adapters.subscriptions(_OURS, None))

    def inside(self) -> AbstractContextManager[None]:
        """Return what makes the application the current one while events are sent to it."""
        return inside(self._registry)

    def notify(self, event: object) -> None:
        """Call every subscriber of the event's class, as the registry's ``notify`` would."""
        for subscriber in self._registry.adapters.subscriptions((providedBy(event),), None):
            subscriber(event)
