"""One process of an application whose transactional task inserts a row, and that may be killed.

Its only argument is JSON: ``address`` of the database, ``log`` (a file), ``hold`` (whether the
first attempt of a run stands still between its effect and the commit, and says so on the output).
It works until the end of its input.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from pyramid.config import Configurator
from sqlalchemy.orm import Session

from pyramid_scheduler import current_run
from pyramid_scheduler.client import Scheduler
from tests.transactions.scene import JOINING, ORDERS, Base, database_of, managed

# Twice a statement and a heartbeat are less than half of the lease.
QUICK = {
    "scheduler.lease": "3",
    "scheduler.heartbeat": "0.3",
    "scheduler.statement_timeout": "0.5",
}


def application(
    address: str, options: Mapping[str, str] | None = None, *, hold: bool = False
) -> tuple[Scheduler, sa.Engine]:
    """The scheduler of an application with the transactional task ``insert``, and its engine."""
    engine = database_of(address)
    # Who starts together with others makes the tables together with them.
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(ORDERS.name):
            Base.metadata.create_all(engine)
            ORDERS.metadata.create_all(engine)
    settings = {**JOINING, "scheduler.store": address, **(options or {})}
    config = Configurator(settings=settings)
    config.include("pyramid_scheduler")
    config.include("pyramid_tm")
    config.add_request_method(managed(engine), "dbsession", reify=True)

    def insert(request: Any, number: str) -> str:
        request.dbsession.execute(sa.insert(ORDERS).values(number=number))
        request.dbsession.flush()
        if hold and current_run().token == 1:
            request.tm.get().addBeforeCommitHook(stand_still)
        return number

    config.add_task(insert, "insert", transactional=True, max_crashes=1000)
    config.make_wsgi_app()
    return config.registry.scheduler, engine


def say(word: str) -> None:
    """Say it to who has started this process."""
    os.write(1, f"{word}\n".encode())


def stand_still() -> None:
    """Say that the effect is there and the commit is not; and never go on."""
    say("held")
    threading.Event().wait()


def orders(address: str) -> list[str]:
    """What the application's own table has."""
    engine = database_of(address)
    with Session(engine) as session:
        found = list(session.scalars(sa.select(ORDERS.c.number)))
    engine.dispose()
    return found


def main(given: dict[str, Any]) -> None:
    """Work until the end of the input."""
    logging.basicConfig(
        filename=given["log"], level=logging.INFO, format="%(levelname)s %(name)s %(message)s"
    )
    scheduler, _ = application(given["address"], QUICK, hold=given["hold"])
    scheduler.start()
    sys.stdin.read()
    scheduler.stop(timeout=10)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
