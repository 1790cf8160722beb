"""Who stands still, hogs, is cut off or exits, beside one that goes on: what changes hands."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.postgresql import server
from tests.processes.crowd import Crowd, Member, Row, new_store
from tests.processes.ledger import twice
from tests.processes.victim import MAX_CRASHES, POLICIES
from tests.servers.side_by_side import selected

pytestmark = pytest.mark.timeout(240)

Record = Callable[[str, object], None]
Play = Callable[["Stage"], str]

LEASE, HEARTBEAT, TIMEOUT = 3.0, 0.3, 0.5
EVERY = 0.2
SETTINGS = {
    "scheduler.lease": f"{LEASE:g}",
    "scheduler.heartbeat": f"{HEARTBEAT:g}",
    "scheduler.statement_timeout": f"{TIMEOUT:g}",
}
HAPPENED = f"lease {LEASE:g} s, heartbeat {HEARTBEAT:g} s"


class Stage:
    """A store, and the crowd on it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.crowd: Crowd

    def two(self, kind: str = "SQLite", every: float | None = EVERY) -> tuple[Member, Member]:
        """Start two processes of which only the first claims more than the recurring run."""
        self.address = new_store(kind, self.folder)
        self.crowd = Crowd(self.folder, self.address, every, "tests.processes.victim")
        one = self.crowd.begin(SETTINGS)
        two = self.crowd.begin(SETTINGS, claims=["note"])
        self.meet(one, two)
        return one, two

    def meet(self, *members: Member) -> None:
        """Wait until the engine of each runs."""
        for member in members:
            assert member.answer()["started"], member.said()

    def begins(self, task: str, count: int = 1) -> list[Row]:
        """Wait until a run of that task has begun so often."""

        def begun(notes: list[Row]) -> list[Row]:
            return [n for n in notes if n.get("task") == task and n.get("phase") == "begin"]

        return begun(self.crowd.wait(f"{count} x {task}", lambda all_: len(begun(all_)) >= count))

    def until(self, member: Member, instant: float) -> float:
        """Wait until a fire time later than ``instant`` has run in ``member``; return when."""

        def seen(notes: list[Row]) -> list[Row]:
            return [n for n in notes if n["pid"] == member.pid and n["fire_time"] > instant]

        wall: float = seen(self.crowd.wait("recurring run", lambda n: bool(seen(n))))[0]["wall"]
        return wall

    def let_go(self) -> None:
        (self.folder / "go").touch()

    def ends(self, task: str) -> list[Row]:
        return [n for n in self.crowd.notes if n.get("task") == task and n.get("phase") == "end"]

    def row(self, run: str) -> Row:
        """End in order; return the run as the store has it then."""
        self.rows = self.crowd.stop()
        [row] = [row for row in self.rows if row["run"] == run]
        return row


def a_freeze_shorter_than_the_lease_changes_nothing(stage: Stage) -> str:
    one, two = stage.two()
    one.tell("ask", tasks=["linger"])
    [begin] = stage.begins("linger")
    one.signal(signal.SIGSTOP)
    time.sleep(LEASE / 3)  # the length of the freeze
    one.signal(signal.SIGCONT)
    for member in (one, two):
        stage.until(member, time.time())
    stage.let_go()
    row = stage.row(begin["run"])
    assert (row["state"], row["token"], row["attempt"]) == ("succeeded", 1, 1)
    assert not twice(stage.rows)
    assert "is dead" not in stage.crowd.said()
    return "0 runs changed hands"


def a_call_that_keeps_the_interpreter_past_the_lease_loses_its_run(stage: Stage) -> str:
    one, two = stage.two("PostgreSQL")  # of a file it may well keep the lock as well
    two.tell("claim_all")
    run = one.tell("hog", seconds=1.7 * LEASE)["run"]
    if stage.begins("hog")[0]["pid"] == two.pid:
        one, two = two, one
    first, second = stage.begins("hog", 2)
    assert [first["pid"], second["pid"]] == [one.pid, two.pid]
    stage.until(one, time.time())
    row = stage.row(run)
    assert (row["state"], row["token"], row["crashes"]) == ("succeeded", 2, 1)
    assert f"lease lost: run {run}" in one.said()
    assert "goes on under a new id" in one.said()
    return f"begun by the other {second['wall'] - first['wall']:.2f} s after it began"


