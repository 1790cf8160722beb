"""APScheduler 4 (alpha): both processes start its scheduler over one data store."""

import importlib
import os
import sys
from datetime import UTC, datetime

from apscheduler import Scheduler
from apscheduler.datastores.sqlalchemy import SQLAlchemyDataStore
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import create_engine


def job(number: int) -> None:
    os.write(int(os.environ["LOG"]), f"{number} {os.getpid()}\n".encode())


def main(address: str, numbers: range, at: float) -> None:
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with Scheduler(SQLAlchemyDataStore(engine)) as scheduler:
        # Unsaid, one task runs once at a time in all processes together.
        scheduler.configure_task("job", func=job, max_running_jobs=1000)
        due = datetime.fromtimestamp(at, UTC)
        for number in numbers:
            scheduler.add_schedule("job", DateTrigger(due), id=str(number), args=[number])
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        scheduler.run_until_stopped()


if __name__ == "__main__":
    # Its jobs name their function by module, which has to be the same in both processes.
    importlib.import_module("benchmarks.each_once.with_apscheduler4").main(
        sys.argv[1], range(int(sys.argv[2])), float(sys.argv[3])
    )
