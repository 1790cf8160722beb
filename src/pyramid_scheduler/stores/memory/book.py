"""Everything that the store in memory holds, and the moves that change it.

Each move leaves the book whole: what waits stands in a timeline, what runs in the sets of its
task, its schedule and its node. Whoever calls one holds the store's lock.
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from pyramid_scheduler.errors import FaultyTrigger, InvalidValue
from pyramid_scheduler.model import (
    Attempt,
    Claim,
    Kind,
    NewRun,
    Reason,
    RunState,
    Schedule,
    Skip,
    Task,
)
from pyramid_scheduler.rules.limiting import group_of
from pyramid_scheduler.rules.runs import Verdict
from pyramid_scheduler.stores.memory.equals import Equals
from pyramid_scheduler.stores.memory.rows import NodeRow, RunRow, Series, Start, TaskRow
from pyramid_scheduler.stores.memory.views import archived

log = logging.getLogger("pyramid_scheduler")

PENDING, RUNNING = RunState.PENDING, RunState.RUNNING


class Book:
    """The rows by their names.

    ``ended`` has the runs that ended, in that order; ``faulty`` the schedules that are left as they
    are, which is said once.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.runs: dict[str, RunRow] = {}
        self.tasks: dict[str, TaskRow] = {}
        self.series: dict[str, Series] = {}
        self.nodes: dict[str, NodeRow] = {}
        self.attempts: dict[str, list[Attempt]] = {}
        self.skips: dict[str, list[Skip]] = {}
        self.equals = Equals()
        self.ended: deque[RunRow] = deque()
        self.revision = 0
        self.faulty: set[str] = set()

    def task(self, name: str) -> TaskRow:
        """Return the row of a task, a new one for a name not met before."""
        row = self.tasks.get(name)
        if row is None:
            row = self.tasks[name] = TaskRow(name)
        return row

    def series_of(self, name: str) -> Series:
        """Return the row of a schedule's name, a new one for a name not met before."""
        row = self.series.get(name)
        if row is None:
            row = self.series[name] = Series(name)
        return row

    def put(self, series: Series, schedule: Schedule | None, now: int) -> None:
        """Let ``schedule`` be what the series' name stands for, and wake when it says."""
        serial = series.serial
        series.stand_for(schedule)
        series.entry = None
        wake = None if schedule is None else schedule.wake
        if schedule is not None and wake is not None:
            self.task(schedule.definition.task).line.push(wake, series, now)
        if series.serial is not serial:
            series.line_up()
            self._offer_anew(series, now)

    def move(self, series: Series, last_fire: int | None, next_fire: int | None, now: int) -> None:
        """Let an active schedule go on to its next fire time."""
        row = series.row
        assert row is not None, "who moves a schedule has just read it"
        row.last_fire, row.next_fire = last_fire, next_fire
        if next_fire is not None:
            self.task(row.definition.task).line.push(next_fire, series, now)

    def _offer_anew(self, series: Series, now: int) -> None:
        for run in series.pending.values():
            run.entry = None
            if not series.serial or run.free:
                run.queue.line.push(run.due, run, now)
        self._offer(series, now)

    def _offer(self, series: Series, now: int) -> bool:
        """Let the next runs of a serial series be claimed if they may; return whether they may."""
        if not series.pending or series.running or not series.serial:
            return False
        heads = series.heads()
        for head in heads:
            if head.entry is None:
                head.queue.line.push(head.due, head, now)
        return bool(heads)

    def fire(self, series: Series, fire_time: int, due: int, run_id: str) -> RunRow | None:
        """Write the run that ``series`` owes at ``fire_time``; None if there is one already."""
        schedule = series.row
        if schedule is None or fire_time in series.runs:
            log.error("schedule %s has a run of %d: it is not run twice", series.name, fire_time)
            return None
        task = self.task(schedule.definition.task)
        arguments = schedule.definition.arguments
        run = RunRow(run_id, Kind.SCHEDULED, series, task, fire_time, arguments)
        run.due = due
        self.runs[run_id] = run
        series.add(run)
        return run

    def wait(self, run: RunRow, now: int) -> None:
        """Let ``run``, which is pending, be claimed when it may."""
        if run.same is not None:
            self.equals.wait(run)
        series = run.series
        if series is None:
            run.queue.line.push(run.due, run, now)
            return
        offered = series.head(run.task.name)
        series.wait(run)
        if not series.serial or run.free:
            run.queue.line.push(run.due, run, now)
            return
        if offered is not None and series.head(run.task.name) is run:
            offered.entry = None  # the older fire time goes first
        self._offer(series, now)

    def claim(self, run: RunRow, task: Task, node: NodeRow, now: int) -> Claim:
        """Let ``run``, which waits no more, be ``node``'s own."""
        if run.same is not None:
            self.equals.wait(run)
        run.state = RUNNING
        run.token += 1
        run.attempt += 1
        run.node = node.node.id
        run.claimed_at = now
        run.on_crash = task.on_crash
        run.max_crashes = task.max_crashes
        run.on_failure = task.on_failure
        queue = run.queue
        queue.running[run.id] = run
        if (task.max_running is not None or task.rate is not None) and group_of(task, run.key):
            queue.limit = task.max_running
            if task.rate is not None:
                at = max(now, run.due)
                queue.starts.append(Start(at, at + task.rate.span))
        node.runs[run.id] = run
        series = run.series
        if series is not None:
            series.pending.pop(run.id, None)
            series.running[run.id] = run
        return Claim(
            run.id,
            run.kind,
            None if series is None else series.name,
            run.task.name,
            run.fire_time,
            run.due,
            run.attempt,
            run.token,
            run.arguments,
            run.attempt - 1 - run.crashes,
            node.node.id,
        )

    def end(self, run: RunRow, state: RunState, reason: str | None, at: int, now: int) -> bool:
        """Let ``run`` end at ``at``; return whether that lets another begin."""
        run.reason = reason
        run.finished_at = at
        self.ended.append(run)
        if run.same is not None:
            self.equals.end(run, state)
        was, run.state = run.state, state
        if was is RUNNING:
            return self._let_go(run, now)
        run.entry = None
        series = run.series
        if series is None:
            return False
        series.pending.pop(run.id, None)
        return self._offer(series, now)

    def _let_go(self, run: RunRow, now: int) -> bool:
        """Take a run out of the hands of its node; return whether that lets another begin."""
        owner, series = run.queue, run.series
        full = owner.full
        owner.running.pop(run.id, None)
        if run.node is not None:
            self.nodes[run.node].runs.pop(run.id, None)
        freed = False
        if series is not None:
            series.running.pop(run.id, None)
            freed = bool(series.pending) and self._offer(series, now)
        if full and not freed:
            firsts = [owner.line.first(now), run.task.line.first(now)]
            freed = any(first is not None and first <= now for first in firsts)
        return freed

    def follow(
        self, run: RunRow, verdict: Verdict, now: int, *, ending: str | None, spent: bool
    ) -> None:
        """Let become of ``run`` what ``verdict`` says of an attempt that did not end by itself.

        If the run is owed again, the attempt is kept as ``ending``, None when nothing was tried,
        and counts only if it is ``spent``.
        """
        if verdict.state is not PENDING:
            self.end(run, verdict.state, run.reason or verdict.reason, now, now)
            return
        if ending is not None:
            self.attempts.setdefault(run.id, []).append(archived(run, ending, now))
        run.state = PENDING
        run.attempt -= not spent
        self._let_go(run, now)
        run.node = run.claimed_at = run.started_at = None
        self.wait(run, now)

    def enqueue(self, new: NewRun, now: int) -> None:
        """Add a run that is asked for; one whose id is there already is left as it is."""
        if new.run_id in self.runs:
            return
        run = RunRow(new.run_id, new.kind, None, self.task(new.task), new.due, new.arguments)
        self.runs[run.id] = run
        run.key = new.key
        equal = None if new.unique is None else self.equals.find(new.unique, new.due)
        if equal is None:
            run.same = None if new.unique is None else new.unique.same
            self.wait(run, now)
        else:
            run.equals = equal
            self.end(run, RunState.SKIPPED, Reason.UNIQUE, now, now)
        self.revision += 1

    def stop_others(self, series: Series, now: int) -> None:
        """Let the runs of ``series`` make place for a newer one, but for those backfilled."""
        for run in [*series.pending.values(), *series.running.values()]:
            if run.kind is Kind.BACKFILL:
                continue  # nobody would make it up again
            if run.state is PENDING:
                self.end(run, RunState.CANCELLED, Reason.OVERLAP, now, now)
            elif not run.stop_requested:
                run.stop_requested = True
                run.reason = Reason.OVERLAP
                self.revision += 1

    def skip(self, series: Series, skips: Sequence[Skip]) -> None:
        """Write skips, before the schedule moves on; neighbours for one reason become one."""
        dealt_with = None if series.row is None else series.row.last_fire
        kept = self.skips.setdefault(series.name, []) if skips else []
        for skip in skips:
            last = kept[-1] if kept else None
            if last is not None and last.reason == skip.reason and last.last == dealt_with:
                kept[-1] = replace(
                    last,
                    last=skip.last,
                    count=last.count + skip.count,
                    exact=last.exact and skip.exact,
                )
            else:
                kept.append(skip)
            dealt_with = skip.last


def leave_alone(book: Book, name: str, fault: FaultyTrigger | InvalidValue) -> None:
    """Leave a schedule as it is, and say so once: it harms no other."""
    if name not in book.faulty:
        book.faulty.add(name)
        log.error("schedule %s is left as it is: %s", name, fault, exc_info=fault)
