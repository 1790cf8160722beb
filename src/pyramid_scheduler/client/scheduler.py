"""What a person may ask of the scheduler: each method is a line or two over one use case."""

from collections.abc import Callable, Sequence
from copy import copy
from datetime import datetime
from functools import partial
from math import inf
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pyramid_scheduler.client.given import (
    NOTE,
    find_schedule,
    read_coming,
    read_given,
    read_limit,
    read_many,
    read_past,
    read_short,
    read_timeout,
    unknown_schedule,
)
from pyramid_scheduler.client.handle import RunHandle, require_run
from pyramid_scheduler.client.pending import Join, Pending, repeatable
from pyramid_scheduler.client.reading import Reading, TaskRef
from pyramid_scheduler.declaring import definition_from
from pyramid_scheduler.errors import AlreadyExists, InvalidValue, NotStarted, UnknownSchedule
from pyramid_scheduler.instants import moment
from pyramid_scheduler.interfaces import AskedStore, Clock, EngineControl, JoinedStore, Store
from pyramid_scheduler.model import NewRun, RunState, Trigger
from pyramid_scheduler.reading import read_schedule_id
from pyramid_scheduler.registry import Declarations, bind
from pyramid_scheduler.rules.limiting import key_of, uniqueness
from pyramid_scheduler.showing import shown

Answer = TypeVar("Answer")


