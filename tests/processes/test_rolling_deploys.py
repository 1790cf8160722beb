"""Two versions of one application side by side on one store, each in processes of its own."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from pyramid_scheduler.engine import SystemClock
from pyramid_scheduler.instants import SECOND, micros
from pyramid_scheduler.interfaces import RunFilter
from pyramid_scheduler.model import Run
from pyramid_scheduler.stores import make_store
from tests.processes.crowd import PYTHON_PATH, Crowd, Member, Row, new_store
from tests.processes.ledger import alarms, twice
from tests.processes.versions import EVERY

pytestmark = pytest.mark.timeout(240)

SETTINGS = {
    "scheduler.lease": "6",
    "scheduler.heartbeat": "0.5",
    "scheduler.statement_timeout": "1",
    "scheduler.shutdown_timeout": "5",
}


class Deploys:
    """A canary and its rollback, a whole deploy, and a rollback of that; played once for all."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self.address = new_store(kind, folder)
        self.crowd = Crowd(folder, self.address, program="tests.processes.versions")
        self.stopped: list[int] = []

    def play(self) -> None:
        old = self.start("old", 2)
        self.seen_in("old", "same", "vanished", "before", "trigger", "option")
        (canary,) = self.start("new", 1)
        self.seen_in("new", "same", "fresh", "after")
        self.stop(canary)
        self.rolled_back = self.states(old[0])
        self.in_flight = [old[0].tell("ask", task="in_flight", number=n)["run"] for n in (1, 2)]
        self.crowd.wait("the first", lambda _: self.arguments("in_flight") == [[1]])
        new = self.start("new", 2)
        self.seen_in("new", "same", "fresh", "after")
        holder = next(n["pid"] for n in self.crowd.notes if n.get("task") == "in_flight")
        # The one that runs the first goes last: or its end would let the other begin the second.
        for member in sorted(old, key=lambda member: member.pid == holder):
            self.stop(member)
        self.deployed = self.states(new[0])
        self.waiting = new[0].tell("state", run=self.in_flight[1])["state"]
        self.listed, self.doctor = (self.ask(command, "new") for command in ("list", "doctor"))
        (back,) = self.start("old", 1)
        for member in new:
            self.stop(member)
        self.back = self.states(back)
        self.crowd.wait("the second", lambda _: self.arguments("in_flight") == [[1], [2]])
        self.stop(back)
        self.read()

    def start(self, version: str, count: int) -> list[Member]:
        members = [self.crowd.begin(SETTINGS, version=version) for _ in range(count)]
        for member in members:
            assert member.answer()["started"], member.said()
        return members

    def stop(self, member: Member) -> None:
        member.signal(signal.SIGTERM)
        self.stopped.append(member.died())
        self.crowd.lose(member)

    def seen_in(self, version: str, *schedules: str) -> None:
        """Wait until that version has run each of them, from now on."""
        before = len(self.crowd.notes)

        def seen(notes: list[Row]) -> bool:
            ran = {n["schedule"] for n in notes[before:] if n.get("version") == version}
            return ran >= {*schedules}

        self.crowd.wait(f"{schedules} in {version}", seen)

    def arguments(self, task: str) -> list[object]:
        return [note["arguments"] for note in self.crowd.notes if note.get("task") == task]

    @staticmethod
    def states(member: Member) -> dict[str, str]:
        return member.tell("schedules")

    def ask(self, command: str, version: str) -> str:
        """Run ``pscheduler`` on the application in that version; return what it prints."""
        ini = self._folder / f"{version}.ini"
        ini.write_text(
            "[app:main]\nuse = call:tests.processes.versions:main\n"
            f"version = {version}\njournal = {self._folder}/unused\n"
            f"scheduler.store = {self.address.replace('%', '%%')}\n"
        )
        asked = [sys.executable, "-m", "pyramid_scheduler.scripts.pscheduler", command, str(ini)]
        environment = {"PYTHONPATH": PYTHON_PATH, "PYTHONWARNINGS": "ignore", "PATH": "/usr/bin"}
        done = subprocess.run(
            asked, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout + done.stderr

    def read(self) -> None:
        """Read what the store has in the end."""
        store = make_store(self.address, clock=SystemClock())
        store.open(create=False)
        self.runs: list[Run] = list(store.runs(RunFilter(limit=100_000)))
        self.skips = [*store.skips()]
        store.close()
        self.notes = [note for note in self.crowd.notes if "change" not in note]
        self.changes = [note for note in self.crowd.notes if "change" in note]
        self.said = self.crowd.said()

    def changed(self, name: str) -> list[str]:
        """Return what has become of that schedule, in order."""
        return [note["change"] for note in self.changes if note["name"] == name]


@pytest.fixture(
    scope="module", params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.slow)]
)
def deploys(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deploys]:
    deploys = Deploys(tmp_path_factory.mktemp("deploys"), request.param)
    try:
        deploys.play()
        yield deploys
    finally:
        deploys.crowd.clear()


