"""What the engine asks all day long is answered by indexes, however much there is in the store.

Every statement of a verb is explained by the server directly before it is executed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.interfaces import RunFilter, Written
from pyramid_scheduler.model import Finish, NewRun, Outcome, Rate, RunState, Uniqueness
from tests.clock import START, HandClock
from tests.conformance.scene import Scene, every, instant, once, task
from tests.postgresql import by_hand, server
from tests.stores.filling import Filling

# Of each: how many schedules, how many runs that have ended.
SIZES = [(10_000, 100_000), pytest.param((1_000_000, 10_000_000), marks=pytest.mark.slow)]
RUNNING, WAITING = 2000, 500
BIG = ("scheduler_run", "scheduler_schedule")
NODES = "scheduler_node"
# Those of a month, if each lives for a few minutes.
GONE = 10_000


@contextmanager
def full(schedules: int, runs: int, *, measured: bool) -> Iterator[Scene]:
    """A store that is full, and two nodes."""
    found, clock = server(), HandClock()
    schema = found.new_schema()
    store = by_hand(found.address(schema), clock, id_maker(clock.now, Random(1)), timeout=600)
    store.open()
    store.put_schedule([once(0, "template")], replace=False)
    filling = Filling("postgresql", schedules, START)
    with found.connect(schema) as connection:
        for statement in (
            *filling.of_schedules(),
            *filling.of_nodes(GONE),
            *filling.of_runs("succeeded", "s", runs),
            *filling.of_runs("running", "t", RUNNING),
            *filling.of_runs("pending", "u", WAITING),
        ):
            connection.execute(statement)
        connection.execute("delete from scheduler_schedule where name = 'template'")
        if measured:
            # Of ten million runs the sample that is usual sees six that run, more or less.
            connection.execute("alter table scheduler_run alter state set statistics 1000")
            connection.execute("analyze")
    scene = Scene(store, clock)
    scene.join("a", every(10, "code"))
    scene.join("b", every(10, "code"))
    yield scene
    store.close()
    found.sql(f"drop schema {schema} cascade")


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[1]:,} runs")
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    schedules, runs = request.param
    with full(schedules, runs, measured=True) as scene:
        yield scene


@pytest.fixture(scope="module")
def unmeasured() -> Iterator[Scene]:
    """A store filled a moment ago, of which its server knows nothing yet."""
    with full(10_000, 1000, measured=False) as scene:
        yield scene


def finish(scene: Scene) -> None:
    outcome = Outcome(RunState.SUCCEEDED, instant(0), instant(0))
    finishes = [Finish(f"running{number}", 1, outcome) for number in range(1, 501)]
    assert set(scene.store.finish("a", finishes)) == {Written.WRITTEN}


def finish_one(scene: Scene) -> None:
    outcome = Outcome(RunState.SUCCEEDED, instant(0), instant(0))
    assert scene.store.finish("a", [Finish("running600", 1, outcome)]) == [Written.WRITTEN]


def finish_failed(scene: Scene) -> None:
    outcome = Outcome(RunState.FAILED, instant(0), instant(0))
    assert scene.store.finish("a", [Finish("running601", 1, outcome)]) == [Written.WRITTEN]


def ask_for_a_unique_run(scene: Scene) -> None:
    unique = Uniqueness("same", 3600 * SECOND)
    scene.store.enqueue([NewRun("unique", "job", START, "", unique=unique)])
    assert scene.run("unique").state is RunState.PENDING


def claim_limited(scene: Scene) -> None:
    limited = {"rate": Rate(5, 60), "max_running": 5000}
    assert len(scene.claim("b", task(**limited))) == 5
    keyed = task(**limited, key=lambda: "k")
    assert [len(scene.claim("b", keyed)) for _ in range(2)] == [5, 0]


def recover(scene: Scene) -> None:
    beats = {node.id: node.beats for node in scene.beat("b").nodes}
    assert len(scene.store.recover("a", beats["a"])) > 1000


def look_in_vain(scene: Scene) -> None:
    """Look from before anything was due: all that it asks is when the next is."""
    scene.clock.advance(-(10**8))
    claimed = scene.look("b")
    scene.clock.advance(10**8)
    assert not claimed.claims
    assert claimed.next_due is not None


def claim(scene: Scene) -> None:
    assert len(scene.claim("b")) == 100


def purge(scene: Scene) -> None:
    assert scene.store.purge(START - 1, 500) == 500


# In this order: each leaves the next enough to do.
VERBS: dict[str, Callable[[Scene], object]] = {
    "when is the next due": look_in_vain,
    "claim": claim,
    "beat": lambda scene: scene.beat("a", running1=1, running2=2),
    "finish": finish,
    "finish of one": finish_one,
    "finish of a failure": finish_failed,
    "a unique run": ask_for_a_unique_run,
    "claim of tasks with limits": claim_limited,
    "release": lambda scene: scene.store.release("a", {"running700": 1}),
    "pause": lambda scene: scene.store.pause("s1"),
    "recovery": recover,
    "retention": purge,
    "revision": lambda scene: scene.store.revision(),
    "newest runs of a schedule": lambda scene: scene.store.runs(RunFilter(schedule="s1")),
}


def big_for(verb: str) -> tuple[str, ...]:
    """The tables that ``verb`` must not read from end to end; retention looks once in an hour."""
    return BIG if verb == "retention" else (*BIG, NODES)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("verb", VERBS)
def test_no_table_is_read_from_end_to_end(
    scene: Scene, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained = explaining(monkeypatch)

    VERBS[verb](scene)

    assert explained
    steps = [(step, statement) for statement, plan in explained for step in walk(plan)]
    assert not [
        (step["Relation Name"], statement)
        for step, statement in steps
        if step["Node Type"] == "Seq Scan" and step["Relation Name"] in big_for(verb)
    ]
    assert not [
        statement
        for step, statement in steps
        if step["Node Type"] == "Sort" and step["Plan Rows"] > 2 * RUNNING
    ], "what is read in the order of an index need not be sorted"


@pytest.mark.parametrize(
    ("verb", "reads", "writes"),
    [("claim", True, True), ("finish", False, True), ("finish of one", False, True)],
)
def test_what_was_filled_a_moment_ago_is_read_in_the_same_way(
    unmeasured: Scene, verb: str, reads: bool, writes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained = explaining(monkeypatch)

    VERBS[verb](unmeasured)

    pages = [one for one in explained if "LIMIT" in one[0]]
    updates = [one for one in explained if "UPDATE scheduler_run " in one[0]]
    assert (bool(pages), bool(updates)) == (reads, writes)
    for statement, plan in pages:
        assert "Sort" not in {step["Node Type"] for step in walk(plan)}, statement
    for statement, plan in updates:
        # All that a node has, once for each run that is asked for by its id.
        read = [step.get("Index Cond", "") for step in walk(plan)]
        assert not [condition for condition in read if "node" in condition], statement


def explaining(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Explain every statement from now on; the list returned fills with them and their plans."""
    import psycopg  # noqa: PLC0415 - it is there, since the server is

    explained: list[tuple[str, Any]] = []
    plain = psycopg.Cursor.execute

    def execute(cursor: Any, statement: Any, *args: Any, **options: Any) -> Any:
        if str(statement).lower().startswith(("select", "update", "delete", "insert")):
            asked = plain(cursor, f"explain (format json) {statement}", *args)
            explained.append((str(statement), asked.fetchone()[0][0]["Plan"]))
        return plain(cursor, statement, *args, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
    return explained


def walk(plan: Any) -> Iterator[Any]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from walk(below)
