"""A tiny Pyramid application on waitress: ``python -m benchmarks.serving ADDRESS RUNS``.

It says its port, and serves until it is ended. With ADDRESS of a store its engine runs, in this
very process, RUNS no-op runs in each second; with an empty one there is no scheduler at all.
"""

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pyramid.config import Configurator
from pyramid.response import Response
from waitress import create_server

from benchmarks import tasks

# The least interval that there is.
INTERVAL = 0.1


class Ended:
    """How many runs have ended; told by one thread, the engine's."""

    def __init__(self) -> None:
        """Begin with none."""
        self.count = 0

    def __call__(self, event: object) -> None:
        """Count one."""
        del event
        self.count += 1


def main(address: str, runs: str) -> None:
    """Serve."""
    # It would write a line of most requests: there are more connections than threads.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    ended = Ended()
    config = Configurator(settings={"scheduler.store": address, "scheduler.autostart": "false"})
    _add_view(config, "/", lambda: "hello")
    _add_view(config, "/ended", lambda: str(ended.count))
    if address:
        _include(config, ended)
    application = config.make_wsgi_app()
    if address:
        _start(config.registry.scheduler, int(runs))
    # By its own defaults, which are four threads.
    server = create_server(application, host="127.0.0.1", port=0)
    sys.stdout.write(f"{server.effective_port}\n")
    sys.stdout.flush()
    server.run()


def _add_view(config: Any, path: str, text: Callable[[], str]) -> None:
    def view(request: object) -> Response:
        del request
        return Response(text())

    config.add_route(path, path)
    config.add_view(view, route_name=path)


def _include(config: Any, ended: Ended) -> None:
    from pyramid_scheduler.events import TaskSucceeded  # noqa: PLC0415 - only beside the engine

    config.include("pyramid_scheduler")
    config.add_task(tasks.nothing, "nothing")
    config.add_subscriber(ended, TaskSucceeded)


def _start(scheduler: Any, runs: int) -> None:
    """Have so many runs in each second, spread over it."""
    schedules, first = round(runs * INTERVAL), datetime.now(UTC)
    apart = timedelta(seconds=INTERVAL) / schedules
    scheduler.store.open()
    scheduler.schedule_many(
        [
            {"task": "nothing", "interval": INTERVAL, "start": first + number * apart}
            for number in range(schedules)
        ]
    )
    scheduler.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
