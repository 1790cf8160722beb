"""Which of a schedule's runs its next one meets: those that have not ended and that may yet."""

from collections.abc import Mapping
from typing import NamedTuple

from pyramid_scheduler.model import Active, Definition, Kind, Overlap, RunState


class Unended(NamedTuple):
    """What is asked of a run that has not ended: its task, its kind, whether it waits or runs."""

    task: str
    kind: str
    state: str


def met(definition: Definition, runs: Mapping[Unended, int]) -> Active:
    """Return which of its ``runs``, counted, a fire time of ``definition`` has to reckon with.

    One that waits for a task that the schedule had before may wait for ever, since no process may
    know that task any more: only what replaces older runs reckons with it, and cancels it.
    """
    pending = running = made_up = 0
    for one, count in runs.items():
        if one.state == RunState.RUNNING:
            running += count
        elif one.kind == Kind.BACKFILL:
            made_up += count if one.task == definition.task else 0
        elif one.task == definition.task or definition.overlap is Overlap.CANCEL:
            pending += count
    return Active(pending, running, made_up)
