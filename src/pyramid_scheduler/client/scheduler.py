"""What a person may ask of the scheduler: each method is a line or two over one use case."""

from collections.abc import Callable, Sequence
from heapq import merge
from itertools import islice
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pyramid_scheduler.client.handle import RunHandle
from pyramid_scheduler.declaring import definition_from, read_schedule_id
from pyramid_scheduler.errors import InvalidValue, NotStarted, UnknownSchedule, nearest
from pyramid_scheduler.instants import moment
from pyramid_scheduler.interfaces import Clock, RunFilter, Store
from pyramid_scheduler.model import (
    Attempt,
    FireTime,
    NewRun,
    Node,
    Run,
    RunState,
    Schedule,
    Skip,
)
from pyramid_scheduler.registry import Declarations, bind
from pyramid_scheduler.rules.planning import upcoming

Answer = TypeVar("Answer")
TaskRef = str | Callable[..., Any]
Write = Callable[[], None]
# Takes a write that is to happen if and when something commits, and what it is for the log;
# answers whether it has taken it.
Join = Callable[[Write, str], bool]


class EngineControl(Protocol):
    """What a client needs of the engine of its process."""

    def start(self) -> None:
        """Start it, once per process."""

    def stop(self, timeout: float | None = None, *, exiting: bool = False) -> None:
        """Stop it; wait at most ``timeout`` seconds for what runs."""

    def wake(self) -> None:
        """Have it look at the store at once."""


