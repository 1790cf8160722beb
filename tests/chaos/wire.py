"""The way from one process to its store, which its driver can cut, and lose answers on."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from pyramid_scheduler.errors import StoreUnavailable
from pyramid_scheduler.interfaces import Claimed, Store

VERBS = [
    "open", "join", "leave", "beat", "recover", "claim", "finish", "release", "purge", "revision",
    "enqueue",
]  # fmt: skip


class Wire:
    """Stands before the verbs of ``store``; the product and its mutants have it alike."""

    def __init__(self, store: Store) -> None:
        self._cut_until = 0.0
        self._lost = ""
        for verb in VERBS:
            setattr(store, verb, partial(self._call, verb, getattr(store, verb)))

    def cut(self, seconds: float) -> None:
        """Let nothing through for so long."""
        self._cut_until = time.monotonic() + seconds

    def lose(self, verb: str) -> None:
        """Lose the next answer of this verb: what was asked is done, and nobody hears of it."""
        self._lost = verb

    def _call(self, name: str, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._pass()
        answer = verb(*args, **kwargs)
        self._pass()
        if name == self._lost and not (isinstance(answer, Claimed) and not answer.claims):
            self._lost = ""
            raise StoreUnavailable("the answer was lost")
        return answer

    def _pass(self) -> None:
        if time.monotonic() < self._cut_until:
            raise StoreUnavailable("cut off")
