"""The runs in a node's hands: claimed, perhaps submitted, perhaps begun, not yet written."""

from collections.abc import Iterator
from threading import Event, Lock

from pyramid_scheduler.model import Claim, Task

# One for all: who waits for a stop makes its event once, and that is not often.
_MAKING = Lock()


class Stop:
    """A flag that asks a task to stop; as light as a flag until somebody waits for it."""

    __slots__ = ("_event", "_set")

    def __init__(self) -> None:
        """Begin not set."""
        self._set = False
        self._event: Event | None = None

    def is_set(self) -> bool:
        """Return whether the task should stop."""
        return self._set

    def set(self) -> None:
        """Ask the task to stop."""
        self._set = True
        if self._event is not None:
            self._event.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most ``timeout`` seconds; return whether it is."""
        with _MAKING:
            if self._event is None:
                self._event = Event()
        if self._set:  # set() may have looked for the event before it was there
            self._event.set()
        return self._event.wait(timeout)


class Held(Stop):
    """One run in this node's hands, and the flag by which its task is asked to stop.

    ``begun_at`` is the instant its call began, ``submitted_at`` the monotonic moment at which it
    was given to its executor; None until then. ``told`` says whether the store knows that it
    began, ``cancelled`` whether the store said that it is to be cancelled, ``expired`` whether the
    loop has seen its time pass, ``over`` whether its outcome is known.
    """

    __slots__ = (
        "_ticket", "begun_at", "cancelled", "claim", "expired", "over", "submitted_at", "task",
        "told",
    )  # fmt: skip

    def __init__(self, claim: Claim, task: Task) -> None:
        """Take a claim that has just been made."""
        self._set = False
        self._event = None
        self.claim = claim
        self.task = task
        self.submitted_at: float | None = None
        self.begun_at: int | None = None
        self.told = False
        self.cancelled = False
        self.expired = False
        self.over = False
        self._ticket = True

    def decide(self) -> bool:
        """Return True to the first who asks, False to the other.

        The worker that would begin the run and the loop that would give it back both ask; to
        delete a slot is one step for the interpreter, so exactly one of them does it.
        """
        try:
            del self._ticket
        except AttributeError:
            return False
        return True

    @property
    def undecided(self) -> bool:
        """Return whether it has neither begun nor been taken back."""
        return hasattr(self, "_ticket")


class Hands:
    """All of them, by run id. The engine's thread adds and removes; workers only look up."""

    def __init__(self) -> None:
        """Begin empty."""
        self._held: dict[str, Held] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._held)

    def __iter__(self) -> Iterator[Held]:
        """Iterate over what is held now, oldest claim first."""
        return iter(list(self._held.values()))

    def take(self, claim: Claim, task: Task) -> Held:
        """Hold a claim."""
        held = self._held[claim.run_id] = Held(claim, task)
        return held

    def find(self, run_id: str, token: int) -> Held | None:
        """Return what is held under exactly this claim: a later one of the run is another."""
        held = self._held.get(run_id)
        return held if held is not None and held.claim.token == token else None

    def drop(self, held: Held) -> None:
        """Hold it no longer, unless a later claim of the run has taken its place."""
        if self._held.get(held.claim.run_id) is held:
            del self._held[held.claim.run_id]

    def begun_untold(self) -> list[Held]:
        """Return the runs that have begun without the store knowing it."""
        return [held for held in self if held.begun_at is not None and not held.told]

    def stop_all(self) -> None:
        """Ask everything that runs to stop."""
        for held in self:
            held.set()
