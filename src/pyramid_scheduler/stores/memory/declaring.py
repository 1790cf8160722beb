"""What the live nodes declare, and what the schedules become by it (the contract's point 8)."""

from collections.abc import Collection, Iterable
from itertools import count

from pyramid_scheduler.errors import FaultyTrigger
from pyramid_scheduler.interfaces import Reconciliation
from pyramid_scheduler.model import Definition, Origin
from pyramid_scheduler.rules.definitions import Revised, Seen, dealt_with, in_force, reconciled
from pyramid_scheduler.stores.memory.book import Book, leave_alone
from pyramid_scheduler.stores.memory.rows import Series


class Declared:
    """A definition that is seen, and the live nodes that declare it."""

    __slots__ = ("nodes", "seen")

    def __init__(self, seen: Seen) -> None:
        """Begin without a node."""
        self.seen = seen
        self.nodes: set[str] = set()


class Declaring:
    """The definitions of the live nodes, by schedule name."""

    def __init__(self, book: Book) -> None:
        """Begin without any; ``book`` has the schedules."""
        self._book = book
        self._declared: dict[str, list[Declared]] = {}
        self._orders = count(1)

    def declare(self, node: str, definitions: Collection[Definition]) -> None:
        """Let ``definitions``, and nothing else, be what ``node`` declares."""
        for definition in definitions:
            self._find(definition).nodes.add(node)
        self._forget(node, keep=definitions)

    def forget(self, node: str) -> None:
        """Let ``node`` declare nothing."""
        self._forget(node, keep=())

    def others_go_on(self, node: str) -> bool:
        """Return whether another node declares a schedule of a task of which ``node`` does."""
        everything = [each for known in self._declared.values() for each in known]
        tasks = {each.seen.definition.task for each in everything if node in each.nodes}
        return any(each.nodes - {node} and each.seen.definition.task in tasks
                   for each in everything)  # fmt: skip

    def _find(self, definition: Definition) -> Declared:
        known = self._declared.setdefault(definition.name, [])
        for declared in known:
            if declared.seen.definition == definition:
                return declared
        known.append(Declared(Seen(next(self._orders), definition)))
        return known[-1]

    def _forget(self, node: str, keep: Collection[Definition]) -> None:
        kept = {definition.name: definition for definition in keep}
        for name, known in list(self._declared.items()):
            for declared in known:
                if kept.get(name) != declared.seen.definition:
                    declared.nodes.discard(node)
            self._declared[name] = [declared for declared in known if declared.nodes]
            if not self._declared[name]:
                del self._declared[name]

    def reconcile(self, now: int, *, park: bool) -> Reconciliation:
        """Bring the schedules in line; ``park`` says whether those nobody declares are parked."""
        names = list(self._declared)
        if park:
            names += [name for name in self._of_code() if name not in self._declared]
        result: dict[str, list[str]] = {what: [] for what in Reconciliation._fields}
        for name in names:
            what = self._reconcile(name, now)
            if what is not None:
                result[what].append(name)
                self._book.revision += 1
        return Reconciliation(**result)

    def _of_code(self) -> Iterable[str]:
        # There may be very many that are not of the code: no copy is made to see that.
        for series in self._book.series.values():
            if series.row is not None and series.row.origin is Origin.CODE:
                yield series.name

    def _reconcile(self, name: str, now: int) -> str | None:
        series = self._book.series_of(name)
        before = series.schedule
        try:
            revised = self._revised(series, now)
        except FaultyTrigger as fault:
            leave_alone(self._book, name, fault)
            return None
        if revised is None:
            return None
        self._book.skip(series, revised.skips)
        self._book.put(series, revised.schedule, now)
        if before is None:
            return "added"
        return "parked" if revised.schedule.parked else "changed"

    def _revised(self, series: Series, now: int) -> Revised | None:
        declared = in_force(known.seen for known in self._declared.get(series.name, ()))
        revised = reconciled(series.schedule, declared, now)
        return None if revised is None else dealt_with(revised, series.runs)
