"""The judge: from what was owed, what the tasks logged and what the store says in the end.

It knows nothing of the package: what is owed is counted by an enumerator of its own, instants are
microseconds, and the log was written outside of the store. Whoever makes the faults says when they
were, so that what they excuse is told from what nothing excuses.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

SECOND = 1_000_000
EVER = 2**62


class Start(NamedTuple):
    """The beginning of an attempt, as the task logged it at the reference clock's ``at``."""

    at: int
    run: str
    schedule: str | None
    fire_time: int
    token: int
    attempt: int
    node: str
    task: str = ""


class End(NamedTuple):
    """The end of the attempt under ``token``; ``failed`` if by an exception of the task."""

    at: int
    run: str
    token: int
    failed: bool = False


class Fault(NamedTuple):
    """What was done to a node from ``begin`` until ``end``; node None: to all, as an outage.

    ``end`` is when it was over, lease and recovery not counted. ``loses``: the others may take
    the node for dead, and what it has for theirs; an outage of all never excuses that. ``gone``:
    the node never comes back under its name.
    """

    begin: int
    end: int
    node: str | None
    kind: str
    loses: bool = True
    gone: bool = False


class Row(NamedTuple):
    """A run as the store has it in the end; ``result`` is the token that the task returned.

    ``due`` is the instant from which it may begin, or begin again.
    """

    run: str
    schedule: str | None
    fire_time: int
    state: str
    reason: str | None
    attempt: int
    token: int
    result: int | None
    due: int = 0


class Skipped(NamedTuple):
    """Fire times that the store says did not run."""

    schedule: str
    first: int
    last: int
    reason: str


class History(NamedTuple):
    """All that is known of a test; ``owed`` has the fire times of each schedule.

    Of those from ``since`` until ``until`` it is asked what became of them. ``asked`` are the runs
    that were asked for and acknowledged. ``lease``, ``epsilon`` (how late a run may be without any
    fault) and ``drift`` (between the clocks of the log and of the fire times) are microseconds.
    ``serial`` names the schedules whose runs must not overlap, ``limits`` says how many runs of a
    task may, ``rates`` how many ``claims`` of it may lie within so many microseconds, each counted
    from when its run may begin. ``delaying`` are the kinds of faults of one node for which all may
    be late, as they are where one that stands still may have locked the whole store.
    ``own_clocks``: each node decides by a clock of its own what "now" is, be it wrong or not.
    """

    owed: Mapping[str, Iterable[int]]
    starts: list[Start]
    ends: list[End]
    faults: list[Fault]
    rows: list[Row]
    skips: list[Skipped]
    lease: int
    epsilon: int
    asked: frozenset[str] = frozenset()
    serial: frozenset[str] = frozenset()
    limits: Mapping[str, int] = {}
    since: int = 0
    until: int = EVER
    drift: int = 0
    delaying: frozenset[str] = frozenset()
    own_clocks: bool = False
    alarms: Iterable[str] = ()
    rates: Mapping[str, tuple[int, int]] = {}
    claims: Mapping[str, list[int]] = {}

    def lost(self, node: str, begin: int, end: int) -> bool:
        """Return whether others may have taken over between the two instants what ``node`` had."""
        return any(
            fault.node == node
            and fault.loses
            and fault.begin <= end
            and (fault.gone or begin <= fault.end + 2 * self.lease)
            for fault in self.faults
        )

    def delayed(self, start: Start) -> bool:
        """Return whether a fault explains that a first start is late, or the recovery from one.

        What nobody had claimed before is late for nothing that befell another node alone.
        """
        return any(
            fault.begin <= start.at <= fault.end + 2 * self.lease
            and (start.token > 1 or fault.node in (None, start.node) or fault.kind in self.delaying)
            for fault in self.faults
        )


class Broken(NamedTuple):
    """One thing that is wrong."""

    verdict: str
    what: str


def verdicts(history: History) -> list[Broken]:
    """Return everything that is wrong."""
    return [Broken(name, what) for name, check in CHECKS.items() for what in check(history)]