def test_no_run_is_lost_and_none_runs_twice(deploys: Deploys) -> None:
    rows = [
        {"schedule": run.schedule, "fire_time": run.fire_time.timestamp()}
        for run in deploys.runs
        if run.schedule
    ]
    assert not twice(rows)
    begun = Counter((note["run"], note["token"]) for note in deploys.notes)
    assert set(begun.values()) == {1}
    ended = [run for run in deploys.runs if run.state == "succeeded"]
    assert {run.id for run in ended} == {note["run"] for note in deploys.notes}
    assert [run.attempt for run in ended] == [1] * len(ended)
    # At the very end one process was stopped: what it had claimed ahead waits, given back.
    assert {run.state for run in deploys.runs} <= {"succeeded", "pending"}


@pytest.mark.parametrize("name", ["same", "option"])
def test_what_both_declare_with_one_trigger_fires_without_a_gap(
    deploys: Deploys, name: str
) -> None:
    fires = sorted(micros(run.fire_time) for run in deploys.runs if run.schedule == name)
    skipped = [skip for skip in deploys.skips if skip.schedule == name]
    for earlier, later in pairwise(fires):
        if round((later - earlier) / SECOND / EVERY) > 1:
            assert any(earlier < skip.first and skip.last < later for skip in skipped), earlier


def test_a_definition_changes_once_with_each_deploy_and_never_in_between(
    deploys: Deploys,
) -> None:
    # The canary, its rollback, the deploy, the rollback of that.
    assert deploys.changed("same") == ["added"]
    assert deploys.changed("trigger") == ["added", *["changed"] * 4]
    assert deploys.changed("option") == ["added", *["changed"] * 4]


def test_what_a_version_has_and_the_other_has_not_is_parked_with_its_last_process(
    deploys: Deploys,
) -> None:
    assert deploys.rolled_back["fresh"] == deploys.rolled_back["after"] == "parked"
    assert deploys.deployed["vanished"] == deploys.deployed["before"] == "parked"
    assert deploys.back["fresh"] == deploys.back["after"] == "parked"
    assert deploys.changed("vanished") == ["added", "parked", "changed"]
    assert deploys.changed("fresh") == ["added", "parked", "changed", "parked"]
    active = {name for name, state in deploys.back.items() if state == "active"}
    assert active == {"same", "trigger", "option", "before", "vanished"}


def test_a_renamed_schedule_never_goes_on_under_its_old_name(deploys: Deploys) -> None:
    new = {note["schedule"] for note in deploys.notes if note["version"] == "new"}
    assert "after" in new
    parked = [index for index, note in enumerate(deploys.crowd.notes)
              if note.get("change") == "parked" and note["name"] == "before"]  # fmt: skip
    back = [index for index, note in enumerate(deploys.crowd.notes)
            if note.get("change") == "changed" and note["name"] == "before"]  # fmt: skip
    between = deploys.crowd.notes[parked[0] : back[-1]]
    ahead = round(0.5 / EVERY) + 1  # what was claimed within the lookahead runs
    assert sum(note.get("schedule") == "before" for note in between) <= ahead


def test_a_run_of_a_vanished_task_waits_with_its_arguments_for_who_knows_it(
    deploys: Deploys,
) -> None:
    assert deploys.waiting == "pending"
    assert deploys.arguments("in_flight") == [[1], [2]]


def test_what_has_vanished_is_listed_and_the_doctor_tells_of_it(deploys: Deploys) -> None:
    for name in ("vanished", "before"):
        (line,) = [line for line in deploys.listed.splitlines() if line.startswith(name)]
        assert "parked" in line
    assert "1 waiting run of the task 'in_flight', which this application does not declare" in (
        deploys.doctor
    )


def test_nobody_fails_over_a_name_that_it_does_not_know(deploys: Deploys) -> None:
    assert deploys.stopped == [0] * len(deploys.stopped)
    assert not alarms(deploys.said)
