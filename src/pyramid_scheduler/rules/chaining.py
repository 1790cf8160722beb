"""What is run because of how a run ended, and what it is told."""

from pyramid_scheduler.model import ErrorInfo, Follow
from pyramid_scheduler.payload import dump_arguments


def after_success(then: str | None, result: str | None) -> Follow | None:
    """Return the run of the task ``then``; its only argument is the ``result``, a JSON text."""
    return None if then is None else Follow(then, f"[[{result or 'null'}],{{}}]")


def after_failure(
    on_failure: str | None, task: str, run_id: str, error: ErrorInfo | None
) -> Follow | None:
    """Return the run of the task ``on_failure`` that is told how a run of ``task`` failed.

    Its only argument is a dict of ``run``, ``task``, ``type`` and ``message``.
    """
    if on_failure is None:
        return None
    kind, message = (error.type, error.message) if error is not None else (None, None)
    told = {"run": run_id, "task": task, "type": kind, "message": message}
    return Follow(on_failure, dump_arguments([told], {}, "on_failure"))