def frozen_in_a_claim(stage: Stage, kind: str) -> float:
    """Have one stand still between claim and COMMIT; return the other's longest pause after it."""
    one, two = stage.two(kind)
    stage.until(two, 0)
    one.tell("freeze")
    wait_until_stopped(one)
    since = time.time()
    if kind == "SQLite":  # one writer at a time: the others wait for as long as it takes
        time.sleep(LEASE / 2)  # the length of the freeze
        one.signal(signal.SIGCONT)
    stage.until(two, since + 2 * LEASE / 3)
    longest = longest_pause(since, [n["wall"] for n in stage.crowd.notes if n["pid"] == two.pid])
    one.signal(signal.SIGCONT)
    stage.until(one, time.time())
    rows = stage.crowd.stop()
    assert not twice(rows)
    assert not twice(stage.crowd.notes)
    steps = [round(row["fire_time"] / EVERY) for row in rows]
    assert sorted(steps) == list(range(min(steps), max(steps) + 1))
    return longest


def longest_pause(since: float, begun: list[float]) -> float:
    after = [since, *sorted(wall for wall in begun if wall > since)]
    return max(later - earlier for earlier, later in pairwise(after))


def wait_until_stopped(member: Member) -> None:
    stat = Path(f"/proc/{member.pid}/stat")
    while stat.read_text().rpartition(") ")[2][0] != "T":
        time.sleep(0.01)


def a_freeze_within_a_claim_on_a_server_holds_up_others_for_less_than_a_lease(
    stage: Stage,
) -> str:
    longest = frozen_in_a_claim(stage, "PostgreSQL")
    assert longest < LEASE
    return f"the others ran nothing for {longest:.2f} s; statement_timeout {TIMEOUT:g} s"


def a_freeze_within_a_claim_on_sqlite_holds_up_others_as_long_as_it_lasts(stage: Stage) -> str:
    longest = frozen_in_a_claim(stage, "SQLite")
    return f"frozen for {LEASE / 2:g} s, the others ran nothing for {longest:.2f} s"


def who_is_cut_off_loses_its_run_and_the_other_has_it_after_a_lease(stage: Stage) -> str:
    proxy = server().proxy()
    stage.address = new_store("PostgreSQL", stage.folder)
    stage.crowd = Crowd(stage.folder, stage.address, EVERY, "tests.processes.victim")
    far = server().through(proxy, stage.address.rpartition("%3D")[2])
    one = stage.crowd.begin(SETTINGS, far)
    two = stage.crowd.begin(SETTINGS, claims=["note"])
    stage.meet(one, two)
    one.tell("ask", tasks=["linger"])
    [begin] = stage.begins("linger")
    two.tell("claim_all")
    proxy.swallow()
    cut = time.time()
    _, again = stage.begins("linger", 2)
    begun_late = [
        n for n in stage.crowd.notes if n["pid"] == one.pid and n["wall"] > cut + LEASE - HEARTBEAT
    ]
    proxy.heal()
    proxy.reset()
    stage.until(one, time.time())
    stage.let_go()
    row = stage.row(begin["run"])
    proxy.close()
    assert again["pid"] == two.pid
    assert not begun_late, "it must have stopped starting runs before the other took over"
    assert (row["state"], row["token"]) == ("succeeded", 2)
    assert sorted(end["stop"] for end in stage.ends("linger")) == [False, True]
    return f"begun by the other {again['wall'] - cut:.2f} s after the cut"


