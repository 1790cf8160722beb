"""One claim: what is due, oldest first, as far as the node's room and the limits allow."""

from collections import Counter
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from itertools import chain
from typing import NamedTuple

from pyramid_scheduler.errors import FaultyTrigger, InvalidValue
from pyramid_scheduler.interfaces import Claimed, ClaimRequest
from pyramid_scheduler.model import (
    Active,
    Claim,
    OnCrash,
    RunState,
    Task,
    Uniqueness,
)
from pyramid_scheduler.rules.definitions import rested
from pyramid_scheduler.rules.limiting import group_of, key_of, uniqueness, without_equals
from pyramid_scheduler.rules.overlapping import Unended, met
from pyramid_scheduler.rules.planning import Plan, dues, plan, steps
from pyramid_scheduler.rules.room import RoomLeft, Use
from pyramid_scheduler.stores.memory.book import Book, leave_alone
from pyramid_scheduler.stores.memory.rows import NodeRow, Queue, RunRow, Series, TaskRow, earliest

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
    """What is owed of one task of the node that claims, or of one of its keys.

    ``horizon`` is the latest instant that may be claimed: never ahead of its fire time a run that
    must not begin twice. ``limited`` says that more than the room of the node limits it, ``asks``
    that its runs have keys, or are compared with others.
    """

    __slots__ = ("asks", "horizon", "key", "limited", "queue", "task")

    def __init__(self, task: Task, key: str | None, queue: Queue, now: int, lookahead: int) -> None:
        """Look at the ``queue`` of ``task``, or of its ``key``."""
        self.task = task
        self.key = key
        self.queue = queue
        self.horizon = now if task.on_crash is OnCrash.FAIL else now + lookahead
        self.limited = task.max_running is not None or task.rate is not None
        self.asks = task.key is not None or task.unique is not None


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
        self._room = RoomLeft(request.tasks, request.rooms, {})
        self._claims: list[Claim] = []
        self._aside: list[Series | RunRow] = []
        self._more = False

    def run(self) -> Claimed:
        """Take what may be taken."""
        line = self._line()
        while line:
            place, lane = heappop(line)
            others = line[0][0] if line else None
            now_at = self._take_some(lane, place, others)
            if now_at is not None:
                heappush(line, (now_at, lane))
        for row in self._aside:
            self._put_back(row)
        return Claimed(self._claims, self._now, self._next_due(), self._more)

    def _take_some(self, lane: Lane, place: Place, others: Place | None) -> Place | None:
        """Take from ``lane`` until ``others`` are first; return where it then stands, if it does.

        There may be thousands due at one instant: nothing is made for each that is not its own.
        """
        while not self._is_held(lane, place.instant):
            self._take(lane)
            first = lane.queue.line.first(self._now)
            if first is None or first > lane.horizon:
                return None
            if first != place.instant:
                place = self._place(lane, first, place.number)
            if others is not None and others < place:
                return place
        return None

    def _line(self) -> list[tuple[Place, Lane]]:
        """Return the lanes with anything to take, in the order in which they may take it."""
        line: list[tuple[Place, Lane]] = []
        lookahead = self._request.lookahead
        for name, task in self._request.tasks.items():
            row = self._book.tasks.get(name)
            if row is None:
                continue
            for key, queue in _queues(row):
                first = queue.line.first(self._now)
                if first is None:
                    self._drop_unused(task, key, queue)
                    continue
                lane = Lane(task, key, queue, self._now, lookahead)
                if first <= lane.horizon:
                    line.append((self._place(lane, first, len(line)), lane))
        heapify(line)
        return line

    def _drop_unused(self, task: Task, key: str | None, queue: Queue) -> None:
        """Forget a key of which nothing waits, runs or counts: there may be ever more of them."""
        if key is not None and self._use(task, queue) == Use() and not queue.starts:
            del self._book.task(task.name).keys[key]

    def _place(self, lane: Lane, first: int, number: int) -> Place:
        early = first > self._now
        return Place(early, 0 if early else -lane.task.priority, first, number)

    def _is_held(self, lane: Lane, instant: int) -> bool:
        """Return whether nothing more of ``lane`` can be taken; what is to come needs more."""
        early = instant > self._now
        if lane.limited and not self._allows(lane.task, lane.key):
            return True
        if self._room.fits(lane.task.name, lane.key, early=early):
            return False
        self._more = self._more or not early
        return True

    def _allows(self, task: Task, key: str | None) -> bool:
        """Return whether the limits allow one more run of ``task``, of its ``key``."""
        group = group_of(task, key)
        if group is not None and not self._room.has_counted(group):
            self._room.count(group, self._use(task, self._book.task(task.name).queue(key)))
        return self._room.allows(task.name, key)

    def _use(self, task: Task, queue: Queue) -> Use:
        """Return what of its limits a queue uses; forget what no rate counts any more.

        What is a whole span later than now is of a clock that was set back since.
        """
        queue.starts = [start for start in queue.starts if start.until >= self._now]
        if task.rate is None:
            return Use(len(queue.running))
        since, until = self._now - task.rate.span, self._now + task.rate.span
        counted = [start.at for start in queue.starts if since <= start.at <= until]
        return Use(len(queue.running), len(counted), min(counted, default=None))

    def _take(self, lane: Lane) -> None:
        """Take the first of ``lane``: a run, or what a schedule owes."""
        row = lane.queue.line.take()
        try:
            if isinstance(row, RunRow):
                self._take_run(lane, row)
            else:
                self._wake(lane, row)
        except (FaultyTrigger, InvalidValue) as fault:
            # Of many runs it is said once: what is to be mended is their task.
            name = row.name if isinstance(row, Series) else f"of a run of {row.task.name}"
            leave_alone(self._book, name, fault)
            self._aside.append(row)

    def _put_back(self, row: Series | RunRow) -> None:
        if isinstance(row, RunRow):
            self._book.wait(row, self._now)
        else:
            self._book.put(row, row.schedule, self._now)

    def _take_run(self, lane: Lane, run: RunRow) -> None:
        """Claim a run that waits; one that is given its key only now may have to wait for that."""
        if run.key is None and lane.task.key is not None:
            run.key = key_of(lane.task, run.arguments, f"run {run.id}")
        if _has_to_wait(run):
            return
        early = run.due > self._now
        if run.key == lane.key or self._may_begin(lane.task, run.key, early=early):
            self._claim(lane, run)
        else:
            self._book.wait(run, self._now)

    def _may_begin(self, task: Task, key: str | None, *, early: bool) -> bool:
        return self._allows(task, key) and self._room.fits(task.name, key, early=early)

    def _claim(self, lane: Lane, run: RunRow) -> None:
        self._room.take(lane.task.name, run.key, max(run.due, self._now))
        self._claims.append(self._book.claim(run, lane.task, self._node, self._now))

    def _wake(self, lane: Lane, series: Series) -> None:
        row = series.row
        assert row is not None, "a series without a schedule is in no line"
        if row.pause is not None:
            self._end_pause(series)
            return
        if row.step is None and not row.definition.trigger.fires_once:
            row.step = steps(row)
        planned = plan(row, self._now, lane.horizon, _active(series), row.step)
        key = unique = None
        if lane.asks:
            arguments = row.definition.arguments
            key = key_of(lane.task, arguments, f"schedule {series.name}")
            unique = uniqueness(lane.task, key, arguments)
        if planned is not None and unique is not None:
            planned = self._without_equals(series, planned, unique)
        if planned is None or (key is not None and self._waits_for_key(lane, key, planned)):
            self._aside.append(series)
        else:
            self._write(lane, series, planned, key, unique and unique.same)

    def _waits_for_key(self, lane: Lane, key: str, planned: Plan) -> bool:
        """Return whether a schedule is left as it is, as one is whose task has no room.

        A one-off waits as a run, in the line of its key.
        """
        recurs = planned.next_fire is not None and bool(planned.runs)
        return recurs and not self._allows(lane.task, key)

    def _without_equals(self, series: Series, planned: Plan, unique: Uniqueness) -> Plan | None:
        """Return what is left of ``planned`` without runs that equal others.

        None: whether that of a fire time to come does is known when it has come.
        """
        replaced = series if planned.stop_others else None

        def equals(fire: int) -> bool:
            return self._book.equals.find(unique, fire, replaced) is not None

        left = without_equals(series.name, planned, equals)
        early = bool(planned.runs) and planned.runs[0] > self._now
        return None if early and not left.runs else left

    def _end_pause(self, series: Series) -> None:
        """Let a schedule go on whose pause is over; what it owes then stands in line anew."""
        schedule = series.schedule
        assert schedule is not None, "it has just been found paused"
        revised = rested(schedule, self._now)
        if revised is None:
            self._aside.append(series)
        else:
            self._book.skip(series, revised.skips)
            self._book.put(series, revised.schedule, self._now)

    def _write(
        self, lane: Lane, series: Series, planned: Plan, key: str | None, same: str | None
    ) -> None:
        """Write what is planned; ``key`` limits its runs, by ``same`` they are compared."""
        book, now = self._book, self._now
        assert series.row is not None, "it has just been planned for"
        starts = dues(series.row, planned.runs)
        if planned.skips:
            book.skip(series, planned.skips)
        if planned.stop_others:
            book.stop_others(series, now)
        book.move(series, planned.last_fire, planned.next_fire, now)
        free = not series.serial or _active(series) == NONE_ACTIVE
        for fire_time, due in zip(planned.runs, starts, strict=True):
            run = book.fire(series, fire_time, due, self._new_id())
            if run is None:
                continue
            run.key, run.same = key, same
            # For the first of them the lane has just been asked, about its fire time.
            asked = fire_time == due == planned.runs[0] and key is None
            if free and due <= lane.horizon and (asked or self._has_room(lane, run)):
                self._claim(lane, run)
            else:
                book.wait(run, now)
            free = not series.serial

    def _has_room(self, lane: Lane, run: RunRow) -> bool:
        """Return whether a run that has just been made may begin."""
        if not self._allows(lane.task, run.key):
            return False
        early = run.due > self._now
        fits = self._room.fits(lane.task.name, run.key, early=early)
        self._more = self._more or not (fits or early)
        return fits

    def _next_due(self) -> int | None:
        rows = (self._book.tasks.get(name) for name in self._request.tasks)
        lines = (queue.line for row in rows if row is not None for _, queue in _queues(row))
        return earliest([*(line.after(self._now) for line in lines), self._room.opens()])


def _active(series: Series) -> Active:
    """Return what its next fire time has to reckon with; where it may overlap there may be much."""
    row = series.row
    if row is None or not series.serial or not (series.pending or series.running):
        return NONE_ACTIVE
    unended = chain(series.pending.values(), series.running.values())
    counts = Counter(Unended(run.task.name, run.kind, run.state) for run in unended)
    return met(row.definition, counts)


def _has_to_wait(run: RunRow) -> bool:
    """Return whether ``run`` is to begin no more, since another of its schedule has in this claim.

    That one is of another task, or has replaced it; so they stand in two lines.
    """
    series = run.series
    goes_on = series is not None and series.serial and not run.free and bool(series.running)
    return goes_on or run.state is not RunState.PENDING


def _queues(row: TaskRow) -> Sequence[tuple[str | None, Queue]]:
    return ((None, row), *row.keys.items()) if row.keys else ((None, row),)
