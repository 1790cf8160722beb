"""The store goes away and comes back: health says so, the pages are served, nothing is lost."""

import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.postgresql import server
from tests.processes.crowd import PATIENCE, Crowd, Member, Row, new_store
from tests.processes.ledger import alarms, disagreements, twice
from tests.proxy import Proxy

Record = Callable[[str, object], None]

EVERY, SOON = 0.2, 0.15  # s
SETTINGS = {
    "scheduler.lease": "3",
    "scheduler.heartbeat": "0.3",
    "scheduler.statement_timeout": "0.4",
}
FULL = 65536  # bytes: what a file may have; the journal and the log have less, the store more


class Outage:
    """One way to lose a store; ``address`` is how the process under test reaches it."""

    at_boot = False

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        self.address = self.home = new_store(kind, folder)

    def begin(self, member: Member | None) -> None:
        """Take the store away, from all or from ``member`` alone."""

    def end(self, member: Member) -> None:
        """Give it back."""

    def close(self) -> None:
        """Leave nothing that others would meet."""


class Locked(Outage):
    """Another process has the file for itself, and there are no tables yet."""

    at_boot = True

    def begin(self, member: Member | None) -> None:
        self._holder = sqlite3.connect(self.folder / "store.sqlite", isolation_level=None)
        self._holder.execute("BEGIN EXCLUSIVE")

    def end(self, member: Member) -> None:
        self._holder.close()


