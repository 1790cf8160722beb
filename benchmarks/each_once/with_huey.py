"""huey: both processes run a consumer with four threads over one SQLite file."""

import os
import sys
from datetime import UTC, datetime

from huey import SqliteHuey


def main(address: str, count: int, at: float) -> None:
    huey = SqliteHuey(
        filename=address.removeprefix("sqlite:///"),
    )

    @huey.task()
    def job(number: int) -> None:
        os.write(int(os.environ["LOG"]), f"{number} {os.getpid()}\n".encode())

    for number in range(count):
        job.schedule((number,), eta=datetime.fromtimestamp(at, UTC))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    huey.create_consumer(workers=4, periodic=False, initial_delay=0.05).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
