"""procrastinate: both processes run a worker with four tasks at once over one PostgreSQL."""

import asyncio
import os
import sys
from datetime import UTC, datetime

from procrastinate import App, PsycopgConnector


async def main(address: str, count: int, at: float) -> None:
    app = App(connector=PsycopgConnector(conninfo=address))

    @app.task(name="job")
    def job(number: int) -> None:
        os.write(int(os.environ["LOG"]), f"{number} {os.getpid()}\n".encode())

    async with app.open_async():
        if count:
            await app.schema_manager.apply_schema_async()
            later = job.configure(schedule_at=datetime.fromtimestamp(at, UTC))
            await later.batch_defer_async(*({"number": number} for number in range(count)))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await app.run_worker_async(concurrency=4, fetch_job_polling_interval=0.5)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
