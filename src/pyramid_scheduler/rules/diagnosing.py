"""What is wrong with a store, judged by the contract, and what to do about it."""

from collections.abc import Collection, Iterator, Sequence

from pyramid_scheduler.instants import SECOND, moment
from pyramid_scheduler.model import Checkup, Finding, Node, Pile
from pyramid_scheduler.showing import shown

# Between clocks (us): more is worth a word.
TOLERANCE = SECOND


def diagnose(checkup: Checkup, tasks: Collection[str], lease: int) -> list[Finding]:
    """Return what is wrong, and then what is doubtful.

    ``tasks`` are those that the application declares, ``lease`` is in microseconds.
    """
    alive = [node for node in checkup.nodes if node.alive]
    # Whoever watches needs a lease to be sure, and a heartbeat to look again.
    beating = [node for node in alive if checkup.now - node.beaten_at <= 2 * lease]
    found = [
        *_schema(checkup),
        *_nobody(checkup, beating),
        *_silent([node for node in alive if node not in beating], beating),
        *_ownerless(checkup),
        *_clocks(beating),
        *_unknown(checkup, tasks),
        *_late(checkup, tasks, lease if beating else None),
    ]
    return sorted(found, key=lambda finding: not finding.wrong)


def _schema(checkup: Checkup) -> Iterator[Finding]:
    for lack in checkup.schema:
        yield Finding(
            True,
            f"the tables are not as this package makes them: {lack}",
            "stop every process of the application, and restore it as 'pscheduler migrate' makes it"
            " in an empty database",
        )


def _nobody(checkup: Checkup, beating: Sequence[Node]) -> Iterator[Finding]:
    owed = [*checkup.running, *checkup.waiting, *checkup.scheduled]
    if beating or not owed:
        return
    last = max((node.beaten_at for node in checkup.nodes), default=None)
    since = "ever did" if last is None else f"has since {moment(last)}"
    yield Finding(
        True,
        f"no process runs the scheduler, none {since}; what is owed waits",
        "start the application, or 'pscheduler start'",
    )


def _silent(silent: Sequence[Node], beating: Sequence[Node]) -> Iterator[Finding]:
    for node in silent if beating else ():
        yield Finding(
            True,
            f"{_said(node)} was last heard of at {moment(node.beaten_at)}, and nobody has taken"
            " over from it",
            "look for 'could not be taken over' in the logs of the other processes",
        )


def _ownerless(checkup: Checkup) -> Iterator[Finding]:
    for pile in checkup.ownerless:
        yield Finding(
            True,
            f"{_counted(pile, 'run')} of node {pile.name}, which is not there any more"
            f" ({_since(pile)})",
            "start any process of the application anew: what joins takes them over",
        )


def _clocks(beating: Sequence[Node]) -> Iterator[Finding]:
    offsets = sorted(beating, key=lambda node: node.clock_offset)
    if beating and offsets[-1].clock_offset - offsets[0].clock_offset > TOLERANCE:
        apart = (offsets[-1].clock_offset - offsets[0].clock_offset) / SECOND
        yield Finding(
            False,
            f"the clock of {_said(offsets[-1])} is {apart:.1f} s ahead of that of"
            f" {_said(offsets[0])}",
            "have both set by NTP",
        )


def _unknown(checkup: Checkup, tasks: Collection[str]) -> Iterator[Finding]:
    for piles, thing in ((checkup.scheduled, "schedule"), (checkup.waiting, "waiting run")):
        for pile in piles:
            if pile.name not in tasks:
                yield Finding(
                    False,
                    f"{_counted(pile, thing)} of the task {shown(pile.name)}, which this"
                    " application does not declare",
                    "deploy what declares it, or remove or cancel them",
                )


def _late(checkup: Checkup, tasks: Collection[str], lease: int | None) -> Iterator[Finding]:
    """Tell of what should have begun by now; with no lease there is nobody to begin it."""
    for piles, thing in ((checkup.scheduled, "schedule"), (checkup.waiting, "waiting run")):
        for pile in piles:
            if lease is None or pile.oldest is None or pile.name not in tasks:
                continue
            if checkup.now - pile.oldest > lease:
                yield Finding(
                    False,
                    f"{_counted(pile, thing)} of the task {shown(pile.name)}, the first of them due"
                    f" {_since(pile)}",
                    "see 'pscheduler runs --state running': its limit is full, or every thread is"
                    " taken, or the processes that run do not declare it",
                )


def _said(node: Node) -> str:
    return f"node {node.id} (pid {node.pid} on {node.host})"


def _counted(pile: Pile, thing: str) -> str:
    return f"{pile.size:,} {thing}{'' if pile.size == 1 else 's'}"


def _since(pile: Pile) -> str:
    return "since an unknown instant" if pile.oldest is None else f"since {moment(pile.oldest)}"