def lost(history: History) -> Iterator[str]:
    """What was owed and has neither a run nor a skip; what was asked for and is not there."""
    ran = {(row.schedule, row.fire_time) for row in history.rows}
    skips = defaultdict(list)
    for skip in history.skips:
        skips[skip.schedule].append(skip)
    for schedule, fires in history.owed.items():
        for fire in fires:
            skipped = any(skip.first <= fire <= skip.last for skip in skips[schedule])
            asked = history.since <= fire <= history.until
            if asked and (schedule, fire) not in ran and not skipped:
                yield f"{schedule} at {fire}"
    there = {row.run for row in history.rows}
    yield from (f"run {run}, which was asked for" for run in sorted(history.asked - there))


def ghost(history: History) -> Iterator[str]:
    """A run of a fire time that nobody owed; a start of a run that the store does not know."""
    owed = {schedule: set(fires) for schedule, fires in history.owed.items()}
    for row in history.rows:
        if row.schedule in owed and row.fire_time not in owed[row.schedule]:
            yield f"{row.schedule} at {row.fire_time}"
    there = {row.run for row in history.rows}
    yield from (f"run {start.run} began" for start in history.starts if start.run not in there)


def duplicate(history: History) -> Iterator[str]:
    """Two runs of one fire time, be it in the store or in the log."""
    rows = Counter((row.schedule, row.fire_time) for row in history.rows if row.schedule)
    yield from (f"{key} has {count} rows" for key, count in rows.items() if count > 1)
    runs: dict[tuple[str, int], set[str]] = defaultdict(set)
    for start in history.starts:
        if start.schedule is not None:
            runs[start.schedule, start.fire_time].add(start.run)
    yield from (f"{key} ran as {sorted(ids)}" for key, ids in runs.items() if len(ids) > 1)


def same_claim_twice(history: History) -> Iterator[str]:
    """Two starts under one token."""
    claims = Counter((start.run, start.token) for start in history.starts)
    yield from (f"{claim} began {count} times" for claim, count in claims.items() if count > 1)


def early(history: History) -> Iterator[str]:
    """A start before the fire time."""
    for start in history.starts:
        if start.at < start.fire_time - history.drift:
            yield f"{start.schedule} at {start.fire_time}: {start.fire_time - start.at} us early"


def late(history: History) -> Iterator[str]:
    """A first start later than anything excuses; of a serial schedule, its runs before it do."""
    first: dict[str, Start] = {}
    for start in sorted(history.starts):
        first.setdefault(start.run, start)
    for start in first.values():
        waits = start.schedule in history.serial or start.task in history.limits
        if start.schedule is None or waits:
            continue
        delay = start.at - start.fire_time
        if delay > history.epsilon and not history.delayed(start):
            yield f"{start.schedule} at {start.fire_time}: {delay / SECOND:.3f} s late"


def two_owners(history: History) -> Iterator[str]:
    """An attempt that begins while one of the same run goes on, on a node that nothing befell."""
    ends = {(end.run, end.token): end.at for end in history.ends}
    for one, other in _successive(history):
        end = ends.get((one.run, one.token), EVER)
        if other.at < end and not history.lost(one.node, one.at, other.at):
            tokens = f"token {one.token} of {one.node}, {other.token} of {other.node}"
            yield f"run {one.run}: {tokens}"


def overlap(history: History) -> Iterator[str]:
    """Two runs of a serial schedule at once, or more of a task than its limit lets run.

    One whose node was lost may go on beside its successor.
    """
    groups: dict[tuple[str, int], list[Start]] = defaultdict(list)
    for start in sorted(history.starts):
        if start.schedule in history.serial:
            groups[f"schedule {start.schedule}", 1].append(start)
        if start.task in history.limits:
            groups[f"task {start.task}", history.limits[start.task]].append(start)
    for (name, limit), starts in groups.items():
        yield from _beside(history, name, starts, limit)


def _beside(history: History, name: str, starts: list[Start], limit: int) -> Iterator[str]:
    ends = {(end.run, end.token): end.at for end in history.ends}
    going: list[Start] = []
    for start in starts:
        going = [
            one
            for one in going
            if ends.get((one.run, one.token), EVER) > start.at
            and one.run != start.run
            and not history.lost(one.node, one.at, start.at)
        ]
        if len(going) >= limit:
            yield f"{name}: run {start.run} began beside {[one.run for one in going]}"
        going.append(start)


