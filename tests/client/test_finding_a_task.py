"""The task that a function is: found, and refused in the same words wherever it is several."""

from collections.abc import Callable
from typing import Any

import pytest
from pyramid.exceptions import ConfigurationError

from pyramid_scheduler.errors import UnknownTask
from tests.config.scene import configurator


def job() -> None:
    """A task."""


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda config: config.registry.scheduler.run_now(job), UnknownTask),
        (lambda config: config.registry.scheduler.runs(job), UnknownTask),
        (lambda config: config.registry.scheduler.schedule(job, after=1), UnknownTask),
        (lambda config: config.add_schedule(job, name="x", interval=1), ConfigurationError),
    ],
)
def test_a_function_of_several_tasks_is_refused(
    ask: Callable[[Any], Any], error: type[Exception]
) -> None:
    config = configurator()
    for name in "ba":
        config.add_task(job, name)
    config.commit()
    with pytest.raises(error, match="is the function of several tasks: name one: a, b"):
        ask(config)


def test_of_several_tasks_the_function_stands_for_the_one_that_bears_its_name() -> None:
    config = configurator()
    config.add_task(job)
    config.add_task(job, "weekly-report")
    config.make_wsgi_app()
    known = config.registry.scheduler
    assert known.declared.find(job).name == f"{__name__}.job"
    run_id = known.run_now(job)
    assert [run.id for run in known.runs(f"{__name__}.job")] == [run_id]
