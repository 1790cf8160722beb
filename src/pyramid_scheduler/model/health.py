"""How a store and an engine are: what there is to judge, and what was found."""

from collections.abc import Sequence
from typing import NamedTuple

from pyramid_scheduler.model.kept import Node


class Pile(NamedTuple):
    """Runs of one node, or runs or schedules of one task: how many, and the oldest's instant."""

    name: str | None
    size: int
    oldest: int | None


class Checkup(NamedTuple):
    """What a store says of itself at its clock's ``now``.

    ``schema`` says in words what its tables lack. ``running`` has the running runs by node with
    when the first was claimed, ``waiting`` what is due by task with since when, ``scheduled`` the
    schedules that are to fire, by task with the first of their instants. ``ownerless`` has those
    running runs whose node is not alive, at one instant of the store: a node may end between two.
    ``nodes`` are all that are known, the dead included. With ``unreadable`` a table or a column
    is missing, and nothing else could be read.
    """

    now: int
    schema: Sequence[str] = ()
    running: Sequence[Pile] = ()
    waiting: Sequence[Pile] = ()
    scheduled: Sequence[Pile] = ()
    ownerless: Sequence[Pile] = ()
    nodes: Sequence[Node] = ()
    unreadable: bool = False


class Finding(NamedTuple):
    """One thing that is ``wrong``, or else doubtful: what it is, and what to do."""

    wrong: bool
    what: str
    advice: str


class Health(NamedTuple):
    """How the engine of this process is.

    ``wanted``: it was started here and not told to stop. ``since``: how many seconds ago its loop
    last did its work, None without one. ``troubles`` says in words why it would not run what is
    due. ``alive`` is False for a loop that stands still; no other trouble is mended by a restart.
    """

    wanted: bool
    alive: bool
    since: float | None
    troubles: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Return whether nothing keeps it from running what is due."""
        return self.alive and not self.troubles