class DiskFull(Outage):
    def begin(self, member: Member | None) -> None:
        self._limit(member, FULL)

    def end(self, member: Member) -> None:
        self._limit(member, resource.RLIM_INFINITY)

    @staticmethod
    def _limit(member: Member | None, size: int) -> None:
        assert member is not None
        _, most = resource.prlimit(member.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(member.pid, resource.RLIMIT_FSIZE, (size, most))


class FileReadOnly(Outage):
    def begin(self, member: Member | None) -> None:
        assert member is not None
        member.tell("read_only", on=True)

    def end(self, member: Member) -> None:
        member.tell("read_only", on=False)


class ServerDown(Outage):
    def begin(self, member: Member | None) -> None:
        server().stop()

    def end(self, member: Member) -> None:
        server().start()

    def close(self) -> None:
        server().start()


class ServerDownAtBoot(ServerDown):
    at_boot = True


class Replica(Outage):
    """The server has become a replica, which is read-only, and is promoted at the end."""

    def begin(self, member: Member | None) -> None:
        server().stand_by()

    def end(self, member: Member) -> None:
        server().promote()

    def close(self) -> None:
        server().promote()


class ServersDiskFull(Outage):
    """The server says so at whatever is written."""

    def begin(self, member: Member | None) -> None:
        self._sql(
            "create function full_up() returns trigger language plpgsql as $$ begin"
            " raise 'could not extend file' using errcode = '53100'; end $$;"
            " create trigger full_up before update on scheduler_node execute function full_up()"
        )

    def end(self, member: Member) -> None:
        self._sql("drop function full_up cascade")

    def _sql(self, statement: str) -> None:
        server().sql(statement, self.address.rpartition("%3D")[2])


class Cut(Outage):
    """The network swallows everything, in both directions."""

    def __init__(self, folder: Path, kind: str) -> None:
        super().__init__(folder, kind)
        self._proxy: Proxy = server().proxy()
        self.address = server().through(self._proxy, self.home.rpartition("%3D")[2])

    def begin(self, member: Member | None) -> None:
        self._proxy.swallow()

    def end(self, member: Member) -> None:
        self._proxy.heal()
        self._proxy.reset()

    def close(self) -> None:
        self._proxy.close()


class CommitLost(Cut):
    """It swallows the answer to a COMMIT, and all that follows."""

    def begin(self, member: Member | None) -> None:
        self._proxy.swallow_from(lambda data: b"COMMIT\0" in data)


SQLITE = {"at boot": Locked, "disk full": DiskFull, "read-only": FileReadOnly}
POSTGRESQL = {
    "at boot": ServerDownAtBoot, "stopped": ServerDown, "replica": Replica,
    "disk full": ServersDiskFull, "cut": Cut, "commit lost": CommitLost,
}  # fmt: skip
FAST = {("SQLite", "disk full"), ("PostgreSQL", "at boot"), ("PostgreSQL", "commit lost")}
CASES = [
    pytest.param(
        kind, how, id=f"{kind}-{how}", marks=() if (kind, how) in FAST else pytest.mark.slow
    )
    for kind, ways in (("SQLite", SQLITE), ("PostgreSQL", POSTGRESQL))
    for how in ways
]


@pytest.fixture
def outage(kind: str, how: str, tmp_path: Path) -> Iterator[Outage]:
    ways: dict[str, type[Outage]] = {**SQLITE} if kind == "SQLite" else {**POSTGRESQL}
    outage = ways[how](tmp_path, kind)
    yield outage
    outage.close()


@pytest.fixture
def crowd(outage: Outage, tmp_path: Path) -> Iterator[Crowd]:
    crowd = Crowd(tmp_path, outage.home, every=EVERY, program="tests.processes.victim")
    yield crowd
    crowd.clear()


AWAY = ["the store does not answer"]


def becomes(member: Member, status: int, troubles: list[str]) -> None:
    """Wait until health is as it should be; the application serves all the while."""
    deadline = time.monotonic() + PATIENCE
    while True:
        seen = member.tell("look")
        assert seen["page"] == "here"
        if (seen["status"], seen["troubles"]) == (status, troubles):
            return
        assert time.monotonic() < deadline, seen
        time.sleep(0.02)


@pytest.mark.parametrize(("kind", "how"), CASES)
def test_it_is_red_and_then_green_and_what_was_owed_has_run_once(
    kind: str, how: str, outage: Outage, crowd: Crowd, record_property: Record
) -> None:
    if outage.at_boot:
        outage.begin(None)
    member = crowd.begin(SETTINGS, outage.address, impatient=True)
    member.answer()
    if not outage.at_boot:
        becomes(member, 200, [])
        crowd.wait("5 fire times", lambda notes: len(notes) >= 5)
        outage.begin(member)

    becomes(member, 503, AWAY)
    outage.end(member)
    back = time.time()
    becomes(member, 200, [])
    green = time.time()

    def punctual(notes: list[Row]) -> list[Row]:
        return [
            note for note in notes
            if note["fire_time"] > back and note["wall"] - note["fire_time"] < SOON
        ]  # fmt: skip

    on_time = punctual(crowd.wait("fire time on time", lambda notes: bool(punctual(notes))))[0]
    rows = crowd.stop()
    each_ran_once(crowd.notes, rows)
    assert {alarm.split(":")[0] for alarm in alarms(crowd.said())} <= {
        "ERROR pyramid_scheduler scheduler degraded"
    }
    record_property(
        f"{kind}, {how}, lease 3 s",
        f"green {green - back:.2f} s after it was back, on time {on_time['wall'] - back:.2f} s",
    )


def each_ran_once(notes: list[Row], rows: list[Row]) -> None:
    """Every fire time has one row, ran once, and none ran without a row."""
    ran = [row for row in rows if row["state"] == "succeeded"]
    assert not twice(rows)
    assert not twice(notes)
    assert not list(disagreements(notes, ran))
    steps = [round(fire / EVERY) for fire in sorted(row["fire_time"] for row in rows)]
    assert steps == list(range(steps[0], steps[0] + len(steps)))


LONG = {
    "scheduler.lease": "2",
    "scheduler.heartbeat": "0.2",
    "scheduler.statement_timeout": "0.3",
    "scheduler.autostart": "false",
}


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_a_store_away_for_three_leases_takes_no_run_from_eight_nodes_that_live(
    kind: str, tmp_path: Path
) -> None:
    crowd = Crowd(tmp_path, new_store(kind, tmp_path), program="tests.processes.victim")
    try:
        members = [crowd.begin(LONG) for _ in range(8)]
        for member in members:
            assert member.answer()["started"]
            member.tell("ask", tasks=["linger"] * 3)
        crowd.wait("all runs", lambda notes: len(notes) >= 24)
        outage: Outage = Away(tmp_path, kind) if kind == "SQLite" else ServerDown(tmp_path, kind)
        outage.begin(None)
        time.sleep(3 * float(LONG["scheduler.lease"]))  # the length of the outage
        outage.end(members[0])
        for member in members:
            becomes(member, 200, [])
        (tmp_path / "go").touch()
        crowd.wait("their ends", lambda notes: len(notes) >= 48)
        rows = crowd.stop()
    finally:
        crowd.clear()
    assert {(row["state"], row["attempt"], row["crashes"]) for row in rows} == {("succeeded", 1, 0)}
    began, ended = (
        {
            note["run"]: (note["pid"], note["token"])
            for note in crowd.notes
            if note["phase"] == phase
        }
        for phase in ("begin", "end")
    )
    assert began == ended
    assert {run: token for run, (_, token) in began.items()} == {
        row["run"]: row["token"] for row in rows
    }
    assert not [note for note in crowd.notes if note.get("stop")], "nobody was asked to stop"
    assert "is dead" not in crowd.said()


class Away(Locked):
    """The file is locked for writing, in the middle of the day."""

    def begin(self, member: Member | None) -> None:
        self._holder = sqlite3.connect(
            self.folder / "store.sqlite", isolation_level=None, timeout=20
        )
        self._holder.execute("BEGIN IMMEDIATE")
