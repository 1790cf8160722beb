"""The product broken on purpose, in the process that asks for it: each has to be seen."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, update

from pyramid_scheduler.engine.loop import Loop
from pyramid_scheduler.engine.membership import Membership
from pyramid_scheduler.interfaces import Written
from pyramid_scheduler.stores.sql import ending, taking
from pyramid_scheduler.stores.sql.schema import run, schedule
from pyramid_scheduler.stores.sql.store import SqlStore
from pyramid_scheduler.stores.sql.taking import Takings


def no_lock_no_comparison() -> None:
    """What was read may have changed when it is written, and is written all the same."""
    write = Takings.write

    def write_later(self: Any) -> None:
        self._connection.exec_driver_sql("COMMIT")
        time.sleep(0.02)  # others read the same meanwhile
        self._connection.exec_driver_sql("BEGIN IMMEDIATE")
        write(self)

    def set_only(self: Any, statement: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(statement, rows)

    Takings.write = write_later  # type: ignore[method-assign]
    Takings._compare_and_set = set_only  # type: ignore[method-assign]
    taking._TAKE = (
        update(run)
        .where(run.c.id == bindparam("of"))
        .values(
            state="running",
            node=bindparam("by"),
            token=bindparam("new_token"),
            attempt=run.c.attempt + 1,
            claimed_at=bindparam("at"),
            started_at=None,
            on_crash=bindparam("crash"),
            max_crashes=bindparam("crashes_allowed"),
        )
    )
    taking._ADVANCE = (
        update(schedule)
        .where(schedule.c.name == bindparam("of"))
        .values(next_fire=bindparam("to"), wake=bindparam("to"), last_fire=bindparam("done"))
    )


def no_key_either() -> None:
    """And nothing in the store forbids a second run of one fire time."""
    no_lock_no_comparison()
    for constraint in list(run.constraints):
        if constraint.name == "scheduler_run_owed_once":
            run.constraints.remove(constraint)


def no_fence() -> None:
    """A result is written whoever brings it, dead or late.

    And before the beat, by which a ghost would learn of its death: that is a fence too.
    """
    ending._FINISH = (
        update(run)
        .where(run.c.id == bindparam("of"))
        .values(
            state=bindparam("to_state"),
            reason=bindparam("why"),
            started_at=bindparam("started"),
            finished_at=bindparam("finished"),
            result=bindparam("gave"),
            error=bindparam("raised"),
        )
    )

    def verb(self: Any, node: str, finishes: Any, *, waits: bool = False) -> list[Written]:
        plain = [one for one in finishes if ending._is_plain(one)]
        with self._database.own(writes=True) as connection:
            for one in plain:
                connection.execute(ending._FINISH, ending._end(one))
        others = [one for one in finishes if one not in plain]
        answers = dict(
            zip(map(id, others), finish_as_it_is(self, node, others, waits=waits), strict=True)
        )
        return [answers.get(id(one), Written.WRITTEN) for one in finishes]

    def beat(self: Any, work: Any) -> None:
        work.outbox.write(self._store, self.id)
        beat_as_it_is(self, work)

    finish_as_it_is, beat_as_it_is = SqlStore.finish, Membership.beat
    SqlStore.finish = verb  # type: ignore[method-assign]
    Membership.beat = beat  # type: ignore[method-assign]


def no_recovery() -> None:
    """Nobody takes over from the dead."""
    SqlStore.recover = lambda self, node, beats: []  # type: ignore[method-assign]


def no_comparison_of_own_runs() -> None:
    """What the store says is this node's is not compared with what it has."""
    Membership._compare = lambda self, pulse, work: None  # type: ignore[method-assign]


def no_error_handling() -> None:
    """What goes wrong ends the thread."""

    def turn(self: Any) -> None:
        self._work.expire()
        self._tick()
        self._work.submit_due()

    Loop.turn = turn  # type: ignore[method-assign]


def no_check_of_the_lease() -> None:
    """A node always believes that the others believe it alive."""
    Membership.trusted = property(lambda self: True)  # type: ignore[assignment]


MUTANTS: dict[str, Callable[[], None]] = {
    "no-lock-no-comparison-no-key": no_key_either,
    "no-lock-no-comparison": no_lock_no_comparison,
    "no-fence": no_fence,
    "no-recovery": no_recovery,
    "no-comparison-of-own-runs": no_comparison_of_own_runs,
    "no-error-handling": no_error_handling,
    "no-check-of-the-lease": no_check_of_the_lease,
}


def apply(name: str) -> None:
    """Break this process."""
    MUTANTS[name]()
