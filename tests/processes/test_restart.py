"""A server that is restarted under two processes."""

import time
from collections.abc import Callable
from types import ModuleType

import pytest

from tests import mariadb, postgresql
from tests.processes.crowd import MakeCrowd
from tests.processes.ledger import alarms, disagreements, twice

Record = Callable[[str, object], None]


@pytest.mark.parametrize(
    "store", [postgresql, pytest.param(mariadb, marks=pytest.mark.slow)],
    ids=lambda store: store.__name__.partition(".")[2],
)  # fmt: skip
def test_each_fire_time_runs_once_and_soon_on_time_again(
    store: ModuleType, crowd: MakeCrowd, record_property: Record
) -> None:
    server = store.server()
    both = crowd(server.address(server.new_schema()), every=0.2)
    both.start(2)
    both.wait("5 fire times", lambda notes: len(notes) >= 5)

    server.stop()
    time.sleep(1)  # the length of the outage
    server.start()
    back = time.time()

    # All that fell into the outage is made up for (misfire="all"), and what comes is on time.
    both.wait("20 since", lambda notes: sum(note["fire_time"] > back for note in notes) > 20)
    rows = both.stop()
    ran = [row for row in rows if row["state"] == "succeeded"]
    assert not twice(rows)
    assert not twice(both.notes)
    assert not list(disagreements(both.notes, ran))
    steps = [round(fire / 0.2) for fire in sorted(row["fire_time"] for row in rows)]
    assert steps == list(range(steps[0], steps[0] + len(steps)))
    assert {alarm.split(":")[0] for alarm in alarms(both.said())} <= {
        "ERROR pyramid_scheduler scheduler degraded"
    }
    later = (note for note in both.notes if note["wall"] > back)
    punctual = next(n["wall"] for n in later if n["wall"] - n["fire_time"] < 0.1)
    record_property(
        f"{store.__name__} restarted after 1 s", f"on time again after {punctual - back:.2f} s"
    )