def too_often(history: History) -> Iterator[str]:
    """More claims of a task within the span of its rate than that allows; nothing excuses it."""
    for task, (most, span) in history.rates.items():
        claims = sorted(history.claims.get(task, ()))
        for early, late in zip(claims, claims[most:], strict=False):
            if late - early <= span:
                yield f"task {task}: more than {most} claims from {early} to {late}"


def token_backwards(history: History) -> Iterator[str]:
    """A start under a token that is not larger than that of the start before.

    A node that was frozen may go on with what it began; it may begin nothing that others have.
    """
    for one, other in _successive(history, key=lambda start: start.at):
        if other.token < one.token:
            yield f"run {one.run}: token {one.token}, then {other.token}"


def twice_without_a_reason(history: History) -> Iterator[str]:
    """A run that is executed again although its attempt before ended well and nothing befell it."""
    ended = {(end.run, end.token): end for end in history.ends}
    for one, other in _successive(history):
        end = ended.get((one.run, one.token))
        if end and not end.failed and not history.lost(one.node, one.at, other.at):
            yield f"run {one.run}: token {one.token} ended well, and {other.token} began"


def stale_result(history: History) -> Iterator[str]:
    """A success that is not that of the token in force."""
    for row in history.rows:
        if row.state == "succeeded" and row.result != row.token:
            yield f"run {row.run} has the token {row.token} and the result of {row.result}"


def acknowledged_by_nobody(history: History) -> Iterator[str]:
    """A success of which the log has no end."""
    ended = {(end.run, end.token) for end in history.ends}
    for row in history.rows:
        if row.state == "succeeded" and (row.run, row.token) not in ended:
            yield f"run {row.run} under token {row.token}"


def too_many_attempts(history: History) -> Iterator[str]:
    """More starts than attempts and releases: those that were given back count as none."""
    rows = {row.run: row for row in history.rows}
    for run, count in Counter(start.run for start in history.starts).items():
        if run in rows and count > rows[run].token:
            yield f"run {run} began {count} times under {rows[run].token} tokens"


def stuck(history: History) -> Iterator[str]:
    """A run that has not ended in the end.

    What was asked for, or put off, by a clock that was ahead is owed when the others get there.
    """
    set_ahead = history.own_clocks and any(fault.kind == "clock" for fault in history.faults)
    for row in history.rows:
        if row.state == "pending" and row.due > history.until + 2 * history.lease and set_ahead:
            continue
        if row.state in ("pending", "running"):
            yield f"run {row.run} of {row.schedule} at {row.fire_time} is {row.state}"


def skipped_ahead(history: History) -> Iterator[str]:
    """A fire time that was skipped before it came."""
    for skip in history.skips:
        if skip.last > history.until + 2 * history.lease:
            yield f"{skip.schedule}: {skip.first} to {skip.last} for {skip.reason}"


def alarm(history: History) -> Iterator[str]:
    """What the product itself reported, and no fault explains."""
    yield from history.alarms


def _successive(
    history: History, key: Callable[[Start], int] = lambda start: start.token
) -> Iterator[tuple[Start, Start]]:
    """Return the neighbouring starts of each run, by token."""
    runs: dict[str, list[Start]] = defaultdict(list)
    for start in history.starts:
        runs[start.run].append(start)
    for starts in runs.values():
        yield from pairwise(sorted(starts, key=key))


CHECKS: dict[str, Callable[[History], Iterator[str]]] = {
    "LOST": lost,
    "GHOST": ghost,
    "DUPLICATE": duplicate,
    "SAME_CLAIM_TWICE": same_claim_twice,
    "EARLY": early,
    "LATE": late,
    "TWO_OWNERS": two_owners,
    "OVERLAP": overlap,
    "TOO_OFTEN": too_often,
    "TOKEN_BACKWARDS": token_backwards,
    "ACKED_TWICE": twice_without_a_reason,
    "STALE_ACK": stale_result,
    "ACKED_BY_NOBODY": acknowledged_by_nobody,
    "TOO_MANY_ATTEMPTS": too_many_attempts,
    "STUCK_ROW": stuck,
    "SKIPPED_AHEAD": skipped_ahead,
    "ALARM": alarm,
}