class Scheduler:
    """One application's scheduler: ``registry.scheduler``, ``request.scheduler``, ``scheduler``.

    Every method may be called from any thread. All raise StoreUnavailable when the store does
    not answer, and InvalidValue, InvalidArguments, UnknownTask, UnknownSchedule or UnknownRun
    for what they cannot take. Reading never creates the store.
    """

    def __init__(
        self,
        declared: Declarations,
        store: Store,
        engine: EngineControl,
        *,
        clock: Clock,
        zone: ZoneInfo,
        new_id: Callable[[], str],
        declare: Callable[..., None] | None = None,
        join: Join | None = None,
    ) -> None:
        """Take what the application declared, its store and its engine; start nothing."""
        self.declared = declared
        self.store = store
        self.engine = engine
        self._clock = clock
        self._zone = zone
        self._new_id = new_id
        self._declare = declare
        self._join = join

    def within(self, join: Join) -> "Scheduler":
        """Return this scheduler for a caller in a transaction: what it asks waits for ``join``."""
        return Scheduler(
            self.declared,
            self.store,
            self.engine,
            clock=self._clock,
            zone=self._zone,
            new_id=self._new_id,
            declare=self._declare,
            join=join,
        )

    def register_task(self, func: Callable[..., Any], **options: Any) -> None:
        """Declare ``func`` as a task, with the options of ``@task``, while configuring.

        Raises NotStarted once the application has been made.
        """
        if self._declare is None:
            raise NotStarted("register_task: the application is configured already: declare before")
        self._declare(func, **options)

    def run_now(self, task: TaskRef, /, *args: Any, **kwargs: Any) -> str:
        """Ask for one run of ``task``, due at once, with JSON arguments; return its id.

        Inside a request with a transaction it takes effect directly after the commit.
        """
        known = self.declared.find(task)
        arguments = bind(known, args, kwargs, f"run_now({known.name})")
        run_id = self._new_id()

        def enqueue() -> None:
            self.store.open()
            self.store.enqueue([NewRun(run_id, known.name, self.store.now(), arguments)])

        self._write(enqueue, f"run_now({known.name}), run {run_id}")
        return run_id

    def schedule(
        self, task: TaskRef, *, id: str | None = None, replace: bool = False, **when: Any
    ) -> str:
        """Make a schedule at run time; return its id.

        Parameters
        ----------
        task : a task's function or name
        id : the schedule's id, up to 200 characters; made up when not given
        replace : whether a schedule of that id is replaced, be it declared in code
        when : exactly one of ``at=`` (an instant), ``after=`` (a duration from now),
            ``interval=`` or ``trigger=``, and any of the options of ``config.add_schedule``

        Raises
        ------
        AlreadyExists : there is a schedule of that id and ``replace`` is not given

        Inside a request with a transaction it takes effect directly after the commit.
        """
        return self.schedule_many([{"task": task, "id": id, **when}], replace=replace)[0]

    def schedule_many(
        self, schedules: Sequence[dict[str, Any]], *, replace: bool = False
    ) -> list[str]:
        """Make many schedules in one transaction, all or none; return their ids.

        Each is a dict of the arguments of :meth:`schedule`.
        """
        definitions = [self._definition(**given) for given in schedules]

        def put() -> None:
            self.store.open()
            self.store.put_schedule(definitions, replace=replace)

        names = [definition.name for definition in definitions]
        self._write(put, f"schedule({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})")
        return names

    def _definition(self, *, task: TaskRef, id: str | None = None, **when: Any) -> Any:
        known = self.declared.find(task)
        return definition_from(
            name=self._new_id() if id is None else read_schedule_id(id, "schedule: id"),
            task=known,
            options=when,
            zone=self._zone,
            where=f"schedule({known.name})",
            now=moment(self._clock.now()),
        )

    def pause(self, schedule: str) -> list[str]:
        """Let ``schedule`` rest; return the ids of its runs that may still begin or go on.

        Fire times that pass meanwhile are skipped(paused). A restart does not end a pause.
        """
        return list(self._on_schedule(self.store.pause, schedule))

    def resume(self, schedule: str) -> None:
        """Let ``schedule`` go on with its next fire time after now."""
        self._on_schedule(self.store.resume, schedule)

    def remove(self, schedule: str) -> None:
        """Delete ``schedule`` and cancel its waiting runs; what runs goes on.

        One that code declares comes back with the next start: pause it, or take it out of the
        code. Inside a request with a transaction it takes effect directly after the commit.
        """

        def delete() -> None:
            self._on_schedule(self.store.remove_schedule, schedule)

        self._write(delete, f"remove({schedule})")

    def cancel(self, run_id: str) -> RunState:
        """Cancel a waiting run, ask a running one to stop; return the state it now has.

        RUNNING means that it has been asked: its ``current_run().stop`` is set, and it ends as
        cancelled.
        """
        self.store.open()
        state = self.store.cancel(run_id)
        self.engine.wake()
        return state

    def run(self, run_id: str) -> RunHandle:
        """Return the run of that id. Raises UnknownRun."""
        return RunHandle(self.store, run_id)

    def runs(
        self,
        task: TaskRef | None = None,
        *,
        schedule: str | None = None,
        state: RunState | str | None = None,
        limit: int = 100,
    ) -> list[Run]:
        """Return the newest runs, at most ``limit`` (1 to 10,000), newest first."""
        name = task if task is None or isinstance(task, str) else self.declared.find(task).name
        which = RunFilter(name, schedule, _read_state(state), _read_limit(limit))
        return list(self.store.runs(which)) if self._anything() else []

    def attempts(self, run_id: str) -> list[Attempt]:
        """Return the attempts of a run that ended before the run did, in order."""
        return list(self.store.attempts(run_id)) if self._anything() else []

    def schedules(self) -> list[Schedule]:
        """Return every schedule in the store, by name."""
        return list(self.store.schedules()) if self._anything() else []

    def skips(self, schedule: str | None = None) -> list[Skip]:
        """Return the fire times that did not run, with the reason, oldest first."""
        return list(self.store.skips(schedule)) if self._anything() else []

    def nodes(self) -> list[Node]:
        """Return the nodes known, the dead and the gone included."""
        return list(self.store.nodes()) if self._anything() else []

    def next_fire_times(self, n: int = 10, schedule: str | None = None) -> list[FireTime]:
        """Return the next ``n`` (1 to 10,000) fire times of all active schedules, or of one."""
        count = _read_limit(n)
        known = self.schedules()
        if schedule is not None and all(one.name != schedule for one in known):
            names = [one.name for one in known]
            raise UnknownSchedule(f"no schedule is named {schedule!r}{nearest(schedule, names)}")
        chosen = [one for one in known if schedule in (None, one.name) and one.wake is not None]
        coming = [
            [FireTime(moment(fire), one.name, one.task) for fire in upcoming(one, count)]
            for one in chosen
        ]
        return list(islice(merge(*coming), count))

    def start(self) -> None:
        """Start the engine in this process, if it does not run yet."""
        self.engine.start()

    def stop(self, timeout: float | None = None) -> None:
        """Stop the engine of this process; wait at most ``timeout`` s for the runs that began.

        None means ``scheduler.shutdown_timeout``. What still runs then goes on, and its result is
        written if it ends while the process lives.
        """
        self.engine.stop(timeout)

    def _write(self, write: Write, what: str) -> None:
        def act() -> None:
            write()
            self.engine.wake()

        if self._join is None or not self._join(act, what):
            act()

    def _on_schedule(self, verb: Callable[[str], Answer], schedule: str) -> Answer:
        self.store.open()
        try:
            answer = verb(schedule)
        except UnknownSchedule:
            names = [known.name for known in self.store.schedules()]
            hint = nearest(schedule, names)
            raise UnknownSchedule(f"no schedule is named {schedule!r}{hint}") from None
        self.engine.wake()
        return answer

    def _anything(self) -> bool:
        return self.store.open(create=False)


def _read_state(state: RunState | str | None) -> RunState | None:
    try:
        return None if state is None else RunState(state)
    except ValueError:
        allowed = ", ".join(RunState)
        raise InvalidValue(
            f"runs: state: {state!r} is none of {allowed}{nearest(str(state), RunState)}"
        ) from None


def _read_limit(limit: object) -> int:
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 10_000:
        raise InvalidValue(f"limit: {limit!r} is not a whole number from 1 to 10,000")
    return limit
