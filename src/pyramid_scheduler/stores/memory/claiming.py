"""One claim: what is due, oldest first, as far as the node's room and the limits allow."""

from collections.abc import Callable
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.interfaces import Claimed, ClaimRequest
from pyramid_scheduler.model import Active, Claim, OnCrash, Task
from pyramid_scheduler.rules.definitions import rested
from pyramid_scheduler.rules.planning import Plan, dues, plan
from pyramid_scheduler.rules.room import RoomLeft
from pyramid_scheduler.stores.memory.book import Book, leave_alone
from pyramid_scheduler.stores.memory.rows import NodeRow, RunRow, Series, TaskRow, earliest

NONE_ACTIVE = Active()


class Place(NamedTuple):
    """Where a lane stands in line: what is due by priority, then what is to come; the older first.

    ``number`` tells those apart that are alike.
    """

    early: bool
    priority: int
    instant: int
    number: int


class Lane:
    """What is owed of one task of the node that claims.

    ``horizon`` is the latest instant that may be claimed: never ahead of its fire time a run that
    must not begin twice.
    """

    __slots__ = ("horizon", "row", "task")

    def __init__(self, task: Task, row: TaskRow, now: int, lookahead: int) -> None:
        """Look at the queue ``row`` of ``task``."""
        self.task = task
        self.row = row
        self.horizon = now if task.on_crash is OnCrash.FAIL else now + lookahead
        row.limit = task.max_running


class Claiming:
    """One claim of one node."""

    def __init__(
        self, book: Book, request: ClaimRequest, now: int, new_id: Callable[[], str]
    ) -> None:
        """Prepare; :meth:`run` does it."""
        self._book = book
        self._request = request
        self._now = now
        self._new_id = new_id
        self._node: NodeRow = book.nodes[request.node]
        rows = book.tasks
        running = {name: len(rows[name].running) for name in request.tasks if name in rows}
        self._room = RoomLeft(request.tasks, request.rooms, running)
        self._claims: list[Claim] = []
        self._aside: list[Series] = []
        self._more = False

    def run(self) -> Claimed:
        """Take what may be taken."""
        line = self._line()
        while line:
            place, lane = line[0]
            if self._is_held(lane, place.instant):
                heappop(line)
                continue
            self._take(lane)
            first = lane.row.line.first(self._now)
            if first is None or first > lane.horizon:
                heappop(line)
            else:
                heapreplace(line, (self._place(lane, first, place.number), lane))
        for series in self._aside:
            self._book.put(series, series.schedule, self._now)
        return Claimed(self._claims, self._now, self._next_due(), self._more)

    def _line(self) -> list[tuple[Place, Lane]]:
        """Return the lanes with anything to take, in the order in which they may take it."""
        line: list[tuple[Place, Lane]] = []
        for name, task in self._request.tasks.items():
            row = self._book.tasks.get(name)
            first = None if row is None else row.line.first(self._now)
            if row is None or first is None:
                continue
            lane = Lane(task, row, self._now, self._request.lookahead)
            if first <= lane.horizon:
                line.append((self._place(lane, first, len(line)), lane))
        heapify(line)
        return line

    def _place(self, lane: Lane, first: int, number: int) -> Place:
        early = first > self._now
        return Place(early, 0 if early else -lane.task.priority, first, number)

    def _is_held(self, lane: Lane, instant: int) -> bool:
        """Return whether nothing more of ``lane`` can be taken; what is to come needs more."""
        if lane.row.full:
            return True
        early = instant > self._now
        if self._room.fits(lane.task.name, early=early):
            return False
        self._more = self._more or not early
        return True

    def _take(self, lane: Lane) -> None:
        """Take the first of ``lane``: a run, or what a schedule owes."""
        row = lane.row.line.take()
        if isinstance(row, RunRow):
            self._claim(lane, row)
        else:
            self._wake(lane, row)

    def _claim(self, lane: Lane, run: RunRow) -> None:
        self._room.take(lane.task.name)
        self._claims.append(self._book.claim(run, lane.task, self._node, self._now))

    def _wake(self, lane: Lane, series: Series) -> None:
        row = series.row
        assert row is not None, "a series without a schedule is in no line"
        if row.pause is not None:
            self._end_pause(series)
            return
        pending, running = series.pending, series.running
        active = Active(len(pending), len(running)) if pending or running else NONE_ACTIVE
        try:
            planned = plan(row, self._now, lane.horizon, active)
            starts = dues(row, planned.runs) if planned else []
        except FaultyTrigger as fault:
            leave_alone(self._book, series.name, fault)
            planned = None
        if planned is None:
            self._aside.append(series)
        else:
            self._write(lane, series, planned, starts)

    def _end_pause(self, series: Series) -> None:
        """Let a schedule go on whose pause is over; what it owes then stands in line anew."""
        schedule = series.schedule
        assert schedule is not None, "it has just been found paused"
        try:
            revised = rested(schedule, self._now)
        except FaultyTrigger as fault:
            leave_alone(self._book, series.name, fault)
            revised = None
        if revised is None:
            self._aside.append(series)
        else:
            self._book.skip(series, revised.skips)
            self._book.put(series, revised.schedule, self._now)

    def _write(self, lane: Lane, series: Series, planned: Plan, starts: list[int]) -> None:
        book, now = self._book, self._now
        if planned.skips:
            book.skip(series, planned.skips)
        if planned.stop_others:
            book.stop_others(series, now)
        book.move(series, planned.last_fire, planned.next_fire, now)
        for fire_time, due in zip(planned.runs, starts, strict=True):
            run = book.fire(series, fire_time, due, self._new_id())
            if run is None:
                continue
            free = not series.serial or not (series.running or series.pending)
            # For the first of them the lane has just been asked, about its fire time.
            asked = fire_time == due == planned.runs[0]
            if free and due <= lane.horizon and (asked or not self._is_held(lane, due)):
                self._claim(lane, run)
            else:
                book.wait(run, now)

    def _next_due(self) -> int | None:
        rows = self._book.tasks
        return earliest(
            rows[name].line.after(self._now) for name in self._request.tasks if name in rows
        )
