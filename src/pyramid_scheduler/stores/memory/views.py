"""Frozen values of what the rows of the store in memory hold."""

import json

from pyramid_scheduler.instants import maybe_moment, moment
from pyramid_scheduler.model import Attempt, Run
from pyramid_scheduler.payload import load_arguments
from pyramid_scheduler.stores.memory.rows import RunRow


def frozen(run: RunRow) -> Run:
    """Return ``run`` as it stands."""
    args, kwargs = load_arguments(run.arguments)
    return Run(
        id=run.id,
        kind=run.kind,
        schedule=None if run.series is None else run.series.name,
        task=run.task.name,
        fire_time=moment(run.fire_time),
        due=moment(run.due),
        state=run.state,
        reason=run.reason,
        attempt=run.attempt,
        crashes=run.crashes,
        token=run.token,
        node=run.node,
        claimed_at=maybe_moment(run.claimed_at),
        started_at=maybe_moment(run.started_at),
        finished_at=maybe_moment(run.finished_at),
        stop_requested=run.stop_requested,
        error=run.error,
        result=None if run.result is None else json.loads(run.result),
        args=tuple(args),
        kwargs=kwargs,
        key=run.key,
        equals=run.equals,
    )


def archived(run: RunRow, ending: str, now: int) -> Attempt:
    """Return the attempt of ``run`` that ends at ``now`` while the run goes on."""
    return Attempt(
        run_id=run.id,
        number=run.attempt,
        token=run.token,
        node=run.node,
        claimed_at=maybe_moment(run.claimed_at),
        started_at=maybe_moment(run.started_at),
        ended_at=moment(now),
        ending=ending,
        error=None if ending == "released" else run.error,
    )