def a_task_that_ends_its_process_ends_only_as_many_as_it_may(stage: Stage) -> str:
    one, two = stage.two(every=None)
    three = stage.crowd.begin(SETTINGS)
    stage.meet(three)
    two.tell("claim_all")
    [run] = one.tell("ask", tasks=["exit"])["runs"]
    begun = stage.begins("exit", MAX_CRASHES)
    everyone = {member.pid: member for member in (one, two, three)}
    for note in begun:
        member = everyone.pop(note["pid"])
        assert member.died() == 1
        stage.crowd.lose(member)
    [left] = everyone.values()
    while left.tell("state", run=run)["state"] in ("running", "pending"):
        time.sleep(0.02)
    row = stage.row(run)
    assert (row["state"], row["reason"], row["crashes"]) == ("failed", "poison", MAX_CRASHES)
    assert len(stage.begins("exit")) == MAX_CRASHES
    return f"{len(begun)} processes of 3 lost, max_crashes={MAX_CRASHES}"


def after_the_answer_to_a_pause_nothing_begins_but_what_it_names(stage: Stage) -> str:
    one, two = stage.two(every=0.1)
    stage.until(one, 0)
    stage.until(two, 0)
    told = one.tell("pause")
    one.tell("ask", tasks=["overlap"])  # a quarter of a second, by a clock that all have
    stage.crowd.wait("its end", lambda _: bool(stage.ends("overlap")))
    stage.crowd.stop()
    later = {n["run"] for n in stage.crowd.notes
             if n["wall"] > told["wall"] and n["task"] == "note"}  # fmt: skip
    assert later <= set(told["may_begin"])
    return f"{len(later)} runs began after the answer, all named in it"


def what_overlaps_follows_its_policy_across_processes(stage: Stage) -> str:
    one, two = stage.two(every=None)
    two.tell("claim_all")
    one.tell("overlap", every=0.1)

    def enough(notes: list[Row]) -> bool:
        ran = [note["schedule"] for note in notes if note.get("phase") == "end"]
        return all(ran.count(policy) >= 4 for policy in POLICIES)

    notes = stage.crowd.wait("4 runs by each policy", enough)
    most = {policy: most_at_once(notes, policy) for policy in POLICIES}
    stage.crowd.stop()
    assert {policy: most[policy] for policy in ("skip", "queue", "cancel")} == {
        "skip": 1, "queue": 1, "cancel": 1,
    }  # fmt: skip
    assert most["allow"] > 1
    return f"at once: skip, queue, cancel 1; allow {most['allow']}"


def most_at_once(notes: list[Row], schedule: str) -> int:
    running, most = set(), 0
    for note in notes:
        if note["schedule"] == schedule and note["phase"] == "begin":
            running.add(note["run"])
        elif note["schedule"] == schedule:
            running.discard(note["run"])
        most = max(most, len(running))
    return most


FAST: tuple[Play, ...] = (
    a_freeze_shorter_than_the_lease_changes_nothing,
    a_call_that_keeps_the_interpreter_past_the_lease_loses_its_run,
    a_freeze_within_a_claim_on_a_server_holds_up_others_for_less_than_a_lease,
    who_is_cut_off_loses_its_run_and_the_other_has_it_after_a_lease,
    after_the_answer_to_a_pause_nothing_begins_but_what_it_names,
)
SLOW: tuple[Play, ...] = (
    a_freeze_within_a_claim_on_sqlite_holds_up_others_as_long_as_it_lasts,
    a_task_that_ends_its_process_ends_only_as_many_as_it_may,
    what_overlaps_follows_its_policy_across_processes,
)


@pytest.fixture(scope="module")
def plays(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Any, Future[str]]]:
    """All that were chosen, side by side: most of their time goes by in waiting."""
    folder = tmp_path_factory.mktemp("hands")
    new_store("PostgreSQL", folder)  # here, where a test can be skipped
    with ThreadPoolExecutor(3) as pool:
        chosen = selected(request, "play")
        yield {play: pool.submit(_played, play, folder / play.__name__) for play in chosen}


def _played(play: Play, folder: Path) -> str:
    stage = Stage(folder)
    try:
        return play(stage)
    finally:
        stage.crowd.clear()


@pytest.mark.parametrize(
    "play",
    [*FAST, *(pytest.param(play, marks=pytest.mark.slow) for play in SLOW)],
    ids=lambda play: play.__name__,
)
def test_it_happens(play: Play, plays: dict[Any, Future[str]], record_property: Record) -> None:
    figure = plays[play].result()
    record_property(f"{play.__name__.replace('_', ' ')}, {HAPPENED}", figure)