class Scheduler(Reading):
    """One application's scheduler: ``registry.scheduler``, ``request.scheduler``, ``scheduler``.

    Every method may be called from any thread. All raise StoreUnavailable when the store does
    not answer, and InvalidValue, InvalidArguments, UnknownTask, UnknownSchedule or UnknownRun
    for what they cannot take. Only ``run_now``, ``schedule``, ``schedule_many`` and ``start``
    create the store; with ``scheduler.session_factory``, the first request of a process may too.

    Inside a request with a transaction, ``run_now``, ``schedule`` and ``remove`` are a part of it
    where the store is in the database of the request's session (``scheduler.session_factory``).
    Elsewhere they take effect directly after the commit: what can be known before is refused
    before, what the store refuses only then is logged at ERROR and sent as an ``AskingFailed``
    event.
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
        in_own_run: Callable[[], bool] = bool,
        before_start: Callable[[], object] = bool,
    ) -> None:
        """Take what the application declared, its store and its engine; start nothing.

        ``in_own_run`` tells whether who calls is a run of this very application; ``before_start``
        is called before the engine starts, and may refuse.
        """
        super().__init__(declared, store, engine, clock, zone)
        self._new_id = new_id
        self._declare = declare
        self._in_own_run = in_own_run
        self._before_start = before_start
        self._join: Join | None = None

    def within(self, join: Join) -> "Scheduler":
        """Return this scheduler for a caller in a transaction, who asks by way of ``join``."""
        joined = copy(self)
        joined._join = join
        return joined

    def register_task(self, func: Callable[..., Any], **options: Any) -> None:
        """Declare ``func`` as a task, with the options of ``@task``, while configuring.

        Raises NotStarted once the application has been made.
        """
        if self._declare is None:
            raise NotStarted("register_task: the application is configured already: declare before")
        self._declare(func, **options)

    def run_now(self, task: TaskRef, /, *args: Any, **kwargs: Any) -> str:
        """Ask for one run of ``task``, due at once, with JSON arguments; return its id.

        Inside a request with a transaction it takes effect with the commit, or directly after it:
        until then ``run(id)`` raises UnknownRun. One that equals another of a ``unique`` task is
        skipped(unique), under its id.
        """
        known = self.declared.find(task)
        arguments = bind(known, args, kwargs, f"run_now({known.name})")
        key = key_of(known, arguments, f"run_now({known.name})")
        unique = uniqueness(known, key, arguments)
        run_id = self._new_id()

        def enqueue(store: AskedStore) -> None:
            new = NewRun(run_id, known.name, store.now(), arguments, key=key, unique=unique)
            store.enqueue([new])

        self._write(enqueue, f"run_now({known.name}), run {run_id}", self._joined())
        return run_id

    def schedule(
        self,
        task: TaskRef,
        when: str | Trigger | None = None,
        *,
        id: str | None = None,
        replace: bool = False,
        **options: Any,
    ) -> str:
        """Make a schedule at run time; return its id.

        Parameters
        ----------
        task : a task's function or name
        id : the schedule's id, up to 200 characters; made up when not given
        replace : whether a schedule of that id is replaced, be it declared in code
        when : a phrase such as ``"every weekday at 09:00"``, a cron line, a trigger; or ``at=`` (an
            instant), ``after=`` (a duration from now), ``interval=``, ``every=``, ``cron=``,
            ``rrule=`` or ``trigger=``
        options : any of the options of ``config.add_schedule``

        Raises AlreadyExists: there is one of that id, and ``replace`` is not given.

        Inside a request with a transaction it takes effect with the commit, or directly after it:
        then one of that id that somebody else makes meanwhile is an ``AskingFailed`` event.
        """
        if when is not None:
            options = {"when": when, **options}
        return self.schedule_many([{"task": task, "id": id, **options}], replace=replace)[0]

    def schedule_many(
        self, schedules: Sequence[dict[str, Any]], *, replace: bool = False
    ) -> list[str]:
        """Make many schedules in one transaction, all or none; return their ids.

        Each is a dict of the arguments of :meth:`schedule`, the phrase as ``when``.
        """
        schedules = read_many(schedules)
        definitions = [self._definition(**given) for given in schedules]
        names = [definition.name for definition in definitions]

        def put(store: AskedStore) -> None:
            store.put_schedule(definitions, replace=replace)

        def done() -> bool:
            found = {one.name: one.definition for one in self.schedules()}
            return all(found.get(one.name) == one for one in definitions)

        joined = self._joined()
        if isinstance(joined, Pending):
            given = [one["id"] for one in schedules if one.get("id") is not None and not replace]
            self._refuse_existing(given, joined)
            joined.expect(names, there=True)
        what = f"schedule({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
        self._write(put, what, joined, done)
        return names

    def _definition(self, *, task: TaskRef, id: str | None = None, **when: Any) -> Any:
        known = self.declared.find(task)
        return definition_from(
            name=self._new_id() if id is None else read_schedule_id(id, "schedule: id"),
            task=known,
            options=when,
            zone=self.timezone,
            where=f"schedule({known.name})",
            now=moment(self._clock.now()),
        )

    def pause(
        self,
        schedule: str,
        *,
        note: str = "",
        by: str = "",
        until: datetime | str | None = None,
    ) -> list[str]:
        """Let ``schedule`` rest; return the ids of its runs that may still begin or go on.

        Fire times that pass meanwhile are skipped(paused). A restart does not end a pause; the
        instant ``until`` does, if one is said. ``note`` (up to 2,000 characters) and ``by`` (200)
        tell others why, and who did it.
        """
        why = {"note": read_short(note, "pause: note", NOTE), "by": read_short(by, "pause: by")}
        end = read_coming(until, self.timezone, "pause: until", self._clock.now())
        return list(self._on_schedule(partial(self.store.pause, until=end, **why), schedule))

    def resume(self, schedule: str) -> None:
        """Let ``schedule`` go on with its next fire time after now."""
        self._on_schedule(self.store.resume, schedule)

    def remove(self, schedule: str) -> list[str]:
        """Delete ``schedule`` and cancel its waiting runs; return the ids of those that go on.

        These are its runs that may still begin or go on. One that code declares comes back with
        the next start: pause it, or take it out of the code.

        Inside a request with a transaction it takes effect with the commit, or directly after it:
        then the list is empty, for which runs go on is known only when it is done.
        """
        joined = self._joined()
        if not isinstance(joined, Pending):
            store = joined or self.store
            return list(self._on_schedule(store.remove_schedule, schedule))
        self._require_existing(schedule, joined)
        joined.expect([schedule], there=False)
        remove = repeatable(self.store.remove_schedule, lambda: True)  # who else did it, did it too
        joined.add(lambda: self._on_schedule(remove, schedule), f"remove({schedule})")
        return []

    def backfill(
        self,
        schedule: str,
        start: datetime | str,
        end: datetime | str,
        *,
        dry_run: bool = False,
        limit: int = 1000,
        overlap: Literal["allow"] | None = None,
    ) -> list[datetime]:
        """Make up fire times that have passed without a run; return those that get one now.

        Parameters
        ----------
        schedule : whose fire times, by its name; as it is defined today
        start, end : from when to when, both inclusive; without an offset in its time zone
        dry_run : whether only to say which they are
        limit : how many fire times are looked at, at most (1 to 10,000)
        overlap : ``"allow"`` runs them all at once; by itself one goes after the other, unless the
            schedule allows its runs to overlap

        A fire time that has a run is left alone, and so is one that the schedule will deal with
        itself. Takes effect at once, be there a transaction or not.

        Raises UnknownSchedule; InvalidValue, also for more than ``limit`` fire times.
        """
        known = find_schedule(schedule, self.schedules())
        fires = read_past(known, start, end, read_limit(limit, "backfill: limit"))
        if overlap not in (None, "allow"):
            raise InvalidValue(f"backfill: overlap: {shown(overlap)} is neither None nor 'allow'")
        added = self.store.backfill(schedule, fires, at_once=overlap is not None, dry_run=dry_run)
        self.engine.wake()
        return [moment(fire) for fire in added]

    def cancel(self, run_id: str) -> RunState:
        """Cancel a waiting run, ask a running one to stop; return the state it now has.

        RUNNING means that it has been asked: its ``current_run().stop`` is set, and it ends as
        cancelled.
        """
        require_run(self.store, run_id)
        state = self.store.cancel(run_id)
        self.engine.wake()
        return state

    def retry(self, run_id: str) -> None:
        """Have a failed or cancelled run begin again, at once, as a further attempt.

        Raises WrongState for a run that waits, runs or has succeeded.
        """
        require_run(self.store, run_id)
        self.store.retry(run_id)
        self.engine.wake()

    def run(self, run_id: str) -> RunHandle:
        """Return the run of that id. Raises UnknownRun, also until a commit that it waits for."""
        return RunHandle(self.store, run_id)

    def start(self) -> None:
        """Start the engine in this process, if it does not run yet. Raises NotTransactional."""
        if not self.engine.running:
            self._before_start()
        self.engine.start()

    def stop(self, timeout: float | None = None) -> None:
        """Stop the engine of this process; wait at most ``timeout`` s for the runs that began.

        None means ``scheduler.shutdown_timeout``. What still runs then goes on, and its result is
        written if it ends while the process lives.

        Said by a run of this very application, which would wait for itself, it waits for nothing:
        no run begins any more, all that go on are asked to stop, the one that says it included,
        and the engine ends with the last of them.
        """
        seconds = None if timeout is None else read_timeout(timeout, "stop: timeout")
        # Not 0, to which the engine adds a moment for a statement that hangs.
        self.engine.stop(-inf if self._in_own_run() else seconds)

    def _joined(self) -> JoinedStore | Pending | None:
        return None if self._join is None else self._join()

    def _write(
        self,
        write: Callable[[AskedStore], None],
        what: str,
        joined: JoinedStore | Pending | None,
        done: Callable[[], bool] = bool,
    ) -> None:
        if joined is None:
            self._at_once(write)
        elif isinstance(joined, Pending):
            joined.add(partial(self._at_once, repeatable(write, done)), what)
        else:
            write(joined)

    def _at_once(self, write: Callable[[AskedStore], None]) -> None:
        self.store.open()
        write(self.store)
        self.engine.wake()

    def _refuse_existing(self, names: list[str], pending: Pending) -> None:
        """Raise AlreadyExists for what will be there when ``pending`` is written."""
        for name in names:
            if self._will_exist(name, pending):
                raise AlreadyExists(f"a schedule named {name!r} exists: pass replace=True")

    def _require_existing(self, schedule: str, pending: Pending) -> None:
        """Raise UnknownSchedule for what will not be there when ``pending`` is written."""
        if not self._will_exist(schedule, pending):
            raise unknown_schedule(schedule, pending.found(self._names) - {schedule})

    def _will_exist(self, schedule: str, pending: Pending) -> bool:
        expected = pending.expected(schedule)
        return schedule in pending.found(self._names) if expected is None else expected

    def _names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.schedules())

    def _on_schedule(self, verb: Callable[[str], Answer], schedule: str) -> Answer:
        read_given(schedule, "schedule")
        if not self._anything():
            raise unknown_schedule(schedule, [])
        try:
            answer = verb(schedule)
        except UnknownSchedule:
            raise unknown_schedule(schedule, self._names()) from None
        self.engine.wake()
        return answer
