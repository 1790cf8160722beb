"""pyramid_scheduler: both processes are a Pyramid application with four threads over one store."""

import os
import sys
from datetime import UTC, datetime
from threading import Event

from pyramid.config import Configurator


def job(number: int) -> None:
    os.write(int(os.environ["LOG"]), f"{number} {os.getpid()}\n".encode())


def main(address: str, count: int, at: float) -> None:
    config = Configurator(settings={"scheduler.store": address, "scheduler.autostart": "false"})
    config.include("pyramid_scheduler")
    config.add_task(job, name="job")
    config.make_wsgi_app()
    scheduler = config.registry.scheduler
    due = datetime.fromtimestamp(at, UTC)
    if count:
        scheduler.schedule_many(
            [{"task": "job", "at": due, "args": [number]} for number in range(count)]
        )
    scheduler.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
